"""Hierarchies in which goods stand above the packages that hold them (X12 856 structure 0002, standard pack).

Every package holds one kind of goods; packages with the same goods and the same quantity stand under one branch of it, which says
the quantity of all of them. Read back, each of n packages holds the nth part.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hub.guides.run import Frame, Note
from hub.guides.shape import Loop


def is_goods_first(loop: Loop, document: Frame) -> bool:
    """Whether the document is to be written so: `tree: {goods_first: structure 0002}` names the member and what it says then."""
    name, _, word = loop.tree.get("goods_first", "").partition(" ")
    return bool(name) and document.get(name) == word


def grouped(packages: Sequence[Frame]) -> list[tuple[Frame, list[Frame]]]:
    """Packages by what they hold: the goods with the quantity of all of them, and the packages. `hinders` has said that it can be."""
    groups: list[tuple[Frame, list[Frame]]] = []
    known: dict[str, int] = {}
    for package in packages:
        goods = package["items"][0]
        key = repr(sorted((name, repr(value)) for name, value in goods.items() if name != "number"))
        if key not in known:
            known[key] = len(groups)
            groups.append((goods, []))
        groups[known[key]][1].append(package)
    return [({**goods, "quantity": goods["quantity"] * len(held)}, held) for goods, held in groups]


def hinders(packages: Sequence[Frame]) -> str:
    """Why these packages cannot stand under their goods; empty where they can."""
    bearing = {each.get("parent") for each in packages if each.get("parent")}
    for package in packages:
        name = package.get("id") or package.get("sscc") or "without an id"
        items = package.get("items") or []
        is_bearing = package.get("id") is not None and package.get("id") in bearing
        if is_bearing and items:
            return f"package {name} bears others and holds goods itself"
        if not is_bearing and len(items) != 1:
            return f"package {name} holds {len(items)} goods, a standard pack holds one"
        if items and not isinstance(items[0].get("quantity"), Decimal):
            return f"package {name} does not say how much it holds"
    return ""


def share_out(item: Frame, packages: Sequence[Frame]) -> list[Frame]:
    """The goods of a branch, one part for each package below it; empty where the quantity does not divide."""
    quantity: Any = item.get("quantity")
    if not isinstance(quantity, Decimal):
        return []
    part = quantity / len(packages)
    if part * len(packages) != quantity:
        return []
    if part == part.to_integral_value():
        part = part.quantize(Decimal(1)) if len(part.as_tuple().digits) < 28 else part
    return [{**item, "quantity": part} for _ in packages]


def not_shared(tag: str, item: Frame, packages: Sequence[Frame]) -> Note:
    """The quantity of a branch of goods cannot be told apart by package."""
    return Note(
        code="MAP-223",
        message=f"{tag}: {item.get('quantity', 'no quantity')} in {len(packages)} packages: how much each holds cannot be told",
        index=-1,
        severity="warning",
        hint="the goods stand beside the packages; ask the partner for a quantity per package",
    )
