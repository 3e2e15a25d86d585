"""A site folder read into a `Site`, or every mistake in it at once. Start-up and `edihub lint` call the same function."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hub.config import Document, check, load_file
from hub.diagnostics import Diagnostic
from hub.errors import ConfigError
from hub.guides.library import Library
from hub.routing.build import Builder, Written
from hub.routing.conflicts import conflicts
from hub.routing.hub_file import HubFile
from hub.routing.partner_file import PartnerFile
from hub.routing.site import Site
from hub.stock import stock_root

SITE_FILE = "hub.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What a site folder came to: the site unless there is an error, and everything found."""

    site: Site | None
    diagnostics: tuple[Diagnostic, ...]


def load_site(root: Path) -> Site:
    """The site in a folder; raises `ConfigError` with every mistake. Warnings alone do not stop it."""
    examined = examine_site(root)
    if examined.site is None:
        raise ConfigError(list(examined.diagnostics))
    return examined.site


def examine_site(root: Path) -> Examined:
    """Read `hub.toml` and every partner file, resolve what they refer to, and say all that is wrong."""
    hub_document = load_file(root / SITE_FILE)
    hub = check(hub_document, HubFile)
    found = list(hub.diagnostics)
    written: list[Written] = []
    for path in partner_files(root):
        document = load_file(path)
        partner = check(document, PartnerFile)
        found += partner.diagnostics
        if partner.value is not None:
            written.append(Written(document, partner.value))
    # Without our own identities nothing can be resolved; the partners' own mistakes have been said.
    if hub.value is None:
        return Examined(site=None, diagnostics=_in_order(found))
    builder = Builder(root=root, hub=hub.value, library=Library(root / "mappings"), written=written, hub_document=hub_document)
    site = builder.site((root, stock_root()))
    found += builder.found
    found += conflicts(written, site)
    failed = any(diagnostic.level == "error" for diagnostic in found)
    return Examined(site=None if failed else site, diagnostics=_in_order(found))


def partner_files(root: Path) -> list[Path]:
    """The partner files of a site, in the order of their names."""
    folder = root / "partners"
    return sorted(path for path in folder.glob("*.y*ml") if path.suffix in {".yaml", ".yml"} and not path.name.startswith("."))


def examine_partner(document: Document) -> tuple[Diagnostic, ...]:
    """What is wrong in one partner file by itself, without a site around it."""
    checked = check(document, PartnerFile)
    if checked.value is None:
        return checked.diagnostics
    builder = Builder(root=Path(), hub=None, library=Library(Path(document.file).parent.parent / "mappings"), written=[])
    builder.partner(Written(document, checked.value))
    return _in_order([*checked.diagnostics, *builder.found])


def _in_order(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(set(found)))
