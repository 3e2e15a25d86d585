"""Values drawn for the members of a document: in the lengths, characters and codes that the place on the wire allows."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from hub.edi.dictionary import ElementSpec, Node
from hub.guides.convert.compound import dig
from hub.guides.convert.prices import price_for
from hub.guides.entries import constant
from hub.guides.guide import Guide
from hub.guides.itemids import check_digit, member_of, to_gtin
from hub.guides.members import Member
from hub.guides.run import Frame
from hub.guides.shape import Elements

_WORDS = string.ascii_letters + string.digits
_X12_FREE = _WORDS + " .,-/&#()"
_EDIFACT_FREE = _X12_FREE + "'+:?\u00e9\u00df\u00e4"
_CODES = string.ascii_uppercase + string.digits


class Values:
    """Draws values for the elements of a segment; `node` is the segment's place in the dictionary."""

    def __init__(self, guide: Guide, random: Random, fullness: int) -> None:
        self.guide = guide
        self.binding = guide.binding
        self.random = random
        self.share = 0.1 + 0.2 * fullness
        self.is_edifact = guide.binding.syntax == "edifact"
        self.free = _EDIFACT_FREE if self.is_edifact else _X12_FREE
        self.node: Node | None = None
        self.lines = 2

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
        assign(frame, entry.to, constant(table.meaning[code], found))
        if entry.echo and not entry.echo.startswith("echo"):
            assign(frame, entry.echo, code)

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
        assign(frame, entry.to, {**item, **(dig(frame, entry.to) or {})})

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
        assign(frame, entry.to, [found])

    def _draw_price(self, entry: Elements, frame: Frame) -> None:
        assign(frame, entry.to, self._decimal(9))
        if "unit" not in frame:
            return
        table = self.binding.tables[entry.table]
        code = self.random.choice(sorted(code for code, word in table.meaning.items() if word == "net"))
        for name, value in zip(("per", "per_unit"), price_for(code, frame.get("unit")), strict=True):
            if value is not None:
                assign(frame, entry.slots[name], value)

    def _draw_moment(self, entry: Elements, frame: Frame) -> None:
        if dig(frame, entry.to) is not None:
            return
        on = self._day()
        assign(frame, entry.to, on)
        is_window = entry.slots.get("from") == entry.to
        if is_window and self.maybe():
            assign(frame, entry.slots["until"], on + dt.timedelta(days=self.random.randint(0, 60)))
        elif "time" in entry.slots and self.maybe():
            assign(frame, entry.slots["time"], self._time() + self.random.choice(["", "", "+00:00"]))

    def _draw_store_id(self, entry: Elements, frame: Frame) -> None:
        table = self.binding.tables[entry.table]
        code = frame.get("code") or "92"
        scheme = table.meaning.get(code, "other")
        if "code" not in frame:
            frame["code"] = code
        assign(frame, entry.to, {"ids": [{"scheme": scheme, "value": self._word(_CODES, 2, 10)}]})

    def _draw_numbers(self, entry: Elements, frame: Frame) -> None:
        paths = list(dict.fromkeys(entry.slots.values()))
        room = len(paths) if self.is_edifact else (entry.key.last - entry.key.first + 1) // 2
        for path in self.random.sample(paths, room):
            if self.maybe():
                assign(frame, path, self._word(_WORDS, 1, 20))

    def _draw_lines(self, entry: Elements, frame: Frame) -> None:
        single = entry.to.partition("+")[0]
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
            assign(frame, single, "\n".join(texts))
        elif single.endswith("[]"):
            assign(frame, single[:-2], [*(dig(frame, single[:-2]) or []), *texts])
        else:
            assign(frame, single, texts[0])
            if texts[1:]:
                assign(frame, more, texts[1:])

    def _draw_flowing(self, entry: Elements, frame: Frame) -> None:
        single, _, _ = entry.to.partition("+")
        spec = self._spec(entry)
        width = spec.max if spec is not None and spec.max else 35
        count = (entry.key.component_last or 1) - max(entry.key.component, 1) + 1
        if dig(frame, single) is None:
            assign(frame, single, self._text(1, min(width * count, 70)))

    def _draw_sscc(self, entry: Elements, frame: Frame) -> None:
        body = self._word(string.digits, 17, 17)
        assign(frame, entry.to, body + check_digit(body))

    def _draw_conditions(self, entry: Elements, frame: Frame) -> None:
        if "unit" not in frame:
            return
        for path in entry.slots.values():
            if self.maybe():
                assign(frame, path, self._decimal(9))
        if self.maybe():
            frame[entry.to] = [{"type": "other", "quantity": self._decimal(9), "unit": frame["unit"], "code": "04"}]

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
        assign(frame, path, self._day())


def assign(frame: Frame, path: str, value: Any) -> None:
    """Set the member at a dotted path."""
    *heads, key = path.split(".")
    for head in heads:
        frame = frame.setdefault(head, {})
    frame[key] = value
