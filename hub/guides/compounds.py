"""Conversions that take several elements at once: item ids, party ids, prices, dates, contact numbers, lines of text.

Each has a reader and a writer. A writer yields rows: every row is one segment's cells `(element, component, text)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from hub.edi.tree import Repeats, Segment
from hub.guides import moments
from hub.guides.itemids import GTIN_LENGTHS, Best, is_gln, member_of, to_gtin
from hub.guides.run import Act, Frame, Note, Run
from hub.guides.shape import Elements
from hub.guides.texts import join_pieces, split_text
from hub.guides.verbs import read_date, read_decimal, write_date, write_decimal

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.entries import Compiler
    from hub.guides.writing import WriteCompiler, Writing

Cell: TypeAlias = "tuple[int, int, str]"
Row: TypeAlias = "list[Cell]"
Rows: TypeAlias = "Callable[[Frame, Writing], list[Row]]"


class Reader(Protocol):
    """Makes the closure that reads."""

    def __call__(self, entry: Elements, scope: Scope, compiler: Compiler) -> Act: ...


class Writer(Protocol):
    """Makes the closure that writes."""

    def __call__(self, entry: Elements, scope: Scope, compiler: WriteCompiler) -> Rows: ...


@dataclass(frozen=True, slots=True)
class Compound:
    """Both directions of one conversion, and the names its `slots` may have (empty: any)."""

    reader: Reader
    writer: Writer
    slots: tuple[str, ...] = ()


def components(value: Any) -> list[str]:
    """An EDIFACT element as the list of its components."""
    if type(value) is str:
        return [value]
    if type(value) is Repeats:
        return components(value[0]) if value else []
    return value  # type: ignore[no-any-return]


# -- item ids ---------------------------------------------------------------------------------------------------------


def _read_item_ids(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """Pairs of qualifier and number (PO106-25), or C212 composites (LIN03, PIA02-06); empty pairs are passed over.

    Runs for every line of every order, hence the hand-made loop.
    """
    table = compiler.binding.table(entry.table, entry.place)
    known = {code: (scheme, member_of(scheme), table.ranks.get(code, 1000)) for code, scheme in table.meaning.items()}
    place = entry.slots.get("place", "")
    first, last = entry.key.first, entry.key.last
    path = entry.to
    *echo_path, echo_member = entry.echo.split(".") if entry.echo else [""]
    note = compiler.traced_note(entry, f"{entry.to}.ids[]")
    take = _c212_pairs if compiler.is_edifact else _x12_pairs

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        pairs = take(segment, first, last, run)
        if not pairs:
            return
        item = frame.get(path)
        if item is None:
            item = frame[path] = {}
        ids = item.get("ids")
        if ids is None:
            ids = item["ids"] = []
            best: Best = {}
            run.items[id(item)] = (item, best)
        else:
            best = run.items[id(item)][1]
        sent: list[Any] | None = None
        if echo_member:
            around = frame
            for head in echo_path:
                around = around.setdefault(head, {})
            sent = around.setdefault(echo_member, [])
        for position, qualifier, value in pairs:
            scheme, member, rank = known.get(qualifier, _UNKNOWN)
            trimmed = value.strip()
            ids.append({"scheme": scheme, "value": trimmed, "code": qualifier} if qualifier else {"value": trimmed})
            if sent is not None:
                echoed = {"qualifier": qualifier, "value": value}
                if place:
                    echoed["place"] = place
                sent.append(echoed)
            if note is not None:
                note(frame, trimmed, run)
            if not member:
                continue
            told = trimmed
            if member == "gtin":
                gtin = to_gtin(scheme, trimmed)
                if gtin is None:
                    if scheme != "isbn" and len(trimmed) in GTIN_LENGTHS:
                        run.notes.append(_check_digit_note(trimmed, position, run.index))
                    continue
                told = gtin
            if member not in best or rank < best[member][0]:
                best[member] = (rank, told)

    return act


_UNKNOWN = ("other", "", 1000)
def _check_digit_note(value: str, element: int, index: int, what: str = "item number") -> Note:
    return Note(
        code="MAP-260" if what == "item number" else "MAP-261",
        message=f"the check digit of {what} {value[:20]} does not hold",
        index=index,
        element=element,
        value=value[:99],
        severity="warning",
        layer="table",
        hint="kept as sent; compare it with the partner's catalogue",
    )


def _x12_pairs(segment: Segment, first: int, last: int, run: Run) -> list[tuple[int, str, str]]:
    found = []
    count = len(segment)
    for position in range(first, min(count, last + 1), 2):
        qualifier = segment[position]
        value = segment[position + 1] if position + 1 < count else ""
        if value:
            found.append((position + 1, qualifier, value))
        elif qualifier:
            run.spilled.add(run.index)
    return found  # type: ignore[return-value]


def _c212_pairs(segment: Segment, first: int, last: int, run: Run) -> list[tuple[int, str, str]]:
    found = []
    for position in range(first, min(len(segment), last + 1)):
        parts = components(segment[position])
        if parts and parts[0]:
            found.append((position, parts[1] if len(parts) > 1 else "", parts[0]))
            if len(parts) > 2 and (parts[2] or parts[3:4] not in _SILENT_AGENCIES):
                run.spilled.add(run.index)
    return found


_SILENT_AGENCIES: tuple[list[str], ...] = ([], [""], ["9"], ["91"], ["92"], ["25"])
"""C212.3055 that says no more than the qualifier does: none, GS1, seller, buyer, identifies ISBN."""


def _write_item_ids(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    """Ids as echoed by the buyer, else with their qualifiers, else one per scheme."""
    table = compiler.binding.table(entry.table, entry.place)
    place = entry.slots.get("place", "")
    first, last = entry.key.first, entry.key.last
    size = (last - first + 1) // (1 if compiler.is_edifact else 2)
    echo = entry.echo

    def rows(frame: Frame, _writing: Writing) -> list[Row]:
        item = _dig(frame, entry.to) or {}
        pairs = echoed_pairs(_dig(frame, echo) if echo else None) or id_pairs(item, table.meaning, table.wire)
        chosen = place_pairs(pairs, place, table.meaning) if compiler.is_edifact else pairs
        found = []
        for start in range(0, len(chosen), size):
            row: Row = []
            for turn, (qualifier, value, _) in enumerate(chosen[start : start + size]):
                if compiler.is_edifact:
                    row += [(first + turn, 1, value), (first + turn, 2, qualifier)]
                else:
                    row += [(first + 2 * turn, 0, qualifier), (first + 2 * turn + 1, 0, value)]
            found.append(row)
        return found

    return rows


def echoed_pairs(sent: Any) -> list[tuple[str, str, str]]:
    """Qualifier, number and place of each id the buyer sent."""
    return [(each["qualifier"], each["value"], each.get("place", "")) for each in sent or []]


def id_pairs(item: Frame, meaning: Any, wire: Any) -> list[tuple[str, str, str]]:
    """Qualifier and number of an item's ids; the summary members stand in where there are no ids."""
    found = []
    for each in item.get("ids", []):
        scheme, code = each.get("scheme", "other"), each.get("code", "")
        if not code or (code in meaning and meaning[code] != scheme):
            code = wire.get(scheme, code)
        if code:
            found.append((code, each["value"], ""))
    if found:
        return found
    gtin = item.get("gtin")
    if gtin:
        found.append(_gtin_pair(gtin, wire))
    for scheme, name in (("buyer", "buyer_id"), ("supplier", "supplier_id"), ("manufacturer", "manufacturer_id")):
        if item.get(name) and scheme in wire:
            found.append((wire[scheme], item[name], ""))
    return found


def _gtin_pair(gtin: str, wire: Any) -> tuple[str, str, str]:
    """The shortest usual form of a GTIN-14 that this table has a qualifier for."""
    if gtin.startswith("00") and "upc" in wire:
        return (wire["upc"], gtin[2:], "")
    if gtin.startswith("0") and "ean" in wire:
        return (wire["ean"], gtin[1:], "")
    return (wire.get("gtin", wire.get("ean", "")), gtin, "")


def place_pairs(pairs: list[tuple[str, str, str]], place: str, meaning: Any) -> list[tuple[str, str, str]]:
    """The ids that stand in LIN, in PIA+5 and in PIA+1: as they were sent, else a trade item number in LIN, the rest in PIA+1.

    Without a trade item number the first id is the product's identification (PIA+5).
    """
    if any(each[2] for each in pairs):
        return [each for each in pairs if each[2] == place]
    head = next((index for index, each in enumerate(pairs) if meaning.get(each[0]) in {"gtin", "ean", "upc"}), None)
    if place == "LIN":
        return [pairs[head]] if head is not None else []
    rest = [each for index, each in enumerate(pairs) if index != head]
    if place == "PIA5":
        return rest[:1] if head is None else []
    return rest[1:] if head is None else rest


def _dig(frame: Any, path: str) -> Any:
    for part in path.split(".") if path else ():
        if not isinstance(frame, dict):
            return None
        frame = frame.get(part)
    return frame


# -- party ids --------------------------------------------------------------------------------------------------------


def _read_party_id(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """N103-04 or C082: one id with its scheme; the qualifier is kept where the scheme does not say it."""
    table = compiler.binding.table(entry.table, entry.place)
    put = compiler.put(entry, scope, f"{entry.to}[]")
    first, last = entry.key.first, entry.key.last
    is_edifact = compiler.is_edifact

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        if len(segment) <= first:
            return
        if is_edifact:
            parts = components(segment[first])
            value = parts[0]
            qualifier = _agency(parts)
        else:
            qualifier = segment[first] if last > first else ""
            value = segment[last] if len(segment) > last else ""
        if not value:
            if qualifier:
                run.spilled.add(run.index)
            return
        value = value.strip()
        scheme = table.meaning.get(qualifier, "other")
        found = {"value": value, "scheme": scheme}
        if qualifier and table.wire.get(scheme) != qualifier:
            found["code"] = qualifier
        if scheme == "gln" and not is_gln(value):
            run.notes.append(_check_digit_note(value, last, run.index, "location number"))
        put(frame, found, run)

    return act


def _agency(parts: list[str]) -> str:
    """C082.3055, with C082.1131 before it where that says more (`160:9`)."""
    agency = parts[2] if len(parts) > 2 else ""
    return f"{parts[1]}:{agency}" if len(parts) > 1 and parts[1] else agency


def _write_party_id(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    table = compiler.binding.table(entry.table, entry.place)
    first, last = entry.key.first, entry.key.last

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        ids = frame.get(entry.to) or []
        if not ids:
            return []
        known = [each for each in ids if each.get("code") or each.get("scheme", "other") in table.wire]
        chosen = (known or ids)[0]
        qualifier = chosen.get("code") or table.wire.get(chosen.get("scheme", "other"), "")
        if len(ids) > 1:
            writing.left_out(entry, entry.to, [each["value"] for each in ids if each is not chosen])
        if not compiler.is_edifact:
            return [[(first, 0, qualifier), (last, 0, chosen["value"])]]
        code_list, _, agency = qualifier.rpartition(":")
        return [[(first, 1, chosen["value"]), (first, 2, code_list), (first, 3, agency)]]

    return rows


# -- prices -----------------------------------------------------------------------------------------------------------


def _read_price(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """PO104-05: a unit price only where its basis says so; a retail or catalogue price goes to `prices`."""
    table = compiler.binding.table(entry.table, entry.place)
    first, last = entry.key.first, entry.key.last
    put = compiler.put(entry, scope, entry.to)
    others = compiler.put(entry, scope, f"{entry.slots['prices']}[]")
    echo = compiler.put(entry, scope, entry.echo) if entry.echo else None

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        count = len(segment)
        basis = segment[last] if count > last else ""
        if basis and echo is not None:
            echo(frame, basis, run)
        text = segment[first] if count > first else ""
        if not text:
            return
        try:
            amount = read_decimal(text)  # type: ignore[arg-type]
        except ValueError as wrong:
            run.wrong(entry, str(text), str(wrong))
            return
        kind = table.meaning.get(basis, "net")  # type: ignore[arg-type]
        if kind == "net":
            put(frame, amount, run)
        else:
            others(frame, {"type": kind, "amount": amount, "code": basis}, run)

    return act


def _write_price(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    table = compiler.binding.table(entry.table, entry.place)
    first, last = entry.key.first, entry.key.last

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        basis = _dig(frame, entry.echo) or ""
        price = frame.get(entry.to)
        if price is not None:
            keep = basis if table.meaning.get(basis, "net") == "net" else ""
            return [[(first, 0, write_decimal(price)), (last, 0, keep)]]
        for each in frame.get(entry.slots["prices"]) or []:
            if each.get("code") == basis and basis and table.meaning.get(basis) == each["type"]:
                writing.taken.add(id(each))
                return [[(first, 0, write_decimal(each["amount"])), (last, 0, basis)]]
        return [[(last, 0, basis)]] if basis else []

    return rows


# -- dates ------------------------------------------------------------------------------------------------------------


def _read_moment(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """A date with its time, or a window: `to` is the day, the slots say where the rest goes."""
    first, last = entry.key.first, entry.key.last
    puts = {name: compiler.put(entry, scope, path) for name, path in entry.slots.items()}
    put_on = compiler.put(entry, scope, entry.to) if entry.to else None
    put_time, put_from, put_until = puts.get("time"), puts.get("from"), puts.get("until")
    is_edifact = compiler.is_edifact
    start = max(entry.key.component, 1)

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        if len(segment) <= first:
            return
        if is_edifact:
            parts = components(segment[first])[start - 1 :]
            text = parts[0] if parts else ""
            form = parts[1] if len(parts) > 1 else ""
        else:
            parts = segment[first : last + 1]  # type: ignore[assignment]
            text = parts[0] or (parts[4] if len(parts) > 4 else "")
            form = ""
        if not text:
            if any(parts):
                run.spilled.add(run.index)
            return
        try:
            moment = moments.read_edifact(text, form) if is_edifact else moments.read_x12(tuple(parts))
        except ValueError as wrong:
            if "value" in puts:
                puts["value"](frame, text, run)
                if form:
                    puts["format"](frame, form, run)
            else:
                run.wrong(entry, text, str(wrong))
            return
        if moment.until_on is not None:
            if put_from is None or put_until is None:
                run.wrong(entry, text, "is a period where one day is expected")
                return
            put_from(frame, moment.on, run)
            put_until(frame, moment.until_on, run)
            for name, time in (("from_time", moment.time), ("until_time", moment.until_time)):
                if time and name in puts:
                    puts[name](frame, time, run)
                elif time:
                    run.spilled.add(run.index)
            return
        if put_on is not None:
            put_on(frame, moment.on, run)
        if moment.time:
            if put_time is not None:
                put_time(frame, moment.time, run)
            else:
                run.spilled.add(run.index)

    return act


def _write_moment(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    first = entry.key.first
    start = max(entry.key.component, 1)
    slots = entry.slots
    is_window = bool(slots.get("from")) and slots.get("from") == entry.to

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        value = _dig(frame, slots.get("value", ""))  if slots.get("value") else None
        if value and not _dig(frame, entry.to):
            cells = [(first, start, value), (first, start + 1, _dig(frame, slots.get("format", "")) or "")]
            return [cells] if compiler.is_edifact else []
        until = _dig(frame, slots["until"]) if is_window else None
        until_time = _dig(frame, slots.get("until_time", "")) if is_window and slots.get("until_time") else None
        try:
            moment = moments.of_members(
                _dig(frame, entry.to), _dig(frame, slots["time"]) if "time" in slots else None, until, until_time
            )
            if moment is None:
                return []
            if compiler.is_edifact:
                text, form = moments.write_edifact(moment)
                return [[(first, start, text), (first, start + 1, form)]]
            return [[(first + turn, 0, text) for turn, text in enumerate(moments.write_x12(moment))]]
        except ValueError as wrong:
            writing.refuse(entry, str(wrong))
            return []

    return rows


# -- contact numbers, lines of text -----------------------------------------------------------------------------------


def _read_numbers(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """Phone, fax and mail by their qualifier: PER03-08 as pairs, COM as composites `number:qualifier`."""
    puts = {qualifier: compiler.put(entry, scope, path) for qualifier, path in entry.slots.items()}
    first, last = entry.key.first, entry.key.last
    is_edifact = compiler.is_edifact

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        if is_edifact:
            pairs = []
            for position in range(first, min(len(segment), last + 1)):
                value = segment[position]
                for each in value if type(value) is Repeats else [value]:
                    parts = components(each)
                    pairs.append((parts[1] if len(parts) > 1 else "", parts[0]))
        else:
            pairs = [(qualifier, value) for _, qualifier, value in _x12_pairs(segment, first, last, run)]
        for qualifier, value in pairs:
            put = puts.get(qualifier)
            if put is None or not value:
                run.spilled.add(run.index)
            else:
                put(frame, value, run)

    return act


def _write_numbers(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    first, last = entry.key.first, entry.key.last
    size = (last - first + 1) // (1 if compiler.is_edifact else 2)

    def rows(frame: Frame, _writing: Writing) -> list[Row]:
        pairs = []
        seen = set()
        for qualifier, path in entry.slots.items():
            value = _dig(frame, path)
            if value and path not in seen:
                seen.add(path)
                pairs.append((qualifier, value))
        if compiler.is_edifact:
            return [
                [cell for turn, (qualifier, value) in enumerate(pairs[start : start + size])
                 for cell in ((first + turn, 1, value), (first + turn, 2, qualifier))]
                for start in range(0, len(pairs), size)
            ]  # fmt: skip
        return [
            [cell for turn, (qualifier, value) in enumerate(pairs[start : start + size])
             for cell in ((first + 2 * turn, 0, qualifier), (first + 2 * turn + 1, 0, value))]
            for start in range(0, len(pairs), size)
        ]  # fmt: skip

    return rows


def _read_lines(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """Several elements or components of text: the first fills `to`, the rest the list in slot `more` (`joined`: one text)."""
    put = compiler.put(entry, scope, entry.to)
    more = compiler.put(entry, scope, f"{entry.slots['more']}[]") if "more" in entry.slots else None
    key = entry.key
    is_edifact = compiler.is_edifact
    width = compiler.room(entry)
    separator = " " if entry.verb == "flowing" else "\n"

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        if is_edifact and key.first == key.last:
            if len(segment) <= key.first:
                return
            parts = components(segment[key.first])
            found = parts[max(key.component, 1) - 1 : key.component_last or None]
        else:
            found = segment[key.first : key.last + 1]  # type: ignore[assignment]
        if more is None:
            text = join_pieces(found, width, separator)
            if text:
                put(frame, text, run)
            return
        texts = [text.strip() for text in found if text and text.strip()]
        if not texts:
            return
        put(frame, texts[0], run)
        for text in texts[1:]:
            more(frame, text, run)

    return act


def _write_lines(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    key = entry.key
    inside = compiler.is_edifact and key.first == key.last
    start = max(key.component, 1)
    count = (key.component_last or 5) - start + 1 if inside else key.last - key.first + 1
    path = entry.to.partition("+")[0]

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        if path.endswith("[]"):
            texts = list(_dig(frame, path[:-2]) or [])
        else:
            first = _dig(frame, path)
            texts = [first] if first else []
            texts += _dig(frame, entry.to.partition("+")[2]) or [] if "+" in entry.to else []
            texts += _dig(frame, entry.slots["more"]) or [] if entry.slots.get("more") not in {None, entry.to.partition("+")[2]} else []
        if "more" in entry.slots:
            texts = [writing.shorten(entry, text, 0) for text in texts]
        else:
            texts = [piece for text in texts for piece in writing.wrapped(entry, text, entry.wrap or writing.room(entry))]
        found = []
        for turn in range(0, len(texts), count):
            part = texts[turn : turn + count]
            found.append([(key.first, start + at, text) if inside else (key.first + at, 0, text) for at, text in enumerate(part)])
        return found

    return rows


def _write_flowing(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    """Each text in the components of one segment; what does not fit is left to the writer to cut."""
    key = entry.key
    start = max(key.component, 1)
    count = (key.component_last or start) - start + 1
    single, _, many = entry.to.partition("+")

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        width = writing.room(entry)
        texts = list(_dig(frame, single[:-2]) or []) if single.endswith("[]") else [_dig(frame, single)] if _dig(frame, single) else []
        texts += _dig(frame, many) or [] if many else []
        found = []
        for text in texts:
            plain = " ".join(text.split("\n"))
            pieces = split_text(plain, width)
            if len(pieces) > count:
                writing.left_out(entry, entry.to, pieces[count:])
            found.append([(key.first, start + at, writing.shorten(entry, piece, width)) for at, piece in enumerate(pieces[:count])])
        return found

    return rows


def _read_store_id(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """The store of a part of the quantity; whose number it is stands once for the whole segment (SDQ02)."""
    table = compiler.binding.table(entry.table, entry.place)
    put = compiler.put(entry, scope, entry.to)
    at, first = int(entry.slots["qualifier"]), entry.key.first

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        value = segment[first] if len(segment) > first else ""
        if value:
            qualifier: Any = segment[at]
            scheme = table.meaning.get(qualifier, "buyer" if not qualifier else "other")
            put(frame, {"ids": [{"scheme": scheme, "value": str(value).strip()}]}, run)

    return act


def _write_store_id(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    table = compiler.binding.table(entry.table, entry.place)
    at, first = int(entry.slots["qualifier"]), entry.key.first

    def rows(frame: Frame, _writing: Writing) -> list[Row]:
        ids = (_dig(frame, entry.to) or {}).get("ids") or []
        if not ids:
            return []
        qualifier = frame.get("code") or table.wire.get(ids[0].get("scheme", "buyer"), "92")
        return [[(at, 0, qualifier), (first, 0, ids[0]["value"])]]

    return rows


# -- acknowledgments ---------------------------------------------------------------------------------------------------


def _read_codes(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """Codes side by side, each an error of the level around them (AK502-06, AK905-09)."""
    put = compiler.put(entry, scope, f"{entry.to}[]")
    first, last = entry.key.first, entry.key.last

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        for code in segment[first : last + 1]:
            if code:
                put(frame, {"code": code}, run)

    return act


def _write_codes(entry: Elements, _scope: Scope, _compiler: WriteCompiler) -> Rows:
    first, last = entry.key.first, entry.key.last

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        codes = [each["code"] for each in frame.get(entry.to) or [] if each.get("code") and not each.get("segment")]
        room = last - first + 1
        if len(codes) > room:
            writing.left_out(entry, entry.to, codes[room:])
        return [[(first + turn, 0, code) for turn, code in enumerate(codes[:room])]] if codes else []

    return rows


def _read_service_error(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """UCI, UCF or UCM 0085, 0013 and S011 as one error: code, service segment, element and component."""
    put = compiler.put(entry, scope, f"{entry.to}[]")
    first = entry.key.first

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        parts = [components(each)[0] if each else "" for each in segment[first : first + 2]]
        place = components(segment[first + 2]) if len(segment) > first + 2 else []
        numbers = [int(each) if each.isdecimal() else None for each in place[:2]]
        found = {
            name: value
            for name, value in zip(("code", "segment", "element", "component"), [*(parts + ["", ""])[:2], *(numbers + [None, None])[:2]], strict=True)
            if value
        }
        if found:
            put(frame, found, run)
        if any(each and not each.isdecimal() for each in place):
            run.spilled.add(run.index)

    return act


def _write_service_error(entry: Elements, _scope: Scope, _compiler: WriteCompiler) -> Rows:
    first = entry.key.first

    def rows(frame: Frame, _writing: Writing) -> list[Row]:
        own = next((each for each in frame.get(entry.to) or [] if not each.get("segment_index")), None)
        if own is None:
            return []
        row: Row = [(first, 0, own.get("code", "")), (first + 1, 0, own.get("segment", ""))]
        for component, name in ((1, "element"), (2, "component")):
            if own.get(name):
                row.append((first + 2, component, str(own[name])))
        return [row]

    return rows


# -- a date whose meaning a code beside it says -------------------------------------------------------------------------


def _read_qualified_date(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """A qualifier and a date side by side (ACK04-05): the slots say which member each qualifier means."""
    puts = {qualifier: compiler.put(entry, scope, path) for qualifier, path in entry.slots.items()}
    first = entry.key.first

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        if len(segment) <= first + 1 or not segment[first + 1]:
            return
        put = puts.get(segment[first])  # type: ignore[arg-type]
        if put is None:
            run.spilled.add(run.index)
            return
        try:
            put(frame, read_date(segment[first + 1]), run)  # type: ignore[arg-type]
        except ValueError as wrong:
            run.wrong(entry, str(segment[first + 1]), str(wrong))

    return act


def _write_qualified_date(entry: Elements, _scope: Scope, _compiler: WriteCompiler) -> Rows:
    first = entry.key.first

    def rows(frame: Frame, _writing: Writing) -> list[Row]:
        for qualifier, path in entry.slots.items():
            value = _dig(frame, path)
            if value:
                return [[(first, 0, qualifier), (first + 1, 0, write_date(value))]]
        return []

    return rows


COMPOUNDS: dict[str, Compound] = {
    "item_ids": Compound(_read_item_ids, _write_item_ids, ("place",)),
    "party_id": Compound(_read_party_id, _write_party_id, ("-",)),
    "price": Compound(_read_price, _write_price, ("prices",)),
    "moment": Compound(_read_moment, _write_moment, ("time", "from", "until", "from_time", "until_time", "value", "format")),
    "store_id": Compound(_read_store_id, _write_store_id, ("qualifier",)),
    "codes": Compound(_read_codes, _write_codes, ("-",)),
    "service_error": Compound(_read_service_error, _write_service_error, ("-",)),
    "qualified_date": Compound(_read_qualified_date, _write_qualified_date),
    "numbers": Compound(_read_numbers, _write_numbers),
    "lines": Compound(_read_lines, _write_lines, ("more",)),
    "flowing": Compound(_read_lines, _write_flowing, ("-",)),
}
