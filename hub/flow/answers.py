"""The answers an agreement owes to an order that arrived, written before the transaction that decides to send them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from hub.errors import HubError
from hub.flow.answer import Decision, response_to
from hub.flow.hub import Hub
from hub.flow.issue import Draft, draft
from hub.flow.outbound import nearest
from hub.flow.sound import doubt_about
from hub.model import Order
from hub.routing.site import Agreement
from hub.store.documents import DocumentRow

RESPONSES = frozenset({"855", "ORDRSP"})


def answers_for(
    row: DocumentRow, order: Order, agreement: Agreement | None, hub: Hub
) -> tuple[list[Draft], dict[str, Any] | None]:
    """Drafts of the responses due at once, and what stands in their way: a line nobody can act on, an answer nobody can write."""
    doubt = None if order.purpose == "cancellation" else doubt_about(order, hub.library)
    if doubt is not None or agreement is None:
        return [], doubt
    decisions: list[Decision] = ["received"]
    if agreement.confirm == "automatic":
        decisions.append("confirmed")
    try:
        return [each for decision in decisions for each in _drafts(row, order, decision, hub)], None
    except HubError as failure:
        return [], {"code": failure.code, "message": failure.message, "hint": failure.hint, "who": "operator"}


def _drafts(row: DocumentRow, order: Order, decision: Decision, hub: Hub) -> list[Draft]:
    triggered = [each for each in hub.site.triggered(row.partner, decision) if each.message in RESPONSES]
    drafts = []
    for outbound in nearest(triggered, standard=row.standard, version=row.version, association=row.association):
        today = hub.now().astimezone(ZoneInfo(outbound.time_zone)).date()
        answer = response_to(order, decision, number=response_number(row.id), today=today)
        drafts.append(draft(answer, outbound, hub))
    return drafts


def response_number(document_id: str) -> str:
    """Our own number of a response: at most sixteen characters, the same whenever the same document is answered."""
    return f"OR{document_id.partition('_')[2][:14].upper()}"
