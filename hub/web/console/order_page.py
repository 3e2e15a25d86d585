"""One order: its status, its chain of documents, and how much of each line is where."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hub.flow.statuses import status_table
from hub.store.order_resources import get_order
from hub.web.console.pages import Shown, Visit
from hub.web.console.words import COUNTS

MOST_LINES = 1000


def order_page(visit: Visit) -> Shown:
    """The page of an order by its id or number; raises `NotFound`."""
    with visit.hub.read() as view:
        order = get_order(view.connection, visit.path["id"], label=status_table(visit.hub).label)
    lines = {str(line.get("number") or place): line for place, line in enumerate(order["order"].get("lines") or (), 1)}
    matrix = [_row(row, lines.get(str(row["line"]), {})) for row in order["matrix"][:MOST_LINES]]
    values = {"order": order, "matrix": matrix, "left": max(0, len(order["matrix"]) - MOST_LINES), "counts": COUNTS}
    return Shown(template="order.html", values=values)


def _row(row: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    """A line of the matrix, and whether what was ordered and confirmed differ."""
    ordered, confirmed = _count(row["ordered"]), _count(row["confirmed"])
    return {
        "line": row["line"],
        "what": _what(line),
        "counts": [(name, row[name]) for name in COUNTS],
        "differs": confirmed is not None and ordered is not None and confirmed not in {0, ordered},
    }


def _what(line: dict[str, Any]) -> str:
    item = line.get("item") or {}
    return " ".join(str(item[name]) for name in ("supplier_id", "description") if item.get(name)) or str(
        item.get("gtin") or item.get("buyer_id") or ""
    )


def _count(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
