"""Text that is longer than its element: split into pieces on writing, joined on reading, so that both agree.

A piece that fills its element to the last character goes on in the next one, and so does a piece before one that begins with a
blank; any other piece is a line (or a word) of its own. A cut never leaves a blank at the end of a piece, where it would be
trimmed on the way. An empty piece keeps apart two lines of which the first happens to be full.
"""

from __future__ import annotations

from hub.edi.dictionary import Node
from hub.guides.shape import Elements


def room(node: Node | None, entry: Elements) -> int:
    """How many characters an element or component takes; 0 where the dictionary does not say."""
    if node is None or entry.key.first > len(node.spec.elements):
        return 0
    found = node.spec.elements[entry.key.first - 1]
    if found.components:
        at = max(entry.key.component, 1) - 1
        return found.components[at].max if at < len(found.components) else 0
    return found.max


def join_pieces(pieces: list[str], width: int, separator: str) -> str:
    """The text that pieces were split from."""
    text = ""
    before = ""
    for piece in pieces:
        plain = piece.rstrip()
        if plain:
            goes_on = bool(before) and (piece.startswith(" ") or (width > 0 and len(before) >= width))
            text += plain if goes_on or not text else separator + plain
        before = piece
    return text.strip()


def split_text(text: str, width: int) -> list[str]:
    """The pieces of a text: its lines, and what is too long for one piece cut at the full width."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    pieces: list[str] = []
    for line in lines:
        if pieces and width and len(pieces[-1]) >= width:
            pieces.append("")
        pieces += _split_line(line, width)
    return pieces


def _split_line(line: str, width: int) -> list[str]:
    pieces = []
    while width and len(line) > width:
        cut = width
        while cut > 1 and line[cut - 1] == " ":
            cut -= 1
        pieces.append(line[:cut])
        line = line[cut:]
    return [*pieces, line]
