"""Every 850 and ORDERS of the corpus against a second, dumb reader that shares no code with the hub.

The dumb reader splits bytes and walks segments with plain conditions. It knows only facts: order number, order date, currency,
and of every line its id, quantity, unit, price and item numbers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from hub.errors import InputError
from hub.guides.library import stock_library
from hub.guides.stream import Stream
from hub.guides.understand import Choice
from hub.model import Order

Facts = dict[str, object]

X12_NET = {"", "PE", "TE", "UM", "CT", "NT", "WE", "WH", "QT", "PP", "PN", "LE", "HP", "CP", "DR"}
X12_UNITS = {
    "EA": "EA",
    "CA": "XCS",
    "UN": "C62",
    "SF": "FTK",
    "CR": "MTQ",
    "DZ": "DZN",
    "YD": "YRD",
    "PK": "XPK",
    "BX": "XBX",
    "PC": "H87",
}
EDIFACT_UNITS = {"": "H87", "PCE": "H87", "KGM": "KGM", "EA": "EA", "H87": "H87", "MTR": "MTR"}


def number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def day(text: str) -> dt.date | None:
    for form, length in (("%Y%m%d", 8), ("%y%m%d", 6)):
        if len(text) == length:
            try:
                return dt.datetime.strptime(text, form).date()
            except ValueError:
                return None
    return None


def x12_sets(text: str) -> Iterator[list[list[str]]]:
    for begin in [found.start() for found in re.finditer(r"ISA[^A-Za-z0-9]", text)]:
        separator = text[begin + 3]
        header = text[begin:].split(separator, 16)
        if len(header) < 17:
            continue
        terminator = header[16][1:2]
        ends = text.find("ISA" + separator, begin + 3)
        body = text[begin : ends if ends > 0 else None]
        current: list[list[str]] | None = None
        for raw in body.split(terminator):
            segment = [each.strip() for each in raw.strip("\r\n\t \x1a").split(separator)]
            if segment[0] == "ST":
                current = [segment] if segment[1:2] == ["850"] else None
            elif segment[0] == "SE" and current is not None:
                yield current
                current = None
            elif current is not None and segment[0]:
                current.append(segment)


def x12_facts(segments: list[list[str]]) -> Facts:
    facts: Facts = {"number": None, "date": None, "currency": None}
    lines: list[Facts] = []
    for raw in segments:
        segment = raw + [""] * (30 - len(raw))
        if segment[0] == "BEG":
            facts["number"], facts["date"] = segment[3] or None, day(segment[5])
        elif segment[0] == "CUR" and segment[1] in {"BY", "SE"}:
            facts["currency"] = facts["currency"] or segment[2] or None
        elif segment[0] == "PO1":
            ids = {segment[at + 1] for at in range(6, 26, 2) if segment[at + 1]}
            price = number(segment[4]) if segment[5] in X12_NET else None
            lines.append(
                {
                    "id": segment[1] or str(len(lines) + 1),
                    "quantity": number(segment[2]),
                    "unit": X12_UNITS.get(segment[3], "?" if segment[3] else None),
                    "price": price,
                    "ids": ids,
                }
            )
        elif segment[0] == "CTP" and segment[2] in {"UCP", "NET"} and lines and lines[-1]["price"] is None:
            lines[-1]["price"] = number(segment[3])
    facts["lines"] = lines
    return facts


def edifact_messages(text: str) -> Iterator[list[list[list[str]]]]:
    component, element, release, terminator = ":", "+", "?", "'"
    una = re.search(r"UNA(.)(.)(.)(.)(.)(.)", text, re.DOTALL)
    if una and una[6] not in "\r\n" and una.start() < 10:
        component, element, release, terminator = una[1], una[2], una[4], una[6]
        text = text[una.end() :]
    elif una and una.start() < 10:
        component, element, release, terminator = una[1], una[2], una[4], una[5]
        text = text[una.end() - 1 :]
    current: list[list[list[str]]] | None = None
    for segment in edifact_segments(text, component, element, release, terminator):
        tag = segment[0][0]
        if tag == "UNH":
            current = [segment] if len(segment) > 2 and segment[2][0] == "ORDERS" else None
        elif tag == "UNT" and current is not None:
            yield current
            current = None
        elif current is not None:
            current.append(segment)


def edifact_segments(text: str, component: str, element: str, release: str, terminator: str) -> Iterator[list[list[str]]]:
    segment: list[list[str]] = [[""]]
    escaped = False
    for character in text:
        if escaped:
            segment[-1][-1] += character
            escaped = False
        elif character == release and release != " ":
            escaped = True
        elif character == terminator:
            if segment != [[""]]:
                yield segment
            segment = [[""]]
        elif character == element:
            segment.append([""])
        elif character == component:
            segment[-1].append("")
        elif character not in "\r\n":
            segment[-1][-1] += character


def at(segment: list[list[str]], first: int, second: int = 0) -> str:
    return segment[first][second].strip() if len(segment) > first and len(segment[first]) > second else ""


def edifact_facts(segments: list[list[list[str]]]) -> Facts:
    facts: Facts = {"number": None, "date": None, "currency": None}
    lines: list[Facts] = []
    for segment in segments:
        tag = at(segment, 0)
        if tag == "BGM":
            facts["number"] = at(segment, 2) or None
        elif tag == "DTM" and at(segment, 1) == "137" and not lines:
            facts["date"] = facts["date"] or day(at(segment, 1, 1)[: 6 if at(segment, 1, 2) == "101" else 8])
        elif tag == "CUX" and not lines and at(segment, 1) == "2":
            facts["currency"] = facts["currency"] or at(segment, 1, 1).upper() or None
        elif tag == "LIN":
            ids = {at(segment, 3)} - {""}
            lines.append(
                {"id": at(segment, 1) or str(len(lines) + 1), "quantity": None, "unit": None, "price": None, "ids": ids}
            )
        elif lines:
            edifact_line_facts(tag, segment, lines[-1])
    facts["lines"] = lines
    return facts


def edifact_line_facts(tag: str, segment: list[list[str]], line: Facts) -> None:
    if tag == "UNS":
        line["closed"] = True
    if line.get("closed"):
        return
    if tag == "PIA":
        assert isinstance(line["ids"], set)
        line["ids"] |= {at(segment, place) for place in range(2, 7)} - {""}
    elif tag == "QTY" and at(segment, 1) == "21" and line["quantity"] is None:
        line["quantity"] = number(at(segment, 1, 1))
        line["unit"] = EDIFACT_UNITS.get(at(segment, 1, 2), "?")
    elif tag == "PRI" and at(segment, 1) == "AAA" and line["price"] is None:
        line["price"] = number(at(segment, 1, 1))


def hub_facts(order: Order) -> Facts:
    return {
        "number": order.number,
        "date": order.issued_on,
        "currency": order.currency,
        "lines": [
            {
                "id": line.number,
                "quantity": line.quantity,
                "unit": line.unit,
                "price": line.price,
                "ids": {each.value for each in line.item.ids} if line.item else set(),
            }
            for line in order.lines
        ],
    }


def compare(name: str, wanted: list[Facts], found: list[Facts]) -> tuple[int, list[str]]:
    total, wrong = 0, []
    for order, (facts, ours) in enumerate(zip(wanted, found, strict=False)):
        for key in ("number", "date", "currency"):
            total += 1
            if facts[key] != ours[key]:
                wrong.append(f"{name} order {order}: {key} {facts[key]} read as {ours[key]}")
        theirs, mine = facts["lines"], ours["lines"]
        assert isinstance(theirs, list)
        assert isinstance(mine, list)
        total += 5 * max(len(theirs), len(mine))
        wrong += [f"{name} order {order}: a line is missing"] * (5 * abs(len(theirs) - len(mine)))
        for place, (line, own) in enumerate(zip(theirs, mine, strict=False), 1):
            for key in ("id", "quantity", "unit", "price", "ids"):
                is_gross = key == "price" and line[key] is None and own[key] is not None
                is_unknown = key == "unit" and line[key] == "?"
                if line[key] != own[key] and not is_gross and not is_unknown:
                    wrong.append(f"{name} order {order} line {place}: {key} {line[key]} read as {own[key]}")
    total += 3 * abs(len(wanted) - len(found))
    wrong += [f"{name}: {len(wanted)} orders, {len(found)} read"] * (3 * abs(len(wanted) - len(found)))
    return total, wrong


def orders_of(path: Path) -> list[Order]:
    stream = Stream(stock_library(), lambda _message: Choice())
    try:
        found = [each.document for each in stream.read(path.read_bytes())]
    except InputError:
        return []
    return [each for each in found if isinstance(each, Order)]


@pytest.mark.parametrize("kind", ["x12/850", "edifact/ORDERS"])
def test_at_least_97_percent_of_the_facts_of_every_order_are_understood(kind: str, shared: Path) -> None:
    total, wrong = 0, []
    for path in sorted((shared / "corpus" / kind).iterdir()):
        if path.stat().st_size > 400_000:
            continue
        text = path.read_bytes().decode("utf-8-sig", errors="replace") if kind.startswith("x12") else decoded(path)
        sets = x12_sets(text) if kind.startswith("x12") else edifact_messages(text)
        wanted = [x12_facts(each) if kind.startswith("x12") else edifact_facts(each) for each in sets]  # type: ignore[arg-type]
        count, mistakes = compare(path.name, wanted, [hub_facts(order) for order in orders_of(path)])
        total += count
        wrong += mistakes
    share = 1 - len(wrong) / total
    print(f"{kind}: {total} facts, {len(wrong)} differ ({share:.2%})")
    assert total > 1000
    assert share >= 0.97, "\n".join(wrong[:40])


def decoded(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
