"""Who is signed in: the browser has a 256-bit token, the database only its hash."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Connection, delete, insert, select, update

from hub.store.instants import SECOND
from hub.store.tables import console_session

IDLE = 30 * 60 * SECOND
LONGEST = 12 * 60 * 60 * SECOND
NOTED_EVERY = 60 * SECOND
"""How long a session may rest, how long it may last at all, and how often its use is written down; in microseconds."""


class Sessions:
    """The rows of `console_session`, inside one transaction."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def begin(self, user_id: str, *, instead_of: str = "") -> str:
        """Begin a session and return its token: the only time that it can be seen. The one the browser had before ends."""
        self.end(instead_of)
        self._connection.execute(delete(console_session).where(console_session.c.created_at < self._now - LONGEST))
        token = secrets.token_urlsafe(32)
        row = {"id": _hash(token), "user_id": user_id, "created_at": self._now, "seen_at": self._now}
        self._connection.execute(insert(console_session), row)
        return token

    def find(self, token: str) -> tuple[str, bool] | None:
        """The id of the user whose session this is, and whether its use has to be noted; None where it is over or never was."""
        row = self._connection.execute(select(console_session).where(console_session.c.id == _hash(token))).one_or_none()
        if row is None or row.seen_at < self._now - IDLE or row.created_at < self._now - LONGEST:
            return None
        return row.user_id, row.seen_at < self._now - NOTED_EVERY

    def seen(self, token: str) -> None:
        """Note that the session is in use."""
        self._connection.execute(update(console_session).where(console_session.c.id == _hash(token)).values(seen_at=self._now))

    def end(self, token: str) -> None:
        """End one session."""
        if token:
            self._connection.execute(delete(console_session).where(console_session.c.id == _hash(token)))

    def end_all(self, user_id: str) -> None:
        """End every session of one person."""
        self._connection.execute(delete(console_session).where(console_session.c.user_id == user_id))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
