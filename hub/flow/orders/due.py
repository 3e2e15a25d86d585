"""What somebody else has to do when an order comes into a status: write a delivery note, ship, issue an invoice."""

from __future__ import annotations

from hub.flow.orders.terms import Terms


def due_on(status: str, terms: Terms) -> tuple[str, ...]:
    """The events that ask for it, as the agreement or channel says (`delivery_note_on`, `despatch_on`, `invoice_on`)."""
    said = terms.orders
    asked = {
        "order.delivery_note_due": said.delivery_note_on,
        "order.despatch_due": said.despatch_on,
        "order.invoice_due": said.invoice_on,
    }
    return tuple(event for event, on in asked.items() if on == status)
