"""What a partner's agreements say about a file on the command line, or the stock guides where no partner is named."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.edi.findings import Finding
    from hub.edi.tree import Message
    from hub.edi.validate import Checked
    from hub.guides.library import Library
    from hub.routing.site import Agreement, Site


@dataclass(slots=True)
class View:
    """How one command looks at messages: guides, tables and schemas of a site's folder `root`, a partner's agreements, a named guide."""

    root: Path | None = None
    site: Site | None = None
    partner: str = ""
    guide: str = ""
    _library: Library | None = field(default=None, repr=False)

    @property
    def schemas(self) -> tuple[Path, ...]:
        """The site's own schema folders."""
        return () if self.root is None else (self.root / "schemas",)

    @property
    def library(self) -> Library:
        """The guides and tables of the site, or of the distribution."""
        from hub.guides.library import Library, stock_library

        if self._library is None:
            self._library = stock_library() if self.root is None else Library(self.root / "mappings")
        return self._library

    def agreement(self, message: Message) -> Agreement | None:
        """The partner's inbound agreement nearest to this message."""
        if self.site is None or not self.partner:
            return None
        from hub.routing.versions import normalise_version

        arrived = normalise_version(message.interchange.standard, message.version)
        offered = [
            each
            for each in self.site.agreements_of(self.partner, direction="inbound", message=message.type)
            if each.standard == message.interchange.standard
        ]
        offered.sort(key=lambda each: each.document.version.base != arrived.base)
        return offered[0] if offered else None

    def guide_findings(self, message: Message, checked: Checked) -> list[Finding]:
        """What the message guide finds, where there is one for this message."""
        name = self.guide or self._guide_of(message)
        if not name or checked.validation is None or not message.complete:
            return []
        from hub.guides.guide import guide

        agreement = None if self.guide else self.agreement(message)
        chosen = guide(name, self.library, agreement.tables if agreement else None)
        return chosen.read(message, checked.validation.placement).findings

    def _guide_of(self, message: Message) -> str:
        from hub.guides.library import choose_guide

        agreement = self.agreement(message)
        if agreement is not None:
            return agreement.guide
        chosen, _ = choose_guide(self.library, message.interchange.standard, message.type, message.version, message.association)
        return chosen or ""


def view(*, partner: str = "", guide: str = "") -> View:
    """The view for these options; a partner needs a site, and raises `NotFound` where it has no such partner.

    In a site's folder its guides, tables and schemas count without a word; its other files are read where a partner or the site
    is named, so that a mistake in them is in nobody's way.
    """
    from hub.cli.here import has_site, is_site_named, load_site_here, site_folder

    if not partner and not (is_site_named() and has_site()):
        return View(root=site_folder() if has_site() else None, guide=guide)
    site = load_site_here()
    if partner and partner not in site.partners:
        from hub.config import did_you_mean
        from hub.errors import NotFound

        raise NotFound(f'no partner "{partner}"', did_you_mean(partner, sorted(site.partners)))
    return View(root=site.root, site=site, partner=partner, guide=guide)
