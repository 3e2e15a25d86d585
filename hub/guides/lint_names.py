"""Names in a guide that are asked only when a document is there: conditions, groups, counts, sums and preferred places.

A name that leads nowhere compiles, and then never holds or counts nothing; so it is looked up here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.config import did_you_mean
from hub.diagnostics import Diagnostic
from hub.guides.binding import Binding, Bound, Scope
from hub.guides.members import member, member_names
from hub.guides.shape import Elements, Loop, Place

_ASKED = ("present", "absent")
_SEGMENTS = "segments "


def misnamed(binding: Binding) -> Iterator[Diagnostic]:
    """Every such name that means nothing, at the entry that says it."""
    for scope in binding.scopes:
        if scope.loop is not None:
            yield from _loop(scope, scope.loop)
    for bounds in binding.at.values():
        for bound in bounds:
            yield from _conditions(bound.scope, bound.segment.when, bound.segment.place)
            for entry in bound.segment.elements:
                yield from _entry(binding, bound, entry)


def _loop(scope: Scope, loop: Loop) -> Iterator[Diagnostic]:
    asked = scope if loop.each or scope.parent is None else scope.parent
    yield from _conditions(asked, loop.when, loop.place)
    for name in loop.group:
        yield from _member(scope.owner, name, loop.place)


def _entry(binding: Binding, bound: Bound, entry: Elements) -> Iterator[Diagnostic]:
    yield from _conditions(bound.scope, entry.when, entry.place)
    tags = {node.tag for node in binding.spec.nodes}
    preferred = entry.fallback_for.partition("-")[0]
    if preferred and preferred not in tags:
        yield _wrong("CFG-234", f"the dictionary has no segment {preferred}", entry.place, did_you_mean(preferred, tags))
    if entry.count.startswith(_SEGMENTS):
        counted = entry.count.removeprefix(_SEGMENTS)
        if counted not in tags:
            yield _wrong("CFG-234", f"the dictionary has no segment {counted}", entry.place, did_you_mean(counted, tags))
    elif entry.count or entry.total:
        path, _, inner = (entry.count or entry.total).partition(" by ")
        dotted = _through_lists(bound.scope.owner, path if not inner else f"{path}.{inner}")
        yield from _member(bound.scope.owner, dotted, entry.place)
        found = member(bound.scope.owner, dotted)
        wanted = ("decimal", "integer") if entry.total else ("structs", "texts")
        if found is not None and not inner and found.kind not in wanted:
            what = "adds up numbers, as in `sum: lines.quantity`" if entry.total else "counts a list, as in `count: lines`"
            yield _wrong("CFG-331", f'"{path}" holds {found.kind}', entry.place, what)


def _through_lists(owner: type[Any], path: str) -> str:
    """A path of a count or sum as the model writes it: `lines.quantity` goes through an item of `lines`."""
    so_far = ""
    for part in path.split("."):
        found = member(owner, so_far) if so_far else None
        so_far += ("[]" if found is not None and found.kind == "structs" else "") + ("." if so_far else "") + part
    return so_far


def _conditions(scope: Scope, when: Mapping[str, str], place: Place) -> Iterator[Diagnostic]:
    for path, wanted in when.items():
        wrong = list(_member(scope.owner, path, place))
        yield from wrong
        found = member(scope.owner, path)
        words = ("true", "false") if found is not None and found.kind == "boolean" else found.words if found is not None else ()
        for word in wanted.split("|") if words and not wrong else ():
            if word not in (*words, *_ASKED):
                hint = did_you_mean(word, (*words, *_ASKED))
                yield _wrong("CFG-332", f'"{path}" is never "{word}"', place, hint)


def _member(owner: type[Any], path: str, place: Place) -> Iterator[Diagnostic]:
    if member(owner, path) is None:
        head, _, last = path.replace("[]", "").rpartition(".")
        hint = did_you_mean(last, member_names(owner, path.rpartition(".")[0] if head else "") or member_names(owner))
        yield _wrong("CFG-232", f'{owner.__name__} has no member "{path.replace("[]", "")}"', place, hint)


def _wrong(code: str, message: str, place: Place, hint: str) -> Diagnostic:
    return Diagnostic(
        file=place.file, line=place.line, column=place.column, level="error", code=code, message=message, hint=hint
    )
