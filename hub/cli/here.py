"""The site folder a command works on: `--site`, else EDIHUB_SITE, else the current folder."""

from __future__ import annotations

import os
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.routing.site import Site

_GIVEN: ContextVar[str | None] = ContextVar("site", default=None)
SITE_FILE = "hub.toml"


def use_site(folder: str | None) -> None:
    """Remember what `--site` said for the verb that runs next."""
    _GIVEN.set(folder)


def site_folder() -> Path:
    """The folder that was named, or the current one; it need not exist."""
    return Path(_GIVEN.get() or os.environ.get("EDIHUB_SITE") or ".")


def is_site_named() -> bool:
    """Whether a site was named, rather than taken from where we stand."""
    return bool(_GIVEN.get() or os.environ.get("EDIHUB_SITE"))


def has_site() -> bool:
    """Whether there is a site to work on."""
    return (site_folder() / SITE_FILE).is_file()


def load_site_here() -> Site:
    """Load the site of this command; raises `ConfigError` with every mistake, or `NotFound` where there is no site."""
    from hub.errors import NotFound
    from hub.routing.load import load_site

    if not has_site():
        raise NotFound(
            f"{site_folder()} is not a site: it has no {SITE_FILE}",
            "name one with --site DIR or EDIHUB_SITE, or make one with `edihub init DIR`",
        )
    return load_site(site_folder())
