"""Code tables: what a wire code means, and which code says it.

A table is one YAML file under `mappings/tables`. Several codes may mean the same; then `prefer` names the one that is written.
`unlisted` is what an unknown code gets: `hold` (a finding that holds the document, the member stays absent), `other` (the word
`other`, the code kept beside it), `keep` (the code itself is the value), `none` (no value; the echo alone keeps the code).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.config import Document, did_you_mean
from hub.diagnostics import Diagnostic
from hub.guides.shape import Place

_KEYS = ("table", "title", "source", "unlisted", "code", "rows", "prefer", "extends", "note")
_FORM = {"rows": "write `rows: {CODE: WORD}`", "prefer": "write `prefer: {WORD: CODE}`"}
_UNLISTED = ("hold", "other", "keep", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One code table.

    meaning   wire code to word
    wire      word to the code that is written
    ranks     wire code to its place in the order of preference, 0 first
    lines     wire code to the line of the file that says so, for the trace
    """

    name: str
    file: str
    title: str = ""
    unlisted: str = "hold"
    code: str = "MAP-250"
    meaning: Mapping[str, str]
    wire: Mapping[str, str]
    ranks: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableText:
    """A table file as read, before `extends` is resolved."""

    name: str
    file: str
    title: str
    unlisted: str
    code: str
    rows: Mapping[str, str]
    prefer: Mapping[str, str]
    extends: str
    extends_place: Place
    prefer_places: Mapping[str, Place]
    places: Mapping[str, Place]


def parse_table(document: Document) -> tuple[TableText | None, list[Diagnostic]]:
    """Read one table file."""
    found = list(document.diagnostics)
    value = document.value
    if not isinstance(value, dict):
        if not found:
            found.append(document.diagnostic("CFG-104", "a table is keys and values", hint="begin with `table: NAME`"))
        return None, found
    found += [
        document.diagnostic("CFG-102", f'unknown key "{name}"', (name,), hint=did_you_mean(name, _KEYS), key=True)
        for name in value
        if name not in _KEYS
    ]
    text = {name: each if isinstance(each := value.get(name, ""), str) else "" for name in _KEYS}
    if not text["table"]:
        found.append(document.diagnostic("CFG-101", 'key "table" is missing', hint="add it"))
    if "rows" not in value and not text["extends"]:
        found.append(document.diagnostic("CFG-101", 'key "rows" is missing', hint=_FORM["rows"]))
    if text["unlisted"] and text["unlisted"] not in _UNLISTED:
        message = f'"{text["unlisted"]}" is not one of hold, other, keep, none'
        found.append(document.diagnostic("CFG-105", message, ("unlisted",), hint=did_you_mean(text["unlisted"], _UNLISTED)))
    rows, wrong_rows = _words(document, "rows")
    prefer, wrong_prefer = _words(document, "prefer")
    found += wrong_rows + wrong_prefer
    places = {code: Place(document.file, *document.place(("rows", code), key=True)) for code in rows}
    table = TableText(
        name=text["table"],
        file=document.file,
        title=text["title"],
        unlisted=text["unlisted"],
        code=text["code"],
        rows=rows,
        prefer=prefer,
        extends=text["extends"],
        extends_place=Place(document.file, *document.place(("extends",))),
        prefer_places={word: Place(document.file, *document.place(("prefer", word))) for word in prefer},
        places=places,
    )
    return table, found


def _words(document: Document, name: str) -> tuple[dict[str, str], list[Diagnostic]]:
    value = document.value.get(name, {})
    if not isinstance(value, dict):
        return {}, [document.diagnostic("CFG-104", f"`{name}` is keys and words", (name,), hint=_FORM[name])]
    wrong = [
        document.diagnostic("CFG-104", f'"{key}" leads to no word', (name, key), hint=_FORM[name])
        for key, word in value.items()
        if not isinstance(word, str) or not word
    ]
    return {key: word for key, word in value.items() if isinstance(word, str) and word}, wrong


def build_table(text: TableText, base: Table | None) -> Table:
    """The table with the rows of the one it extends below its own."""
    meaning = {**(base.meaning if base else {}), **text.rows}
    wire: dict[str, str] = {}
    for code, word in meaning.items():
        wire.setdefault(word, code)
    if base:
        wire.update({word: code for word, code in base.wire.items() if meaning.get(code) == word})
        wire.update({word: code for code, word in text.rows.items() if base.meaning.get(code) != word})
    wire.update(text.prefer)
    preferred = set(text.prefer.values())
    order = sorted(meaning, key=lambda code: code not in preferred)
    return Table(
        name=text.name,
        file=text.file,
        title=text.title or (base.title if base else ""),
        unlisted=text.unlisted or (base.unlisted if base else "hold"),
        code=text.code or (base.code if base else "MAP-250"),
        meaning=meaning,
        wire=wire,
        ranks={code: rank for rank, code in enumerate(order)},
        places={**(base.places if base else {}), **text.places},
    )


def ambiguous(text: TableText, table: Table) -> list[tuple[str, list[str]]]:
    """The words that several codes mean without one being preferred, each with its codes in the file's order."""
    codes: dict[str, list[str]] = {}
    for code, word in table.meaning.items():
        codes.setdefault(word, []).append(code)
    return [(word, each) for word, each in codes.items() if len(each) > 1 and word not in text.prefer]
