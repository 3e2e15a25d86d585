"""A despatch advice as the ERP gives it, completed from the orders it speaks of: parties, dates, items, and the buyer's own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from hub.errors import Refused
from hub.flow.orders.matrix import plain
from hub.flow.orders.subjects import Subject, meant
from hub.flow.orders.units import converted
from hub.model import (
    DespatchAdvice,
    DespatchTotals,
    Item,
    OrderLine,
    Package,
    PackedItem,
    Reference,
)

STRUCTURES = {"0001": "packages of mixed goods", "0002": "goods in packages of their own", "0004": "no packages"}
"""How an 856 may be built (X12 element 1005); in 0003 goods of several orders would share a package above their orders."""
_NUMBERS = ("gtin", "buyer_id", "supplier_id", "manufacturer_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A completed despatch advice, and what it ships by order id and line, in the unit of the line."""

    document: DespatchAdvice
    quantities: dict[str, dict[str, Decimal]]


def named_orders(given: DespatchAdvice) -> Iterator[str | None]:
    """Every order number a despatch advice mentions."""
    yield from given.order_numbers
    yield from (each.value for each in given.orders)
    yield from (each.order_number for each in given.packages)
    yield from (each.order_number for each in items_of(given))


def items_of(given: DespatchAdvice) -> Iterator[PackedItem]:
    """Everything it ships, packed or not."""
    for package in given.packages:
        yield from package.items
    yield from given.items


def complete(given: DespatchAdvice, subjects: Sequence[Subject], *, now: dt.datetime, is_packing: bool) -> Shipped:
    """Fill in what the ERP may leave out; with `is_packing` goods that stand in no package get one, an order each.

    Raises `Refused`: BUS-370, BUS-371, BUS-377 and BUS-379 for goods that are on no line, BUS-378 for a unit that cannot be
    counted in the line's, BUS-380 for a quantity that is none, BUS-386 for packages that do not stand on each other.
    """
    counted: dict[str, dict[str, Decimal]] = {}
    running = iter(range(1, 10_000_000))
    packages = []
    for package in _identified(given.packages):
        filled = [_item(each, package, subjects, counted, next(running)) for each in package.items]
        packages.append(msgspec.structs.replace(package, items=tuple(filled)))
    loose = [_item(each, None, subjects, counted, next(running)) for each in given.items]
    if is_packing and loose and not packages:
        packages, loose = _packed(loose, subjects), []
    first = subjects[0].order
    document = msgspec.structs.replace(
        given,
        purpose=given.purpose or "original",
        order_numbers=tuple(each.number for each in subjects),
        orders=tuple(_reference(each) for each in subjects),
        issued_on=given.issued_on or now.date(),
        issued_time=given.issued_time or f"{now:%H:%M}",
        supplier=given.supplier or first.supplier,
        buyer=given.buyer or first.buyer,
        ship_from=given.ship_from or first.ship_from,
        ship_to=given.ship_to or first.ship_to,
        bill_to=given.bill_to or first.bill_to,
        packages=tuple(packages),
        items=tuple(loose),
        totals=_totals(given, packages),
    )
    return Shipped(document=document, quantities=counted)


def with_ssccs(document: DespatchAdvice, codes: Sequence[str]) -> DespatchAdvice:
    """The packages that have no SSCC with one of these each, in order."""
    left = iter(codes)
    packages = [
        msgspec.structs.replace(each, sscc=next(left, None)) if _wants_sscc(each) else each for each in document.packages
    ]
    return msgspec.structs.replace(document, packages=tuple(packages))


def wanted_ssccs(document: DespatchAdvice) -> int:
    """How many packages have no SSCC; a row of like packages that was given a count stays without."""
    return sum(1 for each in document.packages if _wants_sscc(each))


def _wants_sscc(package: Package) -> bool:
    return package.sscc is None and (package.count or 1) == 1


def _item(
    given: PackedItem, package: Package | None, subjects: Sequence[Subject], counted: dict[str, dict[str, Decimal]], place: int
) -> PackedItem:
    said = given.order_number or (package.order_number if package is not None else None)
    what = f"item {place}"
    subject = meant(subjects, said, what)
    name, line = subject.line(given.order_line, given.item, what)
    if given.quantity is None or given.quantity <= 0:
        shown = "no quantity" if given.quantity is None else f"the quantity {plain(given.quantity)}"
        raise Refused(f"line {name}: {what} has {shown}", "a shipment ships more than nothing", code="BUS-380")
    quantity, unit = in_unit_of(line, given.quantity, given.unit, f"line {name}")
    lines = counted.setdefault(subject.row.id, {})
    lines[name] = lines.get(name, Decimal(0)) + quantity
    item, is_other = merged_item(line.item, given.item)
    echo = line.echo
    if echo is not None and is_other:
        echo = msgspec.structs.replace(echo, ids=())
    return msgspec.structs.replace(
        given,
        number=None,
        order_number=subject.number,
        order_line=line.number or name,
        order_issued_on=subject.order.issued_on,
        quantity=quantity,
        unit=unit,
        ordered_quantity=line.quantity if given.ordered_quantity is None else given.ordered_quantity,
        ordered_unit=line.unit if given.ordered_quantity is None else given.ordered_unit,
        item=item,
        echo=echo,
    )


def in_unit_of(line: OrderLine, quantity: Decimal, unit: str | None, what: str) -> tuple[Decimal, str | None]:
    """A quantity in the unit of the order line, and that unit; raises `Refused` BUS-378 where it cannot be counted so."""
    if unit is None or line.unit is None or unit == line.unit:
        return quantity, line.unit or unit
    found = converted(quantity, unit, line.unit, line)
    if found is None:
        message = f"{what} is ordered in {line.unit}, and {unit} cannot be counted in it"
        hint = (
            "say the quantity in the unit of the order, or how many units a pack holds on the order line (pack.units_per_pack)"
        )
        raise Refused(message, hint, code="BUS-378")
    return found, line.unit


def merged_item(ordered: Item | None, given: Item | None) -> tuple[Item | None, bool]:
    """The item as ordered with what was added to it; or another one, where the same kind of number says something else."""
    if ordered is None or given is None:
        return (ordered or given), ordered is None
    pairs = [(getattr(ordered, name), getattr(given, name)) for name in _NUMBERS]
    if any(mine is not None and theirs is not None and mine != theirs for mine, theirs in pairs):
        return given, True
    known = {(each.scheme, each.value) for each in ordered.ids}
    added = tuple(each for each in given.ids if (each.scheme, each.value) not in known)
    members = {
        name: getattr(given, name)
        for name in (*_NUMBERS, "description", "colour", "size")
        if getattr(ordered, name) is None and getattr(given, name) is not None
    }
    return msgspec.structs.replace(ordered, ids=(*ordered.ids, *added), **members), False


def _reference(subject: Subject) -> Reference:
    order = subject.order
    return Reference(type="order", value=subject.number, release=order.release, issued_on=order.issued_on)


def _identified(packages: Sequence[Package]) -> list[Package]:
    """The packages with an id and a kind each; raises `Refused` BUS-386 where one stands on what is not there, or on itself."""
    taken = {each.id for each in packages if each.id}
    if len(taken) < sum(1 for each in packages if each.id):
        raise Refused("two packages have the same id", "each package has its own", code="BUS-386")
    free = (str(number) for number in range(1, 10_000_000) if str(number) not in taken)
    named = [each if each.id else msgspec.structs.replace(each, id=next(free)) for each in packages]
    below = {each.id: each.parent for each in named}
    bearing = {each.parent for each in named if each.parent}
    for each in named:
        if each.parent and each.parent not in below:
            raise Refused(f"package {each.id} stands on {each.parent}, which is not there", "name its parent", code="BUS-386")
        _demand_ground(each.id or "", below)
    return [msgspec.structs.replace(each, kind=each.kind or _kind(each, bearing), count=each.count or 1) for each in named]


def _demand_ground(package: str, below: dict[str | None, str | None]) -> None:
    seen = {package}
    at = below[package]
    while at:
        if at in seen:
            raise Refused(f"package {package} stands on itself", "a package stands on one outside it", code="BUS-386")
        seen.add(at)
        at = below[at]


def _kind(package: Package, bearing: set[str]) -> str:
    return "pallet" if package.id and package.id in bearing else "carton"


def _packed(loose: Sequence[PackedItem], subjects: Sequence[Subject]) -> list[Package]:
    """One carton for the goods of each order."""
    cartons: list[Package] = []
    for subject in subjects:
        inside = tuple(each for each in loose if each.order_number == subject.number)
        if inside:
            cartons.append(Package(id=str(len(cartons) + 1), kind="carton", count=1, order_number=subject.number, items=inside))
    return cartons


def _totals(given: DespatchAdvice, packages: Sequence[Package]) -> DespatchTotals | None:
    """How many packages hold goods, and what they weigh; raises `Refused` BUS-387 where it was given and is wrong."""
    said = given.totals or DespatchTotals()
    bearing = {each.parent for each in packages if each.parent}
    innermost = sum(each.count or 1 for each in packages if each.id not in bearing)
    outermost = sum(each.count or 1 for each in packages if not each.parent)
    if said.packages is not None and packages and said.packages not in {innermost, outermost, len(packages)}:
        message = f"totals.packages says {said.packages}, there are {innermost}"
        raise Refused(message, "leave it out, or correct it", code="BUS-387")
    weight, unit = _weight(packages)
    if said.weight is not None:
        weight, unit = said.weight, said.weight_unit
    filled = msgspec.structs.replace(
        said, packages=said.packages or innermost or None, weight=weight, weight_unit=unit if weight is not None else None
    )
    return filled if filled != DespatchTotals() else None


def _weight(packages: Sequence[Package]) -> tuple[Decimal | None, str | None]:
    """The weight of what stands on the ground, where all of it says its weight in one unit."""
    ground = [each for each in packages if not each.parent]
    units = {each.weight_unit for each in ground}
    if not ground or len(units) > 1 or any(each.weight is None or (each.count or 1) > 1 for each in ground):
        return None, None
    return sum((each.weight for each in ground if each.weight is not None), Decimal(0)), units.pop()


def demand_shape(given: DespatchAdvice) -> None:
    """What every despatch advice must say; raises `Refused` BUS-374 and BUS-375."""
    if not given.number:
        raise Refused("the despatch advice has no number", "give it one: by it a repetition is known", code="BUS-374")
    if given.purpose not in {None, "original"}:
        raise Refused(f"its purpose is {given.purpose}", "a shipment is told once, as original", code="BUS-375")
    if given.structure not in {None, *STRUCTURES}:
        raise Refused(f"structure {given.structure} is not written", f"use {' or '.join(STRUCTURES)}", code="BUS-375")
    if given.structure == "0004" and given.packages:
        raise Refused("structure 0004 has no packages, the document has", "leave one of them out", code="BUS-375")
    if next(items_of(given), None) is None:
        raise Refused("the despatch advice ships nothing", "name `items`, in packages or loose", code="BUS-375")
