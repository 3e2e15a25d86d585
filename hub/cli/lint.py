"""`edihub lint`: every mistake in the files a person wrote, at once."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.here import has_site, is_site_named, site_folder
from hub.cli.terminal import paint

if TYPE_CHECKING:
    from hub.diagnostics import Diagnostic
    from hub.routing.lint import Linted

COLOURS = {"error": "red", "warning": "yellow"}


def lint(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH", help="Files or folders; none: the site.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check every partner, guide, table and rule file; all findings at once.

    Prints one line per finding, file:line:column level CODE message; hint. Exit code 4 if there is any error. Without a site
    the files that edihub ships are checked.

    Example: edihub lint partners/acme.yaml
    """
    from hub.routing.lint import lint_paths, lint_root

    missing = [path for path in paths or () if not path.exists()]
    if missing:
        raise typer.BadParameter(f"{missing[0]} does not exist")
    linted = lint_paths(paths) if paths else lint_root(_root())
    linted = replace(linted, diagnostics=tuple(replace(each, file=_short(each.file)) for each in linted.diagnostics))
    if as_json:
        print(json.dumps(_document(linted), ensure_ascii=False, indent=2))
    else:
        for each in linted.diagnostics:
            print(_line(each))
        print(_summary(linted), file=sys.stderr)
    if linted.errors:
        raise typer.Exit(4)


def _root() -> Path:
    """The site that was named or where we stand; without one, the files the distribution ships."""
    from hub.errors import NotFound
    from hub.stock import stock_root

    if has_site():
        return site_folder()
    if is_site_named():
        raise NotFound(f"{site_folder()} is not a site: it has no hub.toml", "make one with `edihub init DIR`")
    return stock_root()


def _short(file: str) -> str:
    """A file below the current folder is called as seen from here."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def _line(diagnostic: Diagnostic) -> str:
    text = str(diagnostic)
    return text.replace(f" {diagnostic.level} ", f" {paint(diagnostic.level, COLOURS[diagnostic.level], sys.stdout)} ", 1)


def _document(linted: Linted) -> dict[str, object]:
    return {
        "diagnostics": [each.as_json() for each in linted.diagnostics],
        "errors": linted.errors,
        "warnings": len(linted.diagnostics) - linted.errors,
        "files": len(linted.files),
    }


def _summary(linted: Linted) -> str:
    warnings = len(linted.diagnostics) - linted.errors
    bad = len({each.file for each in linted.diagnostics})
    clean = max(0, len(linted.files) - bad)
    counts = [_count(linted.errors, "error"), _count(warnings, "warning")]
    return (
        f"{' and '.join(counts)} in {_count(bad, 'file')}; {_count(clean, 'file')} clean"
        if bad
        else f"{_count(clean, 'file')} clean"
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
