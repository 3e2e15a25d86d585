"""A guide bound to a dictionary: which entry speaks of which place of the message, and which members it fills.

Binding is where a guide's mistakes about the model and the dictionary come to light; compiling needs no checks after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from hub.config import did_you_mean
from hub.diagnostics import Diagnostic
from hub.edi.dictionary import MessageSpec, Node
from hub.guides.convert import COMPOUNDS
from hub.guides.members import Member, member, member_names
from hub.guides.shape import GuideText, Item, Loop, Place, Segment
from hub.guides.tables import Table
from hub.model import document_types

WHOLE_MESSAGE = "message"
"""Name of the loop that is the message itself: its segments fill one item of a list (the one group a 997 answers)."""

Syntax = Literal["x12", "edifact"]


@dataclass(slots=True, kw_only=True)
class Scope:
    """A frame of the document while binding: its number, the frame around it, the struct it fills."""

    number: int
    parent: Scope | None
    owner: type[Any]
    loop: Loop | None = None


@dataclass(slots=True, kw_only=True)
class Bound:
    """One segment entry at one node: `opens` is set when it is the trigger of a loop."""

    segment: Segment
    scope: Scope
    outer: Scope
    node: Node
    opens: Loop | None = None


@dataclass(slots=True)
class Binding:
    """The whole guide, bound. `at` lists for each node the entries that speak of it, in the guide's order."""

    text: GuideText
    spec: MessageSpec
    syntax: Syntax
    root: Scope
    tables: Mapping[str, Table]
    scopes: list[Scope] = field(default_factory=list)
    at: dict[int, list[Bound]] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)
    whole: list[Scope] = field(default_factory=list)
    trees: list[tuple[Loop, Node, Scope]] = field(default_factory=list)
    loop_scopes: dict[int, Scope] = field(default_factory=dict)
    segment_scopes: dict[int, Scope] = field(default_factory=dict)

    def scope_of(self, item: Item) -> Scope:
        """The frame that a loop, or a segment with `each`, opens."""
        return (self.loop_scopes if isinstance(item, Loop) else self.segment_scopes)[id(item)]

    def report(
        self, code: str, message: str, place: Place, hint: str = "", *, level: Literal["error", "warning"] = "error"
    ) -> None:
        """Add one diagnostic."""
        self.found.append(
            Diagnostic(
                file=place.file or self.text.file,
                line=place.line,
                column=place.column,
                level=level,
                code=code,
                message=message,
                hint=hint,
            )
        )

    def table(self, name: str, place: Place) -> Table:
        """The named table; an unknown one is reported and stands in empty."""
        found = self.tables.get(name)
        if not name:
            return Table(name=name, file="", meaning={}, wire={})
        if found is None:
            self.report("CFG-230", f'no table "{name}"', place, did_you_mean(name, self.tables))
            return Table(name=name, file="", meaning={}, wire={})
        return found

    def resolve(self, scope: Scope, path: str, place: Place) -> tuple[Scope, str, Member]:
        """The frame, the path within it and the type that a path means; `^` climbs one frame."""
        start = path
        while path.startswith("^"):
            path = path[1:]
            if scope.parent is None:
                self.report("CFG-231", f'"{start}" climbs out of the document', place)
                break
            scope = scope.parent
        found = member(scope.owner, path)
        if found is None:
            head, _, last = path.rpartition(".")
            above = member(scope.owner, head) if head else None
            if above is not None and above.kind == "structs":
                self.report(
                    "CFG-232", f'"{path}" crosses the list {head}', place, f"say `each: {head}` where one of them begins"
                )
                return scope, path, Member("any")
            hint = did_you_mean(last or path, member_names(scope.owner, head) or member_names(scope.owner))
            self.report("CFG-232", f'{scope.owner.__name__} has no member "{path}"', place, hint)
            return scope, path, Member("any")
        return scope, path, found


def bind(text: GuideText, spec: MessageSpec, tables: Mapping[str, Table]) -> Binding:
    """Bind a guide to its dictionary; `found` of the result lists what does not fit."""
    owner = document_types.get(text.document)
    syntax: Syntax = "x12" if text.dictionary.startswith("x12/") else "edifact"
    root = Scope(number=0, parent=None, owner=owner or document_types["order"])
    binding = Binding(text, spec, syntax, root, tables, scopes=[root])
    if owner is None:
        hint = did_you_mean(text.document, document_types)
        binding.report("CFG-233", f'no document type "{text.document}"', Place(text.file), hint)
        return binding
    _bind_items(binding, text.segments, -1, root, None)
    return binding


def children(spec: MessageSpec, parent: int) -> Iterator[Node]:
    """The nodes directly inside a loop (its trigger's index), or at message level (-1)."""
    return (node for node in spec.nodes if node.parent == parent)


def _bind_items(binding: Binding, items: tuple[Item, ...], parent: int, scope: Scope, loop: Loop | None) -> None:
    for item in items:
        if isinstance(item, Loop):
            _bind_loop(binding, item, parent, scope)
        else:
            _bind_segment(binding, item, parent, scope, loop)


def _bind_loop(binding: Binding, loop: Loop, parent: int, scope: Scope) -> None:
    if loop.ignore and not loop.segments:
        _bind_ignored(binding, loop, parent)
        return
    if loop.tag == WHOLE_MESSAGE:
        inner = _open_scope(binding, loop, scope)
        binding.whole.append(inner)
        _bind_items(binding, loop.segments, parent, inner, None)
        return
    nodes = [node for node in children(binding.spec, parent) if node.is_trigger and node.tag == loop.tag]
    if loop.at in {"first", "last"}:
        nodes = nodes[:1] if loop.at == "first" else nodes[-1:]
    elif loop.at:
        nodes = [node for node in nodes if node.loop == loop.at]
    if not nodes:
        _unknown(
            binding,
            loop.tag,
            parent,
            loop.place,
            "loop",
            {node.tag for node in children(binding.spec, parent) if node.is_trigger},
        )
        return
    inner = _open_scope(binding, loop, scope)
    for node in nodes:
        _bind_items(binding, loop.segments, node.index, inner, loop)
    if loop.levels:
        binding.trees += [(loop, node, inner) for node in nodes]
        _bind_levels(binding, loop, nodes, inner)


def _bind_levels(binding: Binding, loop: Loop, nodes: list[Node], scope: Scope) -> None:
    for level in loop.levels.values():
        owner = scope.owner
        if level.each:
            # The list may stand in the document or in any level around this one.
            owners = [binding.root.owner, *(_level_owner(binding, other.each) for other in loop.levels.values() if other.each)]
            owner = next(
                (found.struct for each in owners if each and (found := member(each, level.each)) and found.struct), owner
            )
            if owner is scope.owner:
                binding.report("CFG-232", f'no level has a list "{level.each}"', level.place)
        inner = Scope(number=len(binding.scopes), parent=scope, owner=owner)
        binding.scopes.append(inner)
        binding.loop_scopes[id(level)] = inner
        for node in nodes:
            _bind_items(binding, level.segments, node.index, inner, None)


def _level_owner(binding: Binding, each: str) -> type[Any] | None:
    found = member(binding.root.owner, each)
    return found.struct if found else None


def _open_scope(binding: Binding, loop: Loop, scope: Scope) -> Scope:
    known = binding.loop_scopes.get(id(loop))
    if known is not None:
        return known
    owner, parent = _owner_of(binding, loop, scope)
    inner = Scope(number=len(binding.scopes), parent=parent, owner=owner, loop=loop)
    binding.scopes.append(inner)
    binding.loop_scopes[id(loop)] = inner
    return inner


def _owner_of(binding: Binding, loop: Loop, scope: Scope) -> tuple[type[Any], Scope]:
    if loop.into:
        owners = []
        for path in (*loop.into.slots, *([loop.into.other] if loop.into.other else [])):
            _, _, found = binding.resolve(scope, path, loop.into.place)
            owners.append(found.struct or scope.owner)
        return (owners[0] if owners else scope.owner), scope
    path = loop.frame or loop.each
    if not path:
        return scope.owner, scope
    return item_struct(binding, scope, path, loop.place, is_list=bool(loop.each)), scope


def item_struct(binding: Binding, scope: Scope, path: str, place: Place, *, is_list: bool) -> type[Any]:
    """The struct that an item of `each:` (or the one of `frame:`) is; `contact+contacts` fills the one, then the list."""
    single, _, many = path.partition("+")
    _, _, found = binding.resolve(scope, single, place)
    if many:
        binding.resolve(scope, "^" * (len(single) - len(single.lstrip("^"))) + many, place)
    wanted = "struct" if many or not is_list else "structs"
    if found.kind not in {"any", wanted}:
        binding.report("CFG-330", f'"{path}" is no {"list of parts" if wanted == "structs" else "part"}', place)
    return found.struct or scope.owner


def _bind_segment(binding: Binding, segment: Segment, parent: int, scope: Scope, loop: Loop | None) -> None:
    spec = binding.spec
    trigger = spec.nodes[parent] if parent >= 0 else None
    opens = None
    if trigger is not None and trigger.tag == segment.tag and loop is not None:
        nodes, opens = [trigger], loop
    elif trigger is not None and trigger.tag == segment.tag:
        nodes = [trigger]
    else:
        nodes = [node for node in children(spec, parent) if node.tag == segment.tag and not node.is_trigger]
    if not nodes:
        _unknown(binding, segment.tag, parent, segment.place, "segment", {node.tag for node in children(spec, parent)})
        return
    outer = scope
    if segment.each:
        inner = binding.segment_scopes.get(id(segment))
        if inner is None:
            owner = item_struct(binding, scope, segment.each, segment.place, is_list=True)
            inner = Scope(number=len(binding.scopes), parent=scope, owner=owner)
            binding.scopes.append(inner)
            binding.segment_scopes[id(segment)] = inner
        scope = inner
    elif segment.member:
        inner = binding.segment_scopes.get(id(segment))
        if inner is None:
            inner = Scope(number=len(binding.scopes), parent=scope, owner=scope.owner)
            binding.scopes.append(inner)
            binding.segment_scopes[id(segment)] = inner
        scope = inner
    for node in nodes:
        _check_keys(binding, segment, node)
        bound = Bound(segment=segment, scope=scope, outer=outer, node=node, opens=opens)
        binding.at.setdefault(node.index, []).append(bound)


def _bind_ignored(binding: Binding, loop: Loop, parent: int) -> None:
    """A loop left out on purpose: nothing of it is read, all of it is kept under `extensions`."""
    if not any(node.is_trigger and node.tag == loop.tag for node in children(binding.spec, parent)):
        _unknown(
            binding,
            loop.tag,
            parent,
            loop.place,
            "loop",
            {node.tag for node in children(binding.spec, parent) if node.is_trigger},
        )


def _unknown(binding: Binding, tag: str, parent: int, place: Place, what: str, known: set[str]) -> None:
    where = f"in loop {binding.spec.nodes[parent].tag}" if parent >= 0 else "at message level"
    hint = f"it opens a loop: write it inside `loop: {tag}`" if what == "segment" and tag in known else did_you_mean(tag, known)
    binding.report("CFG-234", f"the dictionary has no {what} {tag} {where}", place, hint)


def _check_keys(binding: Binding, segment: Segment, node: Node) -> None:
    elements = node.spec.elements
    for entry in segment.elements:
        compound = COMPOUNDS.get(entry.verb)
        for name in compound.lacking(entry) if compound and not entry.ignore else ():
            what = f"`{name}:`" if name in {"to", "table"} else f"the slot `{name}`"
            binding.report("CFG-241", f'the conversion "{entry.verb}" needs {what}', entry.place, "add it")
        wrong = (
            max(entry.key.last, entry.beside) > len(elements) or not entry.key.first <= entry.key.last or not entry.key.first
        )
        if wrong and not entry.key.is_step:
            said = max(entry.key.last, entry.beside) if entry.key.first else 0
            hint = f"the elements of {segment.tag} are 01 to {len(elements):02}"
            binding.report("CFG-235", f"{segment.tag} has no element {said:02}", entry.place, hint)


def required_members(owner: type[Any]) -> tuple[str, ...]:
    """The members without which a part cannot be: an item that lacks one is kept under `extensions` instead."""
    return tuple(each.name for each in msgspec.structs.fields(owner) if each.required)


Reporter = Callable[[str, str, Place, str], None]
