"""Which line of an order a line of a change means, and what the line is afterwards. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import msgspec

from hub.flow.orders.matrix import line_id, plain
from hub.flow.orders.subjects import names_of
from hub.flow.orders.units import ratio
from hub.model import Echo, Item, OrderChange, OrderChangeLine, OrderLine, Requested, Schedule

Action: TypeAlias = Literal["add", "change", "cancel", "unchanged"]

_TAKEN = (
    "price_base_quantity", "price_base_unit", "quantities", "amount", "pack", "dates", "ship_to", "parties", "taxes",
    "allowances_charges", "components",
)  # fmt: skip
"""What a change that says it puts in place of what the line had."""
_REPLACING = frozenset({"RE", "RM"})
"""X12 670: another item in place of the one that was ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why something cannot be done, or not without a person: a BUS code, a sentence, what to do."""

    code: str
    message: str
    hint: str = "answer the buyer, or agree on another change"

    def as_error(self) -> dict[str, Any]:
        """As it is kept and shown."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "who": "operator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """One line: its name in the matrix, what is asked, the line before and after (None where there is none), what stands against it.

    `question` needs a person, `problem` cannot be done at all.
    """

    line: str
    action: Action
    asked: OrderChangeLine | None
    before: OrderLine | None
    after: OrderLine | None
    problem: Doubt | None = None
    question: Doubt | None = None

    @property
    def is_real(self) -> bool:
        """Whether anything is different afterwards."""
        return self.action in {"add", "cancel"} or self.before != self.after


class Lines:
    """The lines of an order, to be found by what a change calls them."""

    def __init__(self, lines: Sequence[OrderLine]) -> None:
        self.named = [
            (line_id(line, place), msgspec.structs.replace(line, number=line_id(line, place)))
            for place, line in enumerate(lines, 1)
        ]

    def meant(self, asked: OrderChangeLine) -> tuple[str, OrderLine] | None:
        """The line of the order that is meant, None where there is none or several could be.

        A reference to the order's line decides, then a number whose line has the same item, or names none; then the item alone, as
        some number the lines of a change anew.
        """
        for number in _line_references(asked):
            return self._numbered(number)
        found = self._numbered(asked.number) if asked.number else None
        mine = names_of(asked.item)
        if found is not None and (_is_same_item(mine, found[1].item) or asked.action_code in _REPLACING):
            return found
        same = [each for each in self.named if mine & names_of(each[1].item)]
        return same[0] if len(same) == 1 else None

    def _numbered(self, number: str | None) -> tuple[str, OrderLine] | None:
        found = [each for each in self.named if each[0] == number]
        return found[0] if len(found) == 1 else None


def merged(before: OrderLine, asked: OrderChangeLine) -> OrderLine:
    """The line with the new values that the change says; what it does not say stays."""
    new = said(asked, _TAKEN)
    is_new_quantity = asked.quantity is not None and asked.quantity != before.quantity
    if is_new_quantity:
        new["quantity"] = asked.quantity
    if asked.unit is not None and before.unit is not None and not same_unit(asked.unit, before.unit):
        new["unit"] = asked.unit
    is_new_price = asked.price is not None and asked.price != before.price
    if is_new_price:
        new |= {"price": asked.price, "prices": asked.prices}
    if (is_new_quantity or is_new_price) and asked.amount is None:
        new["amount"] = None
    if asked.requested is not None:
        new["requested"] = joined(before.requested, asked.requested)
    if asked.item is not None:
        new["item"] = asked.item if asked.action_code in _REPLACING or before.item is None else _named(before.item, asked.item)
    if asked.schedule or (before.schedule and is_new_quantity):
        new["schedule"] = asked.schedule or _rescheduled(before.schedule, asked.quantity)
    new["notes"] = before.notes + tuple(each for each in asked.notes if each not in before.notes)
    new["references"] = before.references + tuple(each for each in asked.references if each not in before.references)
    new["echo"] = _echo(before.echo, asked, new)
    return msgspec.structs.replace(before, **new)


def said(part: OrderChange | OrderChangeLine, names: Iterable[str]) -> dict[str, Any]:
    """What a change says, of these members."""
    values = {name: getattr(part, name) for name in names}
    return {name: value for name, value in values.items() if value is not None and value != ()}


def is_material(before: OrderLine, after: OrderLine) -> bool:
    """Whether more than words, references and further names of the item are different."""
    words = {name: getattr(before, name) for name in ("notes", "references", "echo")}
    item = before.item if names_of(before.item) & names_of(after.item) else after.item
    return msgspec.structs.replace(after, item=item, **words) != before


def added(asked: OrderChangeLine, name: str) -> OrderLine:
    """A new line of the order."""
    values = {field: getattr(asked, field) for field in OrderLine.__struct_fields__}
    return OrderLine(**{**values, "number": name, "position": None})


def is_split_lost(before: OrderLine, after: OrderLine) -> bool:
    """Whether a new quantity leaves a split over places or dates behind that no longer adds up to it."""
    parts = [each.quantity for each in after.schedule]
    if not parts or before.quantity == after.quantity or after.quantity is None:
        return False
    return None in parts or sum((each for each in parts if each is not None), Decimal(0)) != after.quantity


def contradiction(asked: OrderChangeLine, before: OrderLine, name: str) -> Doubt | None:
    """Where the code of a change (X12 670) says the contrary of its quantity: it may be meant as a difference."""
    code, new, old = asked.action_code, asked.quantity, before.quantity
    if new is None or old is None or code not in {"QI", "QD"}:
        return None
    if (new > old) == (code == "QI") and new != old:
        return None
    word = "an increase" if code == "QI" else "a decrease"
    return Doubt(
        code="BUS-409",
        message=f"line {name}: {code} says {word}, but {plain(new)} against {plain(old)} is none",
        hint="the buyer may mean the difference: ask, then accept or reject the change",
    )


def same_unit(one: str, other: str) -> bool:
    """Whether two units count the same thing alike: a piece is an each."""
    found = ratio(one, other)
    return found is not None and found[0] == found[1]


def joined(before: Requested | None, asked: Requested) -> Requested:
    """The dates that are wanted now: the new ones, and of the old ones those that nothing was said of."""
    if before is None:
        return asked
    given = {name: getattr(asked, name) for name in asked.__struct_fields__ if getattr(asked, name) is not None}
    return msgspec.structs.replace(before, **given)


def _line_references(asked: OrderChangeLine) -> Iterable[str]:
    """What a line says about the order's own line: RFF+LI, or the line beside the order's number."""
    for each in asked.references:
        number = each.value if each.type == "order_line" else each.line if each.type == "order" else None
        if number:
            yield number


def _is_same_item(mine: frozenset[tuple[str, str]], item: Item | None) -> bool:
    theirs = names_of(item)
    return not mine or not theirs or bool(mine & theirs)


def _named(before: Item, asked: Item) -> Item:
    """The item with ids it was not called by before; descriptions as they are said now."""
    given = {name: getattr(asked, name) for name in ("description", "colour", "size", "descriptions") if getattr(asked, name)}
    known = {(each.scheme, each.value) for each in before.ids}
    ids = before.ids + tuple(each for each in asked.ids if (each.scheme, each.value) not in known)
    return msgspec.structs.replace(before, ids=ids, **given)


def _rescheduled(before: tuple[Schedule, ...], quantity: Decimal | None) -> tuple[Schedule, ...]:
    """A line that went to one place on one day still does; how a split changes only the buyer can say."""
    return (msgspec.structs.replace(before[0], quantity=quantity),) if len(before) == 1 else before


def _echo(before: Echo | None, asked: OrderChangeLine, new: dict[str, Any]) -> Echo | None:
    """What the buyer sent, letter for letter: its spelling of what changed, the line's own of the rest."""
    sent = asked.echo
    if before is None or sent is None:
        return before or sent
    unit = sent.unit if "unit" in new else before.unit
    basis = sent.price_basis if "price" in new and sent.price_basis else before.price_basis
    ids = sent.ids if asked.action_code in _REPLACING and sent.ids else before.ids
    return msgspec.structs.replace(before, unit=unit, price_basis=basis, ids=ids)
