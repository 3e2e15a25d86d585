"""The audit trail is walked once a day, so that it is not only proven when somebody asks."""

from __future__ import annotations

from itertools import islice

from hub.flow.hub import Hub
from hub.flow.seal import read_head
from hub.flow.telling.alerts import clear
from hub.store.seals import verify

CODE = "ALT-110"
_NAMED = 5


def watch_chain(hub: Hub) -> int:
    """Verify the chain, once on each day (UTC) in whichever process; how many places do not hold, of those looked at."""
    mark = f"audit chain {hub.now().date().isoformat()}"
    with hub.read() as view:
        if view.deadlines.is_marked(mark):
            return 0
    with hub.transaction() as tx:
        if not tx.deadlines.mark(mark):
            return 0
    known = read_head(hub)
    with hub.read() as view:
        broken = list(islice(verify(view.connection, known), _NAMED))
    with hub.transaction() as tx:
        if broken:
            data = {"reason": "; ".join(each.message for each in broken), "places": [each.subject for each in broken]}
            tx.events.tell("audit.broken", test=False, data=data)
        else:
            for row in tx.alerts.open_of(CODE):
                clear(tx, row)
    return len(broken)
