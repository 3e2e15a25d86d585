"""What waits for a person, with what to do about it; an operator marks an item as handled and says what was done."""

from __future__ import annotations

from hub.flow.work import handle_work
from hub.store.work_list import WorkFilter, list_work
from hub.web.console.pages import Moved, Shown, Visit

PAGE = 50
ADDRESS = "/admin/edi/work"
LONGEST_REASON = 500


def work_page(visit: Visit) -> Shown:
    """The open items, newest first; `show=handled` lists those that were dealt with."""
    is_handled = visit.asked("show") == "handled"
    partner = visit.asked("partner")
    wanted = WorkFilter(handled=is_handled, partner=partner)
    with visit.hub.read() as view:
        page = list_work(view.connection, wanted, limit=PAGE, after=visit.asked("after") or None)
    values = {
        "items": page.items,
        "next": page.next,
        "is_handled": is_handled,
        "partner": partner,
        "now": visit.hub.now().isoformat(),
        "longest": LONGEST_REASON,
    }
    return Shown(template="work.html", values=values)


def handled(visit: Visit) -> Moved:
    """Mark one item as handled; the open items are shown again."""
    assert visit.user is not None
    reason = visit.said("reason").strip()[:LONGEST_REASON]
    with visit.hub.transaction() as tx:
        handle_work(tx, visit.path["id"], actor=visit.user.name, reason=reason)
    return Moved(to=ADDRESS)
