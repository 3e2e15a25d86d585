"""The audit log: everything that came in and went out, newest first, and above it what needs a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hub.store.instants import SECOND
from hub.store.message_items import ATTENTION, MessageFilter, count_messages, list_messages
from hub.store.transaction import Transaction
from hub.web.console import words
from hub.web.console.filters import Filters, filters_of, light_options
from hub.web.console.pages import Moved, Shown, Visit

PAGE = 50
DAY = 24 * 60 * 60 * SECOND
MOST_COUNTED = 1000


def go_to_log(_visit: Visit) -> Moved:
    """The console begins with the audit log."""
    return Moved(to="/admin/edi")


def audit_log(visit: Visit) -> Shown | Moved:
    """One page of the log, by the filters in the address."""
    filters = filters_of(visit.query, visit.zone)
    after, before = visit.asked("after"), visit.asked("before")
    if any(values == [""] for values in visit.query.values()):
        # A form sends its empty fields too; the address that people share has only what they chose.
        return Moved(to=filters.address(after=after, before=before))
    with visit.hub.read() as view:
        page = list_messages(view.connection, filters.wanted, limit=PAGE, after=after or None, before=before or None)
        attention = _attention(view, filters)
        figures = visit.summary(view, visit.hub.now(), visit.zone, sorted(visit.hub.site.connections))
        is_empty = not page.items and count_messages(view.connection, MessageFilter(), most=1) == 0
    partners = {partner.id: partner.name or partner.id for partner in visit.hub.site.partners.values()}
    values = {
        "filters": filters,
        "chips": filters.chips(partners),
        "items": page.items,
        "newer": filters.address(before=page.previous) if page.previous else None,
        "older": filters.address(after=page.next) if page.next else None,
        "first": filters.address() if after or before else None,
        "attention": attention,
        "summary": figures,
        "is_empty": is_empty,
        "partners": sorted(partners.items(), key=lambda each: each[1].lower()),
        "types": list(words.TYPES.items()),
        "lights": light_options(),
        "connections": sorted(visit.hub.site.connections),
        "now": visit.hub.now().isoformat(),
    }
    return Shown(template="audit_log.html", values=values)


def _attention(view: Transaction, filters: Filters) -> list[dict[str, Any]]:
    """How much of each kind needs a person, how much of it is of the last day, and where to see it."""
    found = []
    for kind in ATTENTION:
        wanted = MessageFilter(attention=kind)
        recent = replace(wanted, since=view.now - DAY)
        count = count_messages(view.connection, wanted, most=MOST_COUNTED)
        found.append(
            {
                "kind": kind,
                "count": f"{count:,}" if count < MOST_COUNTED else f"{MOST_COUNTED:,}+",
                "is_zero": count == 0,
                "recent": count_messages(view.connection, recent, most=MOST_COUNTED) if count else 0,
                "address": filters.address() if filters.given == {"attention": kind} else f"/admin/edi?attention={kind}",
                "is_chosen": filters.given.get("attention") == kind,
            }
        )
    return found
