"""Steps of despatch advices: the shipment that is no package, and the orders that its items name."""

from __future__ import annotations

import re
from typing import Any

from hub.guides.run import Frame, Note

_ROOT = "1"


def read_despatch_moment(document: Frame, _notes: list[Note]) -> None:
    """The day stands in `despatched_on`, the local time of that day in `despatched_at` behind its date."""
    on, at = document.get("despatched_on"), document.get("despatched_at")
    if on and at and "T" not in at:
        document["despatched_at"] = f"{on}T{at}"


def write_despatch_moment(document: Frame) -> None:
    """A moment says the day too; on the wire the time stands apart from it."""
    found = _INSTANT(document.get("despatched_at") or "")
    if found:
        document["despatched_on"] = document.get("despatched_on") or found[1]
        document["despatched_at"] = found[2] + ("+00:00" if found[3] in {"Z", "z"} else found[3])


_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9:]+)(?:\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}|)").fullmatch


def write_orders(document: Frame) -> None:
    """Goods stand under their order: where the document does not list its orders, those that it names anywhere."""
    if document.get("orders"):
        return
    packages = document.get("packages") or ()
    items = [*(item for package in packages for item in package.get("items") or ()), *(document.get("items") or ())]
    dates: dict[str, Any] = {str(each): None for each in document.get("order_numbers") or ()}
    for each in (*packages, *items):
        number = each.get("order_number")
        if number:
            dates[number] = dates.get(number) or each.get("order_issued_on")
    document["orders"] = [
        {"type": "order", "value": number, **({"issued_on": day} if day else {})} for number, day in dates.items()
    ]


def _number_items(document: Frame) -> None:
    """Lines of a message have numbers; those that have none count on."""
    packed = [each for package in document.get("packages") or () for each in package.get("items") or ()]
    for place, item in enumerate([*(document.get("items") or ()), *packed], 1):
        if not item.get("number"):
            item["number"] = str(place)


def read_shipment_level(document: Frame, _notes: list[Note]) -> None:
    """The outermost CPS without a kind or an SSCC is the shipment itself: what stands in it stands in no package.

    So is the first one with the others below it: its PAC counts the packages of the shipment (EANCOM DESADV, SG11).
    """
    packages = document.get("packages") or []
    shipments = [each for each in packages if not {"parent", "kind", "kind_code", "sscc"} & set(each)]
    if not shipments and _is_shipment(packages):
        shipments = packages[:1]
        count = shipments[0].get("count")
        if count is not None:
            document.setdefault("totals", {}).setdefault("packages", count)
    for shipment in shipments:
        items = shipment.get("items")
        if items:
            document.setdefault("items", []).extend(items)
    identities = {id(each) for each in shipments}
    kept = [each for each in packages if id(each) not in identities]
    names = {shipment["id"] for shipment in shipments if shipment.get("id")}
    for each in packages:
        if each.get("parent") in names:
            del each["parent"]
    if kept:
        document["packages"] = kept
    else:
        document.pop("packages", None)
    _number_items(document)


def _is_shipment(packages: list[Frame]) -> bool:
    """Whether the first CPS bears all the others, and neither goods nor a label of its own."""
    if len(packages) < 2 or {"parent", "sscc", "items"} & set(packages[0]):
        return False
    return bool(packages[0].get("id")) and all(each.get("parent") for each in packages[1:])


def write_shipment_level(document: Frame) -> None:
    """The shipment is written as the first CPS; packages count on from there, each behind the one it stands on.

    A package that stands on none stands on the shipment. Ids are the message's own: what the document calls them only ties them.
    """
    inside: dict[str, list[Frame]] = {}
    packages = list(document.get("packages") or ())
    known = {each["id"] for each in packages if each.get("id")}
    for each in packages:
        parent = each.get("parent")
        inside.setdefault(parent if parent in known else "", []).append(each)
    written: list[Frame] = [{"id": _ROOT, "items": document.pop("items", None) or []}]
    waiting = [(each, _ROOT) for each in reversed(inside.pop("", ()))]
    while waiting or inside:
        if not waiting:
            # Packages that stand on each other in a ring stand on the shipment.
            waiting = [(each, _ROOT) for each in inside.pop(next(iter(inside)))]
        package, parent = waiting.pop()
        name = str(len(written) + 1)
        written.append({**package, "id": name, "parent": parent})
        waiting += [(each, name) for each in reversed(inside.pop(package.get("id") or "", ()) if package.get("id") else ())]
    document["packages"] = written
    _number_items(document)
