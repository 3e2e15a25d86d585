"""The proof that a partner received a document, as files that `openssl cms -verify` confirms on any machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.as2 import wire
from connectors.as2.certificates import Certificate, from_x509
from connectors.as2.faults import Fault
from connectors.as2.mdn import read_mdn
from connectors.as2.mime.fields import MimeError
from connectors.as2.receiving import content_head
from connectors.as2.source import MemorySource
from connectors.as2.unwrapping import Relation, unwrap
from connectors.as2.verifying import SignedContent
from hub.errors import NotFound

COMMAND = (
    "openssl cms -verify -binary -inform DER -in mdn-signature.p7s -content mdn-content.txt "
    "-certfile signer.pem -nointern -noverify -out verified.txt"
)


def bundle(
    raw_mdn: bytes, sent: Mapping[str, Any], *, pinned: tuple[Certificate, ...], payload_sha256: str, at: datetime
) -> dict[str, bytes]:
    """The files of one proof, by name.

    `raw_mdn` is `Receipt.raw`, `sent` the evidence of `prepare`, `pinned` the partner's certificates, `at` when the MDN came:
    whether the certificate was in force is judged for then.
    """
    headers, body = wire.split(raw_mdn)
    head = content_head({name.lower(): value for name, value in headers.items()})
    try:
        opened = unwrap(head, MemorySource(body), Relation(signers=pinned), at=at)
        mdn = read_mdn(opened.head, opened.body)
    except (Fault, MimeError) as fault:
        raise NotFound(f"the stored MDN proves nothing: {fault}", "ask the partner for another", code="AS2-203") from fault
    files = {"mdn.txt": raw_mdn}
    verify = "The MDN is not signed: it says what it says, and proves nothing.\n"
    if opened.signed is not None:
        files |= _signature_files(opened.signed)
        verify = f"{COMMAND}\n"
    files["VERIFY.txt"] = verify.encode()
    summary = {
        "message_id": sent.get("message_id"),
        "from": sent.get("from"),
        "to": sent.get("to"),
        "payload_sha256": payload_sha256,
        "mic_sent": sent.get("mic"),
        "mic_received": mdn.mic_text,
        "disposition": str(mdn.disposition),
        "original_message_id": mdn.original_message_id,
        "signed_by": opened.signed.certificate.sha256 if opened.signed is not None else None,
        "signer": opened.signed.certificate.subject if opened.signed is not None else None,
        "received_at": at.isoformat(),
        "sent": dict(sent),
    }
    files["summary.json"] = (json.dumps(summary, indent=2, sort_keys=True, default=str) + "\n").encode()
    return files


def _signature_files(signed: SignedContent) -> dict[str, bytes]:
    pem = from_x509(signed.certificate.x509).pem()
    return {"mdn-content.txt": b"".join(signed.variant_pieces()), "mdn-signature.p7s": signed.raw, "signer.pem": pem}
