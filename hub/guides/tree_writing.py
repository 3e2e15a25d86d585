"""A document's hierarchy on its way out: shipment, orders, packages within packages, items, each with a computed id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.guides.run import Frame
from hub.guides.shape import Level, Loop
from hub.guides.tree import PLACES

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
        self.count = 0
        self.places = [int(loop.tree.get(name, default)) for name, default in PLACES]

    def all(self) -> None:
        """The whole hierarchy."""
        top = self.levels("")
        shipment = self.branch(top[0], self.document, "") if top else ""
        orders = self.levels("orders")
        groups: list[Frame | None] = list(self.document.get("orders") or ()) if orders else []
        for order in groups or [None]:
            parent = shipment if order is None else self.branch(orders[0], order, shipment)
            for package in self.document.get("packages") or ():
                if not package.get("parent") and self.belongs(package, order):
                    self.package(package, order, parent)
            self.contents(self.document, order, parent)

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

    def package(self, package: Frame, order: Frame | None, parent: str) -> None:
        """A package, what stands on it, what is in it."""
        levels = self.levels("packages")
        fits = (each for each in levels if all(package.get(name) == word for name, word in each.constants.items()))
        number = self.branch(next(fits, levels[-1]), package, parent)
        for each in self.inside(package):
            if self.belongs(each, order):
                self.package(each, order, number)
        self.contents(package, order, number)

    def contents(self, holder: Frame, order: Frame | None, parent: str) -> None:
        """The items of a package, or those of the document that stand in none."""
        for item in holder.get("items") or ():
            if self.is_of(item, order):
                self.branch(self.levels("items")[0], item, parent)

    def inside(self, package: Frame) -> list[Frame]:
        """The packages that stand on this one."""
        return [each for each in self.document.get("packages") or () if each.get("parent") == package.get("id")]

    def belongs(self, package: Frame, order: Frame | None) -> bool:
        """Whether a package, or one inside it, holds anything of an order."""
        held = any(self.is_of(item, order) for item in package.get("items") or ())
        return order is None or held or any(self.belongs(each, order) for each in self.inside(package))

    def is_of(self, item: Frame, order: Frame | None) -> bool:
        """Whether an item belongs to an order, by the members it inherits from it."""
        if order is None:
            return True
        wanted = {name: path.partition(".")[2] for name, path in self.levels("items")[0].inherit.items()}
        return all(item.get(name) in {None, order.get(inner)} for name, inner in wanted.items())
