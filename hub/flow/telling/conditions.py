"""What opens an alert, in which words, and when it is over.

An event of the stream opens one; the condition itself, looked at again, ends it. So an alert can neither be lost nor stay for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from hub.errors import LeftBehind, NotFound
from hub.flow.clocks.silence import day_begins
from hub.flow.hub import Hub
from hub.flow.telling.words import Happening
from hub.store.alerts import AlertRow
from hub.store.deadlines import Duty
from hub.store.orders import ON_HOLD
from hub.store.transaction import Transaction

IsOver = Callable[[Transaction, AlertRow, Hub], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One kind of alert: its code, what it is about, its words, who acts, and how it is known to be over.

    `cure` stands where the event brings no hint of its own.
    """

    code: str
    subject: Callable[[Happening], str]
    what: Callable[[Happening], str]
    why: Callable[[Happening], str]
    who: str
    cure: str
    is_over: IsOver


def _document_id(happening: Happening) -> str:
    return happening.said("document_id") or str(happening.item["message_id"] or happening.item["order_id"])


def _message_id(happening: Happening) -> str:
    return str(happening.item["message_id"] or happening.said("document_id"))


def _error(happening: Happening) -> str:
    code, message = happening.error.get("code", ""), happening.error.get("message", "")
    return f"{code} {message}".strip() or happening.said("reason")


def _is_delivered(view: Transaction, row: AlertRow, _hub: Hub) -> bool:
    document = view.documents.get(row.subject)
    return document.state != "dead" and document.delivery != "failed"


def _has_answer(view: Transaction, row: AlertRow, _hub: Hub) -> bool:
    document_id, _, light = row.subject.partition(" ")
    return str(getattr(view.documents.get(document_id), light)) != "overdue"


def _has_left(view: Transaction, row: AlertRow, _hub: Hub) -> bool:
    order_id, _, duty = row.subject.partition(" ")
    kind: Duty = "response" if duty == "response" else "despatch" if duty == "despatch" else "invoice"
    return view.deadlines.state_of(order_id, kind) != "overdue"


def _is_released(view: Transaction, row: AlertRow, _hub: Hub) -> bool:
    order = view.orders.get(row.subject)
    return order.held is None and order.status != ON_HOLD


def _is_settled(view: Transaction, row: AlertRow, _hub: Hub) -> bool:
    waiting = {"held", "quarantined"}
    if view.messages.get(row.subject).state in waiting:
        return False
    return not any(each.state in waiting for each in view.documents.of_message(row.subject))


def _is_replaced(_view: Transaction, row: AlertRow, hub: Hub) -> bool:
    from hub.flow.certificates import ending

    return all(each.sha256 != row.subject for name in hub.site.connections for _, each in ending(name, hub))


def _is_taken(view: Transaction, row: AlertRow, hub: Hub) -> bool:
    from hub.flow.telling.webhooks import subscriptions

    found = view.subscribers.find(row.subject)
    return found is None or found.state != "failing" or row.subject not in {each.key for each in subscriptions(hub)}


def _is_heard(view: Transaction, row: AlertRow, hub: Hub) -> bool:
    partner, _, day = row.subject.rpartition(" ")
    known = hub.site.partners.get(partner)
    if known is None or known.calendar.usual_by is None:
        return True
    begins = day_begins(partner, date.fromisoformat(day), hub)
    return view.deadlines.heard_since(partner, begins, test=known.state == "test")


def _is_back(view: Transaction, row: AlertRow, _hub: Hub) -> bool:
    known = view.endpoints.shaky().get(row.subject)
    return known is None or not known.is_open


def _is_polled(view: Transaction, row: AlertRow, hub: Hub) -> bool:
    return row.subject not in hub.site.connections or view.polls.state(row.subject).failures == 0


def _is_emptied(view: Transaction, row: AlertRow, hub: Hub) -> bool:
    left = view.polls.state(row.subject).error
    return row.subject not in hub.site.connections or left is None or not left.startswith(LeftBehind.code)


def _never(_view: Transaction, _row: AlertRow, _hub: Hub) -> bool:
    """Only a person, or whoever raised it, can say that it is over."""
    return False


def is_over(view: Transaction, row: AlertRow, hub: Hub) -> bool:
    """Whether the condition of an open alert has passed; what it was about may be gone since, and then it has."""
    try:
        return next((each.is_over(view, row, hub) for each in CONDITIONS.values() if each.code == row.code), True)
    except NotFound:
        return True


_DEAD = Condition(
    code="ALT-101",
    subject=_document_id,
    what=lambda it: f"{it.thing} was not delivered and is not tried any more",
    why=_error,
    who="admin",
    cure="mend what stands in the way, then `edihub resend` its message",
    is_over=_is_delivered,
)
_OVERDUE = Condition(
    code="ALT-102",
    subject=lambda it: f"{it.said('document_id')} {it.said('light')}",
    what=lambda it: f"{it.thing}: {it.said('light')} is overdue since {it.said('due_at')[:16].replace('T', ' ')} UTC",
    why=lambda it: it.said("reason"),
    who="operator",
    cure="ask the partner what became of it; `edihub resend` its message if it was lost, nothing resends it by itself",
    is_over=_has_answer,
)
_OWED = Condition(
    code="ALT-103",
    subject=lambda it: f"{it.item['order_id']} {it.item['type'].removeprefix('order.').removesuffix('_overdue')}",
    what=lambda it: (
        f"the {it.item['type'].removeprefix('order.').removesuffix('_overdue')} for order {it.said('number')} of {it.partner} "
        f"is overdue since {it.said('due_at')[:16].replace('T', ' ')} UTC"
    ),
    why=lambda _: "it has not left, and the agreement says by when it has to",
    who="operator",
    cure="confirm, ship or invoice the order; late is better than never",
    is_over=_has_left,
)
_HELD_ORDER = Condition(
    code="ALT-104",
    subject=lambda it: str(it.item["order_id"]),
    what=lambda it: f"order {it.said('number')} of {it.partner or 'an unknown partner'} is held",
    why=_error,
    who="operator",
    cure="decide, then release or cancel it",
    is_over=_is_released,
)
_HELD = Condition(
    code="ALT-105",
    subject=_message_id,
    what=lambda it: f"{it.thing} is held and waits for a person",
    why=_error,
    who="operator",
    cure="mend what is named, then `edihub replay` its message",
    is_over=_is_settled,
)
_STUCK = Condition(
    code="ALT-112",
    subject=_message_id,
    what=lambda it: f"a message {f'of {it.partner} ' if it.partner else ''}is set aside: the hub stumbled over it",
    why=_error,
    who="developer",
    cure="report it with the stored bytes; then `edihub replay`",
    is_over=_is_settled,
)
_CERTIFICATE = Condition(
    code="ALT-106",
    subject=lambda it: it.said("sha256"),
    what=lambda it: (
        f"the certificate {it.said('subject')} of {it.said('connection')} ({it.said('role')}) ends {it.said('ends')[:10]}"
    ),
    why=lambda it: f"{it.said('days_left') or '0'} days are left",
    who="admin",
    cure="agree on a new one with the partner: `edihub cert rehearse`, then `edihub cert rotate`",
    is_over=_is_replaced,
)
_WEBHOOK = Condition(
    code="ALT-107",
    subject=lambda it: it.said("webhook"),
    what=lambda it: f"{it.said('webhook')} takes no events any more",
    why=_error,
    who="admin",
    cure="look at the receiver; everything is kept for it, and tried again by itself",
    is_over=_is_taken,
)
_SILENT = Condition(
    code="ALT-108",
    subject=lambda it: f"{it.said('partner')} {it.said('day')}",
    what=lambda it: f"{it.said('partner')} has sent nothing on {it.said('day')}",
    why=lambda it: f"it usually sends by {it.said('usual_by')} of its time",
    who="operator",
    cure="try the connection with `edihub connection check`, then call the partner",
    is_over=_is_heard,
)
_SUSPENDED = Condition(
    code="ALT-109",
    subject=lambda it: it.said("connection"),
    what=lambda it: f"connection {it.said('connection')} is suspended: nothing gets through to its far side",
    why=_error,
    who="admin",
    cure="nothing is lost: it is tried again by itself; look at the far side, or call the partner",
    is_over=_is_back,
)
_UNPOLLED = Condition(
    code="ALT-113",
    subject=lambda it: it.said("connection"),
    what=lambda it: f"connection {it.said('connection')} cannot be polled: nothing is fetched from it",
    why=_error,
    who="admin",
    cure="it is tried again by itself; `edihub connection check` says what is wrong now",
    is_over=_is_polled,
)
_LEFT = Condition(
    code="ALT-114",
    subject=lambda it: it.said("connection"),
    what=lambda it: f"files stay behind in connection {it.said('connection')}",
    why=_error,
    who="admin",
    cure="mend or take away what is named; everything else was taken",
    is_over=_is_emptied,
)
_BROKEN = Condition(
    code="ALT-110",
    subject=lambda _: "audit chain",
    what=lambda _: "the audit trail does not hold: somebody changed, removed or put in rows",
    why=lambda it: it.said("reason"),
    who="admin",
    cure="`edihub audit verify` names every row; compare with a backup before anything else is done",
    is_over=_never,
)
_CONTRADICTED = Condition(
    code="ALT-111",
    subject=_document_id,
    what=lambda it: f"{it.thing}: what came contradicts what we know, and changed nothing",
    why=lambda it: _error(it) or f"{it.said('light') or 'it'} stands at {it.said('stands')}, now told {it.said('told')}",
    who="operator",
    cure="ask the partner which of the two holds, then `edihub alerts clear` this one",
    is_over=_never,
)

CONDITIONS: dict[str, Condition] = {
    "document.dead": _DEAD,
    "document.overdue": _OVERDUE,
    "order.response_overdue": _OWED,
    "order.despatch_overdue": _OWED,
    "order.invoice_overdue": _OWED,
    "order.held": _HELD_ORDER,
    "document.held": _HELD,
    "message.held": _HELD,
    "message.quarantined": _STUCK,
    "document.quarantined": _STUCK,
    "certificate.ends": _CERTIFICATE,
    "webhook.failing": _WEBHOOK,
    "partner.silent": _SILENT,
    "connection.suspended": _SUSPENDED,
    "connection.poll_failing": _UNPOLLED,
    "connection.files_left": _LEFT,
    "audit.broken": _BROKEN,
    "document.contradicted": _CONTRADICTED,
    "delivery.contradicted": _CONTRADICTED,
    "delivery.unmatched": _CONTRADICTED,
    "message.conflicted": _CONTRADICTED,
}
"""The events that open an alert."""
