"""The answers an order gets, written before the transaction that decides to send them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub.flow.hub import Hub
from hub.flow.issue import Draft, draft
from hub.flow.outbound import nearest
from hub.model import Document
from hub.routing.site import Agreement
from hub.store.documents import DocumentRow

RESPONSES = frozenset({"855", "ORDRSP"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an order came from: its answers stay in the standard, and near the version, that it came in.

    `document` is the document answered, empty where there is none; the standard is empty for what came over the API.
    """

    partner: str
    standard: str = ""
    version: str = ""
    association: str = ""
    document: str = ""
    test: bool = False


def origin_of(row: DocumentRow) -> Origin:
    """The origin of an order that came in this document."""
    return Origin(partner=row.partner, standard=row.standard, version=row.version, association=row.association, document=row.id)


def answer_drafts(
    origin: Origin,
    events: Sequence[str],
    write: Callable[[dt.date], Document],
    hub: Hub,
    *,
    messages: frozenset[str] = RESPONSES,
) -> list[Draft]:
    """Drafts of what the agreements send on any of these events; each sends once. `write` gets the date in the partner's time zone.

    Raises `HeldForOperator` where an answer cannot be written.
    """
    triggered: dict[str, Agreement] = {}
    for event in events:
        for each in hub.site.triggered(origin.partner, event):
            if each.message in messages and each.guide:
                triggered[each.id] = each
    chosen = nearest(triggered.values(), hub, standard=origin.standard, version=origin.version, association=origin.association)
    return [draft(write(hub.now().astimezone(ZoneInfo(each.time_zone)).date()), each, hub) for each in chosen]


def response_number(document_id: str, earlier: int = 0) -> str:
    """Our own number of a response: at most sixteen characters, the same whenever the same document is answered.

    `earlier` responses have had numbers of their own.
    """
    base = f"OR{document_id.partition('_')[2][:14].upper()}"
    return base if not earlier else f"{base[: 15 - len(str(earlier))]}-{earlier}"
