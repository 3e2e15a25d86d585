"""The orders a despatch advice or an invoice speaks of, and the lines it means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub.errors import NotFound, Refused
from hub.flow.hub import Hub
from hub.flow.orders.matrix import line_id
from hub.flow.outbound import nearest
from hub.model import Item, Order, OrderLine, decode_document
from hub.routing.options import Tolerances
from hub.routing.site import Agreement
from hub.store.documents import DocumentRow
from hub.store.orders import OrderRow
from hub.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One order: its row, its document, and what it came as (None for what has no document)."""

    row: OrderRow
    order: Order
    source: DocumentRow | None

    @property
    def number(self) -> str:
        """The number the buyer knows it by."""
        return self.row.number

    def lines(self) -> Iterable[tuple[str, OrderLine]]:
        """Every line with what the matrix calls it."""
        return ((line_id(line, place), line) for place, line in enumerate(self.order.lines, 1))

    def line(self, wanted: str | None, item: Item | None, what: str) -> tuple[str, OrderLine]:
        """The line of this id, or where none is said the only one with this item; raises `Refused` BUS-370, BUS-371 or BUS-379."""
        if wanted:
            found = [each for each in self.lines() if each[0] == wanted]
        else:
            mine = names_of(item)
            found = [each for each in self.lines() if mine & names_of(each[1].item)]
        if len(found) == 1:
            return found[0]
        if found:
            said = f"line {wanted}" if wanted else "this item"
            hint = "say which by `order_line`" if not wanted else "which one is meant cannot be told"
            raise Refused(f"{what}: order {self.number} has {len(found)} lines with {said}", hint, code="BUS-371")
        known = ", ".join(name for name, _ in self.lines())
        known = known if len(known) <= 120 else f"{known[:117]}..."
        if wanted:
            raise Refused(f"{what}: order {self.number} has no line {wanted}", f"its lines: {known}", code="BUS-370")
        raise Refused(f"{what}: it is on no line of order {self.number}", f"say `order_line`: {known}", code="BUS-379")


def find_subjects(view: Transaction, order_id: str, numbers: Iterable[str | None]) -> tuple[Subject, ...]:
    """The order asked for, then every other one named; raises `NotFound`, or `Refused` BUS-377 for one that is not this partner's."""
    first = subject_of(view, view.orders.get(order_id))
    found = [first]
    for number in dict.fromkeys(each for each in numbers if each and each != first.number):
        row = view.orders.numbered(number, first.row.partner) if first.row.partner else None
        if row is None or row.test != first.row.test:
            hint = "a document speaks of orders of one partner; send one for each"
            raise Refused(f"{first.row.partner or 'nobody'} has no order {number}", hint, code="BUS-377")
        found.append(subject_of(view, row))
    return tuple(found)


def subject_of(view: Transaction, row: OrderRow) -> Subject:
    """An order with its document and its source."""
    document = decode_document(row.canonical)
    if not isinstance(document, Order):
        raise NotFound(f"{row.id} holds no order", "report it with the order's id")
    source = view.documents.get(row.source_document) if row.source_document else None
    return Subject(row=row, order=document, source=source)


def meant(subjects: Sequence[Subject], number: str | None, what: str) -> Subject:
    """The order a part of a document belongs to; raises `Refused` BUS-377 where it cannot be told, or is not named above."""
    if not number:
        if len(subjects) == 1:
            return subjects[0]
        raise Refused(f"{what} does not say which order it belongs to", "say it by `order_number`", code="BUS-377")
    for each in subjects:
        if each.number == number:
            return each
    raise Refused(f"{what} belongs to order {number}, which the document does not name", "name it", code="BUS-377")


def sending(subject: Subject, event: str, messages: frozenset[str], hub: Hub) -> tuple[Agreement, ...]:
    """The agreements that send these messages when `event` happens to the order, each in the version nearest to the order's."""
    agreed = [each for each in hub.site.triggered(subject.row.partner, event) if each.message in messages and each.guide]
    source = subject.source
    standard, version = (source.standard, source.version) if source is not None else ("", "")
    association = source.association if source is not None else ""
    return tuple(nearest(agreed, hub, standard=standard, version=version, association=association))


def tolerances_of(subject: Subject, agreements: Sequence[Agreement], hub: Hub) -> Tolerances:
    """What is tolerated: as the agreement that sends the document says, else as the one the order came by."""
    if agreements:
        return agreements[0].tolerances
    agreement = hub.site.agreements.get(subject.row.agreement)
    return Tolerances() if agreement is None else agreement.tolerances


def local_time(subject: Subject, hub: Hub) -> dt.datetime:
    """Now, where the partner is."""
    partner = hub.site.partners.get(subject.row.partner)
    zone = partner.time_zone if partner is not None else hub.site.file.time_zone
    return hub.now().astimezone(ZoneInfo(zone or "UTC"))


def names_of(item: Item | None) -> frozenset[tuple[str, str]]:
    """Everything an item is called, for telling which line is meant."""
    if item is None:
        return frozenset()
    said = {
        ("gtin", item.gtin),
        ("buyer", item.buyer_id),
        ("supplier", item.supplier_id),
        ("manufacturer", item.manufacturer_id),
    }
    said |= {(each.scheme, each.value) for each in item.ids}
    return frozenset((scheme, value) for scheme, value in said if value)
