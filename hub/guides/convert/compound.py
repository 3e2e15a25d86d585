"""What a conversion of several elements is: a reader and a writer, and the names its `slots` may have.

A writer yields rows: every row is one segment's cells `(element, component, text)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from hub.edi.tree import Repeats
from hub.guides.run import Act, Frame
from hub.guides.shape import Elements

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.entries import Compiler
    from hub.guides.writing import WriteCompiler, Writing

Cell: TypeAlias = "tuple[int, int, str]"
Row: TypeAlias = "list[Cell]"
Rows: TypeAlias = "Callable[[Frame, Writing], list[Row]]"
Flat: TypeAlias = "Callable[[Frame, Writing], list[str] | None]"
"""The texts of one segment's neighbouring elements, from the entry's first on; None where `Rows` has to tell."""


class Reader(Protocol):
    """Makes the closure that reads."""

    def __call__(self, entry: Elements, scope: Scope, compiler: Compiler, /) -> Act:
        """Make it for one entry."""
        ...


class Writer(Protocol):
    """Makes the closure that writes."""

    def __call__(self, entry: Elements, scope: Scope, compiler: WriteCompiler, /) -> Rows:
        """Make it for one entry."""
        ...


@dataclass(frozen=True, slots=True)
class Compound:
    """Both directions of one conversion.

    slots   the names that `slots:` may have; None: any, since they are qualifiers
    values  the slots that hold a value, not a member of the document
    needs   what an entry must say: `to`, `table`, or the name of a slot
    flat    makes what tells the usual case of X12 as plain texts; None of an entry that has no such case
    """

    reader: Reader
    writer: Writer
    slots: tuple[str, ...] | None = ()
    values: tuple[str, ...] = ()
    needs: tuple[str, ...] = ("to",)
    flat: Callable[[Elements, WriteCompiler], Flat | None] | None = None

    def lacking(self, entry: Elements) -> list[str]:
        """What an entry does not say and must; such an entry is reported, and neither reads nor writes."""
        said = {"to": entry.to, "table": entry.table, **entry.slots}
        if not said.get("qualifier", "0").isdecimal():
            said["qualifier"] = ""  # the number of an element
        return [name for name in self.needs if not said.get(name)]


def components(value: Any) -> list[str]:
    """An EDIFACT element as the list of its components."""
    if type(value) is str:
        return [value]
    if type(value) is Repeats:
        return components(value[0]) if value else []
    return value  # type: ignore[no-any-return]


def dig(frame: Any, path: str) -> Any:
    """The value at a dotted path, or None; an empty path is the frame itself."""
    if "." not in path:
        return frame if not path else frame.get(path) if isinstance(frame, dict) else None
    for part in path.split("."):
        if not isinstance(frame, dict):
            return None
        frame = frame.get(part)
    return frame
