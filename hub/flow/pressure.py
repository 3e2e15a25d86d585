"""When the hub takes no more: asked before anything is acknowledged, so that what was promised can still be done."""

from __future__ import annotations

import shutil
from pathlib import Path

from hub.flow.hub import Hub
from hub.store.figures import backlog
from hub.store.instants import SECOND

DEEP = 50_000
OLD = 15 * 60 * SECOND
_GIB = 1 << 30


def least_free(total: int) -> int:
    """Bytes that must be free on a disk of this size: 1 GiB or a twentieth, whichever is more, but never above a fifth of a small one."""
    return min(max(_GIB, total // 20), total // 5)


def is_full(folder: Path) -> bool:
    """Whether the disk of a folder has too little room: what is on the way must still be processed and answered."""
    usage = shutil.disk_usage(folder)
    return usage.free < least_free(usage.total)


def watch_pressure(hub: Hub) -> str:
    """Look how much waits and for how long; the reason why nothing more is taken, empty where there is none."""
    with hub.read() as view:
        depth, oldest = backlog(view.connection, "process", DEEP + 1)
        waited = 0 if oldest is None else view.now - oldest
    is_behind = depth > DEEP and waited > OLD
    hub.overload = f"more than {DEEP} messages wait, the oldest for {waited // (60 * SECOND)} minutes" if is_behind else ""
    return hub.overload
