"""One message: what happened, what to do, and everything that can be seen of it."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import FileResponse, Response

from hub.errors import HubError
from hub.store.audit_trail import trail_of
from hub.store.blobs import DamagedPayload
from hub.store.message_items import answers_of, chain_of, get_item, items_of_message
from hub.store.messages import Message
from hub.store.transaction import Transaction
from hub.web.console.pages import Shown, Visit
from hub.web.console.proofs import acknowledgment_words, transport_facts
from hub.web.console.raw_view import LINES, raw_view
from hub.web.console.story import headline, timeline
from hub.web.console.tree_view import SEGMENTS, tree_view

WHOLE = 2_000_000
"""Bytes of a payload that is read as a whole; of a larger one only the beginning is shown."""
BEGINNING = 200_000
CANONICAL = 200_000
SIBLINGS = 50


def message_page(visit: Visit) -> Shown:
    """The page of a document, or of a message that has none; by its id, its message's, or its transport's. Raises `NotFound`."""
    with visit.hub.read() as view:
        item = get_item(view.connection, visit.path["id"])
        message = view.messages.get(item["message_id"])
        is_document = item["id"] != item["message_id"]
        row = view.documents.get(item["id"]) if is_document else None
        findings = view.documents.findings(item["id"])
        trail = trail_of(view.connection, [item["message_id"], *([item["id"]] if is_document else [])])
        answers = answers_of(view.connection, item["id"], item["message_id"])
        siblings = items_of_message(view.connection, item["message_id"], most=SIBLINGS)
        chain = chain_of(view.connection, item["order_id"])[:SIBLINGS] if item["order_id"] else []
        payload, problem = _payload(view, message)
        receipts = _receipts(view, message)
    told = {each["detail"]["by"]: each["detail"]["kind"] for each in trail if each["type"] == "acknowledgment.queued"}
    partner = visit.hub.site.partners.get(item["partner"] or "")
    over = visit.hub.site.connections.get(item["connection"] or "")
    nobody = f"somebody over the connection {over.id}" if over is not None and over.partner else "an unknown partner"
    said, to_do = headline(
        item,
        partner=(partner.name or partner.id) if partner else (item["partner"] or nobody),
        zone=visit.zone,
        attempts=message.attempts,
    )
    values = {
        "item": item,
        "said": said,
        "to_do": to_do,
        "timeline": timeline(trail),
        "findings": findings,
        "marked": {
            finding["where"]["segment_index"] for finding in findings if (finding.get("where") or {}).get("segment_index")
        },
        "answers": [{**each, "says": _says(each, told)} for each in answers if each["id"] != item["id"]],
        "says": acknowledgment_words(row.canonical if row is not None else None),
        "siblings": siblings if len(siblings) > 1 else [],
        "chain": [each for each in chain if each["id"] != item["id"]],
        "receipts": receipts,
        "transport": transport_facts(message.evidence, message.receipt, message.error),
        "attempts": message.attempts,
        "canonical": _pretty(row.canonical if row is not None else None),
        "problem": problem,
        "page_lines": LINES,
        "page_segments": SEGMENTS,
        "is_cut": payload is not None and len(payload) < message.size,
        **_views(
            visit, payload, None if row is None else row.position, is_whole=payload is not None and len(payload) == message.size
        ),
    }
    return Shown(template="message.html", values=values)


def _receipts(view: Transaction, message: Message) -> list[tuple[str, str]]:
    """The receipts that came for a message, or what this receipt is about: words and an id each."""
    about = message.answer_to or message.evidence.get("answers")
    if message.media_type == "multipart/report":
        return [("this receipt is about", str(about))] if about else []
    return [("MDN received", each.id) for each in view.messages.proofs_of(message.id)]


def _says(answer: dict[str, Any], told: dict[str, str]) -> list[str]:
    """What an answer says: theirs by its content, ours by what was noted when it was written."""
    return acknowledgment_words(answer["canonical"]) or ([told[answer["message_id"]]] if answer["message_id"] in told else [])


def payload(visit: Visit) -> Response:
    """The stored bytes as a file to save, never as something a browser would show."""
    with visit.hub.read() as view:
        message = view.messages.get(get_item(view.connection, visit.path["id"])["message_id"])
        content, digest = view.messages.place_of(message.id)
        file = view.blobs.file(digest) if content is None else None
    suffix = "json" if message.media_type == "application/json" else "edi"
    headers = {"content-disposition": f'attachment; filename="{message.id}.{suffix}"'}
    if file is not None:
        return FileResponse(file, media_type="application/octet-stream", headers=headers)
    return Response(content, media_type="application/octet-stream", headers=headers)


def _payload(view: Transaction, message: Message) -> tuple[bytes | None, HubError | None]:
    """The bytes, or the beginning of many; a damaged payload is told on the page, which has more to say than that."""
    try:
        content, digest = view.messages.place_of(message.id)
        if content is not None:
            return content, None
        with view.blobs.file(digest).open("rb") as file:
            return file.read(message.size if message.size <= WHOLE else BEGINNING), None
    except DamagedPayload as damaged:
        return None, damaged


def _views(visit: Visit, data: bytes | None, position: int | None, *, is_whole: bool) -> dict[str, Any]:
    line, segment = _number(visit.asked("line")), _number(visit.asked("segment"))
    if not data:
        return {"raw": None, "tree": None}
    tree = None
    if position is not None and is_whole:
        tree = tree_view(data, position=position, first=segment or 1, schemas=visit.hub.site.root / "schemas")
    return {"raw": raw_view(data, position=position, first=line), "tree": tree}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _pretty(canonical: bytes | None) -> dict[str, Any] | None:
    if canonical is None:
        return None
    text = msgspec.json.format(canonical, indent=2).decode()
    return {"text": text[:CANONICAL], "left": max(0, len(text) - CANONICAL)}
