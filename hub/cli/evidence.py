"""`edihub evidence MESSAGE`: the proof that a partner received what we sent, or we what they sent, to be verified without us."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.flow.hub import Hub
    from hub.ports import KeptReceipt
    from hub.store.messages import Message
    from hub.store.transaction import Transaction

_FIXED = (1980, 1, 1, 0, 0, 0)


def evidence(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="The id of a message or document, or its Message-ID.")],
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="The ZIP file to write; - is stdout.")] = None,
) -> None:
    """Write one ZIP file with the raw MDN, its signature and certificate, the payload, and the very bytes the MIC is over.

    VERIFY.txt in it is a shell script: openssl confirms the signature and computes the MIC on a machine without edihub. For a message
    that arrived it is the MDN that we gave.

    Example: edihub evidence msg_0660d45ca0c4759d2c7411 --to proof.zip
    """
    from hub.cli.opened import opened_hub

    with opened_hub() as hub:
        name, files = _files(message, hub)
    data = _zipped(files)
    if to is not None and str(to) == "-":
        sys.stdout.buffer.write(data)
        return
    path = to or Path(f"evidence-{name}.zip")
    path.write_bytes(data)
    print(path)
    print(files["VERIFY.txt"].decode(), end="", file=sys.stderr)


def _files(wanted: str, hub: Hub) -> tuple[str, dict[str, bytes]]:
    from hub.errors import NotFound
    from hub.store.message_items import message_of_item

    with hub.read() as view:
        about = view.messages.get(message_of_item(view.connection, wanted))
        kept = _given(about, view, hub) if about.direction == "in" else _received(about, view)
    connection = hub.site.connections.get(about.connection)
    if connection is None or connection.spec.prove is None:
        raise NotFound(f"receipts over {about.connection} prove nothing by themselves", "look at it with `edihub show`")
    made = connection.spec.prove(hub.connector(about.connection), kept)
    return about.id, {**made, "payload.bin": kept.payload}


def _received(sent: Message, view: Transaction) -> KeptReceipt:
    """The receipt that came for what we sent."""
    from hub.errors import NotFound
    from hub.ports import KeptReceipt
    from hub.store.instants import from_micros

    kept = view.messages.proofs_of(sent.id)
    proof = next((each for each in kept if each.id == (sent.receipt or {}).get("proof")), kept[0] if kept else None)
    if proof is None:
        raise NotFound(f"no receipt has come for {sent.id}", "look at its delivery light with `edihub show`", code="DLV-458")
    return KeptReceipt(
        receipt=view.payload(proof.id),
        evidence=sent.evidence.get("prepared", {}),
        payload=view.payload(sent.id),
        at=from_micros(proof.created_at),
    )


def _given(arrived: Message, view: Transaction, hub: Hub) -> KeptReceipt:
    """The receipt that we gave for what arrived: at once, or on its own."""
    from hub.errors import NotFound
    from hub.ports import RECEIPT_KEY, KeptReceipt
    from hub.store.given_answers import answer_given
    from hub.store.instants import from_micros

    receipt = answer_given(view.connection, arrived.id)
    later = view.messages.with_key(arrived.connection, f"{RECEIPT_KEY}{arrived.dedupe_key}") if arrived.dedupe_key else None
    if receipt is None and later is not None:
        receipt = view.messages.outgoing(later, hub.database.blobs).wire
    if receipt is None:
        raise NotFound(f"no receipt was given for {arrived.id}", "its partner asked for none", code="DLV-458")
    evidence, payload = arrived.evidence, view.payload(arrived.id)
    return KeptReceipt(receipt=receipt, evidence=evidence, payload=payload, at=from_micros(arrived.created_at), is_given=True)


def _zipped(files: dict[str, bytes]) -> bytes:
    """The same files give the same bytes, whenever it is asked for."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _FIXED), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
