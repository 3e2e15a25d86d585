"""Certificates that change while the hub runs: connections that rest on them are built anew when the site's files change.

Only the settings of such connections are taken up, all else in the site's files waits for the next start. What cannot be built
leaves the connection as it was: a mistake in a file stops no message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import structlog

from hub.errors import ConfigError, HubError
from hub.flow.hub import Hub
from hub.ports import Connector
from hub.routing.load import SITE_FILE, load_site, partner_files
from hub.routing.site import Connection, Site

log = structlog.get_logger(__name__)

KEYS = "keys"
_Prints = dict[Path, tuple[int, int]]


class Renewal:
    """Looks at the site's files and takes up what has changed. For one thread."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._seen = _prints(hub.site.root)

    def look(self) -> list[str]:
        """Take up what has changed since the last look; the connections that were built anew."""
        present = _prints(self._hub.site.root)
        if present == self._seen:
            return []
        changed = {path for path, _ in present.items() ^ self._seen.items()}
        try:
            site = load_site(self._hub.site.root)
        except ConfigError as wrong:
            log.warning("the site's files have mistakes, connections stay as they were", errors=len(wrong.diagnostics))
            self._seen = present
            return []
        has_keys = any(path.parent.name == KEYS for path in changed)
        renewed = [name for name in _resting(self._hub.site, site, has_keys=has_keys) if self._renew(name, site)]
        # remembered last: what went wrong on the way is tried again at the next look
        self._seen = present
        if renewed:
            log.info("certificates taken up", connections=renewed)
        return renewed

    def _renew(self, name: str, site: Site) -> bool:
        hub, before = self._hub, self._hub.site.connections[name]
        _put(hub, name, site.connections[name])
        try:
            connector: Connector | None = hub.build_connector(name)
        except HubError as failure:
            _put(hub, name, before)
            log.warning("connection stays as it was", connection=name, code=failure.code, error=failure.message)
            return False
        assert connector is not None
        hub.renew(name, connector)
        return True


def _resting(old: Site, new: Site, *, has_keys: bool) -> Iterator[str]:
    """The connections that rest on certificates and whose settings, or perhaps whose keys, are others now."""
    for name, connection in new.connections.items():
        former = old.connections.get(name)
        if former is None or former.spec.name != connection.spec.name or connection.spec.desk is None:
            continue
        if has_keys or former.settings != connection.settings:
            yield name


def _put(hub: Hub, name: str, connection: Connection) -> None:
    hub.site = replace(hub.site, connections={**hub.site.connections, name: connection})


def _prints(root: Path) -> _Prints:
    """When each file was written last, and its size."""
    found: _Prints = {}
    for path in (root / SITE_FILE, *partner_files(root), *sorted((root / KEYS).glob("*"))):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue  # it went while we looked, which is a change too
        found[path] = (status.st_mtime_ns, status.st_size)
    return found
