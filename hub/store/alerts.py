"""What somebody must look at: one open alert per condition and subject, however often it is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, distinct, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgres
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from hub.errors import NotFound
from hub.store.clock_tables import alert
from hub.store.encoding import from_json, to_json
from hub.store.ids import IdMaker
from hub.store.instants import rfc3339
from hub.store.paging import Page, checked_limit, from_cursor, to_cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One row; `words` are what, where, why, who, cure and link."""

    id: str
    code: str
    subject: str
    partner: str
    order_id: str | None
    message_id: str | None
    test: bool
    words: Mapping[str, str]
    count: int
    opened_at: int
    last_at: int
    cleared_at: int | None
    mailed_at: int | None

    def as_json(self) -> dict[str, Any]:
        """The alert as the API and the command line show it."""
        return {
            "id": self.id,
            "code": self.code,
            "subject": self.subject,
            "partner": self.partner or None,
            "order_id": self.order_id,
            "message_id": self.message_id,
            "test": self.test,
            **self.words,
            "count": self.count,
            "opened_at": rfc3339(self.opened_at),
            "last_at": rfc3339(self.last_at),
            "cleared_at": rfc3339(self.cleared_at),
        }


_NAMES = tuple(AlertRow.__dataclass_fields__)
_COLUMNS = tuple(alert.c[name] for name in _NAMES)
_OPEN = text("cleared_at is null")


class Alerts:
    """The rows of `alert`, inside one transaction."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now

    def open(self, values: Mapping[str, Any], words: Mapping[str, str], *, to_mail: bool) -> str | None:
        """Open an alert; its id, or None where one is open for this code and subject: that one counts it.

        `values`: code, subject, partner, order_id, message_id, test.
        """
        row = {"id": self._ids.new("alt"), **values, "words": to_json(dict(words)), "to_mail": to_mail, "count": 1}
        row |= {"opened_at": self._now, "last_at": self._now, "checked_at": self._now}
        upsert = upsert_sqlite if self._connection.dialect.name == "sqlite" else upsert_postgres
        written = (
            upsert(alert)
            .values(row)
            .on_conflict_do_update(
                index_elements=[alert.c.code, alert.c.subject],
                index_where=_OPEN,
                set_={"count": alert.c.count + 1, "last_at": self._now},
            )
        )
        found = self._connection.execute(written.returning(alert.c.id)).scalar_one()
        return row["id"] if found == row["id"] else None

    def get(self, alert_id: str) -> AlertRow:
        """One alert; raises `NotFound`."""
        row = self._connection.execute(select(*_COLUMNS).where(alert.c.id == alert_id)).one_or_none()
        if row is None:
            raise NotFound(f"no alert {alert_id}", "list them with `edihub alerts`")
        return _of(row)

    def longest_unseen(self, limit: int = 200) -> list[AlertRow]:
        """Open alerts, those first whose condition was looked at longest ago; looking at them is noted."""
        wanted = select(*_COLUMNS).where(_OPEN).order_by(alert.c.checked_at, alert.c.id).limit(limit)
        return [_of(row) for row in self._connection.execute(wanted)]

    def looked_at(self, ids: Sequence[str]) -> None:
        """Note that the conditions of these were looked at now."""
        self._connection.execute(update(alert).where(alert.c.id.in_(ids)).values(checked_at=self._now))

    def clear(self, alert_id: str) -> bool:
        """The condition is over; False where somebody said so before. A mail that waits is not sent any more."""
        mine = and_(alert.c.id == alert_id, _OPEN)
        values = {"cleared_at": self._now, "to_mail": False}
        return self._connection.execute(update(alert).where(mine).values(values)).rowcount == 1

    def open_of(self, code: str) -> list[AlertRow]:
        """The open alerts of a code."""
        return [_of(row) for row in self._connection.execute(select(*_COLUMNS).where(_OPEN, alert.c.code == code))]

    def count_open(self) -> list[tuple[str, bool, int]]:
        """How many are open, by code and test."""
        rows = self._connection.execute(
            select(alert.c.code, alert.c.test, func.count()).where(_OPEN).group_by(alert.c.code, alert.c.test)
        )
        return [(row[0], bool(row[1]), row[2]) for row in rows]

    def page(self, *, is_open: bool | None = None, limit: int | None = None, after: str | None = None) -> Page:
        """One page, newest first."""
        size = checked_limit(limit)
        wanted = select(*_COLUMNS)
        if is_open is not None:
            wanted = wanted.where(alert.c.cleared_at.is_(None) if is_open else alert.c.cleared_at.is_not(None))
        if after:
            wanted = wanted.where(alert.c.id < from_cursor(after, (str,))[0])
        found = [_of(row) for row in self._connection.execute(wanted.order_by(alert.c.id.desc()).limit(size + 1))]
        following = to_cursor(found[size - 1].id) if len(found) > size else None
        return Page([each.as_json() for each in found[:size]], following)

    def to_mail(self, limit: int = 1000) -> list[AlertRow]:
        """Alerts that wait to be mailed, oldest first."""
        wanted = select(*_COLUMNS).where(text("to_mail")).order_by(alert.c.id).limit(limit)
        return [_of(row) for row in self._connection.execute(wanted)]

    def mailed(self, ids: Sequence[str], mail: str) -> None:
        """These left in one mail, whose Message-ID it is."""
        values = {"to_mail": False, "mailed_at": self._now, "mail": mail}
        for start in range(0, len(ids), 500):
            self._connection.execute(update(alert).where(alert.c.id.in_(ids[start : start + 500])).values(values))

    def mails_since(self, instant: int) -> int:
        """How many mails left since an instant."""
        return self._connection.scalar(select(func.count(distinct(alert.c.mail))).where(alert.c.mailed_at > instant)) or 0


def _of(row: Any) -> AlertRow:
    values = {name: getattr(row, name) for name in _NAMES}
    return AlertRow(**{**values, "test": bool(row.test), "words": from_json(row.words)})
