"""Steps of the documents around an order: numbers that a message does not say, orders that it names line by line."""

from __future__ import annotations

from hub.guides.run import Frame, Note


def read_change_number(document: Frame, _notes: list[Note]) -> None:
    """A change that has no number of its own goes by the number of its order (860)."""
    if "number" not in document and "order_number" in document:
        document["number"] = document["order_number"]


def read_line_numbers(document: Frame, _notes: list[Note]) -> None:
    """A line that came without a number gets its place as its number."""
    for position, line in enumerate(document.get("lines", ()), 1):
        line.setdefault("number", str(position))


def write_line_numbers(document: Frame) -> None:
    """Lines without a number are numbered."""
    for position, line in enumerate(document.get("lines", ()), 1):
        if not line.get("number"):
            line["number"] = str(position)


def read_listed_orders(document: Frame, _notes: list[Note]) -> None:
    """The orders of a document are those of its head and those of its lines."""
    orders = list(document.get("order_numbers", ()))
    for line in document.get("lines", ()):
        if "order_number" in line and line["order_number"] not in orders:
            orders.append(line["order_number"])
    if orders:
        document["order_numbers"] = orders


def write_listed_orders(document: Frame) -> None:
    """An order that a line names is not named in the head again, unless the orders would come back in another sequence."""
    listed = list(document.pop("order_numbers", None) or ())
    told = dict.fromkeys(line["order_number"] for line in document.get("lines", ()) if line.get("order_number"))
    left = [each for each in listed if each not in told]
    if [*left, *(each for each in told if each in listed)] != listed:
        left = listed
    if left:
        document["order_numbers"] = left


_DELIVERED = "46"
_PIECE = "H87"
"""What a quantity of EDIFACT without a unit counts."""


def read_variances(document: Frame, _notes: list[Note]) -> None:
    """Differences are told without a sign, and what is missing apart from what is too much.

    Where a line does not say what was received, it is what was accepted, else what was delivered.
    """
    for line in document.get("lines", ()):
        for name in ("damaged", "returned", "short"):
            if line.get(name, 0) < 0:
                line[name] = -line[name]
        if line.get("over", 0) < 0:
            line.setdefault("short", -line.pop("over"))
        if "quantity" not in line and "accepted" in line:
            line["quantity"] = line.pop("accepted")
        delivered = next((each for each in line.get("quantities", ()) if each.get("code") == _DELIVERED), None)
        if "quantity" not in line and delivered is not None:
            line["quantity"] = delivered["quantity"]
            line.setdefault("unit", delivered.get("unit", _PIECE))
