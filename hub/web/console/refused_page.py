"""What was refused before anything of it was kept: by which connection, why, and what to do about it."""

from __future__ import annotations

from typing import Any

from hub.store.refusals import list_refusals
from hub.web.console.pages import Shown, Visit

PAGE = 50
ADDRESS = "/admin/edi/refused"


def refused_page(visit: Visit) -> Shown:
    """Requests that were refused, newest first; `from=strangers` lists those that no connection is known for."""
    is_strangers = visit.asked("from") == "strangers"
    subjects = [""] if is_strangers else sorted(visit.hub.site.connections)
    with visit.hub.read() as view:
        found = list_refusals(view.connection, subjects, limit=PAGE + 1, before=visit.asked("after"))
    values = {
        "items": [_item(each) for each in found[:PAGE]],
        "next": found[PAGE - 1]["id"] if len(found) > PAGE else None,
        "is_strangers": is_strangers,
        "now": visit.hub.now().isoformat(),
    }
    return Shown(template="refused.html", values=values)


def _item(event: dict[str, Any]) -> dict[str, Any]:
    told = event["detail"]
    evidence = told.get("evidence") or {}
    return {
        "at": event["at"],
        "connection": event["subject"],
        "code": told.get("code", ""),
        "message": told.get("message", ""),
        "explained": told.get("explained") or "",
        "hint": told.get("hint") or "",
        "reference": told.get("reference") or "",
        "peer": evidence.get("peer") or "",
    }
