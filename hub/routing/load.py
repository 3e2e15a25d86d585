"""A site folder read into a `Site`, or every mistake in it at once. Start-up and `edihub lint` call the same function."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hub.config import Document, check, load_file
from hub.diagnostics import Diagnostic
from hub.errors import ConfigError
from hub.guides.library import Library
from hub.routing.build import Builder
from hub.routing.conflicts import conflicts
from hub.routing.hub_file import HubFile
from hub.routing.hub_references import check_telling
from hub.routing.rule_files import load_rules
from hub.routing.site import Site
from hub.routing.written import Written, read_partner
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
        partner, wrong = read_partner(load_file(path))
        found += wrong
        if partner is not None:
            written.append(partner)
    library = Library(root / "mappings")
    if hub.value is None:
        for partner in written:
            found += _alone(partner, library)
        return Examined(site=None, diagnostics=_in_order(found))
    builder = Builder(root=root, hub=hub.value, library=library, written=written, hub_document=hub_document)
    roots = (root, stock_root())
    rules, misruled = load_rules(root, roots, [each.partner.partner for each in written])
    found += misruled
    site = builder.site(roots, rules)
    found += builder.found
    found += conflicts(written, site)
    found += check_telling(hub_document, hub.value, site.partners)
    failed = any(diagnostic.level == "error" for diagnostic in found)
    return Examined(site=None if failed else site, diagnostics=_in_order(found))


def partner_files(root: Path) -> list[Path]:
    """The partner files of a site, in the order of their names."""
    folder = root / "partners"
    return sorted(path for path in folder.glob("*.y*ml") if path.suffix in {".yaml", ".yml"} and not path.name.startswith("."))


def examine_partner(document: Document) -> tuple[Diagnostic, ...]:
    """What is wrong in one partner file by itself, without a site around it."""
    partner, wrong = read_partner(document)
    if partner is None:
        return wrong
    return _in_order([*wrong, *_alone(partner, Library(Path(document.file).parent.parent / "mappings"))])


def _alone(partner: Written, library: Library) -> list[Diagnostic]:
    """What is wrong with the references of a partner file, but for those to our identities and shared connections."""
    builder = Builder(root=Path(), hub=None, library=library, written=[])
    builder.partner(partner)
    return builder.found


def _in_order(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(set(found)))
