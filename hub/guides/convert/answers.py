"""What an acknowledgment reports: codes side by side, and the error of a service segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.edi.tree import Segment
from hub.guides.convert.compound import Row, Rows, components
from hub.guides.run import Act, Frame, Run
from hub.guides.shape import Elements

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.entries import Compiler
    from hub.guides.writing import WriteCompiler, Writing


def read_codes(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """Codes side by side, each an error of the level around them (AK502-06, AK905-09)."""
    put = compiler.put(entry, scope, f"{entry.to}[]")
    first, last = entry.key.first, entry.key.last

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        for code in segment[first : last + 1]:
            if code:
                put(frame, {"code": code}, run)

    return act


def write_codes(entry: Elements, _scope: Scope, _compiler: WriteCompiler) -> Rows:
    """The codes of the errors that point at no segment."""
    first, last = entry.key.first, entry.key.last

    def rows(frame: Frame, writing: Writing) -> list[Row]:
        codes = [each["code"] for each in frame.get(entry.to) or [] if each.get("code") and not each.get("segment")]
        room = last - first + 1
        if len(codes) > room:
            writing.left_out(entry, entry.to, codes[room:])
        return [[(first + turn, 0, code) for turn, code in enumerate(codes[:room])]] if codes else []

    return rows


def read_service_error(entry: Elements, scope: Scope, compiler: Compiler) -> Act:
    """UCI, UCF or UCM 0085, 0013 and S011 as one error: code, service segment, element and component."""
    put = compiler.put(entry, scope, f"{entry.to}[]")
    first = entry.key.first

    def act(segment: Segment, frame: Frame, run: Run) -> None:
        texts = [components(each)[0] if each else "" for each in segment[first : first + 2]]
        place = components(segment[first + 2]) if len(segment) > first + 2 else []
        found: dict[str, str | int] = {name: text for name, text in zip(("code", "segment"), texts, strict=False) if text}
        found |= {name: int(each) for name, each in zip(("element", "component"), place, strict=False) if each.isdecimal()}
        if found:
            put(frame, found, run)
        if any(each and not each.isdecimal() for each in place):
            run.spilled.add(run.index)

    return act


def write_service_error(entry: Elements, _scope: Scope, _compiler: WriteCompiler) -> Rows:
    """The first error of the level itself."""
    first = entry.key.first

    def rows(frame: Frame, _writing: Writing) -> list[Row]:
        own = next((each for each in frame.get(entry.to) or [] if not each.get("segment_index")), None)
        if own is None:
            return []
        row: Row = [(first, 0, own.get("code", "")), (first + 1, 0, own.get("segment", ""))]
        for component, name in ((1, "element"), (2, "component")):
            if own.get(name):
                row.append((first + 2, component, str(own[name])))
        return [row]

    return rows
