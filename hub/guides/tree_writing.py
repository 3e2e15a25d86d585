"""A document's hierarchy on its way out: shipment, orders, packages within packages, items, each with a computed id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.edi.findings import Finding, Where
from hub.guides.run import Frame
from hub.guides.shape import Level, Loop
from hub.guides.tree import PLACES
from hub.guides.tree_goods import grouped, hinders, is_goods_first
from hub.guides.tree_plan import Plan

if TYPE_CHECKING:
    from hub.guides.emitting import Emitter


def emit_tree(emitter: Emitter, loop: Loop, document: Frame) -> None:
    """Write the hierarchy of a document."""
    _TreeWriter(emitter, loop, document).all()


class _TreeWriter:
    """Walks the document from the outside in; `count` is the last id given."""

    def __init__(self, emitter: Emitter, loop: Loop, document: Frame) -> None:
        self.emitter = emitter
        self.loop = loop
        self.document = document
        self.plan = Plan(document, _named(self.levels("items")), has_orders=bool(self.levels("orders")))
        self.count = 0
        self.places = [int(loop.tree.get(name, default)) for name, default in PLACES]
        self.is_goods_first = is_goods_first(loop, document)

    def all(self) -> None:
        """The whole hierarchy."""
        problems = list(self.plan.problems)
        if self.is_goods_first and (why := hinders(self.document.get("packages") or ())):
            problems.append(why)
        for problem in problems:
            self.refuse(problem)
        if problems:
            return
        top = self.levels("")
        shipment = self.branch(top[0], self.document, "") if top else ""
        orders = self.levels("orders")
        for at, order in enumerate(self.plan.orders or [None]):
            parent = shipment if order is None else self.branch(orders[0], order, shipment)
            self.stacked(self.plan.inside[""], at, parent)
            self.contents(self.document, at, parent)

    def refuse(self, problem: str) -> None:
        """The hierarchy cannot be said."""
        finding = Finding(
            code="MAP-274",
            severity="error",
            layer="guide",
            message=problem,
            where=Where(segment=self.loop.tag),
            hint="correct the document",
            who="admin",
        )
        self.emitter.writing.findings.append(finding)

    def levels(self, each: str) -> list[Level]:
        """The levels that fill a list."""
        return [level for level in self.loop.levels.values() if level.each == each]

    def branch(self, level: Level, frame: Frame, parent: str) -> str:
        """Write one branch; returns its id."""
        self.count += 1
        number = str(self.count)
        segment: list[Any] = [self.loop.tag, *[""] * max(self.places)]
        for at, value in zip(self.places, (number, parent, level.code), strict=True):
            segment[at] = value
        self.emitter.writing.out.append(segment)
        self.emitter.items(level.segments, frame, self.emitter.compiler.binding.loop_scopes[id(level)])
        return number

    def package(self, package: Frame, order: int, parent: str) -> None:
        """A package, what stands on it, what is in it; nothing where it holds nothing of the order."""
        if order not in self.plan.homes[id(package)]:
            return
        number = self.branch(self.level_of(package), package, parent)
        self.stacked(self.plan.inside[package.get("id") or None], order, number)
        self.contents(package, order, number)

    def stacked(self, packages: list[Frame], order: int, parent: str) -> None:
        """Packages that stand on the same; in a standard pack those with goods stand under their goods."""
        if not self.is_goods_first:
            for each in packages:
                self.package(each, order, parent)
            return
        here = [each for each in packages if order in self.plan.homes[id(each)]]
        for each in here:
            if not each.get("items"):
                self.package(each, order, parent)
        for goods, held in grouped([each for each in here if each.get("items")]):
            above = self.branch(self.levels("items")[0], goods, parent)
            for each in held:
                self.branch(self.level_of(each), each, above)

    def level_of(self, package: Frame) -> Level:
        """The level of a package: the one whose words fit it, else the innermost."""
        levels = self.levels("packages")
        fits = (each for each in levels if all(package.get(name) == word for name, word in each.constants.items()))
        return next(fits, levels[-1])

    def contents(self, holder: Frame, order: int, parent: str) -> None:
        """The items of a package, or those of the document that stand in none."""
        for item in holder.get("items") or ():
            if self.plan.home_of_item[id(item)] == order:
                self.branch(self.levels("items")[0], item, parent)


def _named(items: list[Level]) -> dict[str, str]:
    """Members of an item that say which order it belongs to, and the members of the order they come from."""
    return {name: path.partition(".")[2] for level in items[:1] for name, path in level.inherit.items()}
