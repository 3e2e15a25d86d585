"""What a guide file says, as values: the language, before it is bound to a dictionary and compiled.

A guide is a list of segments and loops in the order of the message. An element's key is its position: `03`, `04.2` for a
component, `06-25` for a range, `+1` inside a chunk. Every value remembers its place in the file, for findings and the trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line of a guide stands: file, line and column from 1."""

    file: str = ""
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """The elements one entry speaks of: `first` to `last`, and within them a component, or a range of components.

    `component` 0 is the element as a whole; a `step` position (`+1`) counts within a chunk from 1.
    """

    first: int
    last: int
    component: int = 0
    component_last: int = 0
    is_step: bool = False

    def __str__(self) -> str:
        if self.is_step:
            return f"+{self.first}"
        text = f"{self.first:02d}"
        if self.last != self.first:
            text += f"-{self.last:02d}"
        if self.component:
            text += f".{self.component}"
        if self.component_last != self.component:
            text += f"-{self.component_last}"
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """One entry of a segment: where it stands, what it must hold, where its value goes.

    constants       the qualifiers that match on reading; the first is written
    to              the canonical member, relative to the enclosing frame; `^` climbs to the frame around it
    verb            how wire text becomes a value (`as:`)
    table           the code table, both ways
    echo            the member that keeps the value exactly as it arrived, and is written in preference
    default         what an absent value means; a value equal to it is not written
    write_default   what is written where the document says nothing
    placeholder     likewise, and read as nothing
    count, total    the list that is counted, the member that is added up (`lines`, `lines.quantity`)
    fallback_for    the preferred place (`PO1-04`): this one counts only where that one is empty, and is not written
    from_agreement  the agreement's value that is written where the document has none
    members         what a shared segment says here when outcomes follow it (997 AK304)
    only            the codes this partner uses
    beside          the element without which this constant is not written, and which it does not choose
    slots           further members of a verb that yields several values
    """

    key: Key
    place: Place
    constants: tuple[str, ...] = ()
    to: str = ""
    verb: str = ""
    table: str = ""
    echo: str = ""
    default: str = ""
    write_default: str = ""
    placeholder: str = ""
    count: str = ""
    total: str = ""
    fallback_for: str = ""
    from_agreement: str = ""
    members: str = ""
    beside: int = 0
    wrap: int = 0
    use: str = ""
    only: tuple[str, ...] = ()
    when: Mapping[str, str] = field(default_factory=dict)
    direction: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    why: str = ""
    ignore: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Into:
    """How a segment's qualifier chooses the member that its loop fills (N101, NAD 3035).

    `slots` lists for each member the qualifiers it takes, the one to write first; what no slot takes, and a second value
    for a slot that holds one, goes to the list `other`, with the role that the table `roles` knows. `code` keeps the qualifier.
    """

    by: Key
    place: Place
    slots: Mapping[str, tuple[str, ...]]
    code: str = ""
    other: str = ""
    roles: str = ""
    role: str = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A range of elements taken a few at a time, each few being one item (SDQ03 to SDQ22 by two)."""

    first: int
    size: int
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment of a guide.

    each     the list that gets one item per occurrence
    member   an outcome of the shared occurrence around it
    sets     members that its presence says: set on reading, its condition on writing
    when     its condition on writing, of the item where there is `each`
    demands  it only says what must be there, or must not: the general entry of its tag reads and writes it
    """

    tag: str
    place: Place
    elements: tuple[Elements, ...] = ()
    use: str = ""
    max: int = 0
    each: str = ""
    chunk: Chunk | None = None
    member: bool = False
    sets: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, str] = field(default_factory=dict)
    direction: str = ""
    note: str = ""
    why: str = ""
    ignore: str = ""
    remove: bool = False
    demands: bool = False

    @property
    def qualifiers(self) -> tuple[tuple[Key, tuple[str, ...]], ...]:
        """The constants that tell this entry from others of the same tag."""
        return tuple((entry.key, entry.constants) for entry in self.elements if entry.constants and not entry.beside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A loop (X12) or segment group (EDIFACT), named by the tag that opens it; `message` is the whole message as one item.

    each    the list that gets one item per occurrence
    into    the member is chosen by a qualifier
    require the slots of `into` that must be filled (a partner's guide)
    frame   the one member that the loop fills
    group   the members that outcomes share: equal ones stand in one occurrence
    at      which of several loops of that tag: `first`, `last`, or the dictionary's loop id
    levels  the levels of a hierarchy (HL), from the outside in; `tree` says in which elements id, parent and level stand
    """

    tag: str
    place: Place
    segments: tuple[Item, ...] = ()
    use: str = ""
    max: int = 0
    each: str = ""
    frame: str = ""
    into: Into | None = None
    require: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    member: bool = False
    at: str = ""
    levels: Mapping[str, Level] = field(default_factory=dict)
    tree: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, str] = field(default_factory=dict)
    direction: str = ""
    note: str = ""
    why: str = ""
    ignore: str = ""
    remove: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of a hierarchy: the list its nodes fill, in the nearest enclosing level that has that list.

    `constants` are members that the level says (`set:`); `inherit` those its nodes take from a level above (`order_number:
    O.value`), and by which they are put under it when they are written.
    """

    code: str
    place: Place
    each: str = ""
    inherit: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    segments: tuple[Item, ...] = ()


Item: TypeAlias = "Segment | Loop"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideText:
    """A whole guide file, `extends` resolved."""

    name: str
    file: str
    title: str
    document: str
    dictionary: str
    segments: tuple[Item, ...]
    steps: tuple[str, ...] = ()
    extends: str = ""
    tests: tuple[Mapping[str, str], ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
