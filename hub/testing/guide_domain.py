"""Documents drawn from a guide's own domain: what it can represent, in the lengths, characters and decimals of its dictionary.

For property tests: `read(write(d)) == normalise(d)` for every `d` of `documents(guide)`.
"""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
from hypothesis import strategies as st

from hub.edi.dictionary import ElementSpec, Node
from hub.guides.binding import WHOLE_MESSAGE
from hub.guides.convert import COMPOUNDS
from hub.guides.counts import computed
from hub.guides.entries import constant
from hub.guides.guide import Guide
from hub.guides.itemids import check_digit, member_of, to_gtin
from hub.guides.members import Member, member
from hub.guides.run import Frame
from hub.guides.shape import Elements, Into, Item, Loop, Segment
from hub.guides.writing import dig, holds
from hub.model import Document, document_types

_WORDS = string.ascii_letters + string.digits
_X12_FREE = _WORDS + " .,-/&#()"
_EDIFACT_FREE = _X12_FREE + "'+:?éßä"
_CODES = string.ascii_uppercase + string.digits
_DERIVED = frozenset({"echo", "position", "source", "extensions"})


def documents(guide: Guide) -> st.SearchStrategy[Document]:
    """Documents that the guide can say in full.

    A document comes from a seed and a fullness, so that drawing one costs Hypothesis two numbers, not a thousand; a failure
    shrinks to the emptiest document that still fails.
    """
    return st.builds(lambda fullness, seed: document(guide, seed, fullness), st.integers(0, 4), st.integers(0, 2**32 - 1))


def document(guide: Guide, seed: int, fullness: int = 2) -> Document:
    """The document of a seed; `fullness` from 0 to 4 is how much of what is optional it says."""
    return Domain(guide, Random(seed), fullness).document()


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
    for bounds in guide.binding.at.values():
        for bound in bounds:
            for entry in bound.segment.elements:
                if entry.count and entry.to and bound.segment.direction != "read":
                    count = computed(entry, document)
                    _set(document, entry.to, int(count or 0))


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {name: _stripped(each) for name, each in value.items() if name not in _DERIVED}
        return {name: each for name, each in inner.items() if each not in (None, {}, [], ())}
    if isinstance(value, list | tuple):
        return [_stripped(each) for each in value]
    return value.normalize() if isinstance(value, Decimal) else value


def _set(frame: Frame, path: str, value: Any) -> None:
    *heads, key = path.split(".")
    for head in heads:
        frame = frame.setdefault(head, {})
    frame[key] = value


class Domain:
    """One document in the making: walks the guide as the writer does."""

    def __init__(self, guide: Guide, random: Random, fullness: int) -> None:
        self.guide = guide
        self.binding = guide.binding
        self.random = random
        self.share = 0.1 + 0.2 * fullness
        self.is_edifact = guide.binding.syntax == "edifact"
        self.free = _EDIFACT_FREE if self.is_edifact else _X12_FREE
        self.node: Node | None = None
        self.count = 0
        self.lines = 2
        self.claimed: set[str] = set()

    def document(self) -> Document:
        """One document."""
        root: Frame = {"type": self.guide.text.document, **self.guide.text.constants}
        self.items(self.guide.text.segments, root, self.binding.root.owner)
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
        if inner is None or loop.levels or loop.member:
            return
        if loop.into:
            self._into(loop, loop.into, frame, inner.owner)
        elif loop.group:
            self._groups(loop, frame, inner.owner)
        elif loop.each:
            most = 1 if loop.tag == WHOLE_MESSAGE else 2
            least = 1 if loop.use == "M" or loop.each in {"lines", "groups"} else 0
            for _ in range(self.random.randint(least, most)):
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
        for slot, qualifiers in into.slots.items():
            if self.maybe():
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
        needed = [each.name for each in msgspec.structs.fields(owner) if each.required]
        if not _stripped(item) or any(name not in item for name in needed) or not holds(when, item):
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
        if segment.sets and not self.maybe():
            return
        trial = _copy(frame)
        self.lines = 1 if segment.each else 2
        for entry in segment.elements:
            if entry.direction == "read" or entry.ignore or entry.fallback_for or entry.constants:
                continue
            self._element(entry, trial, owner, claimed)
        for path, word in segment.sets.items():
            self._say(segment, trial, path, word)
        if not holds(segment.when, trial) and not segment.each:
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
        for bounds in self.binding.at.values():
            for bound in bounds:
                for entry in bound.segment.elements:
                    if entry.to == path and entry.echo and entry.table and entry.table in self.binding.tables:
                        frame[entry.echo] = self.binding.tables[entry.table].wire[word]

    def _meets(self, segment: Segment, frame: Frame, *, is_forced: bool = False) -> bool:
        """Whether the segment as written keeps the conditions and mandatory elements of the dictionary."""
        from hub.guides.run import Context
        from hub.guides.writing import Writing

        writing = Writing(self.binding, Context())
        self.node = self.guide.writer.node(segment)
        build = self.guide.writer.forced if is_forced else self.guide.writer.build
        made = build(segment)(frame, writing)
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
        if entry.when and not holds(entry.when, frame):
            return
        spec = self._spec(entry)
        is_needed = entry.use == "M" or bool(entry.write_default) or (spec is not None and spec.use == "M")
        if not is_needed and not self.maybe():
            if entry.default and dig(frame, entry.to) is None:
                _set(frame, entry.to, entry.default)
            return
        if entry.verb in COMPOUNDS:
            self._compound(entry, frame)
            return
        if not entry.to or entry.count or entry.total:
            return
        single, _, many = entry.to.partition("+")
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
            _set(frame, single.removesuffix("[]"), [value])
        else:
            _set(frame, single, value)

    def _coded(self, entry: Elements, frame: Frame, found: Member, claimed: set[str]) -> None:
        table = self.binding.tables[entry.table]
        codes = sorted(code for code, word in table.meaning.items() if not found.words or word in found.words)
        codes = [code for code in codes if code not in claimed]
        spec = self._spec(entry)
        codes = [code for code in codes if spec is None or spec.min <= len(code) <= spec.max]
        if not entry.echo or entry.echo.startswith("echo"):
            # Without the code beside it, the word is written with its preferred code.
            codes = [code for code in codes if table.wire[table.meaning[code]] not in claimed]
        if not codes:
            return
        code = self.random.choice(codes)
        _set(frame, entry.to, constant(table.meaning[code], found))
        if entry.echo and not entry.echo.startswith("echo"):
            _set(frame, entry.echo, code)

    def _scalar(self, entry: Elements, found: Member, spec: ElementSpec | None) -> Any:
        room = spec.max if spec is not None and spec.max else 35
        least = spec.min if spec is not None else 1
        if entry.wrap:
            return "\n".join(self._text(1, min(60, entry.wrap - 1)) for _ in range(self.random.randint(1, self.lines)))
        if spec is not None and spec.type in {"N0", "n"}:
            number = self.random.randint(1, 10 ** min(room, 5) - 1)
            return Decimal(number) if found.kind == "decimal" else number if found.kind == "integer" else str(number)
        verb = entry.verb or {"decimal": "decimal", "date": "date", "integer": "integer"}.get(found.kind, "text")
        makers: dict[str, Callable[[], Any]] = {
            "text": lambda: self._word(_CODES, max(least, 1), max(least, min(room, 12))),
            "free": lambda: self._text(max(least, 1), min(room, 60)),
            "code": lambda: self._word(string.ascii_uppercase, max(least, 2), min(room, 3)),
            "decimal": lambda: self._decimal(room),
            "cents": lambda: Decimal(self.random.randint(0, 10**6)).scaleb(-2),
            "integer": lambda: self.random.randint(1, 10 ** min(room, 4) - 1),
            "date": self._day,
            "date6": self._day,
            "time": self._time,
        }
        return makers[verb]()

    def maybe(self) -> bool:
        """Whether something optional is said."""
        return self.random.random() < self.share

    def _word(self, alphabet: str, least: int, most: int) -> str:
        return "".join(self.random.choices(alphabet, k=self.random.randint(least, max(least, most))))

    def _text(self, least: int, most: int) -> str:
        """Text without blanks at its ends and without two in a row, which no syntax promises to carry."""
        text = " ".join(self._word(self.free, least, most).split())
        return text + self._word(_WORDS, least - len(text), least - len(text)) if len(text) < least else text

    def _decimal(self, room: int) -> Decimal:
        digits = min(room, 8)
        places = self.random.randint(0, 3 if digits > 4 else 0)
        return Decimal(self.random.randint(0, 10 ** (digits - 1) - 1)).scaleb(-places)

    def _day(self) -> dt.date:
        return dt.date(2000, 1, 1) + dt.timedelta(days=self.random.randint(0, 21_000))

    def _time(self) -> str:
        return f"{self.random.randint(0, 23):02d}:{self.random.randint(0, 59):02d}"

    def _spec(self, entry: Elements) -> ElementSpec | None:
        if self.node is None or entry.key.is_step or entry.key.first > len(self.node.spec.elements):
            return None
        found = self.node.spec.elements[entry.key.first - 1]
        if found.components:
            at = max(entry.key.component, 1) - 1
            return found.components[at] if at < len(found.components) else None
        return found

    # -- several elements at once -----------------------------------------------------------------------------------

    def _compound(self, entry: Elements, frame: Frame) -> None:
        getattr(self, f"_draw_{entry.verb}")(entry, frame)

    def _draw_item_ids(self, entry: Elements, frame: Frame) -> None:
        place = entry.slots.get("place", "")
        if dig(frame, f"{entry.to}.ids") is not None or place.startswith("PIA"):
            return
        table = self.binding.tables[entry.table]
        best: dict[str, tuple[int, str]] = {}
        ids = []
        codes = self.random.sample(sorted(table.meaning), self.random.randint(1, 4))
        for code in self._placed(codes, table.meaning):
            scheme = table.meaning[code]
            value = self._item_number(scheme)
            ids.append({"scheme": scheme, "value": value, "code": code})
            name = member_of(scheme)
            told = to_gtin(scheme, value) if name == "gtin" else value
            if name and told and (name not in best or table.ranks[code] < best[name][0]):
                best[name] = (table.ranks[code], told)
        item = {"ids": ids, **{name: value for name, (_, value) in best.items()}}
        _set(frame, entry.to, {**item, **(dig(frame, entry.to) or {})})

    def _placed(self, codes: list[str], meaning: Any) -> list[str]:
        """In EDIFACT the first trade item number stands in LIN, before all others."""
        if not self.is_edifact:
            return codes
        head = next((code for code in codes if meaning[code] in {"gtin", "ean", "upc"}), None)
        return codes if head is None else [head, *(code for code in codes if code != head)]

    def _item_number(self, scheme: str) -> str:
        length = {"upc": 12, "ean": 13, "gtin": 14}.get(scheme)
        if length is None or self.random.randint(0, 9) == 0:
            return self._word(_CODES, 1, 15)
        body = self._word(string.digits, length - 1, length - 1)
        return body + check_digit(body)

    def _draw_party_id(self, entry: Elements, frame: Frame) -> None:
        table = self.binding.tables[entry.table]
        code = self.random.choice(sorted(table.meaning))
        scheme = table.meaning[code]
        found = {"scheme": scheme, "value": self._word(_CODES, 2, 13)}
        if table.wire.get(scheme) != code:
            found["code"] = code
        _set(frame, entry.to, [found])

    def _draw_price(self, entry: Elements, frame: Frame) -> None:
        _set(frame, entry.to, self._decimal(9))

    def _draw_moment(self, entry: Elements, frame: Frame) -> None:
        if dig(frame, entry.to) is not None:
            return
        on = self._day()
        _set(frame, entry.to, on)
        is_window = entry.slots.get("from") == entry.to
        if is_window and self.maybe():
            _set(frame, entry.slots["until"], on + dt.timedelta(days=self.random.randint(0, 60)))
        elif "time" in entry.slots and self.maybe():
            _set(frame, entry.slots["time"], self._time() + self.random.choice(["", "", "+00:00"]))

    def _draw_store_id(self, entry: Elements, frame: Frame) -> None:
        table = self.binding.tables[entry.table]
        code = frame.get("code") or "92"
        scheme = table.meaning.get(code, "other")
        if "code" not in frame:
            frame["code"] = code
        _set(frame, entry.to, {"ids": [{"scheme": scheme, "value": self._word(_CODES, 2, 10)}]})

    def _draw_numbers(self, entry: Elements, frame: Frame) -> None:
        paths = list(dict.fromkeys(entry.slots.values()))
        room = len(paths) if self.is_edifact else (entry.key.last - entry.key.first + 1) // 2
        for path in self.random.sample(paths, room):
            if self.maybe():
                _set(frame, path, self._word(_WORDS, 1, 20))

    def _draw_lines(self, entry: Elements, frame: Frame) -> None:
        single, _, many = entry.to.partition("+")
        inside = self.is_edifact and entry.key.first == entry.key.last
        room = (
            (entry.key.component_last or 5) - max(entry.key.component, 1) + 1
            if inside
            else entry.key.last - entry.key.first + 1
        )
        spec = self._spec(entry)
        width = min(spec.max if spec is not None and spec.max else 30, 30)
        texts = [self._text(1, width - 1) for _ in range(self.random.randint(1, min(room, 3)))]
        more = entry.slots.get("more")
        if more is None:
            _set(frame, single, "\n".join(texts))
        elif single.endswith("[]"):
            _set(frame, single[:-2], [*(dig(frame, single[:-2]) or []), *texts])
        else:
            _set(frame, single, texts[0])
            if texts[1:]:
                _set(frame, more, texts[1:])

    def _draw_flowing(self, entry: Elements, frame: Frame) -> None:
        single, _, _ = entry.to.partition("+")
        spec = self._spec(entry)
        width = spec.max if spec is not None and spec.max else 35
        count = (entry.key.component_last or 1) - max(entry.key.component, 1) + 1
        if dig(frame, single) is None:
            _set(frame, single, self._text(1, min(width * count, 70)))

    def _draw_codes(self, entry: Elements, frame: Frame) -> None:
        for code in self.random.sample("12345", self.random.randint(0, 3)):
            frame.setdefault(entry.to, []).append({"code": code})

    def _draw_service_error(self, entry: Elements, frame: Frame) -> None:
        error: Frame = {"code": self.random.choice(["2", "12", "13", "18"])}
        if self.maybe():
            error["segment"] = "UNH"
            if self.maybe():
                error["element"] = self.random.randint(1, 9)
        frame.setdefault(entry.to, []).insert(0, error)

    def _draw_qualified_date(self, entry: Elements, frame: Frame) -> None:
        path = self.random.choice(list(dict.fromkeys(entry.slots.values())))
        _set(frame, path, self._day())


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
