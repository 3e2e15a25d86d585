"""An answer filled into the mould of one before is byte for byte the one that would have been written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Literal
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.edi.acknowledge import AckPolicy, Answer, Collector, InterchangeReport, PreviewNumbers, Style, answers
from hub.edi.acknowledge.moulds import Moulds
from hub.edi.read import read
from hub.edi.tree import Delimiters, InterchangeEnd, Message
from hub.edi.validate import check

AT = dt.datetime(2026, 9, 24, 10, 59, tzinfo=dt.UTC)
IDS = st.text(st.sampled_from("ABZ019 '.-235871"), min_size=1, max_size=15).filter(str.strip)


def sent(
    sender: str = "ACME",
    *,
    group: str = "7",
    number: str = "0001",
    control: str = "000000007",
    version: str = "004010",
    stated: str = "1",
    convention: str = "",
    body: tuple[str, ...] = ("BEG*00*SA*4711**20260924", "PO1*1*10*EA*5.10**VN*W-1", "CTT*1"),
) -> bytes:
    """One interchange with one 850."""
    first = f"ST*850*{number}" + (f"*{convention}" if convention else "")
    parts = (
        f"ISA*00*          *00*          *ZZ*{sender:15}*ZZ*EDIHUB         *260924*1200*U*{version[:5]}*{control}*0*P*>",
        f"GS*PO*{sender.strip()}*EDIHUB*20260924*1200*{group}*X*{version}",
        first,
        *body,
        f"SE*{len(body) + 2}*{number}",
        f"GE*{stated}*{group}",
        f"IEA*1*{control}",
    )
    return ("~".join(parts) + "~").encode()


def report_of(data: bytes, *, is_known: bool = True) -> InterchangeReport:
    """What was found in one interchange."""
    collector = Collector()
    for event in read(data):
        if isinstance(event, Message):
            collector.add(event, check(event).findings, is_known=is_known)
        else:
            report = collector.add(event)
            if isinstance(event, InterchangeEnd):
                assert report is not None
                return report
    raise AssertionError("no interchange")


def both_ways(make: Callable[[], list[Answer]]) -> None:
    """With moulds and without them the same answers come out."""
    with mock.patch.object(Moulds, "filled", return_value=None):
        written = make()
    assert make() == written
    assert make() == written


@given(
    sender=IDS,
    group=st.integers(0, 999_999_999).map(str),
    number=st.from_regex(r"[A-Z0-9]{4,9}", fullmatch=True),
    control=st.integers(1, 999_999_999).map("{:09}".format),
    version=st.sampled_from(["003040", "004010", "005010", "004010VICS"]),
    at=st.datetimes(dt.datetime(1999, 1, 1), dt.datetime(2101, 1, 1)),
    starts=st.tuples(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9)),
    functional=st.sampled_from(["997", "999"]),
)
def test_any_accepted_set(
    sender: str,
    group: str,
    number: str,
    control: str,
    version: str,
    at: dt.datetime,
    starts: tuple[int, int, int],
    functional: Literal["997", "999"],
) -> None:
    report = report_of(sent(sender, group=group, number=number, control=control, version=version))
    both_ways(lambda: answers(report, AckPolicy(functional=functional), PreviewNumbers(*starts), at=at))


@pytest.mark.parametrize("sender", ["2358", "711231", "71900003", "719000005", "719000001"])
def test_a_partner_whose_name_is_a_mark(sender: str) -> None:
    report = report_of(sent(sender))
    both_ways(lambda: answers(report, AckPolicy(), PreviewNumbers(), at=dt.datetime(2071, 12, 31, 23, 58, tzinfo=dt.UTC)))
    both_ways(lambda: answers(report, AckPolicy(), PreviewNumbers(), at=AT))


def test_what_is_not_accepted_as_it_is_never_comes_from_a_mould() -> None:
    right = report_of(sent())
    both_ways(lambda: answers(right, AckPolicy(), PreviewNumbers(), at=AT))
    for data in (
        sent(stated="2"),
        sent(group="x"),
        sent(body=("BEG*00*SA*4711**20260924", "PO1*1*ten*EA*5.10**VN*W-1", "CTT*1")),
        sent(body=("PO1*1*10*EA*5.10**VN*W-1", "CTT*1")),
        sent().replace(b"*U*00401*", b"*U*004x1*"),
    ):
        report = report_of(data)
        both_ways(lambda report=report: answers(report, AckPolicy(), PreviewNumbers(), at=AT))  # type: ignore[misc]
    unknown = report_of(sent(), is_known=False)
    (told,) = answers(unknown, AckPolicy(unknown_types="reject"), PreviewNumbers(), at=AT)
    assert told.verdict == "rejected"
    assert b"~AK5*R*" in told.data


def test_styles_and_policies_have_moulds_of_their_own() -> None:
    report = report_of(sent(version="005010", convention="005010X1"))
    marks = Delimiters(segment="\x1c", element="|", component="<", repetition="^")
    for style in (Style(), Style(line_end="\r\n"), Style(x12=marks)):
        for policy in (AckPolicy(), AckPolicy(detail="group"), AckPolicy(detail="message"), AckPolicy(functional="999")):
            both_ways(lambda p=policy, s=style: answers(report, p, PreviewNumbers(), at=AT, style=s))  # type: ignore[misc]


def test_whatever_else_the_envelopes_say_has_a_mould_of_its_own() -> None:
    usual = sent(version="005010")
    swaps = [
        (b"*ZZ*ACME", b"*01*ACME"),
        (b"*ZZ*EDIHUB ", b"*12*EDIHUB2"),
        (b"GS*PO*", b"GS*PC*"),
        (b"*ACME*EDIHUB*", b"*ACME2*EDIHUB*"),
        (b"*ACME*EDIHUB*", b"*ACME*EDIHUB2*"),
        (b"*X*005010", b"*T*005010"),
        (b"*X*005010", b"*X*005010UCS"),
        (b"*P*>", b"*T*>"),
        (b"*00501*", b"*00503*"),
        (b"ST*850*0001", b"ST*850*0001*005010X9"),
        (b"GE*1*", b"GE*01*"),
    ]
    for data in (usual, *(usual.replace(*swap, 1) for swap in swaps)):
        report = report_of(data)
        for policy in (AckPolicy(), AckPolicy(functional="999")):
            both_ways(lambda r=report, p=policy: answers(r, p, PreviewNumbers(), at=AT))  # type: ignore[misc]
