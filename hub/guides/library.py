"""Where guides and tables are found: a site's `mappings` first, then what the distribution ships; `extends` resolved.

A guide's name is its path below `mappings/guides` without the ending; a table's likewise below `mappings/tables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from hub.config import did_you_mean, load_file
from hub.diagnostics import Diagnostic
from hub.edi.dictionary import nearest_release
from hub.edi.tree import Standard
from hub.errors import ConfigError, NotFound
from hub.guides.merge import merge
from hub.guides.parse import Parser
from hub.guides.shape import GuideText
from hub.guides.tables import Table, TableText, build_table, parse_table
from hub.stock import stock_root

MAX_EXTENDS = 8


class Library:
    """The guides and tables of one site, or of the distribution alone."""

    def __init__(self, *roots: Path) -> None:
        self.roots = (*roots, stock_root() / "mappings")
        self._texts: dict[str, GuideText] = {}
        self._tables: dict[str, Table] | None = None
        self.compiled: dict[object, object] = {}
        self.chosen: dict[tuple[str, str, str, str], tuple[str | None, bool]] = {}

    def guide_names(self) -> list[str]:
        """Every guide there is, sorted."""
        return sorted(self._names("guides"))

    def table_names(self) -> list[str]:
        """Every table there is, sorted."""
        return sorted(self._names("tables"))

    def list_names(self, kind: str) -> list[str]:
        """Every file of another kind under `mappings/`, such as `prices`, sorted."""
        return sorted(self._names(kind))

    def has_guide(self, name: str) -> bool:
        """Whether a guide of that name is there."""
        return self.path_of("guides", name) is not None

    def path_of(self, kind: str, name: str) -> Path | None:
        """The file of a guide or table; a site's file hides the shipped one."""
        if not name or ".." in name or name.startswith("/") or "\0" in name:
            return None
        return next((path for root in self.roots if (path := root / kind / f"{name}.yaml").is_file()), None)

    def text(self, name: str) -> GuideText:
        """A guide with everything it extends; raises `NotFound` or `ConfigError`."""
        found = self._texts.get(name)
        if found is None:
            found, diagnostics = self.load(name)
            if found is None or any(each.level == "error" for each in diagnostics):
                raise ConfigError(diagnostics)
            self._texts[name] = found
        return found

    def load(self, name: str, depth: int = 0) -> tuple[GuideText | None, list[Diagnostic]]:
        """Read one guide and those it extends, with every mistake found on the way."""
        path = self.path_of("guides", name)
        if path is None:
            known = self.guide_names()
            raise NotFound(f'no guide "{name}"', did_you_mean(name, known), code="MAP-200")
        document = load_file(path, self.shown(path))
        parser = Parser(document)
        text = parser.guide()
        if text is None:
            return None, parser.found
        if text.name and text.name != name:
            parser.report(
                "CFG-333", f'the file of guide "{name}" calls itself "{text.name}"', ("guide",), "a guide is named by its path"
            )
        if not text.extends:
            return text, parser.found
        if depth >= MAX_EXTENDS:
            parser.report(
                "CFG-334", f"extends more than {MAX_EXTENDS} guides in a row", ("extends",), "a guide may not extend itself"
            )
            return None, parser.found
        if not self.has_guide(text.extends):
            parser.report("CFG-237", f'no guide "{text.extends}"', ("extends",), did_you_mean(text.extends, self.guide_names()))
            return None, parser.found
        base, wrong = self.load(text.extends, depth + 1)
        if base is None:
            return None, parser.found + wrong
        merged, misfits = merge(base, text)
        return merged, parser.found + wrong + misfits

    def tables(self) -> Mapping[str, Table]:
        """Every table, `extends` resolved; raises `ConfigError`."""
        if self._tables is None:
            tables, found = self.load_tables()
            wrong = [each for each in found if each.level == "error"]
            if wrong:
                raise ConfigError(wrong)
            self._tables = tables
        return self._tables

    def tables_with_mistakes(self) -> list[Diagnostic]:
        """Go on with whatever could be read of the tables; what is wrong with them. For `edihub lint`, which says all at once."""
        self._tables, found = self.load_tables()
        return found

    def load_tables(self) -> tuple[dict[str, Table], list[Diagnostic]]:
        """Read every table, with every mistake; one that could not be read is empty, so that what names it finds it."""
        texts: dict[str, TableText] = {}
        tables: dict[str, Table] = {}
        found: list[Diagnostic] = []
        for name in self.table_names():
            path = self.path_of("tables", name)
            assert path is not None
            document = load_file(path, self.shown(path))
            text, wrong = parse_table(document)
            found += wrong
            if text is None:
                tables[name] = Table(name=name, file=document.file, meaning={}, wire={})
                continue
            if text.name and text.name != name:
                message = f'the file of table "{name}" calls itself "{text.name}"'
                found.append(document.diagnostic("CFG-333", message, ("table",), hint="a table is named by its path"))
            texts[name] = text
        for name in texts:
            self._build(name, texts, tables, found, ())
        return tables, found

    def _build(
        self, name: str, texts: dict[str, TableText], tables: dict[str, Table], found: list[Diagnostic], above: tuple[str, ...]
    ) -> Table | None:
        if name in tables:
            return tables[name]
        text = texts[name]
        base = None
        if text.extends:
            if text.extends in (*above, name):
                found.append(
                    _at_extends(text, "CFG-334", f'table "{text.extends}" extends itself', "extend another table, or none")
                )
            elif text.extends not in texts and text.extends not in tables:
                hint = did_you_mean(text.extends, self.table_names())
                found.append(_at_extends(text, "CFG-230", f'no table "{text.extends}"', hint))
            elif text.extends not in texts:
                base = tables[text.extends]
            else:
                base = self._build(text.extends, texts, tables, found, (*above, name))
        tables[name] = build_table(text, base)
        return tables[name]

    def _names(self, kind: str) -> set[str]:
        return {
            path.relative_to(root / kind).with_suffix("").as_posix()
            for root in self.roots
            for path in (root / kind).rglob("*.yaml")
        }

    def shown(self, path: Path) -> str:
        """How a file is called in findings: from its `mappings` folder on."""
        for root in self.roots:
            if path.is_relative_to(root):
                return (Path("mappings") / path.relative_to(root)).as_posix()
        return str(path)


def _at_extends(text: TableText, code: str, message: str, hint: str) -> Diagnostic:
    place = text.extends_place
    return Diagnostic(
        file=text.file, line=place.line, column=place.column, level="error", code=code, message=message, hint=hint
    )


@lru_cache(maxsize=1)
def stock_library() -> Library:
    """The guides and tables of the distribution alone."""
    return Library()


def choose_guide(
    library: Library, standard: Standard, message_type: str, version: str, association: str = ""
) -> tuple[str | None, bool]:
    """The stock guide nearest to a message, and whether it is one for that very version; None where the type has none.

    An EDIFACT association (EAN008) is served by its own profile where there is one. Answers are remembered by the library.
    """
    key = (standard, message_type, version, association)
    found = library.chosen.get(key)
    if found is None:
        found = _choose(library, standard, message_type, version, association)
        if len(library.chosen) < _MOST_CHOSEN:
            library.chosen[key] = found
    return found


_MOST_CHOSEN = 2000
"""Types and versions remembered; partners do not send more, and what they invent must not fill the memory."""


def _choose(library: Library, standard: Standard, message_type: str, version: str, association: str) -> tuple[str | None, bool]:
    if message_type == "CONTRL":
        release, is_exact = ("S4" if version.strip().startswith("4") else "S3"), True
    else:
        release, is_exact = nearest_release(standard, version)
    association = association.strip().upper()
    if standard == "edifact" and association:
        name = f"edifact/{release}/{association}/{message_type}"
        if library.has_guide(name):
            return name, is_exact
    name = f"{standard}/{release}/{message_type}"
    return (name, is_exact) if library.has_guide(name) else (None, False)
