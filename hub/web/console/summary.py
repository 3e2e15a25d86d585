"""The day so far in one line: what came and went since yesterday morning, and what of it did not end well."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.store.instants import to_micros
from hub.store.message_items import MessageFilter, count_messages
from hub.store.transaction import Transaction
from hub.store.work_list import count_work

MOST = 1000


class Figure(NamedTuple):
    """One number of the line: what it counts, how much, where to see it, and whether it is bad news."""

    what: str
    number: str
    address: str
    is_bad: bool


_FIGURES = (
    ("received", MessageFilter(direction="in"), "direction=in"),
    ("sent", MessageFilter(direction="out"), "direction=out"),
    ("not delivered", MessageFilter(light="delivery:failed"), "light=delivery:failed"),
    ("not understood", MessageFilter(light="syntax:failed"), "light=syntax:failed"),
    ("not accepted", MessageFilter(light="business:failed"), "light=business:failed"),
    ("overdue", MessageFilter(attention="overdue"), "attention=overdue"),
    ("held", MessageFilter(attention="held"), "attention=held"),
)


def summary(view: Transaction, now: datetime, zone: ZoneInfo) -> list[Figure]:
    """The figures since the beginning of yesterday, and all that waits for a person; nothing is counted beyond a thousand."""
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    since = to_micros(datetime.combine(yesterday, time(), zone))
    found = []
    for place, (what, wanted, query) in enumerate(_FIGURES):
        count = count_messages(view.connection, replace(wanted, since=since), most=MOST)
        found.append(Figure(what, _shown(count), f"/admin/edi?{query}&from={yesterday}", place > 1 and count > 0))
    waiting = count_work(view.connection, most=MOST)
    return [*found, Figure("to do", _shown(waiting), "/admin/edi/work", waiting > 0)]


def _shown(count: int) -> str:
    return f"{count:,}" if count < MOST else f"{MOST:,}+"
