"""Guides, tables and lists of a site that nothing refers to: left over, or misspelt where they were meant to be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.config import load_file
from hub.diagnostics import Diagnostic
from hub.routing.site import Site
from hub.stock import stock_root

_KINDS = {
    "guides": ("CFG-404", "guide", "name it with `guide:` in an agreement"),
    "tables": ("CFG-405", "table", "name it in a guide"),
    "prices": ("CFG-408", "price list", "name it with `tables: {prices: NAME}` in an agreement or channel"),
    "stock": ("CFG-408", "stock table", "name it with `tables: {stock: NAME}` in an agreement or channel"),
}


def unused_mappings(root: Path, site: Site) -> list[Diagnostic]:
    """Warnings for the site's own files; one that stands in for a file of the stock counts as used."""
    base = root / "mappings"
    values = {path: load_file(path).value for path in sorted(base.rglob("*.yaml"))}
    agreed = {each.guide for each in site.agreements.values()}
    agreed |= {table for each in site.agreements.values() for table in each.tables.values()}
    agreed |= {name for agreement in site.agreements.values() for name in agreement.lists.values()}
    agreed |= {name for channel in site.channels.values() for name in channel.lists.values()}
    found = []
    for path in values:
        kind, *rest = path.relative_to(base).parts
        name = "/".join(rest).removesuffix(".yaml")
        if kind not in _KINDS or name in agreed or (stock_root() / path.relative_to(root)).is_file():
            continue
        if not any(name in _words(value) for other, value in values.items() if other != path):
            code, what, hint = _KINDS[kind]
            message = f'nothing uses the {what} "{name}"'
            found.append(
                Diagnostic(
                    file=str(path), line=1, column=1, level="warning", code=code, message=message, hint=f"{hint}, or remove it"
                )
            )
    return found


def _words(value: Any) -> Iterator[str]:
    """Every text in a tree of values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
