"""Chain the audit trail and number the business events: one at a time, after the commits it covers."""

from __future__ import annotations

from pathlib import Path

from hub.flow.hub import Hub
from hub.store.events import LIMIT, sequence_events
from hub.store.seals import Head, seal_events

HEAD_FILE = "audit-head"


def seal(hub: Hub) -> Head | None:
    """Seal and number everything committed; the new head of the chain, None where nothing was new."""
    head: Head | None = None
    while True:
        with hub.transaction() as tx:
            sequenced = sequence_events(tx.connection)
            sealed = seal_events(tx.connection, tx.now)
        head = sealed or head
        if sequenced < LIMIT and (sealed is None or not sealed.is_full):
            break
    if head is not None:
        write_head(hub.site.var, head)
    return head


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
