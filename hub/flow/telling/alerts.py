"""Alerts from the event stream, each once until its condition has passed."""

from __future__ import annotations

from typing import Any

from hub.flow.hub import Hub
from hub.flow.telling.conditions import CONDITIONS, is_over
from hub.flow.telling.webhooks import partner_of
from hub.flow.telling.words import Happening, link_of, place_of
from hub.store.alerts import AlertRow
from hub.store.events import events_after
from hub.store.locks import lock
from hub.store.transaction import Transaction

READER = "alerts"
"""The name under which the place of the alerts in the event stream is kept."""
BATCH = 200


def watch_alerts(hub: Hub) -> int:
    """Open what the newest events call for, and clear what has passed; how many were opened."""
    opened = open_alerts(hub)
    clear_alerts(hub)
    return opened


def open_alerts(hub: Hub) -> int:
    """Read the stream on from where it was left; every event is weighed exactly once, by whichever process."""
    opened = 0
    while True:
        with hub.read() as view:
            found = view.subscribers.find(READER)
            if found is not None and not events_after(view.connection, found.cursor, 1):
                return opened
        with hub.transaction() as tx:
            lock(tx.connection, READER)
            place = tx.subscribers.meet(READER, cursor=0).cursor
            batch = events_after(tx.connection, place, BATCH)
            opened += sum(_weigh(tx, item, hub) for _, item in batch)
            if batch:
                tx.subscribers.rewind(READER, batch[-1][0])
        if found is None and not batch:
            return opened


def clear_alerts(hub: Hub) -> int:
    """Look at open alerts again, those that waited longest first; how many are over."""
    with hub.read() as view:
        rows = view.alerts.longest_unseen()
        over = [row for row in rows if is_over(view, row, hub)]
    if not rows:
        return 0
    with hub.transaction() as tx:
        tx.alerts.looked_at([row.id for row in rows])
        return sum(clear(tx, row) for row in over)


def clear(tx: Transaction, row: AlertRow, *, actor: str = "hub", reason: str = "") -> bool:
    """End an alert and tell it; False where somebody did before."""
    if not tx.alerts.clear(row.id):
        return False
    data = {"alert_id": row.id, "code": row.code, "subject": row.subject, "partner": row.partner, "what": row.words["what"]}
    tx.audit.alert(row.id, what="cleared", code=row.code, text=reason, actor=actor)
    tx.events.tell("alert.cleared", order=row.order_id, message=row.message_id, test=row.test, data=data | {"by": actor})
    return True


def _weigh(tx: Transaction, item: dict[str, Any], hub: Hub) -> bool:
    """Open the alert that an event calls for; whether there is a new one."""
    condition = CONDITIONS.get(item["type"])
    if condition is None:
        return False
    happening = Happening(item=item, partner=partner_of(item, tx))
    words = {
        "what": condition.what(happening),
        "where": place_of(happening),
        "why": condition.why(happening),
        "who": condition.who,
        "cure": happening.error.get("hint") or condition.cure,
        "link": link_of(happening, hub),
    }
    values = {"code": condition.code, "subject": condition.subject(happening), "partner": happening.partner}
    values |= {"order_id": item["order_id"], "message_id": item["message_id"], "test": item["test"]}
    mail = hub.site.file.alerts.mail
    alert_id = tx.alerts.open(values, words, to_mail=mail is not None and (mail.test or not item["test"]))
    if alert_id is None:
        return False
    tx.audit.alert(alert_id, what="opened", code=condition.code, text=words["what"])
    data = {"alert_id": alert_id, "code": condition.code, "subject": values["subject"], "partner": happening.partner, **words}
    tx.events.tell("alert.opened", order=item["order_id"], message=item["message_id"], test=item["test"], data=data)
    return True
