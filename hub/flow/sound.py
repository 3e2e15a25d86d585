"""Whether an order says enough to be acted on, whichever way it came; what does not is held with its reason."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hub.flow.currencies import KNOWN
from hub.guides.library import Library
from hub.model import Order


def doubt_about(order: Order, library: Library) -> dict[str, Any] | None:
    """The first reason why a person must look at the order's lines before it goes on, or None.

    A line needs a quantity that is not negative, and a unit that one of the unit tables has (UN/ECE Recommendation 20); an order that
    names a currency names one of ISO 4217, or no rule about money would see it.
    """
    if order.currency is not None and order.currency not in KNOWN:
        hint = "it is three capital letters of ISO 4217, such as EUR: ask the buyer, then release or cancel the order"
        return reason("BUS-324", f'"{order.currency[:20]}" is no currency', hint)
    if not order.lines:
        return reason("BUS-308", "the order has no lines", "ask the buyer, then release or cancel it")
    units = known_units(library)
    for place, line in enumerate(order.lines, 1):
        name = f"line {line.number or place}"
        if line.quantity is None:
            if not line.schedule:
                return reason("BUS-321", f"{name} has no quantity", "ask the buyer, then release or cancel the order")
        elif line.quantity < 0:
            hint = "a return is no order: ask the buyer, then release or cancel the order"
            return reason("BUS-322", f"{name} orders {line.quantity}, less than nothing", hint)
        if line.unit is not None and line.unit not in units:
            hint = "use a code of UN/ECE Recommendation 20, or add the unit to a table under mappings/tables/uom"
            return reason("BUS-323", f'{name} has the unit "{line.unit[:20]}", which is in no table', hint)
    return None


@lru_cache(maxsize=8)
def known_units(library: Library) -> frozenset[str]:
    """Every unit that a table under `uom/` can say."""
    tables = [table for name, table in library.tables().items() if name.startswith("uom/")]
    return frozenset(word for table in tables for word in table.meaning.values())


def reason(code: str, message: str, hint: str) -> dict[str, Any]:
    """Why something is held, as it is kept and shown."""
    return {"code": code, "message": message, "hint": hint, "who": "operator"}
