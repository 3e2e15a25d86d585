"""A message that was posted to us: checked, taken apart, and answered with the MDN the sender asked for (RFC 4130 6, 7).

The order is the promise: the MDN is made and stored with the message before it is sent, so that a repeat gets the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import perf_counter_ns
from types import MappingProxyType
from typing import Any, NamedTuple

from connectors.as2 import wire
from connectors.as2.attachments import Document, documents
from connectors.as2.cms.algorithms import micalg
from connectors.as2.cms.sign import Signing
from connectors.as2.disposition import Disposition, from_modifier
from connectors.as2.faults import KINDS, Fault
from connectors.as2.headers import Address, ReceiptRequest, read_receipt_request, write_name
from connectors.as2.mdn import is_report
from connectors.as2.mdn_write import HttpMessage, MdnToWrite, write_mdn
from connectors.as2.mime.fields import Head
from connectors.as2.source import FileSource, Source
from connectors.as2.unwrapping import Relation, Unwrapped, unwrap
from hub.ports import RECEIPT_KEY, Call, HttpRequest, HttpResponse, InboundDocument, OutboundDocument, Rejection, Stored

_CONTENT_FIELDS = ("content-type", "content-transfer-encoding", "content-disposition", "mime-version")
_STATUS = {"AS2-109": 400, "AS2-110": 400, "AS2-113": 413}
_PROCESSED = Disposition()
_MOST_HEAD = 1024
_HIDDEN = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})


class Reception(NamedTuple):
    """Everything one arriving message is received with. `signing` signs our MDNs, None where we have nothing to sign with.

    `chosen` is the MIC algorithm of those the sender asked for, by our name and by the sender's, None where we have none of them.
    """

    address: Address
    request: ReceiptRequest
    relation: Relation
    at: datetime
    signing: Signing | None
    domain: str
    folder: Path | None = None
    peer: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    chosen: tuple[str, str] | None = None
    url_fault: Fault | None = None


def content_head(headers: Mapping[str, str]) -> Head:
    """The MIME head of an HTTP message: those of its fields that say what the body is."""
    return Head(b"", {name: headers[name] for name in _CONTENT_FIELDS if name in headers})


def open_message(reception: Reception, body: Source) -> Unwrapped:
    """Take the message apart; raises the `Fault` that says what is wrong."""
    if body.size > reception.relation.max_size:
        raise Fault("AS2-113", detail={"size": body.size})
    if reception.url_fault is not None:
        raise reception.url_fault
    request = reception.request
    if request.wanted and request.protocol_required and not request.signed:
        raise Fault("AS2-118")
    if request.wanted and request.mic_required and request.micalgs and reception.chosen is None:
        raise Fault("AS2-111", detail={"asked": list(request.micalgs)})
    algorithm = reception.chosen[0] if reception.chosen is not None else "sha256"
    head = content_head(reception.headers)
    return unwrap(head, body, reception.relation, at=reception.at, micalg=algorithm, folder=reception.folder)


def accept(reception: Reception, unwrapped: Unwrapped, started: int) -> Call:
    """The documents of a message that is in order, and its MDN. `started` is when work on it began, by `perf_counter_ns`."""
    found = documents(unwrapped, folder=reception.folder, limit=reception.relation.max_size)
    mic = _mic(reception, unwrapped)
    took = (perf_counter_ns() - started) // 1000 / 1000
    names = [document.name for document in found]
    evidence = {**common_evidence(reception), **unwrapped.evidence, "mic": mic, "file_names": names, "took_ms": took}
    head = unwrapped.mic_head() if len(found) == 1 else None
    if head and len(head) <= _MOST_HEAD and head.isascii() and b"\0" not in head:
        evidence["mic_head"] = head.decode()
    arrived = tuple([_document(reception, document, number, len(found), evidence) for number, document in enumerate(found, 1)])
    reply = _mdn(reception, _PROCESSED, mic, "The message was received and verified.", names[0])
    return _call(reception, arrived, reply, unwrapped)


def refuse(reception: Reception, fault: Fault) -> Call:
    """The answer to a message that is not in order: an MDN that says so where one was asked for, else a plain refusal."""
    evidence = common_evidence(reception) | fault.evidence | {f"fault_{k}": v for k, v in fault.detail.items()}
    rejection = Rejection(
        code=fault.code, message=fault.message, hint=fault.hint, reference=reception.address.message_id, evidence=evidence
    )
    reply = _mdn(reception, from_modifier(fault.kind.type, fault.kind.modifier), "", fault.kind.told, "")
    is_later = reply is not None and reception.request.url and fault.code != "AS2-116"
    if reply is None:
        response = _refusal(fault.code)
    elif is_later:
        response = HttpResponse(status=200)
    else:
        response = _answer(reply)
    sends = (_posted(reception, reply),) if reply is not None and is_later else ()
    return Call(documents=(), answer=lambda _: response, sends=sends, rejection=rejection)


def _refusal(code: str) -> HttpResponse:
    """To somebody who asked for no MDN: one text for every failed proof."""
    status = _STATUS.get(code, 403)
    return plain(status, KINDS[code].told if status != 403 else "The message was refused.")


def plain(status: int, text: str) -> HttpResponse:
    """An answer in words."""
    return HttpResponse(status=status, body=f"{text}\n".encode(), headers={"Content-Type": "text/plain; charset=utf-8"})


def not_as2(request: HttpRequest, status: int, code: str, text: str) -> Call:
    """The refusal of a request that is no AS2 message."""
    response = plain(status, text)
    if status == 405:
        response = replace(response, headers={**response.headers, "Allow": "POST"})
    evidence = {"method": request.method, **_said(request), "message": text}
    rejection = Rejection(code=code, message=text, hint=_NOT_AS2, reference=_claimed_id(request), evidence=evidence)
    return Call(documents=(), answer=lambda _: response, rejection=rejection)


_NOT_AS2 = (
    "where a partner sent it, their software must write AS2-From, AS2-To and Message-ID (RFC 4130 6); else it was no partner"
)


def _said(head: HttpRequest) -> dict[str, str]:
    """Whom a request that was not understood says it comes from, cut to what an audit row can hold."""
    said = {name.replace("-", "_"): head.headers.get(name, "")[:200] for name in ("as2-from", "as2-to", "user-agent")}
    return {"transport": "as2", "peer": head.peer, **said}


def _claimed_id(head: HttpRequest) -> str:
    return head.headers.get("message-id", "")[:998]


def too_large(head: HttpRequest, limit: int, connection: str = "") -> HttpResponse | None:
    """The refusal of a body whose announced length is over the limit, None where it is not."""
    length = head.headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()) or (len(length) < 20 and int(length) <= limit):
        return None
    fault = Fault("AS2-113", detail={"size": length[:20], "limit": limit})
    return replace(
        plain(413, fault.kind.told),
        rejection=Rejection(
            code=fault.code,
            message=fault.message,
            hint=fault.hint,
            reference=_claimed_id(head),
            evidence={"fault_size": length[:20], "fault_limit": limit, **_said(head)},
            connection=connection,
        ),
    )


def unknown_relation(request: HttpRequest, address: Address, at: datetime) -> Call:
    """The refusal of somebody we do not know: an MDN at once and unsigned, never to an address a stranger names."""
    wish = read_receipt_request(request.headers)
    reception = Reception(
        address=address,
        request=ReceiptRequest(wanted=wish.wanted),
        relation=Relation(),
        at=at,
        signing=None,
        domain="edihub",
        peer=request.peer,
        headers=storable(request.headers),
    )
    return refuse(reception, Fault("AS2-101", detail={"from": address.sender, "to": address.receiver}))


def storable(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Header values as text that can be stored anywhere: bytes that are no character are replaced."""
    if all(map(str.isascii, headers.values())):
        return headers
    return {n: v if v.isascii() else v.encode("latin-1", "replace").decode("latin-1") for n, v in headers.items()}


def common_evidence(reception: Reception) -> dict[str, Any]:
    """What the audit keeps of every message, whatever became of it."""
    address, request = reception.address, reception.request
    wish = "none" if not request.wanted else "async" if request.url else "sync"
    return {
        "transport": "as2",
        "from": address.sender,
        "to": address.receiver,
        "message_id": address.message_id,
        "as2_version": address.version,
        "subject": address.subject,
        "peer": reception.peer,
        "mdn_asked": wish,
        "mdn_signed": request.signed,
    }


def idempotency_key(address: Address) -> str:
    """Sender, receiver and Message-ID; the names in header spelling, so that no two triples give the same key."""
    return f"as2 {write_name(address.sender)} {write_name(address.receiver)} {address.message_id}"


def _part_key(address: Address, number: int) -> str:
    """The key of one document of a message, counted from 1; the first has the message's own, however many there are."""
    key = idempotency_key(address)
    return key if number == 1 else f"{key} part {number}"


def is_mdn(unwrapped: Unwrapped) -> bool:
    """Whether what came is a receipt for a message of ours."""
    return is_report(unwrapped.head)


def _mic(reception: Reception, unwrapped: Unwrapped) -> str:
    if reception.chosen is not None:
        name, spelling = reception.chosen
        return unwrapped.mic(name).spelled(spelling)
    name = unwrapped.signed.signer.digest if unwrapped.signed is not None else "sha256"
    return unwrapped.mic(name).spelled(micalg(name))


def _document(
    reception: Reception, document: Document, number: int, count: int, evidence: Mapping[str, Any]
) -> InboundDocument:
    source = document.body
    path = source.path if isinstance(source, FileSource) else None
    return InboundDocument(
        payload=b"" if path is not None else source.read(0, source.size),
        body=path,
        idempotency_key=_part_key(reception.address, number),
        received_at=reception.at,
        reference=reception.address.message_id,
        name=document.name,
        media_type=document.media_type,
        headers=_shown(reception.headers),
        evidence=evidence if count == 1 else {**evidence, "part": number, "parts": count},
    )


def _shown(headers: Mapping[str, str]) -> Mapping[str, str]:
    if _HIDDEN.isdisjoint(headers):
        return headers
    return {name: value for name, value in headers.items() if name not in _HIDDEN}


def _mdn(reception: Reception, disposition: Disposition, mic: str, text: str, file_name: str) -> HttpMessage | None:
    if not reception.request.wanted:
        return None
    mdn = MdnToWrite(
        sender=reception.address.receiver,
        receiver=reception.address.sender,
        original_message_id=reception.address.message_id,
        disposition=disposition,
        mic=mic,
        text=text,
        file_name=file_name,
    )
    signing = reception.signing if reception.request.signed else None
    return write_mdn(mdn, at=reception.at, signing=signing, domain=reception.domain)


def _posted(reception: Reception, reply: HttpMessage) -> OutboundDocument:
    """An asynchronous MDN as something to send."""
    return OutboundDocument(
        payload=b"",
        idempotency_key=RECEIPT_KEY + idempotency_key(reception.address),
        name="mdn",
        media_type="multipart/report",
        wire=wire.join(reply.headers, reply.body),
        reference=reply.headers["Message-ID"],
        evidence={
            "kind": "mdn",
            "url": reception.request.url,
            "message_id": reply.headers["Message-ID"],
            "about": reception.address.message_id,
        },
    )


def _conflict(reception: Reception) -> HttpResponse:
    """The answer to a Message-ID that came before with other content; at once, whatever kind of MDN was asked for."""
    kind = Fault("AS2-115").kind
    reply = _mdn(reception, from_modifier(kind.type, kind.modifier), "", kind.told, "")
    if reply is None:
        return plain(409, kind.told)
    return _answer(reply)


def _answer(reply: HttpMessage) -> HttpResponse:
    """An MDN as an HTTP answer; the server that sends it adds its own date and name."""
    return HttpResponse(status=200, body=reply.body, headers=_answer_headers(reply))


def _answer_headers(reply: HttpMessage) -> dict[str, str]:
    headers = reply.headers.copy()
    del headers["Date"], headers["User-Agent"]
    return headers


def _call(reception: Reception, arrived: tuple[InboundDocument, ...], reply: HttpMessage | None, unwrapped: Unwrapped) -> Call:
    is_later = reply is not None and bool(reception.request.url)
    response = HttpResponse(status=200) if reply is None or is_later else _answer(reply)
    own = wire.join(response.headers, response.body) if response.body else b""

    def answer(stored: tuple[Stored, ...]) -> HttpResponse:
        unwrapped.discard()
        if arrived and not stored:
            return plain(503, "The message could not be stored; send it again.")
        if any(one.is_conflict for one in stored):
            return _conflict(reception)
        kept = next((one.answer for one in stored if one.is_duplicate and one.answer), None)
        if kept is not None:
            headers, body = wire.split(kept)
            return HttpResponse(status=200, body=body, headers=headers)
        return response

    sends = (_posted(reception, reply),) if reply is not None and is_later else ()
    after_last = f"{arrived[0].idempotency_key} part {len(arrived) + 1}"
    return Call(documents=arrived, answer=answer, answer_bytes=own, sends=sends, after_last=after_last)
