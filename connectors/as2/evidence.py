"""The proof that a document was received, as files that openssl confirms on any machine."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator

from connectors.as2 import wire
from connectors.as2.building import compressed_part
from connectors.as2.certificates import Certificate, from_x509
from connectors.as2.cms.algorithms import new_digest
from connectors.as2.faults import Fault
from connectors.as2.mdn import read_mdn
from connectors.as2.mic import parse_mic
from connectors.as2.mime.fields import MimeError
from connectors.as2.receiving import content_head
from connectors.as2.source import MemorySource
from connectors.as2.unwrapping import Relation, unwrap
from connectors.as2.verifying import SignedContent
from hub.errors import NotFound
from hub.ports import KeptReceipt

COMMAND = (
    "openssl cms -verify -binary -inform DER -in mdn-signature.p7s -content mdn-content.txt "
    "-certfile signer.pem -nointern -noverify -out verified.txt"
)


def bundle(kept: KeptReceipt, *, signers: tuple[Certificate, ...]) -> dict[str, bytes]:
    """The files of one proof, by name; `VERIFY.txt` is a script for the shell.

    `signers` are the certificates a receipt may be signed with: the partner's, or ours for one we gave. Whether it was in force is
    judged for `kept.at`.
    """
    headers, body = wire.split(kept.receipt)
    head = content_head({name.lower(): value for name, value in headers.items()})
    try:
        opened = unwrap(head, MemorySource(body), Relation(signers=signers), at=kept.at)
        mdn = read_mdn(opened.head, opened.body)
    except (Fault, MimeError) as fault:
        raise NotFound(f"the stored MDN proves nothing: {fault}", "ask the partner for another", code="AS2-203") from fault
    files = {"mdn.txt": kept.receipt}
    verify = ["# The MDN is not signed: it says what it says, and proves nothing."]
    if opened.signed is not None:
        files |= _signature_files(opened.signed)
        verify = ["# 1. The signature of the MDN; this must say that the verification was successful.", COMMAND]
    found, content = mic_content(kept)
    if content is not None:
        files["mic-content.bin"] = content
    files["VERIFY.txt"] = ("\n".join((*verify, *found)) + "\n").encode()
    summary = {
        "message_id": kept.evidence.get("message_id"),
        "from": kept.evidence.get("from"),
        "to": kept.evidence.get("to"),
        "payload_sha256": hashlib.sha256(kept.payload).hexdigest(),
        ("mic_computed" if kept.is_given else "mic_sent"): kept.evidence.get("mic"),
        ("mic_given" if kept.is_given else "mic_received"): mdn.mic_text,
        "disposition": str(mdn.disposition),
        "original_message_id": mdn.original_message_id,
        "signed_by": opened.signed.certificate.sha256 if opened.signed is not None else None,
        "signer": opened.signed.certificate.subject if opened.signed is not None else None,
        ("given_at" if kept.is_given else "received_at"): kept.at.isoformat(),
        ("received" if kept.is_given else "sent"): dict(kept.evidence),
    }
    files["summary.json"] = (json.dumps(summary, indent=2, sort_keys=True, default=str) + "\n").encode()
    return files


def _signature_files(signed: SignedContent) -> dict[str, bytes]:
    pem = from_x509(signed.certificate.x509).pem()
    return {"mdn-content.txt": b"".join(signed.variant_pieces()), "mdn-signature.p7s": signed.raw, "signer.pem": pem}


def mic_content(kept: KeptReceipt) -> tuple[list[str], bytes | None]:
    """The very octets the MIC is over, with the lines of the script that compute it from them (RFC 4130 7.3.1).

    They are made again of what was kept: `mic_head` of the evidence, which is empty where the payload alone counts, then the payload,
    compressed where `mic_over` says so. What does not give the MIC is not shown: a partner's compression or transfer encoding, several
    documents in one message, another zlib than the one that compressed.
    """
    mic = parse_mic(str(kept.evidence.get("mic") or ""))
    if mic is None:
        return ["# No MIC was computed for this message."], None
    for content in _candidates(kept):
        digest = new_digest(mic.algorithm)
        digest.update(content)
        if digest.digest() == mic.digest:
            break
    else:
        why = "# The MIC is over octets that were not kept: the payload in the partner's compression or encoding, or with others beside it."
        return [why], None
    encoded = base64.b64encode(mic.digest).decode()
    lines = [
        "# 2. The MIC: this prints what stands in mdn-content.txt as Received-Content-MIC,",
        f"#    {encoded}",
        f"openssl dgst -{mic.algorithm} -binary mic-content.bin | openssl base64 -A && echo",
    ]
    if content.endswith(kept.payload):
        lines += [
            "# 3. mic-content.bin ends with the payload; before it stands the head it was sent with. This prints nothing.",
            f"tail -c {len(kept.payload)} mic-content.bin | cmp - payload.bin",
        ]
    else:
        lines += ["# mic-content.bin holds the payload in CMS compression (RFC 3274), or encoded, as its head says."]
    return lines, content


def _candidates(kept: KeptReceipt) -> Iterator[bytes]:
    head = str(kept.evidence.get("mic_head") or "").encode()
    if kept.evidence.get("mic_over") == "compressed":
        yield compressed_part(head + kept.payload)
        return
    yield head + kept.payload
    if b"base64" in head.lower():
        for width in (76, 64):
            encoded = base64.b64encode(kept.payload)
            for end in (b"\r\n", b"\n"):
                lines = end.join(encoded[at : at + width] for at in range(0, len(encoded), width))
                yield head + lines
                yield head + lines + end
