"""Everything that can be wrong with a guide or a table, found without a message: `edihub lint` calls these."""

from __future__ import annotations

from collections.abc import Iterator

from hub.config import did_you_mean, load_file
from hub.diagnostics import Diagnostic
from hub.edi.dictionary import ElementSpec
from hub.errors import ConfigError
from hub.guides.binding import Binding, Bound, required_members
from hub.guides.convert import COMPOUNDS
from hub.guides.guide import guide, misfits
from hub.guides.library import Library
from hub.guides.lint_names import misnamed
from hub.guides.shape import Elements, Item, Loop, Place, Segment
from hub.guides.steps import STEPS
from hub.guides.tables import ambiguous, build_table, parse_table


def lint_guide(name: str, library: Library) -> list[Diagnostic]:
    """Every mistake of one guide: its shape, what it names and what it means; `hub.guides.cases` runs its test cases."""
    text, found = library.load(name)
    if text is None:
        return found
    found += [
        _at(_place_of_step(step, name, library), "CFG-240", f'no step "{step}"', did_you_mean(step, STEPS))
        for step in text.steps
        if step not in STEPS
    ]
    if any(each.level == "error" for each in found):
        # It cannot be compiled; what its other entries name is looked at all the same.
        return list(dict.fromkeys([*found, *misfits(text, library)]))
    try:
        compiled = guide(name, library)
    except ConfigError as wrong:
        return list(dict.fromkeys([*found, *wrong.diagnostics]))
    found += compiled.binding.found
    found += misnamed(compiled.binding)
    found += _slots(compiled.binding)
    found += _order(compiled.binding, compiled.text.segments, -1)
    found += _codes(compiled.binding)
    found += _required(compiled.binding)
    return list(dict.fromkeys(found))


def lint_table(name: str, library: Library) -> list[Diagnostic]:
    """Every mistake of one table; a word that several codes mean must have a preferred one."""
    path = library.path_of("tables", name)
    if path is None:
        return []
    text, found = parse_table(load_file(path, library.shown(path)))
    if text is None or any(each.level == "error" for each in found):
        return found
    base = library.tables().get(text.extends) if text.extends else None
    table = build_table(text, base)
    for word, codes in ambiguous(text, table):
        if base is not None and base.wire.get(word) in codes:
            continue
        place = text.places.get(codes[0], Place(text.file))
        message = f'{", ".join(codes)} all mean "{word}", and none is the one to write'
        found.append(_at(place, "CFG-337", message, f"add `prefer: {{{word}: {codes[0]}}}`"))
    found += [
        _at(text.prefer_places[word], "CFG-242", f'prefer names "{code}", which no row has', did_you_mean(code, table.meaning))
        for word, code in text.prefer.items()
        if code not in table.meaning
    ]
    return found


def _place_of_step(step: str, name: str, library: Library) -> Place:
    """Where a guide's own file names a step; its first line where the step comes from the guide it extends."""
    path = library.path_of("guides", name)
    assert path is not None
    document = load_file(path, library.shown(path))
    named = document.get(("steps",))
    index = named.index(step) if isinstance(named, list) and step in named else -1
    return Place(document.file, *(document.place(("steps", index)) if index >= 0 else (1, 1)))


def _at(place: Place, code: str, message: str, hint: str = "") -> Diagnostic:
    return Diagnostic(
        file=place.file, line=place.line, column=place.column, level="error", code=code, message=message, hint=hint
    )


def _bounds(binding: Binding) -> Iterator[tuple[Bound, Elements]]:
    for bounds in binding.at.values():
        for bound in bounds:
            for entry in bound.segment.elements:
                yield bound, entry


def _slots(binding: Binding) -> list[Diagnostic]:
    found = []
    for _, entry in _bounds(binding):
        compound = COMPOUNDS.get(entry.verb)
        if compound is None or compound.slots is None:
            continue
        for slot in entry.slots:
            if slot not in compound.slots:
                hint = did_you_mean(slot, compound.slots)
                found.append(_at(entry.place, "CFG-241", f'"{entry.verb}" has no slot "{slot}"', hint))
    return found


def _order(binding: Binding, items: tuple[Item, ...], last: int) -> list[Diagnostic]:
    """Entries are written in the guide's order, which must be the dictionary's."""
    first_node = {id(bound.segment): bound.node.index for bounds in reversed(list(binding.at.values())) for bound in bounds}
    found = []
    for item in items:
        index = first_node.get(id(item)) if isinstance(item, Segment) else _first_inside(item, first_node)
        if index is not None and item.direction != "read":
            if index < last:
                message = f"{item.tag} stands before what the guide lists above it"
                found.append(_at(item.place, "CFG-336", message, "list segments in the order of the message"))
            last = max(last, index)
        if isinstance(item, Loop):
            found += _order(binding, item.segments, -1)
    return found


def _first_inside(loop: Loop, first_node: dict[int, int]) -> int | None:
    inside = [
        first_node.get(id(item)) if isinstance(item, Segment) else _first_inside(item, first_node) for item in loop.segments
    ]
    known = [each for each in inside if each is not None]
    return min(known) if known else None


def _codes(binding: Binding) -> list[Diagnostic]:
    """A constant must be a value that a closed code list has."""
    found = []
    for bound, entry in _bounds(binding):
        spec = _spec(bound, entry)
        if spec is None or spec.codes is None or not spec.codes.closed:
            continue
        for constant in entry.constants:
            if constant and constant not in spec.codes.values:
                hint = did_you_mean(constant, spec.codes.values)
                found.append(_at(entry.place, "CFG-335", f'{spec.ref} never holds "{constant}"', hint))
    return found


def _spec(bound: Bound, entry: Elements) -> ElementSpec | None:
    elements = bound.node.spec.elements
    if entry.key.is_step or entry.key.first > len(elements):
        return None
    found = elements[entry.key.first - 1]
    if entry.key.component and len(found.components) >= entry.key.component:
        return found.components[entry.key.component - 1]
    return found


def _required(binding: Binding) -> list[Diagnostic]:
    """An item that can never have what it needs would never be kept."""
    filled: dict[int, set[str]] = {}
    for bound, entry in _bounds(binding):
        names = {path.partition("+")[0].partition(".")[0].removesuffix("[]") for path in (entry.to, entry.echo) if path}
        names |= {path.partition(".")[0] for path in entry.slots.values()} | set(bound.segment.sets)
        filled.setdefault(bound.scope.number, set()).update(names)
    found = []
    listed = [bound for bounds in binding.at.values() for bound in bounds if bound.segment.each and not bound.segment.chunk]
    for bound in listed:
        has = filled.get(bound.scope.number, set())
        missing = [each for each in required_members(bound.scope.owner) if each not in has]
        if missing:
            message = f"an item of {bound.segment.each} needs {', '.join(missing)}, which nothing here fills"
            found.append(_at(bound.segment.place, "CFG-338", message, "map an element to it"))
    return found
