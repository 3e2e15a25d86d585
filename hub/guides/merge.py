"""`extends`: a partner's guide laid over another, entry by entry.

An entry overrides the one of the same tag and qualifier at the same place; elements are overridden one by one. An entry that
matches none is new, and stands before the first general entry of its tag, or where its list says. `remove: true` takes out.
"""

from __future__ import annotations

import dataclasses

from hub.diagnostics import Diagnostic
from hub.guides.shape import Elements, GuideText, Item, Key, Loop, Segment


def merge(base: GuideText, own: GuideText) -> tuple[GuideText, list[Diagnostic]]:
    """The extending guide's whole text, and the overrides that match nothing."""
    found: list[Diagnostic] = []
    return (
        dataclasses.replace(
            own,
            title=own.title or base.title,
            document=own.document or base.document,
            dictionary=own.dictionary or base.dictionary,
            segments=_items(base.segments, own.segments, found),
            steps=base.steps + tuple(step for step in own.steps if step not in base.steps),
            constants={**base.constants, **own.constants},
            note=own.note or base.note,
        ),
        found,
    )


def _items(base: tuple[Item, ...], own: tuple[Item, ...], found: list[Diagnostic]) -> tuple[Item, ...]:
    merged = list(base)
    after = 0
    for item in own:
        at = _match(merged, item)
        if at is not None:
            after = at + 1
            if item.remove:
                del merged[at]
                after = at
            else:
                merged[at] = _lay(merged[at], item, found)
        elif item.remove:
            found.append(_nothing_there(item))
        else:
            at = _place_for(merged, item, after)
            merged.insert(at, _only_demanding(merged, item))
            after = at + 1
    return tuple(merged)


def _match(items: list[Item], item: Item) -> int | None:
    """The entry an override means: the same tag and qualifiers; a loop by its tag alone where it says no qualifier."""
    same = [index for index, each in enumerate(items) if each.tag == item.tag and type(each) is type(item)]
    if isinstance(item, Segment):
        own = _signature(item)
        exact = [index for index in same if _signature(items[index]) == own]
        if exact:
            return exact[0]
        # An override need not repeat every qualifier, only enough to mean one entry.
        near = [index for index in same if own and own <= _signature(items[index])]
        if len(near) == 1:
            return near[0]
        return same[0] if len(same) == 1 and not own else None
    own = _trigger(item)
    exact = [index for index in same if _trigger(items[index]) == own]
    if exact:
        return exact[0]
    return same[0] if len(same) == 1 and not own else None


def _signature(item: Item) -> frozenset[tuple[Key, str]]:
    if not isinstance(item, Segment):
        return frozenset()
    return frozenset((key, constants[0]) for key, constants in item.qualifiers)


def _trigger(item: Item) -> frozenset[tuple[Key, str]]:
    if not isinstance(item, Loop):
        return frozenset()
    return next((_signature(each) for each in item.segments if each.tag == item.tag and isinstance(each, Segment)), frozenset())


def _place_for(items: list[Item], item: Item, after: int) -> int:
    same = [index for index, each in enumerate(items) if each.tag == item.tag]
    if not same:
        return after
    general = [index for index in same if isinstance(items[index], Segment) and not _signature(items[index])]
    return general[0] if general else same[-1] + 1


def _only_demanding(items: list[Item], item: Item) -> Item:
    """A new entry that maps nothing asks for what the general entry of its tag reads: it must not take it away from there."""
    if not isinstance(item, Segment) or not (item.use or item.max) or item.each or item.sets or item.ignore:
        return item
    maps = any(not entry.constants or entry.to for entry in item.elements)
    general = any(isinstance(each, Segment) and each.tag == item.tag and not _signature(each) for each in items)
    return dataclasses.replace(item, demands=True) if general and not maps else item


def _lay(base: Item, own: Item, found: list[Diagnostic]) -> Item:
    if isinstance(base, Segment) and isinstance(own, Segment):
        return dataclasses.replace(
            base,
            place=own.place,
            elements=_elements(base.elements, own.elements),
            use=own.use or base.use,
            max=own.max or base.max,
            each=own.each or base.each,
            chunk=own.chunk or base.chunk,
            sets=own.sets or base.sets,
            when=own.when or base.when,
            direction=own.direction or base.direction,
            note=own.note or base.note,
            why=own.why or base.why,
            ignore=own.ignore or base.ignore,
        )
    assert isinstance(base, Loop)
    assert isinstance(own, Loop)
    return dataclasses.replace(
        base,
        segments=_items(base.segments, own.segments, found),
        use=own.use or base.use,
        max=own.max or base.max,
        into=own.into or base.into,
        group=own.group or base.group,
        place=own.place,
        require=tuple(dict.fromkeys(base.require + own.require)),
        when=own.when or base.when,
        direction=own.direction or base.direction,
        note=own.note or base.note,
        why=own.why or base.why,
        ignore=own.ignore or base.ignore,
    )


def _elements(base: tuple[Elements, ...], own: tuple[Elements, ...]) -> tuple[Elements, ...]:
    """Element by element: the same key replaces; what only narrows (`use`, `only`, `note`) keeps the rest."""
    merged = {(entry.key, entry.direction): entry for entry in base}
    for entry in own:
        known = merged.get((entry.key, entry.direction))
        if known is not None and not (entry.to or entry.constants or entry.verb or entry.count or entry.ignore):
            merged[entry.key, entry.direction] = dataclasses.replace(
                known,
                place=entry.place if entry.use else known.place,
                use=entry.use or known.use,
                only=entry.only or known.only,
                note=entry.note or known.note,
                table=entry.table or known.table,
                default=entry.default or known.default,
                write_default=entry.write_default or known.write_default,
                from_agreement=entry.from_agreement or known.from_agreement,
            )
        else:
            if not entry.direction:
                merged.pop((entry.key, "read"), None)
                merged.pop((entry.key, "write"), None)
            merged[entry.key, entry.direction] = entry
    return tuple(merged[key] for key in sorted(merged))


def _nothing_there(item: Item) -> Diagnostic:
    return Diagnostic(
        file=item.place.file,
        line=item.place.line,
        column=item.place.column,
        level="error",
        code="CFG-238",
        message=f"nothing to remove: the guide it extends has no such {item.tag}",
        hint="name the entry by its tag and qualifier",
    )
