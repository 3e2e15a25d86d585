"""Where every package and every item of a document stands, before a hierarchy is written: under which order, in which package."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from hub.guides.run import Frame

_DEEPEST = 20


class Plan:
    """Works out the hierarchy of a document; `problems` names what has no place in it, and nothing is to be written then.

    `inside` lists packages by the id of the one they stand on, `""` for those that stand on none. `homes` holds, by the
    identity of a package, the places of the orders that it or a package on it has goods of: a package with goods of two
    orders is written under both, each time with its own goods. `home_of_item` is the place of an item's order.
    """

    def __init__(self, document: Frame, named: Mapping[str, str], *, has_orders: bool) -> None:
        self.orders: list[Frame] = list(document.get("orders") or ()) if has_orders else []
        self.problems: list[str] = []
        self.inside: defaultdict[str | None, list[Frame]] = defaultdict(list)
        self.homes: dict[int, set[int]] = {}
        self.home_of_item: dict[int, int] = {}
        self._named = dict(named)
        self._by_word: dict[str, dict[object, list[int]]] = {}
        for name, inner in self._named.items():
            words = self._by_word[name] = {}
            for at, order in enumerate(self.orders):
                words.setdefault(order.get(inner), []).append(at)
        packages: list[Frame] = list(document.get("packages") or ())
        lines = self._lines(packages)
        if self.problems:
            return
        for package, line in zip(packages, lines, strict=True):
            own = {self._home(each, package) for each in package.get("items") or ()}
            for each in line:
                self.homes[id(each)] |= own
        for package, line in zip(packages, lines, strict=True):
            # An empty package, or one with nothing but empty ones on it, has to stand somewhere too.
            if not self.homes[id(package)]:
                own = {self._home(None, package)}
                for each in line:
                    self.homes[id(each)] |= own
        for item in document.get("items") or ():
            self._home(item, None)

    def _lines(self, packages: list[Frame]) -> list[list[Frame]]:
        """Every package with those it stands on, itself first."""
        by_id = {package["id"]: package for package in packages if package.get("id")}
        if len(by_id) < sum(1 for package in packages if package.get("id")):
            self.problems.append("two packages have the same id")
        lines = []
        for package in packages:
            parent = package.get("parent")
            self.inside[parent or ""].append(package)
            self.homes[id(package)] = set()
            if parent and parent not in by_id:
                self.problems.append(f"package {_name(package)} stands on {parent}, which is not in the document")
            lines.append(list(_under(package, by_id)))
            if len(lines[-1]) > _DEEPEST:
                self.problems.append(f"package {_name(package)} stands on more than {_DEEPEST - 1} others, or in a ring")
        return lines

    def _home(self, item: Frame | None, package: Frame | None) -> int:
        """The place of the order that an item, or an empty package, belongs to."""
        home = 0
        if self.orders:
            home = self._order_of(item or {}, package or {}, is_empty=item is None)
        if item is not None:
            self.home_of_item[id(item)] = home
        return home

    def _order_of(self, item: Frame, package: Frame, *, is_empty: bool) -> int:
        said = {name: item.get(name) or package.get(name) for name in self._named}
        said = {name: word for name, word in said.items() if word is not None}
        fitting = self._fitting(said)
        if len(fitting) == 1 or (fitting and (said or is_empty)):
            return fitting[0]
        what = f"item {_name(item)}" if item else f"package {_name(package)}"
        words = ", ".join(str(word) for word in said.values())
        wrong = f"belongs to order {words}, which is not in the document" if said else "does not say which order it belongs to"
        self.problems.append(f"{what} {wrong}")
        return 0

    def _fitting(self, said: Mapping[str, object]) -> list[int]:
        if not said:
            return list(range(min(len(self.orders), 2)))
        sets = [self._by_word[name].get(word, []) for name, word in said.items()]
        first, rest = sets[0], [set(each) for each in sets[1:]]
        return [at for at in first if all(at in each for each in rest)]


def _under(package: Frame, by_id: Mapping[str, Frame]) -> Iterator[Frame]:
    """A package and those it stands on, at most one more than may be."""
    at: Frame | None = package
    for _ in range(_DEEPEST + 1):
        if at is None:
            return
        yield at
        at = by_id.get(at.get("parent") or "")


def _name(frame: Frame) -> str:
    names: Iterable[object] = (frame.get(name) for name in ("id", "sscc", "number", "order_line"))
    return str(next((name for name in names if name), "without an id"))
