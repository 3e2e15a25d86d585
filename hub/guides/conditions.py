"""What `when:` asks of a document's members, as a function, and as the text of one in code that is written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from hub.guides.run import Frame

Namer: TypeAlias = "Callable[[Any, str], str]"
"""Gives a value a name that the code can use, with a prefix."""

_PRESENT, _ABSENT = frozenset({"present"}), frozenset({"absent"})


def condition(when: Mapping[str, str]) -> Callable[[Frame], bool]:
    """Whether every condition is met; the word `absent` asks that the member is not there, `present` that it is."""
    from hub.guides.convert.compound import dig

    asked = [(path, frozenset(wanted.split("|"))) for path, wanted in when.items()]
    if len(asked) == 1 and "." not in asked[0][0] and asked[0][0]:
        return _one_condition(*asked[0])

    def holds(frame: Frame) -> bool:
        return all(is_met(dig(frame, path), options) for path, options in asked)

    return holds


def condition_text(when: Mapping[str, str], frame: str, name: Namer) -> str:
    """The same as an expression about the variable `frame`, which holds a dict."""
    return " and ".join(_asked(path, frozenset(wanted.split("|")), frame, name) for path, wanted in when.items())


def _asked(path: str, options: frozenset[str], frame: str, name: Namer) -> str:
    if not path or "." in path:
        return f"{name(condition({path: '|'.join(sorted(options))}), 'holds')}({frame})"
    if options == _PRESENT:
        return f"(c := {frame}.get({path!r})) is not None and c != []"
    if options == _ABSENT:
        return f"((c := {frame}.get({path!r})) is None or c == [])"
    met, words = name(is_met, "met"), name(options, "words")
    if options & (_PRESENT | _ABSENT):
        return f"{met}({frame}.get({path!r}), {words})"
    return f"(c in {words} if type(c := {frame}.get({path!r})) is str else {met}(c, {words}))"


def _one_condition(name: str, options: frozenset[str]) -> Callable[[Frame], bool]:
    """The usual condition, which is on one member: asked some hundred times per document."""
    is_present = options == {"present"}

    def holds(frame: Frame) -> bool:
        value = frame.get(name) if type(frame) is dict else None
        if value is None:
            return "absent" in options
        return (is_present and value != []) or is_met(value, options)

    return holds


def is_met(value: Any, options: frozenset[str]) -> bool:
    """Whether a member's value is one of these words."""
    said = str(value).lower() if isinstance(value, bool) else "absent" if value is None or value == [] else str(value)
    return said in options or ("present" in options and said != "absent")
