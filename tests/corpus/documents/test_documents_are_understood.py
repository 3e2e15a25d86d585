"""Every despatch advice, invoice, change, receiving advice and application error of the corpus against a dumb reader.

The dumb reader shares no code with the hub: it splits bytes and walks segments with plain conditions. It knows only facts:
number, date, total, and of every line its quantity, price and item numbers; the SSCC of packages; the codes of errors.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from hub.errors import InputError
from hub.guides.library import stock_library
from hub.guides.stream import Stream
from hub.guides.understand import Choice

Facts = dict[str, Any]
Segments = list[list[str]]


def number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip().replace(",", "."))
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


def of(segments: Segments, tag: str) -> Iterator[list[str]]:
    return (segment + [""] * (40 - len(segment)) for segment in segments if segment[0] == tag)


def pairs(segment: list[str], first: int) -> set[str]:
    return {segment[at + 1].strip() for at in range(first, 31, 2) if segment[at].strip() and segment[at + 1].strip()}


# -- X12 ----------------------------------------------------------------------------------------------------------------


def x12_sets(text: str, kinds: set[str]) -> Iterator[tuple[str, Segments]]:
    for begin in [found.start() for found in re.finditer(r"ISA[^A-Za-z0-9]", text)]:
        separator = text[begin + 3]
        header = text[begin:].split(separator, 16)
        if len(header) < 17:
            continue
        terminator = header[16][1:2]
        ends = text.find("ISA" + separator, begin + 3)
        current: Segments | None = None
        for raw in text[begin : ends if ends > 0 else None].split(terminator):
            segment = [each.strip() for each in raw.strip("\r\n\t \x1a").split(separator)]
            if segment[0] == "ST":
                current = [segment] if len(segment) > 1 and segment[1] in kinds else None
            elif segment[0] == "SE" and current is not None:
                yield current[0][1], current
                current = None
            elif current is not None and segment[0]:
                current.append(segment)


def facts_810(segments: Segments) -> Facts:
    begin, total = next(of(segments, "BIG")), next(of(segments, "TDS"))
    sign = -1 if begin[7] in {"CR", "CN"} and (number(total[1]) or 0) < 0 else 1
    return {
        "number": begin[2],
        "date": day(begin[1]),
        "order": begin[4] or None,
        "total": sign * Decimal(total[1]) / (1 if "." in total[1] else 100),
        "lines": [(number(each[2]), pairs(each, 6)) for each in of(segments, "IT1")],
    }


def facts_860(segments: Segments) -> Facts:
    begin = next(of(segments, "BCH"))
    lines = [(number(each[3]), number(each[6]), pairs(each, 8)) for each in of(segments, "POC")]
    return {"order": begin[3], "order_date": day(begin[6]), "lines": lines}


def facts_865(segments: Segments) -> Facts:
    return {**facts_860([["BCH", *each[1:]] if each[0] == "BCA" else each for each in segments])}


def facts_824(segments: Segments) -> Facts:
    begin = next(of(segments, "BGN"))
    return {
        "number": begin[2],
        "date": day(begin[3]),
        "documents": [(each[1], each[3]) for each in of(segments, "OTI")],
        "errors": [each[1] for each in of(segments, "TED")],
    }


def facts_846(segments: Segments) -> Facts:
    begin = next(of(segments, "BIA"))
    return {
        "number": begin[3],
        "date": day(begin[4]),
        "quantities": [number(each[2]) for each in of(segments, "QTY")],
        "items": [pairs(each, 2) for each in of(segments, "LIN")],
    }


def facts_856(segments: Segments) -> Facts:
    begin = next(of(segments, "BSN"))
    marks = [each[2].strip() for each in of(segments, "MAN") if each[1] == "GM"]
    return {
        "number": begin[2] or None,
        "date": day(begin[3]),
        "quantities": sorted(found for each in of(segments, "SN1") if (found := number(each[2])) is not None),
        "sscc": {each[2:] if len(each) == 20 else each for each in marks if len(each) in {18, 20}},
        "orders": {each[1] for each in of(segments, "PRF") if each[1]},
    }


# -- EDIFACT ------------------------------------------------------------------------------------------------------------


def edifact_messages(text: str, kinds: set[str]) -> Iterator[tuple[str, Segments]]:
    component, element, release, terminator = ":", "+", "?", "'"
    una = re.search(r"UNA(.)(.)(.)(.)(.)(.)", text, re.DOTALL)
    if una and una.start() < 10:
        plain = una[6] not in "\r\n"
        component, element, release = una[1], una[2], una[4]
        terminator = una[6] if plain else una[5]
        text = text[una.end() - (0 if plain else 1) :]
    current: Segments | None = None
    for segment in edifact_segments(text, component, element, release, terminator):
        if segment[0] == "UNH":
            kind = segment[2].split("\0")[0] if len(segment) > 2 else ""
            current = [segment] if kind in kinds else None
        elif segment[0] == "UNT" and current is not None:
            yield current[0][2].split("\0")[0], current
            current = None
        elif current is not None:
            current.append(segment)


def edifact_segments(text: str, component: str, element: str, release: str, terminator: str) -> Iterator[list[str]]:
    """Elements as texts, their components divided by NUL."""
    segment, escaped = [""], False
    for character in text:
        if escaped:
            segment[-1] += character
            escaped = False
        elif character == release and release != " ":
            escaped = True
        elif character == terminator:
            if segment != [""]:
                yield segment
            segment = [""]
        elif character == element:
            segment.append("")
        elif character not in "\r\n":
            segment[-1] += "\0" if character == component else character


def part(segment: list[str], first: int, second: int = 0) -> str:
    parts = segment[first].split("\0")
    return parts[second].strip() if len(parts) > second else ""


def begun(segments: Segments) -> Facts:
    date = next((each for each in of(segments, "DTM") if part(each, 1) == "137"), None)
    length = {"101": 6}.get(part(date, 1, 2), 8) if date else 0
    name = next((part(each, 2) for each in of(segments, "BGM")), "")
    return {"number": name or None, "date": day(part(date, 1, 1)[:length]) if date else None}


def quantities(segments: Segments, *codes: str) -> list[Decimal]:
    return [
        found
        for each in of(segments, "QTY")
        if part(each, 1) in codes and (found := number(part(each, 1, 1))) is not None
    ]  # fmt: skip


def first_ids(segments: Segments) -> list[str]:
    """The first item number of every line: that of LIN, else the first of its PIA."""
    found: list[str] = []
    for segment in segments:
        if segment[0] == "LIN":
            found.append(part([*segment, "", "", ""], 3))
        elif segment[0] == "PIA" and found and not found[-1]:
            found[-1] = part([*segment, "", ""], 2)
    return found


TOTALS = {"77", "86", "9", "39", "128"}


def facts_invoic(segments: Segments) -> Facts:
    end = next((at for at, each in enumerate(segments) if each[0] == "UNS"), len(segments))
    totals = [number(part(each, 1, 1)) for each in of(segments[end:], "MOA") if part(each, 1) in TOTALS]
    return {
        **begun(segments),
        "lines": first_ids(segments),
        "quantities": quantities(segments, "47"),
        "total": totals[0] if totals else None,
    }


def facts_recadv(segments: Segments) -> Facts:
    return {**begun(segments), "quantities": quantities(segments, "48", "194")}


def facts_ordchg(segments: Segments) -> Facts:
    return {**begun(segments), "lines": first_ids(segments)}


def facts_aperak(segments: Segments) -> Facts:
    return {**begun(segments), "errors": [part(each, 1) for each in of(segments, "ERC")]}


def facts_desadv(segments: Segments) -> Facts:
    marks = [part(each, 2) for each in of(segments, "GIN") if part(each, 1) in {"BJ", "AW"}]
    return {
        **begun(segments),
        "items": sorted(found for found in first_ids(segments) if found),
        "sscc": {each[-18:] for each in marks if len(each) in {18, 20} and each.isdecimal()},
    }


DUMB: dict[str, Callable[[Segments], Facts]] = {
    "810": facts_810, "860": facts_860, "865": facts_865, "824": facts_824, "846": facts_846, "856": facts_856,
    "INVOIC": facts_invoic, "RECADV": facts_recadv, "ORDCHG": facts_ordchg, "APERAK": facts_aperak, "DESADV": facts_desadv,
}  # fmt: skip


# -- the hub ------------------------------------------------------------------------------------------------------------


def ids(item: Any) -> set[str]:
    return {each.value for each in item.ids} if item else set()


def first_id(item: Any) -> str:
    return item.ids[0].value if item and item.ids else ""


def packed(document: Any) -> list[Any]:
    return [*document.items, *(item for package in document.packages for item in package.items)]


def hub_facts(kind: str, document: Any) -> Facts:
    """The same facts as the dumb reader has, from the canonical document."""
    lines = getattr(document, "lines", ())
    head = {"number": document.number, "date": document.issued_on}
    if kind == "810":
        order = {"order": document.order_number, "total": document.totals.payable_amount}
        return {**head, **order, "lines": [(each.quantity, ids(each.item)) for each in lines]}
    if kind in {"860", "865"}:
        asked = "quantity" if kind == "860" else "ordered_quantity"
        told = [(getattr(each, asked), each.price, ids(each.item)) for each in lines]
        return {"order": document.order_number, "order_date": document.order_issued_on, "lines": told}
    if kind == "824":
        told_of = [(each.verdict_code, each.value) for each in document.refers_to]
        return {**head, "documents": told_of, "errors": [error.code for each in document.refers_to for error in each.errors]}
    if kind == "846":
        stock = [each.quantity for line in lines for each in line.quantities]
        return {**head, "quantities": stock, "items": [ids(each.item) for each in lines]}
    if kind in {"856", "DESADV"}:
        return {**head, **despatch_facts(kind, document)}
    if kind == "INVOIC":
        total = document.totals.payable_amount if document.totals else None
        first = [first_id(each.item) for each in lines]
        return {
            **head,
            "lines": first,
            "quantities": [each.quantity for each in lines if each.quantity is not None],
            "total": total,
        }
    if kind == "RECADV":
        return {**head, "quantities": [each.quantity for each in lines if each.quantity is not None]}
    if kind == "ORDCHG":
        return {**head, "lines": [first_id(each.item) for each in lines]}
    return {**head, "errors": [each.code for each in document.errors]}


def despatch_facts(kind: str, document: Any) -> Facts:
    items = packed(document)
    marks = {each.sscc for each in document.packages if each.sscc}
    if kind == "DESADV":
        return {"sscc": marks, "items": sorted(found for each in items if (found := first_id(each.item)))}
    return {
        "sscc": marks,
        "quantities": sorted(each.quantity for each in items if each.quantity is not None),
        "orders": {each.value for each in document.orders if each.value}
        | {each.order_number for each in items if each.order_number},
    }


def corpus_files(shared: Path) -> Iterator[tuple[str, Path]]:
    for kind in DUMB:
        folder = shared / "corpus" / ("x12" if kind.isdecimal() else "edifact") / kind
        yield from ((kind, path) for path in sorted(folder.glob("*")))


def differences(kind: str, path: Path) -> Iterator[tuple[str, object, object]]:
    data = path.read_bytes()
    text = data.decode("utf-8" if b"\xe2\x80\xa6" in data else "latin-1")
    split = x12_sets if kind.isdecimal() else edifact_messages
    wanted = [DUMB[each](segments) for each, segments in split(text, {kind})]
    try:
        stream = Stream(stock_library(), lambda _message: Choice())
        read = [each.document for each in stream.read(data) if each.document is not None]
    except InputError:
        return
    found = [hub_facts(kind, each) for each in read if each.source is not None and each.source.message_type == kind]
    if len(found) != len(wanted):
        yield "documents", len(wanted), len(found)
    for left, right in zip(wanted, found, strict=False):
        yield from ((name, left[name], right[name]) for name in left if left[name] != right[name])


KNOWN: dict[tuple[str, str], str] = {
    ("EDI.Net__edifact.Issue203.edi", "documents"): "its UNH has no message that the dumb reader finds, and no BGM",
    ("stupidedi__fail_1.edi", "quantities"): "SN1 stands in packages too, where it counts the containers, not the goods",
}
"""File and fact where the dumb reader is wrong or the file is: the reason."""


@pytest.mark.parametrize("kind", DUMB)
def test_the_key_facts_of_every_real_document_are_understood(kind: str, shared: Path) -> None:
    files = [path for each, path in corpus_files(shared) if each == kind]
    assert files
    wrong = [
        (path.name, *difference)
        for path in files
        for difference in differences(kind, path)
        if (path.name, difference[0]) not in KNOWN
    ]
    assert wrong == []
