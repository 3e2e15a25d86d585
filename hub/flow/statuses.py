"""The status table of a site: its own `mappings/status/order.yaml`, else the shipped one."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from hub.config import load_file
from hub.errors import ConfigError
from hub.flow.hub import Hub
from hub.routing.status import StatusTable, read_status_table

_PLACE = Path("mappings/status/order.yaml")


def status_table(hub: Hub) -> StatusTable:
    """Which status may follow which; raises `ConfigError` where the file is wrong."""
    return _load(tuple(hub.site.roots))


@lru_cache(maxsize=16)
def _load(roots: tuple[Path, ...]) -> StatusTable:
    table, found = read_status_table(load_file(next(root / _PLACE for root in roots if (root / _PLACE).is_file())))
    if table is None:
        raise ConfigError(found)
    return table
