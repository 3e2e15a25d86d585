"""The day so far in one line: what came and went since yesterday morning, and what of it did not end well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from time import monotonic
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.store.instants import to_micros
from hub.store.message_items import MessageFilter, count_messages
from hub.store.refusals import count_refusals
from hub.store.transaction import Transaction
from hub.store.work_list import count_work

MOST = 1000
REMEMBERED_SECONDS = 3.0


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


class Summary:
    """The line of one hub, counted anew when it is older than some seconds: every page of the log shows it."""

    def __init__(self) -> None:
        self._last: tuple[float, list[Figure]] | None = None

    def __call__(self, view: Transaction, now: datetime, zone: ZoneInfo, connections: Sequence[str]) -> list[Figure]:
        """What the line says now, or said a moment ago."""
        last, at = self._last, monotonic()
        if last is not None and at - last[0] < REMEMBERED_SECONDS:
            return last[1]
        # two pages that both count anew count the same
        figures = counted(view, now, zone, connections)
        self._last = (at, figures)
        return figures


def counted(view: Transaction, now: datetime, zone: ZoneInfo, connections: Sequence[str]) -> list[Figure]:
    """The figures since the beginning of yesterday, and all that waits for a person; nothing is counted beyond a thousand.

    `connections` are those whose refusals count; what strangers send to the door is nobody's work.
    """
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    since = to_micros(datetime.combine(yesterday, time(), zone))
    found = []
    for place, (what, wanted, query) in enumerate(_FIGURES):
        count = count_messages(view.connection, replace(wanted, since=since), most=MOST)
        found.append(Figure(what, _shown(count), f"/admin/edi?{query}&from={yesterday}", place > 1 and count > 0))
    refused = count_refusals(view.connection, connections, since=since, most=MOST)
    found.append(Figure("refused at the door", _shown(refused), "/admin/edi/refused", refused > 0))
    waiting = count_work(view.connection, most=MOST)
    return [*found, Figure("to do", _shown(waiting), "/admin/edi/work", waiting > 0)]


def _shown(count: int) -> str:
    return f"{count:,}" if count < MOST else f"{MOST:,}+"
