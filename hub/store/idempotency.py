"""The same request twice: one effect, one answer (`Idempotency-Key`)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgres
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from hub.errors import Conflict
from hub.store.instants import SECOND
from hub.store.tables import idempotency

LASTING = 7 * 86_400 * SECOND
"""How long an answer is kept."""
ABANDONED = 60 * SECOND
"""After this long an open key belongs to a request that died with its process."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the first request was answered."""

    status: int
    response: bytes


class Idempotency:
    """The rows of `idempotency`, inside one transaction."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def begin(self, client: str, route: str, key: str, body_sha256: str) -> Answered | None:
        """Reserve the key; the stored answer where the same request was answered before.

        Raises `Conflict`: HUB-422 for the same key with another body, HUB-409 while the first request is still at work. Reserve
        and finish in one transaction where the effect is in it too: then no reservation outlives a crash.
        """
        upsert = upsert_sqlite if self._connection.dialect.name == "sqlite" else upsert_postgres
        row = {"client": client, "route": route, "key": key, "body_sha256": body_sha256, "state": "open"}
        reserve = upsert(idempotency).values(**row, created_at=self._now, expires_at=self._now + LASTING)
        if self._connection.execute(reserve.on_conflict_do_nothing().returning(idempotency.c.key)).first() is not None:
            return None
        mine = self._mine(client, route, key)
        found = self._connection.execute(select(idempotency).where(mine)).one()
        if found.expires_at < self._now or (found.state == "open" and found.created_at < self._now - ABANDONED):
            self._connection.execute(delete(idempotency).where(mine))
            return self.begin(client, route, key, body_sha256)
        if found.body_sha256 != body_sha256:
            raise Conflict("this Idempotency-Key was used with another body", "use a new key for a new request", code="HUB-422")
        if found.state == "open":
            raise Conflict("the first request with this Idempotency-Key is still at work", "ask again in a second")
        return Answered(found.status, bytes(found.response or b""))

    def look(self, client: str, route: str, key: str, body_sha256: str) -> Answered | None:
        """The answer stored under the key, without reserving it; raises `Conflict` HUB-422 for another body."""
        found = self._connection.execute(select(idempotency).where(self._mine(client, route, key))).one_or_none()
        if found is None or found.expires_at < self._now or found.state == "open":
            return None
        if found.body_sha256 != body_sha256:
            raise Conflict("this Idempotency-Key was used with another body", "use a new key for a new request", code="HUB-422")
        return Answered(found.status, bytes(found.response or b""))

    def finish(self, client: str, route: str, key: str, *, status: int, response: bytes) -> None:
        """Keep the answer under its key."""
        values = {"state": "done", "status": status, "response": response}
        self._connection.execute(update(idempotency).where(self._mine(client, route, key)), values)

    def purge(self) -> int:
        """Forget answers that are older than promised; how many."""
        return self._connection.execute(delete(idempotency).where(idempotency.c.expires_at < self._now)).rowcount

    @staticmethod
    def _mine(client: str, route: str, key: str) -> ColumnElement[bool]:
        return and_(idempotency.c.client == client, idempotency.c.route == route, idempotency.c.key == key)
