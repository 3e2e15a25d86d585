"""Everything a person may have written, checked: sites, partner files, guides, tables and status tables.

`edihub lint` prints what comes out; start-up uses the same `examine_site`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hub.config import Document, did_you_mean, load_file
from hub.diagnostics import Diagnostic
from hub.guides.library import Library
from hub.guides.lint import lint_guide, lint_table
from hub.guides.parse import Parser
from hub.guides.tables import parse_table
from hub.routing.guide_cases import run_cases
from hub.routing.load import SITE_FILE, examine_partner, examine_site, partner_files
from hub.routing.named_secrets import secrets_not_there
from hub.routing.price_lists import read_price_list, read_stock_table
from hub.routing.rule_files import load_rules, read_rules, stock_status_table
from hub.routing.status import read_status_table
from hub.routing.unused import unused_mappings
from hub.stock import stock_root

_LISTED = {"prices": read_price_list, "stock": read_stock_table}
_FOLDERS = ("guides", "tables", "status", "rules", *_LISTED)
_JUDGES: dict[str, Callable[[Document], list[Diagnostic]]] = {
    "status_rules": lambda document: read_status_table(document)[1],
    "rules": lambda document: read_rules(document, stock_status_table())[1],
    "prices": lambda document: read_price_list(document)[1],
    "stock": lambda document: read_stock_table(document)[1],
}
"""What a file outside a site is, by its first key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What was looked at and what was found, in the order of files and lines."""

    files: tuple[Path, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> int:
        """How many of the diagnostics are errors."""
        return sum(1 for each in self.diagnostics if each.level == "error")


def lint_root(root: Path) -> Linted:
    """A site, or a folder laid out like one without `hub.toml`, such as the stock of the distribution."""
    files = [*partner_files(root), *_mappings(root)]
    found: list[Diagnostic] = []
    site = None
    if (root / SITE_FILE).is_file():
        files.insert(0, root / SITE_FILE)
        examined = examine_site(root)
        found += examined.diagnostics
        site = examined.site
        found += secrets_not_there(root, [root / SITE_FILE, *partner_files(root)])
    else:
        for path in partner_files(root):
            found += examine_partner(load_file(path))
    found += lint_mappings(root)
    if site is not None:
        found += unused_mappings(root, site)
    return Linted(files=tuple(files), diagnostics=tuple(sorted(set(found))))


def lint_paths(paths: Iterable[Path]) -> Linted:
    """Single files and folders. A file of a site is judged with the whole site around it, any other by what it says it is."""
    roots: dict[Path, Linted] = {}
    files: dict[Path, None] = {}
    found: set[Diagnostic] = set()
    for path in (each.resolve() for each in paths):
        root = root_of(path / SITE_FILE if path.is_dir() else path)
        linted = roots.setdefault(root, lint_root(root))
        within = [each for each in linted.files if each.is_relative_to(path)]
        loose = [] if within else _loose_files(path)
        files.update(dict.fromkeys([*within, *loose]))
        found.update(each for each in linted.diagnostics if Path(each.file) in within)
        for each in loose:
            found.update(lint_loose(each))
    return Linted(files=tuple(files), diagnostics=tuple(sorted(found)))


def _loose_files(path: Path) -> list[Path]:
    return sorted(each for each in path.rglob("*.yaml")) if path.is_dir() else [path]


def lint_loose(path: Path) -> Sequence[Diagnostic]:
    """A file outside the folders of a site: its first key says what it is."""
    document = load_file(path)
    value = document.value if isinstance(document.value, dict) else {}
    if "partner" in value:
        return examine_partner(document)
    for key, judge in _JUDGES.items():
        if key in value:
            return judge(document)
    if "table" in value:
        return parse_table(document)[1]
    if "guide" in value:
        parser = Parser(document)
        parser.guide()
        return parser.found
    if document.diagnostics:
        return document.diagnostics
    hint = (
        "partner files begin with `partner:`, guides with `guide:`, tables with `table:`, status tables with `status_rules:`, "
        "rules with `rules:`, price lists with `prices:`, stock tables with `stock:`"
    )
    return [document.diagnostic("CFG-406", "not a file that edihub reads", hint=hint, level="warning")]


def root_of(path: Path) -> Path:
    """The site, or the folder laid out like one, that a file belongs to."""
    for folder in path.parents:
        if (folder / SITE_FILE).is_file():
            return folder
    for folder in path.parents:
        if folder.name in {"partners", "mappings"}:
            return folder.parent
    return path.parent


def lint_mappings(root: Path) -> list[Diagnostic]:
    """The guides, tables and status tables below a root; those of the stock are only looked into where they are used."""
    library = Library(root / "mappings")
    found = [*library.tables_with_mistakes(), *_unread(root)]
    for path in _mappings(root):
        name = path.relative_to(root / "mappings").parts
        if name[0] == "guides":
            found += _lint_guide(library, "/".join(name[1:]).removesuffix(".yaml"), path, root)
        elif name[0] == "tables":
            found += lint_table("/".join(name[1:]).removesuffix(".yaml"), library)
        elif name[0] == "status":
            found += read_status_table(load_file(path))[1]
        elif name[0] in _LISTED:
            found += _LISTED[name[0]](load_file(path), "/".join(name[1:]).removesuffix(".yaml"))[1]
    found += load_rules(root, (root, stock_root()))[1]
    placed = (_placed(each, root) for each in found)
    return [each for each in placed if Path(each.file).is_relative_to(root)]


def _lint_guide(library: Library, name: str, path: Path, root: Path) -> list[Diagnostic]:
    found = lint_guide(name, library)
    if any(each.level == "error" for each in found):
        return found
    return [*found, *run_cases(library, name, path, root)]


def _unread(root: Path) -> Iterator[Diagnostic]:
    """Files in a folder or under an ending that nothing reads, such as `mappings/guide/` or `.yml`."""
    for path in sorted((root / "mappings").rglob("*.y*ml")):
        folder = path.relative_to(root / "mappings").parts[0]
        hint = "" if folder in _FOLDERS else did_you_mean(folder, _FOLDERS)
        hint = "call it .yaml" if path.suffix == ".yml" and not hint else hint
        if hint:
            yield Document(file=str(path), value=None).diagnostic(
                "CFG-406", "nothing reads this file", hint=hint, level="warning"
            )


def _placed(diagnostic: Diagnostic, root: Path) -> Diagnostic:
    """A guide calls its file from `mappings/` on; here it is called as the shell can open it."""
    if not diagnostic.file.startswith("mappings/"):
        return diagnostic
    for folder in (root, stock_root()):
        if (folder / diagnostic.file).is_file():
            return replace(diagnostic, file=str(folder / diagnostic.file))
    return diagnostic


def _mappings(root: Path) -> list[Path]:
    return sorted((root / "mappings").rglob("*.yaml"))
