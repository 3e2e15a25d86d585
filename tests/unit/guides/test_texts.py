"""Text longer than its element: what is split comes together again, to the letter."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from hub.guides.texts import join_pieces, split_text

ALPHABET = string.ascii_letters + "   .,"


def on_the_wire(piece: str) -> str:
    """Blanks at the end of an element do not survive."""
    return piece.rstrip()


@given(st.text(ALPHABET, max_size=120).map(str.strip), st.integers(2, 40))
def test_one_text_flows_over_its_pieces_and_back(text: str, width: int) -> None:
    pieces = split_text(text, width)
    assert all(len(piece) <= width for piece in pieces)
    assert join_pieces([on_the_wire(piece) for piece in pieces], width, " ") == text


@given(st.lists(st.text(ALPHABET, min_size=1, max_size=60).map(str.strip).filter(bool), max_size=4), st.integers(2, 40))
def test_lines_stay_lines(lines: list[str], width: int) -> None:
    text = "\n".join(lines)
    assert join_pieces([on_the_wire(piece) for piece in split_text(text, width)], width, "\n") == text


def test_a_line_that_happens_to_be_full_does_not_swallow_the_next() -> None:
    assert split_text("abcd\nef", 4) == ["abcd", "", "ef"]
    assert join_pieces(["abcd", "", "ef"], 4, "\n") == "abcd\nef"
    assert join_pieces(["abcd", "ef"], 4, "\n") == "abcdef"
