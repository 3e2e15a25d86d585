"""Documents drawn from a guide's own domain: what it can represent, in the lengths, characters and decimals of its dictionary.

For property tests: `read(write(d)) == normalise(d)` for every `d` of `documents(guide)`.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import msgspec
from hypothesis import strategies as st

from hub.guides.binding import WHOLE_MESSAGE, Bound, required_members
from hub.guides.conditions import condition
from hub.guides.convert import COMPOUNDS
from hub.guides.convert.compound import dig
from hub.guides.counts import computed
from hub.guides.guide import Guide
from hub.guides.members import Member, member
from hub.guides.run import Frame
from hub.guides.shape import Elements, Into, Item, Loop, Segment
from hub.model import Document, document_types
from hub.testing.guide_values import Values, assign

_MOST_TRIES = 40
"""Items drawn until a list that must not be empty has one whose first segment can be written."""

_DERIVED = frozenset({"echo", "position", "source", "extensions"})


def documents(guide: Guide) -> st.SearchStrategy[Document]:
    """Documents that the guide can say in full.

    A document comes from a seed and a fullness, so that drawing one costs Hypothesis two numbers, not a thousand; a failure
    shrinks to the emptiest document that still fails.
    """
    return st.builds(lambda fullness, seed: document(guide, seed, fullness), st.integers(0, 4), st.integers(0, 2**32 - 1))


def document(guide: Guide, seed: int, fullness: int = 2) -> Document:
    """The document of a seed; `fullness` from 0 to 4 is how much of what is optional it says."""
    return Domain(guide, Random(seed), fullness).document()  # noqa: S311 - test data


def normalise(guide: Guide, document: Document) -> dict[str, Any]:
    """What a document is after being written and read: its steps done, its counts computed, without what reading adds.

    Echoes, positions and the source tell how a document arrived; they are no part of what it says. Decimals compare as numbers.
    """
    plain: Frame = msgspec.to_builtins(document, builtin_types=(Decimal, dt.date))
    _complete(guide, plain)
    return _stripped(plain)  # type: ignore[no-any-return]


def _complete(guide: Guide, document: Frame) -> None:
    for step in guide.steps:
        step.read(document, [])
    for bound in _bounds(guide):
        for entry in bound.segment.elements:
            if entry.count and entry.to and bound.segment.direction != "read":
                assign(document, entry.to, int(computed(entry, document) or 0))


def _bounds(guide: Guide) -> list[Bound]:
    return [bound for bounds in guide.binding.at.values() for bound in bounds]


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {name: _stripped(each) for name, each in value.items() if name not in _DERIVED}
        return {name: each for name, each in inner.items() if each not in (None, {}, [], ())}
    if isinstance(value, list | tuple):
        return [_stripped(each) for each in value]
    return value.normalize() if isinstance(value, Decimal) else value


class Domain(Values):
    """One document in the making: walks the guide as the writer does."""

    def __init__(self, guide: Guide, random: Random, fullness: int) -> None:
        super().__init__(guide, random, fullness)
        self.count = 0
        self.claimed: set[str] = set()
        self.is_tree = False

    def document(self) -> Document:
        """One document."""
        root: Frame = {"type": self.guide.text.document, **self.guide.text.constants}
        self.items(self.guide.text.segments, root, self.binding.root.owner)
        for number, package in enumerate(root.get("packages", ()), 2):
            # The first CPS is the shipment; its packages are numbered after it and stand on it.
            if "kind" not in package:
                package.update(kind="pallet", kind_code="201")
            package.update(id=package.get("id") if self.is_tree else str(number))
            package.pop("parent", None)
        _complete(self.guide, root)
        found: Document = msgspec.convert(root, document_types[self.guide.text.document])
        return found

    def items(self, items: tuple[Item, ...], frame: Frame, owner: type[Any]) -> None:
        """Fill a frame from a list of entries."""
        for item in items:
            if item.direction == "read" or item.ignore:
                continue
            if isinstance(item, Loop):
                self._loop(item, frame, owner, items)
            elif item.each:
                self._listed(item, frame, owner, items)
            elif not item.member:
                self._segment(item, frame, owner, items)

    # -- loops ------------------------------------------------------------------------------------------------------

    def _loop(self, loop: Loop, frame: Frame, owner: type[Any], around: tuple[Item, ...]) -> None:
        inner = self.binding.loop_scopes.get(id(loop))
        if inner is None or loop.member:
            return
        if loop.levels:
            self._tree(loop, frame)
            return
        if loop.into:
            self._into(loop, loop.into, frame, inner.owner)
        elif loop.group:
            self._groups(loop, frame, inner.owner)
        elif loop.each:
            most = 1 if loop.tag == WHOLE_MESSAGE else 2
            least = 1 if loop.use == "M" or loop.each in {"lines", "groups"} else 0
            wanted = self.random.randint(least, most)
            for turn in range(_MOST_TRIES):
                if turn >= wanted and (not least or frame.get(loop.each)):
                    break
                item: Frame = {}
                self._trigger_codes(loop, around)
                self.items(loop.segments, item, inner.owner)
                self.claimed = set()
                if self._has_trigger(loop, item):
                    self._add(frame, loop.each, item, inner.owner, loop.when)
        elif loop.frame:
            self.items(loop.segments, frame.setdefault(loop.frame, {}), inner.owner)
        else:
            self.items(loop.segments, frame, owner)

    def _tree(self, loop: Loop, frame: Frame) -> None:
        """Shipment, one order, one package, its items: ids as the writer gives them."""
        self.is_tree = True
        made: dict[str, Frame] = {}
        for level in loop.levels.values():
            owner = self.binding.loop_scopes[id(level)].owner
            if not level.each:
                self.items(level.segments, frame, owner)
                continue
            branch: Frame = dict(level.constants)
            self.items(level.segments, branch, owner)
            for name, path in level.inherit.items():
                source, _, inner = path.partition(".")
                if inner in made.get(source, {}):
                    branch[name] = made[source][inner]
            made[level.code] = branch
            made[level.each] = branch
        frame["orders"] = [made["orders"]]
        frame["packages"] = [{**made["packages"], "id": "3", "items": [made["items"]]}]

    def _has_trigger(self, loop: Loop, item: Frame) -> bool:
        """Whether the segment that opens the loop can be written for this item."""
        trigger = next((each for each in loop.segments if isinstance(each, Segment) and each.tag == loop.tag), None)
        return trigger is None or self._meets(trigger, item, is_forced=True)

    def _trigger_codes(self, loop: Loop, around: tuple[Item, ...]) -> None:
        """Qualifiers that other loops of the same tag claim."""
        self.claimed = {
            constant_
            for other in around
            if isinstance(other, Loop) and other is not loop and other.tag == loop.tag
            for each in other.segments
            if isinstance(each, Segment) and each.tag == other.tag
            for _, constants in each.qualifiers
            for constant_ in constants
        }

    def _into(self, loop: Loop, into: Into, frame: Frame, owner: type[Any]) -> None:
        needed = next(iter(into.slots)) if loop.use == "M" else ""
        for slot, qualifiers in into.slots.items():
            if slot == needed or self.maybe():
                party: Frame = {into.code: self.random.choice(qualifiers)} if into.code else {}
                self.items(loop.segments, party, owner)
                frame[slot] = self._named(party)
        taken = {qualifier for qualifiers in into.slots.values() for qualifier in qualifiers}
        roles = self.binding.tables.get(into.roles)
        if into.other and roles is not None:
            free = sorted(set(roles.meaning) - taken)
            for _ in range(self.random.randint(0, 2)):
                code = self.random.choice(free)
                party = {into.role: roles.meaning[code], into.code: code}
                self.items(loop.segments, party, owner)
                frame.setdefault(into.other, []).append(self._named(party))

    def _named(self, party: Frame) -> Frame:
        """A party says at least its name or a number (N102, N103)."""
        if not party.get("ids"):
            party.setdefault("name", "ACME")
        return party

    def _groups(self, loop: Loop, frame: Frame, owner: type[Any]) -> None:
        """Lines that share an occurrence: the key members differ from group to group."""
        for _ in range(self.random.randint(1 if loop.each == "lines" else 0, 2)):
            shared: Frame = {}
            self.items(loop.segments, shared, owner)
            self.count += 1
            name = loop.group[0] if "segment_index" not in loop.group else "segment_index"
            shared[name] = self.count + 1 if name == "segment_index" else f"{self.count}"
            shared.setdefault("segment", "REF") if "segment" in loop.group else None
            if "ordered_quantity" in shared:
                shared.setdefault("unit", "EA")
            members = [item for item in loop.segments if item.member]
            outcomes = []
            for _ in range(self.random.randint(1, 3) if members else 1):
                outcome = _copy(shared)
                for item in members:
                    self._outcome(item, outcome, owner)
                if loop.group[0] == "segment" or "segment_index" in loop.group:
                    outcome.setdefault("element", 1)
                    outcome.setdefault("code", "1")
                outcomes.append(outcome)
            # An outcome that says nothing of its own is none, unless it is the only one.
            frame.setdefault(loop.each, []).extend([each for each in outcomes if each != shared] or [shared])

    def _outcome(self, item: Item, outcome: Frame, owner: type[Any]) -> None:
        if isinstance(item, Loop):
            self.items(item.segments, outcome, owner)
        else:
            self._segment(item, outcome, owner, (item,))

    # -- segments ---------------------------------------------------------------------------------------------------

    def _listed(self, segment: Segment, frame: Frame, owner: type[Any], around: tuple[Item, ...]) -> None:
        scope = self.binding.segment_scopes.get(id(segment))
        if scope is None:
            return
        for _ in range(self.random.randint(0, 2)):
            item: Frame = {}
            self._segment(segment, item, scope.owner, around)
            self._add(frame, segment.each, item, scope.owner, segment.when)

    def _add(self, frame: Frame, path: str, item: Frame, owner: type[Any], when: Any) -> None:
        kind: Any = owner
        needed = _needed(kind)
        if not _stripped(item) or any(name not in item for name in needed) or not condition(when)(item):
            return
        single, _, many = path.partition("+")
        if many and single not in frame:
            frame[single] = item
        else:
            frame.setdefault(many or single, []).append(item)

    def _segment(self, segment: Segment, frame: Frame, owner: type[Any], around: tuple[Item, ...]) -> None:
        """Fill the members a segment says, if its conditions and those of the dictionary can be met."""
        self.node = self.guide.writer.node(segment)
        claimed = self.claimed | {
            each
            for other in around
            if isinstance(other, Segment) and other is not segment and other.tag == segment.tag and other.direction != "write"
            for _, constants in other.qualifiers
            for each in constants
        }
        rivals = (other for other in around if isinstance(other, Segment) and other.sets and other is not segment)
        if segment.sets and (not self.maybe() or any(condition(other.sets)(frame) for other in rivals)):
            return
        trial = _copy(frame)
        self.lines = 1 if segment.each else 2
        for entry in segment.elements:
            if entry.direction == "read" or entry.ignore or entry.fallback_for or entry.constants:
                continue
            self._element(entry, trial, owner, claimed)
        for path, word in segment.sets.items():
            self._say(segment, trial, path, word)
        if not condition(segment.when)(trial) and not segment.each:
            return
        if trial == frame:
            return
        if not self._meets(segment, trial):
            return
        frame.clear()
        frame.update(trial)

    def _say(self, segment: Segment, frame: Frame, path: str, word: str) -> None:
        """What a segment's presence says overrides a code given before: the code becomes the one that is written for it."""
        frame[path] = word
        entries = (entry for bound in _bounds(self.guide) for entry in bound.segment.elements)
        for entry in entries:
            table = self.binding.tables.get(entry.table)
            if entry.to == path and entry.echo and table is not None and word in table.wire:
                frame[entry.echo] = table.wire[word]

    def _meets(self, segment: Segment, frame: Frame, *, is_forced: bool = False) -> bool:
        """Whether the segment as written keeps the conditions and mandatory elements of the dictionary."""
        from hub.guides.run import Context
        from hub.guides.writing import Writing

        writing = Writing(self.binding, Context())
        self.node = self.guide.writer.node(segment)
        build = self.guide.writer.forced if is_forced else self.guide.writer.build
        made = build(segment)(frame, writing)
        if segment.sets and not made:
            return False
        if self.node is None or writing.findings:
            return not writing.findings
        for number, each in enumerate(made):
            filled = {place for place, value in enumerate(each) if place and value}
            if number == 0 and any(
                spec.use == "M" and place not in filled and not self._is_given(segment, place)
                for place, spec in enumerate(self.node.spec.elements, 1)
            ):
                return False
            if not all(
                _condition(rule.kind, rule.positions, filled) for rule in self.node.spec.conditions if segment.tag != "N1"
            ):
                return False
        return True

    def _is_given(self, segment: Segment, place: int) -> bool:
        """Whether the engine itself fills an element: the qualifier that a loop's slot stands for."""
        return any(entry.key.first == place and entry.ignore for entry in segment.elements)

    # -- elements ---------------------------------------------------------------------------------------------------

    def _element(self, entry: Elements, frame: Frame, owner: type[Any], claimed: set[str]) -> None:
        if entry.when and not condition(entry.when)(frame):
            return
        spec = self._spec(entry)
        is_needed = entry.use == "M" or bool(entry.write_default) or (spec is not None and spec.use == "M")
        if not is_needed and not self.maybe():
            if entry.default and dig(frame, entry.to) is None:
                assign(frame, entry.to, entry.default)
            return
        if entry.verb in COMPOUNDS:
            self._compound(entry, frame)
            return
        if not entry.to or entry.count or entry.total:
            return
        single = entry.to.partition("+")[0]
        if single.startswith("^") or dig(frame, single) is not None:
            return
        found = member(owner, single) or Member("any")
        if entry.table:
            self._coded(entry, frame, found, claimed)
            return
        value = self._scalar(entry, found, spec)
        if value is None:
            return
        if found.kind == "texts":
            assign(frame, single.removesuffix("[]"), [value])
        else:
            assign(frame, single, value)


@cache
def _needed(owner: Any) -> tuple[str, ...]:
    return required_members(owner)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(each) for name, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value


def _condition(kind: str, positions: tuple[int, ...], filled: set[int]) -> bool:
    """Whether a rule between elements holds (X12.6 3.8.4.3)."""
    there = [position in filled for position in positions]
    rules = {
        "P": all(there) or not any(there),
        "R": any(there),
        "E": sum(there) <= 1,
        "C": not there[0] or all(there[1:]),
        "L": not there[0] or any(there[1:]),
    }
    return rules.get(kind, True)
