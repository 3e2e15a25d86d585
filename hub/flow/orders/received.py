"""What was shipped against what was received, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.flow.orders.matrix import plain
from hub.flow.orders.subjects import Subject, names_of
from hub.flow.orders.units import converted
from hub.model import DespatchAdvice, PackedItem, ReceivingLine, decode_document
from hub.store.documents import DocumentRow

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A despatch advice of ours, with what it says left."""

    row: DocumentRow
    advice: DespatchAdvice | None

    def items(self, sscc: str | None = None) -> Iterator[PackedItem]:
        """Everything that left, or with `sscc` what is in that unit."""
        if self.advice is None:
            return
        for package in self.advice.packages:
            if sscc is None or package.sscc == sscc:
                yield from package.items
        if sscc is None:
            yield from self.advice.items

    def lines(self, sole: str) -> set[tuple[str, str]]:
        """Order number and line of everything that left; `sole` is the order of an item that names none."""
        only = self.advice.order_numbers[0] if self.advice is not None and len(self.advice.order_numbers) == 1 else sole
        return {(each.order_number or only, each.order_line) for each in self.items() if each.order_line}

    def shipped(self, subject: Subject, name: str, sscc: str | None) -> Decimal | None:
        """How much of an order's line left in it, in the unit of the order; None where it does not say so."""
        ordered = dict(subject.lines()).get(name)
        total, is_there = ZERO, False
        for each in self.items(sscc):
            if each.order_number not in {None, subject.number} or ordered is None:
                continue
            is_named = each.order_line == name if each.order_line else bool(names_of(each.item) & names_of(ordered.item))
            quantity = each.quantity if is_named else None
            if quantity is not None and each.unit is not None and ordered.unit is not None:
                quantity = converted(quantity, each.unit, ordered.unit, ordered)
            if quantity is not None:
                total, is_there = total + quantity, True
        return total if is_there else None


def sent_of(row: DocumentRow) -> Sent:
    """A stored despatch advice with its content."""
    document = decode_document(row.canonical) if row.canonical else None
    return Sent(row=row, advice=document if isinstance(document, DespatchAdvice) else None)


def difference(
    line: ReceivingLine, name: str, quantity: Decimal, despatch: Sent | None, subject: Subject
) -> dict[str, Any] | None:
    """What a line of a receiving advice says that is not as it left, in words and numbers; None where all is well."""
    shipped = None if despatch is None else despatch.shipped(subject, name, line.sscc)
    if shipped is None:
        shipped = line.shipped
    said = {word: getattr(line, word) for word in ("damaged", "short", "over", "returned")}
    stated = {word: value for word, value in said.items() if value}
    gap = ZERO if shipped is None else quantity - shipped
    # what was damaged or came back may or may not be counted as received: both are said
    if not stated and gap == 0:
        return None
    if gap < 0 and "short" not in stated and not {"damaged", "returned"} & stated.keys():
        stated["short"] = -gap
    if gap > 0 and "over" not in stated:
        stated["over"] = gap
    begin = f"line {name}: " + (f"shipped {plain(shipped)}, " if shipped is not None else "")
    parts = [f"{plain(value)} {word}" for word, value in stated.items()]
    reason = f" ({line.reason})" if line.reason else ""
    text = f"{begin}received {plain(quantity)}" + "".join(f", {part}" for part in parts) + reason
    numbers = {"shipped": shipped, "received": quantity, **stated}
    return {"line": name, "text": text, **{word: plain(value) for word, value in numbers.items() if value is not None}}
