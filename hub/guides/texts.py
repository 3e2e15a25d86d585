"""Text that is longer than its element: split into pieces on writing, joined on reading, so that both agree.

A piece that fills its element to the last character goes on in the next piece without a blank; any other piece is a line of
its own. The writer therefore never lets a line end by chance at the full width when more follows.
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


def join_pieces(pieces: list[str], width: int) -> str:
    """The text that pieces were split from."""
    text = ""
    for index, piece in enumerate(pieces):
        plain = piece.strip()
        if not plain:
            continue
        is_glued = index and width and len(pieces[index - 1]) >= width and text and not pieces[index - 1].endswith(" ")
        is_glued = is_glued and not piece.startswith(" ")
        text += plain if is_glued or not text else f"\n{plain}"
    return text


def split_text(text: str, width: int) -> list[str]:
    """The pieces of a text: its lines, and a line that is too long at its blanks, or in the middle of a word that is too long."""
    lines = [line.strip() for line in text.split("\n")]
    pieces: list[str] = []
    for line in lines:
        pieces += _split_line(line, width) if line else []
    return pieces


def _split_line(line: str, width: int) -> list[str]:
    if not width:
        return [line]
    pieces = []
    while len(line) >= width:
        cut = line.rfind(" ", 1, width)
        if cut > 0:
            pieces.append(line[:cut].rstrip())
            line = line[cut:].lstrip()
        elif len(line) == width:
            break
        else:
            pieces.append(line[:width])
            line = line[width:]
    return [*pieces, line]
