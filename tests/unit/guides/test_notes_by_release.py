"""In 005010 the notes of orders and their answers stand in MTX, where a partner may still send MSG: either is read."""

from __future__ import annotations

from typing import Any

import pytest

from hub.guides.library import stock_library
from hub.guides.stream import Stream
from hub.guides.understand import Choice
from hub.testing.wire import x12

OPENINGS = {
    "850": ("BEG*00*SA*1**20260924", "PO1*1*10*EA*5**VN*W-1"),
    "855": ("BAK*00*AC*1*20260924", "PO1*1*10*EA*5**VN*W-1"),
    "860": ("BCH*04*SA*1***20260924", "POC*1*AI*10*0*EA*5**VN*W-1"),
    "865": ("BCA*04*AC*1***20260924", "POC*1*AI*10*0*EA*5**VN*W-1"),
}


def read(kind: str, *body: str) -> Any:
    (understood,) = Stream(stock_library(), lambda _: Choice()).read(x12(kind, *body, version="005010"))
    return understood.document


@pytest.mark.parametrize("kind", OPENINGS)
@pytest.mark.parametrize("segment", ["MTX**{}", "MSG*{}"])
def test_a_note_of_the_header_is_read_from_either(kind: str, segment: str) -> None:
    opening, line = OPENINGS[kind]
    document = read(kind, opening, "N9*L1*NOTES", segment.format("Dock 4"), segment.format("Ring twice"), line)
    assert [note.text for note in document.notes] == ["Dock 4\nRing twice"]
    assert not document.extensions


@pytest.mark.parametrize("kind", ["850", "860", "865"])
@pytest.mark.parametrize("segment", ["MTX**Blue", "MSG*Blue"])
def test_a_note_of_a_line_is_read_from_either(kind: str, segment: str) -> None:
    document = read(kind, *OPENINGS[kind], segment)
    assert [note.text for note in document.lines[0].notes] == ["Blue"]
    assert not document.extensions


@pytest.mark.parametrize("kind", ["850", "860", "865"])
def test_the_text_of_a_reference_is_a_note(kind: str) -> None:
    opening, line = OPENINGS[kind]
    document = read(kind, opening, "N9*CT*C-77", "MTX*GEN*First*Second", line)
    assert [(each.code, each.value) for each in document.references] == [("CT", "C-77")]
    assert [(note.code, note.text) for note in document.notes] == [("GEN", "First\nSecond")]


def test_the_kind_of_a_text_counts_where_the_loop_has_no_heading() -> None:
    opening, line = OPENINGS["850"]
    document = read("850", opening, "N9*L1*NOTES", "MTX*GEN*Dock 4", "N9*L1*DELIVERY", "MTX*GEN*Ring", line)
    assert [note.code for note in document.notes] == ["GEN", "DELIVERY"]
    assert [each.at for each in document.extensions] == ["N9[2]/MTX[1]"]
