"""The far sides that failed of late, one row each; a connection that works has none that anybody needs to read or write."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgres
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from hub.store.breaker import Endpoint, after_failure, after_success
from hub.store.columns import fixed
from hub.store.endpoint_tables import endpoint_state
from hub.store.statements import Prepared

Turn = Literal["", "suspended", "resumed"]
_COLUMNS = [endpoint_state.c[name] for name in ("breaker", "opened", "failures", "recent", "open_until", "probe")]
_SHAKY = Prepared(
    select(endpoint_state.c.connection, *_COLUMNS).where(
        (endpoint_state.c.breaker == fixed("open")) | (endpoint_state.c.recent != fixed(""))
    )
)
_ONE = Prepared(select(*_COLUMNS).where(endpoint_state.c.connection == bindparam("connection")).with_for_update())


class Endpoints:
    """The rows of `endpoint_state`, inside one transaction."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def shaky(self) -> dict[str, Endpoint]:
        """Every connection that failed of late, by its name."""
        return {row[0]: _endpoint(row[1:]) for row in _SHAKY.rows(self._connection, {})}

    def failed(self, connection: str, job: str, *, is_unusable: bool = False) -> Turn:
        """Note an attempt that did not get through; `suspended` when this one was the last that was tolerated."""
        self._there(connection)
        before = self._get(connection)
        after = after_failure(before, now=self._now, is_probe=before.probe == job, is_unusable=is_unusable)
        self._put(connection, before, after)
        return "suspended" if after.is_open and not before.is_open else ""

    def worked(self, connection: str) -> Turn:
        """Note an attempt that got through; `resumed` when it ended a suspension."""
        before = self._get(connection)
        self._put(connection, before, after_success(before))
        return "resumed" if before.is_open else ""

    def try_again(self, connection: str, job: str, until: int) -> None:
        """Let one job try whether a suspended connection is back; nobody else does before `until`."""
        self._write(connection, {"probe": job, "open_until": until})

    def try_now(self, connection: str) -> bool:
        """Let the next job try a suspended connection at once; False where it is not suspended."""
        is_open = self._get(connection).is_open
        if is_open:
            self._write(connection, {"open_until": self._now})
        return is_open

    def open_until(self, connection: str) -> int | None:
        """Until when a connection is suspended, None while it is not."""
        found = self._get(connection)
        return found.open_until if found.is_open else None

    def _get(self, connection: str) -> Endpoint:
        row = _ONE.row(self._connection, {"connection": connection})
        return Endpoint() if row is None else _endpoint(row)

    def _put(self, connection: str, before: Endpoint, after: Endpoint) -> None:
        if after != before:
            self._write(connection, asdict(after))

    def _write(self, connection: str, values: dict[str, Any]) -> None:
        there = endpoint_state.c.connection == connection
        self._connection.execute(update(endpoint_state).where(there).values(changed_at=self._now, **values))

    def _there(self, connection: str) -> None:
        insert = upsert_sqlite if self._connection.dialect.name == "sqlite" else upsert_postgres
        row = insert(endpoint_state).values(connection=connection, changed_at=self._now)
        self._connection.execute(row.on_conflict_do_nothing(index_elements=["connection"]))


def _endpoint(row: Any) -> Endpoint:
    breaker, opened, failures, recent, open_until, probe = row
    return Endpoint(breaker=breaker, opened=opened, failures=failures, recent=recent, open_until=open_until, probe=probe)
