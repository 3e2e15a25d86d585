"""One body for every address that takes one, as the API's description shows it: an order, and what becomes of it afterwards.

Together they tell one story, which a test plays from the first to the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SAID: Mapping[str, Any] = {"reason": "agreed with the buyer by telephone"}

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "create_order": {
        "type": "order",
        "number": "4500000042",
        "issued_on": "2026-09-24",
        "currency": "EUR",
        "buyer": {"name": "Corner Shop", "ids": [{"value": "CORNER-7", "scheme": "mutual"}]},
        "ship_to": {"name": "Corner Shop", "address": {"street": "1 High Street", "city": "Cork", "country": "IE"}},
        "requested": {"delivery_on": "2026-10-01"},
        "lines": [
            {"number": "1", "quantity": "10", "unit": "H87", "price": "12.50", "item": {"gtin": "05412345000037"}},
            {"number": "2", "quantity": "5", "unit": "H87", "price": "3.20", "item": {"gtin": "05412345000044"}},
        ],
    },
    "confirm_order": {"lines": [{"order_line": "2", "status": "backordered"}], "reason": "line 2 comes next week"},
    "ship_order": {
        "type": "despatch_advice",
        "number": "D-1001",
        "packages": [{"items": [{"order_line": "1", "quantity": "10", "unit": "H87"}]}],
    },
    "invoice_order": {
        "type": "invoice",
        "number": "I-1001",
        "issued_on": "2026-09-25",
        "lines": [{"order_line": "1", "quantity": "10", "unit": "H87"}],
    },
    "backorder_order": {"lines": [{"order_line": "2", "status": "backordered"}], "reason": "the goods come next week"},
    "move_order": {"to": "processing", "reason": "picked up by the warehouse"},
    "accept_change": {"lines": ["2"], "reason": "only this line can still be changed"},
    "reject_change": {"reason": "the goods have left"},
    "handle_work": {"reason": "sent again after the partner's server was back"},
    "clear_alert": {"reason": "the certificate was renewed"},
    "replay_webhook": {},
    **{f"{action}_order": _SAID for action in ("hold", "release", "cancel", "approve", "reject", "ready", "paid", "delivered")},
}
"""By the name of the endpoint."""
