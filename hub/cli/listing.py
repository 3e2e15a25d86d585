"""How lists and records of the store are printed: a table that is never cut on a pipe, or one JSON document."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer

NARROW = 60


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def listed(titles: Sequence[str], rows: Sequence[Sequence[str]], *, following: str | None = None) -> None:
    """A table on stdout; how to go on, on stderr."""
    if not rows:
        print("nothing to show", file=sys.stderr)
        return
    is_terminal = sys.stdout.isatty()
    shown = [[_fit(cell, short=is_terminal) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in [list(titles), *shown]) for place in range(len(titles))]
    for row in [list(titles), *shown]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if following:
        print(f"more: --after {following}", file=sys.stderr)


def demand_word(option: str, value: str, known: Iterable[str]) -> None:
    """A usage error where an option was given a word that it does not know; a filter that filters nothing would mislead."""
    if value and value not in (words := tuple(known)):
        from hub.config import did_you_mean

        raise typer.BadParameter(f"{value!r} is none of its words; {did_you_mean(value, words)}", param_hint=option)


def record(pairs: Sequence[tuple[str, str | None]]) -> None:
    """One record, a line per member; what is absent is left out."""
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        if value:
            print(f"{name.ljust(width)}  {value}")


def _fit(cell: str, *, short: bool) -> str:
    text = " ".join(cell.split())
    return f"{text[: NARROW - 1]}…" if short and len(text) > NARROW else text
