"""Chain the audit trail and number the business events: one at a time, after the commits it covers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from hub.flow.hub import Hub
from hub.store.events import LIMIT, sequence_events
from hub.store.ids import earlier
from hub.store.instants import SECOND
from hub.store.seals import Head, seal_events

HEAD_FILE = "audit-head"
WHOLE_SECONDS = 5.0
NEW_MICROS = 3 * SECOND


def seal(hub: Hub) -> Head | None:
    """Seal and number everything committed; the new head of the chain, None where nothing was new."""
    return Sealer(hub).seal()


@dataclass(slots=True)
class Sealer:
    """Seals and numbers again and again. On a shared store it looks at all that is left every `WHOLE_SECONDS`, between only at what is new.

    PostgreSQL's index of what is left still lists what was done since the last vacuum, of a large table for hours: measured, a look at
    60,000 such entries took 9 ms, and there are some ten looks a second. What a slow transaction, or another host's slow clock, brings
    later than `NEW_MICROS` is found by the next look at all.
    """

    hub: Hub
    _whole_at: float = -WHOLE_SECONDS
    _events: str = ""
    _trail: str = ""

    def seal(self) -> Head | None:
        """Once; the new head of the chain, None where nothing was new."""
        head: Head | None = None
        self._look_at_all()
        while True:
            with self.hub.transaction() as tx:
                sequenced, newest = sequence_events(tx.connection, after=self._events)
                sealed = seal_events(tx.connection, tx.now, after=self._trail)
            head = sealed or head
            if not self.hub.database.is_embedded:
                self._events = earlier(newest or self.hub.database.new_id("evt"), NEW_MICROS)
                self._trail = earlier(sealed.newest if sealed else self.hub.database.new_id("aud"), NEW_MICROS)
            if sequenced < LIMIT and (sealed is None or not sealed.is_full):
                break
        if head is not None:
            write_head(self.hub.site.var, head)
        return head

    def _look_at_all(self) -> None:
        now = time.monotonic()
        if now - self._whole_at >= WHOLE_SECONDS:
            self._whole_at, self._events, self._trail = now, "", ""


def read_head(hub: Hub) -> Head | None:
    """The head that was written down outside the database; None before the first."""
    try:
        number, _, chain_hash = (hub.site.var / HEAD_FILE).read_text(encoding="ascii").strip().partition(" ")
    except FileNotFoundError:
        return None
    return Head(int(number), chain_hash)


def write_head(var: Path, head: Head) -> None:
    """Write the head down outside the database, in the site's `var/`."""
    file = var / HEAD_FILE
    part = file.with_suffix(".part")
    part.write_text(f"{head.number} {head.hash}\n", encoding="ascii")
    part.replace(file)
