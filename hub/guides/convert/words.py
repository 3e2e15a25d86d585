"""Text in several elements or components: lines of their own, or one text that flows over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.edi.tree import Segment
from hub.guides.convert.compound import Row, Rows, components, dig
from hub.guides.run import Act, Frame, Run
from hub.guides.shape import Elements
from hub.guides.texts import join_pieces, split_text

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.entries import Compiler
    from hub.guides.writing import WriteCompiler, Writing


def read_lines(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """Several elements or components of text: the first fills `to`, the rest the list in slot `more` (`joined`: one text)."""
    put = compiler.put(entry, scope, entry.to)
    more = compiler.put(entry, scope, f"{entry.slots['more']}[]") if "more" in entry.slots else None
    key = entry.key
    is_edifact = compiler.is_edifact
    width = compiler.room(entry)
    separator = " " if entry.verb == "flowing" else "\n"

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        if is_edifact and key.first == key.last:
            if len(segment) <= key.first:
                return
            parts = components(segment[key.first])
            found = parts[max(key.component, 1) - 1 : key.component_last or None]
        else:
            found = segment[key.first : key.last + 1]  # type: ignore[assignment]
        if more is None:
            text = join_pieces(found, width, separator)
            if text:
                put(frame, text, run)
            return
        texts = [text.strip() for text in found if text and text.strip()]
        if not texts:
            return
        put(frame, texts[0], run)
        for text in texts[1:]:
            more(frame, text, run)

    return act


def write_lines(entry: Elements, _scope: Scope, compiler: WriteCompiler) -> Rows:
    """The lines, several segments of them where one has not room enough."""
    key = entry.key
    inside = compiler.is_edifact and key.first == key.last
    start = max(key.component, 1)
    count = (key.component_last or 5) - start + 1 if inside else key.last - key.first + 1
    path = entry.to.partition("+")[0]

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        if path.endswith("[]"):
            texts = list(dig(frame, path[:-2]) or [])
        else:
            first = dig(frame, path)
            texts = [first] if first else []
            texts += dig(frame, entry.to.partition("+")[2]) or [] if "+" in entry.to else []
            texts += (
                dig(frame, entry.slots["more"]) or []
                if entry.slots.get("more") not in {None, entry.to.partition("+")[2]}
                else []
            )
        if "more" in entry.slots:
            texts = [writing.shorten(entry, text, 0) for text in texts]
        else:
            texts = [piece for text in texts for piece in writing.wrapped(entry, text, entry.wrap or writing.room(entry))]
        found = []
        for turn in range(0, len(texts), count):
            part = texts[turn : turn + count]
            found.append(
                [(key.first, start + at, text) if inside else (key.first + at, 0, text) for at, text in enumerate(part)]
            )
        return found

    return rows


def write_flowing(entry: Elements, _scope: Scope, _compiler: WriteCompiler) -> Rows:
    """Each text in the components of one segment; what does not fit is left to the writer to cut."""
    key = entry.key
    start = max(key.component, 1)
    count = (key.component_last or start) - start + 1
    single, _, many = entry.to.partition("+")

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        width = writing.room(entry)
        texts = (
            list(dig(frame, single[:-2]) or []) if single.endswith("[]") else [dig(frame, single)] if dig(frame, single) else []
        )
        texts += dig(frame, many) or [] if many else []
        found = []
        for text in texts:
            plain = " ".join(text.split("\n"))
            pieces = split_text(plain, width)
            if len(pieces) > count:
                writing.left_out(entry, entry.to, pieces[count:])
            found.append(
                [(key.first, start + at, writing.shorten(entry, piece, width)) for at, piece in enumerate(pieces[:count])]
            )
        return found

    return rows
