"""What the signed receipts of AS2 prove, checked on both sides from what each keeps."""

from __future__ import annotations

from hub.demo.evidence import DidNotHold
from hub.flow.hub import Hub
from hub.store.message_items import MessageFilter, list_messages
from hub.store.messages import Message


def receipt_of(sender: Hub, receiver: Hub, message_id: str) -> str | None:
    """What the receipt of a sent message proves, in a few words; None while it has not come. Raises `DidNotHold`.

    The sender's own MIC, the one in the signed MDN and the one the receiver computed must be one, the signer of either side
    the other's certificate.
    """
    with sender.read() as view:
        sent = view.messages.get(message_id)
    if sent.state == "dead":
        error = sent.error or {}
        raise DidNotHold(str(error.get("explained") or error.get("message")), str(error.get("hint", "")))
    if sent.state != "delivered":
        return None
    arrived = _arrived(receiver, sent.transport_id)
    prepared, told = sent.evidence["prepared"], (sent.receipt or {})["evidence"]
    mics = {str(each).partition(",")[0] for each in (prepared["mic"], told["mdn_mic"], arrived.evidence["mic"])}
    if len(mics) != 1:
        raise DidNotHold(f"the MICs differ: {', '.join(sorted(mics))}", "this is our bug; please report it")
    if not told["mdn_signed"] or told["mdn_signed_by"] != arrived.evidence["decrypted_with"]:
        raise DidNotHold("the MDN is not signed by the receiver", "this is our bug; please report it")
    if arrived.evidence["signed_by"] != prepared["signed_with"]:
        raise DidNotHold("the message is not signed by the sender", "this is our bug; please report it")
    when = "at once" if prepared["mdn"] == "sync" else "later, in a request of its own"
    return f"signed receipt (MDN) {when}; the checksum (MIC) {mics.pop()[:12]}... is the same on both sides, both signatures verified"


def _arrived(receiver: Hub, transport_id: str) -> Message:
    with receiver.read() as view:
        found = list_messages(view.connection, MessageFilter(direction="in", transport_id=transport_id)).items
        if not found:
            raise DidNotHold("a receipt came for what never arrived", "this is our bug; please report it")
        return view.messages.get(found[0]["message_id"])
