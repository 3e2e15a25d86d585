"""Colour on a terminal, plain text everywhere else (https://no-color.org)."""

from __future__ import annotations

import os
from typing import TextIO

_CODES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "bold": "1", "dim": "2"}


def has_colour(stream: TextIO) -> bool:
    """Whether a stream is a terminal that wants colour."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, stream: TextIO) -> str:
    """The text in a colour, if the stream wants any."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if has_colour(stream) else text
