"""Item ids: pairs of PO106-25, composites C212 of LIN and PIA; read with their scheme and echoed letter for letter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from hub.edi.tree import Segment
from hub.guides.convert.compound import Flat, Row, Rows, components, dig
from hub.guides.convert.item_fill import DIRECT, Fill, Kind, written_out
from hub.guides.itemids import GTIN_LENGTHS, Best, gtin_14, member_of, to_gtin
from hub.guides.notes import wrong_check_digit
from hub.guides.run import Act, Frame, Run
from hub.guides.shape import Elements

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.entries import Compiler
    from hub.guides.writing import WriteCompiler, Writing


def read_item_ids(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """Pairs of qualifier and number (PO106-25), or C212 composites (LIN03, PIA02-06); empty pairs are passed over.

    Runs for every line of every order: what nearly always comes, full pairs, has a function written out for its qualifiers.
    """
    table = compiler.binding.table(entry.table, entry.place)
    known = {code: (scheme, member_of(scheme), table.ranks.get(code, 1000)) for code, scheme in table.meaning.items()}
    single = _pair_by_pair(entry, known, compiler)
    traced = compiler.traced_note(entry, "") is not None
    if traced:
        return single
    return _all_at_once(entry, known, single, is_edifact=compiler.is_edifact, is_alone=_is_alone(entry, scope, compiler))


Known: TypeAlias = "dict[str, tuple[str, str, int]]"
"""By qualifier the scheme, the summary member and the rank of an id."""


def _is_alone(entry: Elements, scope: Scope, compiler: Compiler) -> bool:
    """Whether the item gets ids from this one segment, which begins its line, and its summary from nowhere else."""
    binding = compiler.binding
    if binding.trees or any(each.loop is not None and (each.loop.group or each.loop.member) for each in binding.scopes):
        return False
    bounds = [bound for listed in binding.at.values() for bound in listed]
    own = {id(bound.segment): bound for bound in bounds if entry in bound.segment.elements}
    if [bound.opens is not None and bool(bound.opens.each) and bound.scope is scope for bound in own.values()] != [True]:
        return False
    said = {entry.to, *(f"{entry.to}.{name}" for name in DIRECT)}
    for bound in bounds:
        is_same = _framed(bound.scope) is scope
        paths = [path for each in bound.segment.elements if each is not entry for path in (each.to, *each.slots.values())]
        for path in (part for text in (*paths, *bound.segment.sets) for part in text.split("+")):
            if (is_same or "^" in path) and path.lstrip("^") in said:
                return False
    return True


def _framed(scope: Scope) -> Scope:
    """The scope whose frame a loop without one of its own fills."""
    while scope.parent is not None and scope.loop is not None:
        loop = scope.loop
        if loop.each or loop.into or loop.frame or loop.member:
            break
        scope = scope.parent
    return scope


def _pair_by_pair(entry: Elements, known: Known, compiler: Compiler) -> Act:
    """Any pairs, one after the other."""
    first, last, path = entry.key.first, entry.key.last, entry.to
    echo = _echo(entry) if entry.echo else None
    note = compiler.traced_note(entry, f"{entry.to}.ids[]")
    take = _c212_pairs if compiler.is_edifact else x12_pairs

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        pairs = take(segment, first, last, run)
        if not pairs:
            return
        item = frame.get(path)
        if item is None:
            item = frame[path] = {}
        ids: list[Frame] | None = item.get("ids")
        if ids is None:
            ids = item["ids"] = []
            best: Best = {}
            run.items[id(item)] = (item, best)
        else:
            best = run.items[id(item)][1]
        for position, qualifier, value in pairs:
            scheme, member, rank = known.get(qualifier, _UNKNOWN)
            trimmed = value.strip()
            ids.append({"scheme": scheme, "value": trimmed, "code": qualifier} if qualifier else {"value": trimmed})
            if not member:
                continue
            if member == "gtin":
                trimmed = _gtin(scheme, trimmed, position, run)
            if trimmed and (member not in best or rank < best[member][0]):
                best[member] = (rank, trimmed)
        if echo is not None:
            echo(frame, pairs)
        if note is not None:
            note(frame, [value for _, _, value in pairs], run)

    return act


def _all_at_once(entry: Elements, known: Known, single: Act, *, is_edifact: bool, is_alone: bool) -> Act:
    """Full pairs by the function for their qualifiers, others `single`."""
    first, last = entry.key.first, entry.key.last
    places = range(first, last + 1) if is_edifact else range(first + 1, last + 2, 2)
    fills: dict[tuple[str, ...], Fill] = {}

    def fill_of(qualifiers: tuple[str, ...]) -> Fill | None:
        if not qualifiers or len(fills) >= _MOST_COMBINATIONS:
            return None
        kinds = [
            Kind(qualifier, *known.get(qualifier, _UNKNOWN), place)
            for qualifier, place in zip(qualifiers, places, strict=False)
        ]
        place = entry.slots.get("place", "")
        made = fills[qualifiers] = written_out(kinds, entry.to, entry.echo, place, _gtin, is_alone=is_alone)
        return made

    def composites(segment: Segment, frame: Frame, run: Run) -> None:
        qualifiers, values = _c212_full(segment, first, last)
        fill = fills.get(qualifiers) or fill_of(qualifiers)
        if fill is None:
            single(segment, frame, run)
        else:
            fill(frame, run, values)

    qualified, numbered = slice(first, last + 1, 2), slice(first + 1, last + 2, 2)

    def pairs(segment: Segment, frame: Frame, run: Run) -> None:
        values: Any = segment[numbered]
        qualifiers: Any = tuple(segment[qualified])
        fill = None
        if len(values) == len(qualifiers) and all(values):
            fill = fills.get(qualifiers) or fill_of(qualifiers)
        if fill is None:
            single(segment, frame, run)
        else:
            fill(frame, run, values)

    return composites if is_edifact else pairs


_MOST_COMBINATIONS = 200
"""Combinations of qualifiers that get a function of their own; what a partner invents beyond them is read pair by pair."""


def _gtin(scheme: str, value: str, position: int, run: Run) -> str:
    """The GTIN an id stands for, empty where it stands for none; a check digit that does not hold is a warning."""
    if scheme == "isbn" or len(value) not in GTIN_LENGTHS:
        return to_gtin(scheme, value) or ""
    found = gtin_14(value)
    if not found:
        run.notes.append(wrong_check_digit(value, position, run.index))
    return found


def _echo(entry: Elements) -> Callable[[Frame, Pairs], None]:
    """What was sent, letter for letter, with its place where the message has several."""
    *heads, name = entry.echo.split(".")
    place = entry.slots.get("place", "")

    def echo(frame: Frame, pairs: Pairs) -> None:
        for head in heads:
            inner = frame.get(head)
            if inner is None:
                inner = frame[head] = {}
            frame = inner
        if place:
            sent = [{"qualifier": qualifier, "value": value, "place": place} for _, qualifier, value in pairs]
        else:
            sent = [{"qualifier": qualifier, "value": value} for _, qualifier, value in pairs]
        if name in frame:
            frame[name] += sent
        else:
            frame[name] = sent

    return echo


Pairs: TypeAlias = "list[tuple[int, str, str]]"
"""Place, qualifier and number of each id."""

Full: TypeAlias = "tuple[tuple[str, ...], Sequence[str]]"
"""Qualifiers and numbers of pairs that are all full; of others nothing."""

_UNKNOWN = ("other", "", 1000)


def _c212_full(segment: Segment, first: int, last: int) -> Full:
    qualifiers, values = [], []
    for element in segment[first : last + 1]:
        if type(element) is not list or len(element) != 2 or not element[0]:
            return (), ()
        values.append(element[0])
        qualifiers.append(element[1])
    return tuple(qualifiers), values  # type: ignore[return-value,arg-type]


def x12_pairs(segment: Segment, first: int, last: int, run: Run) -> Pairs:
    """Place, qualifier and number of each pair; a qualifier without a number keeps the segment."""
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


def _c212_pairs(segment: Segment, first: int, last: int, run: Run) -> Pairs:
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


def write_item_ids(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    """Ids as echoed by the buyer, else with their qualifiers, else one per scheme."""
    table = compiler.binding.table(entry.table, entry.place)
    place = entry.slots.get("place", "")
    first, last = entry.key.first, entry.key.last
    size = (last - first + 1) // (1 if compiler.is_edifact else 2)
    echo = entry.echo

    def rows(frame: Frame, _writing: Writing) -> list[Row]:
        item = dig(frame, entry.to) or {}
        pairs = echoed_pairs(dig(frame, echo) if echo else None) or id_pairs(item, table.meaning, table.wire)
        chosen = place_pairs(pairs, place, table.meaning) if place else pairs
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


def flat_item_ids(entry: Elements, compiler: WriteCompiler) -> Flat | None:
    """Qualifiers and numbers one after the other, where they fit into one segment."""
    if compiler.is_edifact or entry.slots.get("place"):
        return None
    table, echo, to = compiler.binding.table(entry.table, entry.place), entry.echo, entry.to
    size = (entry.key.last - entry.key.first + 1) // 2

    def flat(frame: Frame, _writing: Writing) -> list[str] | None:
        sent = dig(frame, echo) if echo else None
        if sent:
            return [text for each in sent for text in (each["qualifier"], each["value"])] if len(sent) <= size else None
        pairs = id_pairs(dig(frame, to) or {}, table.meaning, table.wire)
        return [text for pair in pairs for text in pair[:2]] if len(pairs) <= size else None

    return flat


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
    return (wire.get("gtin", wire.get("ean", "")), gtin.removeprefix("0"), "")


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
