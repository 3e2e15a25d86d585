"""An ISA of 106 bytes is read at a look; whatever differs from that layout is read the careful way, with the same result."""

from __future__ import annotations

import pytest

from hub.edi import delimiters

ISA = b"ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260105*1200*U*00401*000000101*0*T*>~"
BEHIND = b"GS*PO*A*B*20260105*1200*7*X*004010~"


@pytest.mark.parametrize("data", [ISA + BEHIND, ISA, ISA + b"\r\n" + BEHIND, ISA.replace(b"*", b"|") + BEHIND])
def test_the_quick_look_and_the_careful_one_see_the_same(data) -> None:
    quick = delimiters._regular_isa(b"ab" + data, 2)
    assert quick is not None
    assert quick == delimiters._any_isa(b"ab" + data, 2)


@pytest.mark.parametrize(
    "data",
    [
        b"ISA",
        ISA[:60],
        ISA[:-1] + b"\r\n" + BEHIND,
        ISA[:-1] + b"\n" + BEHIND,
        ISA[:-2] + b"~" + BEHIND,
        ISA[:-1] + b" ~" + BEHIND,
        ISA.replace(b"ACME   ", b"ACME  ") + BEHIND,
        ISA.replace(b"ACME           ", b"ACME   \r\n        ") + BEHIND,
        ISA.replace(b"ACME ", "ACMÉ".encode()) + BEHIND,
        ISA.replace(b"ACME           ", b"ACME~GS        ") + BEHIND,
        ISA.replace(b"*", b"x") + BEHIND,
    ],
)
def test_any_other_layout_is_left_to_the_careful_look(data) -> None:
    assert delimiters._regular_isa(data, 0) is None
