"""Whose number it is: party ids, stores of a schedule, contact numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.edi.tree import Repeats, Segment
from hub.guides.convert.compound import Row, Rows, components, dig
from hub.guides.convert.items import x12_pairs
from hub.guides.itemids import is_gln
from hub.guides.notes import wrong_check_digit
from hub.guides.run import Act, Frame, Run
from hub.guides.shape import Elements

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.entries import Compiler
    from hub.guides.writing import WriteCompiler, Writing


def read_party_id(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
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
            qualifier = str(segment[first]) if last > first else ""
            value = str(segment[last]) if len(segment) > last else ""
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
            run.notes.append(wrong_check_digit(value, last, run.index, "location number"))
        put(frame, found, run)

    return act


def _agency(parts: list[str]) -> str:
    """C082.3055, with C082.1131 before it where that says more (`160:9`)."""
    agency = parts[2] if len(parts) > 2 else ""
    return f"{parts[1]}:{agency}" if len(parts) > 1 and parts[1] else agency


def write_party_id(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    """The first id that the table has a qualifier for; the others are left out, and said so."""
    table = compiler.binding.table(entry.table, entry.place)
    first, last = entry.key.first, entry.key.last

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        ids = dig(frame, entry.to) or []
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


def read_numbers(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
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
            pairs = [(qualifier, value) for _, qualifier, value in x12_pairs(segment, first, last, run)]
        for qualifier, value in pairs:
            put = puts.get(qualifier)
            if put is None or not value:
                run.spilled.add(run.index)
            else:
                put(frame, value, run)

    return act


def write_numbers(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    """As many numbers as the segment has room for."""
    first, last = entry.key.first, entry.key.last
    size = (last - first + 1) // (1 if compiler.is_edifact else 2)

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        pairs = []
        seen = set()
        for qualifier, path in entry.slots.items():
            value = dig(frame, path)
            if value and path not in seen:
                seen.add(path)
                pairs.append((qualifier, value))
        if not compiler.is_edifact and len(pairs) > size:
            writing.left_out(entry, "contact", [value for _, value in pairs[size:]])
            pairs = pairs[:size]
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


def read_store_id(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
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


def write_store_id(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    """The store, and once for the segment whose number it is."""
    table = compiler.binding.table(entry.table, entry.place)
    at, first = int(entry.slots["qualifier"]), entry.key.first

    def rows(frame: Frame, _writing: Writing) -> list[Row]:
        ids = (dig(frame, entry.to) or {}).get("ids") or []
        if not ids:
            return []
        qualifier = frame.get("code") or table.wire.get(ids[0].get("scheme", "buyer"), "92")
        return [[(at, 0, qualifier), (first, 0, ids[0]["value"])]]

    return rows
