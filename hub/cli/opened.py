"""The hub of the site a verb works on, opened for one command; its threads stay still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.flow.hub import Hub
    from hub.routing.site import Site


@contextmanager
def opened_hub(site: Site | None = None) -> Iterator[Hub]:
    """Load the site, unless it is given, open its store, and let go of it; `ConfigError` or `NotFound` where there is no site."""
    from hub.cli.frugal import frugally

    with frugally():
        from hub.bootstrap import open_hub
        from hub.cli.here import load_site_here

        hub = open_hub(load_site_here() if site is None else site)
    try:
        yield hub
    finally:
        hub.stop()


def who() -> str:
    """The name of the person at the shell, for the audit trail."""
    return f"shell:{os.environ.get('USER') or os.environ.get('USERNAME') or os.getuid()}"
