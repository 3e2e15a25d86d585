"""Random orders, shipped and billed in random parts in four versions: every document is right, and the matrix adds up."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.bootstrap import open_hub
from hub.edi.tree import Message
from hub.flow.orders.matrix import problems
from hub.flow.orders.sscc import is_sscc
from hub.model import DespatchAdvice, Invoice
from hub.routing.load import load_site
from hub.testing.flow_site import FarSide
from hub.testing.trade import STANDARDS, Trade, understood, write_trading_site

CENT = Decimal("0.01")
CODES = {"x12": "D240", "edi": "FC"}
"""Freight, as each standard calls it."""
_running = iter(range(1, 1_000_000))
TRIES = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def trade() -> Iterator[Trade]:
    with tempfile.TemporaryDirectory() as folder:
        hub = open_hub(load_site(write_trading_site(Path(folder) / "site")))
        hub.build_connector = lambda _: FarSide()
        yield Trade(hub)
        hub.stop()


def number() -> str:
    return f"{next(_running):06}"


quantities = st.integers(1, 400).map(Decimal)
prices = st.decimals(min_value="0.001", max_value="999", places=3)
lines = st.lists(st.tuples(quantities, prices), min_size=1, max_size=5)
rates = st.sampled_from(["0", "5", "9", "19", "21", "5.5"])


def x12_order(name: str, partner: str, rows: list[tuple[Decimal, Decimal]]) -> bytes:
    version = STANDARDS[partner]["order"].split("/")[1]
    control = next(_running)
    body = [f"BEG*00*SA*{name}**20260924", "CUR*BY*USD", "N1*BY*HEAD*92*B1", "N1*ST*STORE 42*92*0042"]
    body += [f"PO1*{at:03}*{quantity}*EA*{price}*PE*IN*BUY{at:05}*VP*W-{at}" for at, (quantity, price) in enumerate(rows, 1)]
    body += [f"CTT*{len(rows)}"]
    segments = [
        f"ISA*00*          *00*          *ZZ*{partner.upper():<15}*ZZ*EDIHUB         *260924*1200*U*{version[:5]}*{control:09}*0*P*>",
        f"GS*PO*{partner.upper()}*EDIHUB*20260924*1200*{control}*X*{version}",
        "ST*850*0001",
        *body,
        f"SE*{len(body) + 2}*0001",
        f"GE*1*{control}",
        f"IEA*1*{control:09}",
    ]
    return "".join(f"{each}~" for each in segments).encode()


def edifact_order(name: str, partner: str, rows: list[tuple[Decimal, Decimal]]) -> bytes:
    version = STANDARDS[partner]["order"].split("/")[1]
    gln = {"carre": "5412345000013", "delta": "5412345000037"}[partner]
    body = [
        f"BGM+220+{name}+9",
        "DTM+137:20260924:102",
        f"NAD+BY+{gln}::9",
        "NAD+SU+5412345000020::9",
        f"NAD+DP+{gln}::9",
        "CUX+2:EUR:9",
    ]
    for at, (quantity, price) in enumerate(rows, 1):
        body += [f"LIN+{at}++{4_000_862_141_404}:EN", f"PIA+1+BUY{at:05}:IN", f"QTY+21:{quantity}", f"PRI+AAA:{price}"]
    body += ["UNS+S", f"CNT+2:{len(rows)}"]
    control = next(_running)
    segments = [
        f"UNB+UNOC:3+{gln}:14+5412345000020:14+260924:1200+{control}",
        f"UNH+1+ORDERS:{version[0]}:{version[1:]}:UN",
        *body,
        f"UNT+{len(body) + 2}+1",
        f"UNZ+1+{control}",
    ]  # fmt: skip
    return "".join(f"{each}'" for each in segments).encode()


def ordered(trade: Trade, partner: str, rows: list[tuple[Decimal, Decimal]]) -> dict[str, Any]:
    write = x12_order if STANDARDS[partner]["order"].startswith("x12") else edifact_order
    order = trade.look(trade.order(write(f"PO{number()}", partner, rows), partner))
    assert (order["status"]["slug"], order["held"]) == ("confirmed", None)
    return order


def parts(draw: Any, rows: list[dict[str, Any]], done: str, bound: str) -> list[tuple[str, Decimal]]:
    """A part of what is left of some lines; never nothing unless nothing is left."""
    left = {row["line"]: int(Decimal(row[bound]) - Decimal(row[done])) for row in rows}
    open_lines = [line for line, most in left.items() if most > 0]
    if not open_lines:
        return []
    chosen = draw(st.lists(st.sampled_from(open_lines), min_size=1, unique=True))
    return [(line, Decimal(draw(st.integers(1, left[line])))) for line in chosen]


def packed(draw: Any, part: list[tuple[str, Decimal]]) -> dict[str, Any]:
    """The goods loose, in cartons, or in cartons on a pallet; a line may be spread over two cartons."""
    how = draw(st.sampled_from(["loose", "cartons", "pallet", "standard"]))
    if how == "loose":
        return {"items": [{"order_line": line, "quantity": str(quantity)} for line, quantity in part]}
    cartons: list[dict[str, Any]] = []
    for line, quantity in part:
        half = quantity // 2
        pieces = [half, quantity - half] if half and draw(st.booleans()) else [quantity]
        for piece in pieces:
            goods = {"order_line": line, "quantity": str(piece), "unit": None}
            del goods["unit"]
            if how != "standard" and cartons and draw(st.booleans()):
                cartons[-1]["items"].append(goods)
            else:
                cartons.append({"items": [goods]})
    if how == "pallet":
        return {"packages": [{"id": "P1", "kind": "pallet"}, *({**each, "parent": "P1"} for each in cartons)]}
    return {"packages": cartons, **({"structure": "0002"} if how == "standard" else {})}


def hierarchy_is_right(message: Message, despatch: DespatchAdvice) -> None:
    """Every id counts on, every parent stands before its child, and the count of the trailer is theirs."""
    tag, parent_at = ("HL", 2) if message.interchange.standard == "x12" else ("CPS", 2)
    branches = [[str(each) for each in segment] for segment in message.segments if segment[0] == tag]
    assert [each[1] for each in branches] == [str(place) for place in range(1, len(branches) + 1)]
    parents = [each[parent_at] if len(each) > parent_at else "" for each in branches]
    assert parents[0] == ""
    assert all(0 < int(parent) < place for place, parent in enumerate(parents[1:], 2))
    if tag == "HL":
        assert next(segment for segment in message.segments if segment[0] == "CTT")[1] == str(len(branches))
        above = {"S": {""}, "O": {"S"}, "T": {"O"}, "P": {"O", "T", "I"}, "I": {"O", "T", "P"}}
        levels = {each[1]: each[3] for each in branches}
        assert all(levels.get(each[2], "") in above[each[3]] for each in branches)
    assert all(is_sscc(package.sscc or "") for package in despatch.packages)


@pytest.mark.parametrize("partner", sorted(STANDARDS))
@TRIES
@given(data=st.data(), rows=lines)
def test_what_is_shipped_in_parts_adds_up_in_every_despatch_advice(
    trade: Trade, partner: str, data: st.DataObject, rows: Any
) -> None:
    draw = data.draw
    order = ordered(trade, partner, rows)
    told: dict[str, Decimal] = {}
    for _ in range(draw(st.integers(1, 3))):
        part = parts(draw, order["matrix"], "shipped", "confirmed")
        if not part:
            break
        order = trade.ship(order["id"], number=f"D{number()}", **packed(draw, part))
        for line, quantity in part:
            told[line] = told.get(line, Decimal(0)) + quantity
    name = STANDARDS[partner]["despatch"]
    wires = trade.written(order["id"], name.split("/")[-1])
    shipped: dict[str, Decimal] = {}
    codes: list[str] = []
    for wire in wires:
        document, message, errors = understood(wire, name, trade.hub)
        assert errors == []
        assert isinstance(document, DespatchAdvice)
        hierarchy_is_right(message, document)
        codes += [package.sscc or "" for package in document.packages]
        for item in (*document.items, *(item for package in document.packages for item in package.items)):
            assert item.order_line is not None
            assert item.quantity is not None
            assert item.order_number == order["number"]
            shipped[item.order_line] = shipped.get(item.order_line, Decimal(0)) + item.quantity
    assert shipped == told
    assert {row["line"]: Decimal(row["shipped"]) for row in order["matrix"] if Decimal(row["shipped"])} == told
    assert len(set(codes)) == len(codes)
    assert problems(order["matrix"]) == []
    assert order["status"]["slug"] == "shipping"


@pytest.mark.parametrize("partner", sorted(STANDARDS))
@TRIES
@given(data=st.data(), rows=lines, rate=rates, freight=st.sampled_from([None, "0.01", "12.5", "100"]))
def test_what_is_billed_in_parts_adds_up_to_the_cent(trade: Trade, partner: str, data: st.DataObject, rows: Any, rate: str, freight: Any) -> None:  # fmt: skip
    draw = data.draw
    order = ordered(trade, partner, rows)
    every = [{"order_line": row["line"], "quantity": row["confirmed"]} for row in order["matrix"]]
    order = trade.ship(order["id"], number=f"D{number()}", items=every)
    by_line = {row["line"]: price for row, (_, price) in zip(order["matrix"], rows, strict=True)}
    name = STANDARDS[partner]["invoice"]
    for _ in range(draw(st.integers(1, 3))):
        part = parts(draw, order["matrix"], "invoiced", "shipped")
        if not part:
            break
        tax = {"category": "S", "percent": rate} if Decimal(rate) else {"category": "Z"}
        invoice: dict[str, Any] = {
            "lines": [{"order_line": line, "quantity": str(quantity), "tax": tax} for line, quantity in part]
        }
        if freight is not None:
            invoice["allowances_charges"] = [{"charge": True, "amount": freight, "reason": "Freight", "code": CODES[name[:3]]}]
        order = trade.bill(order["id"], number=f"I{number()}", **invoice)
        net = sum(((quantity * by_line[line]).quantize(CENT, ROUND_HALF_UP) for line, quantity in part), Decimal(freight or 0))
        total = net + (net * Decimal(rate) / 100).quantize(CENT, ROUND_HALF_UP)
        document, message, errors = understood(trade.written(order["id"], name.split("/")[-1])[-1], name, trade.hub)
        assert errors == []
        assert isinstance(document, Invoice)
        assert document.totals is not None
        assert document.totals.payable_amount == total
        assert {line.order_line: line.quantity for line in document.lines} == dict(part)
        assert [line.price for line in document.lines] == [by_line[line] for line, _ in part]
        if message.interchange.standard == "x12":
            assert next(segment for segment in message.segments if segment[0] == "TDS")[1] == str(int(total * 100))
    assert problems(order["matrix"]) == []
