"""The people of the console: names, roles, password hashes, and how often somebody guessed wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hub.errors import Conflict, NotFound, Refused
from hub.store.ids import IdMaker
from hub.store.instants import SECOND
from hub.store.sessions import Sessions
from hub.store.tables import console_user, sign_in_failure

ROLES = ("viewer", "operator", "admin")
"""From the least to the most; each may do what the ones before it may."""
FREE_GUESSES = 5
SHORTEST_WAIT, LONGEST_WAIT = 30 * SECOND, 15 * 60 * SECOND
FORGOTTEN_AFTER = 60 * 60 * SECOND
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person. Instants are microseconds since 1970."""

    id: str
    name: str
    role: str
    password_hash: str
    created_at: int
    signed_in_at: int | None
    disabled_at: int | None

    def may(self, role: str) -> bool:
        """Whether the person's role reaches `role`."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Users:
    """The rows of `console_user` and `sign_in_failure`, inside one transaction."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now

    def any(self) -> bool:
        """Whether anybody can sign in at all."""
        live = console_user.c.disabled_at.is_(None)
        return self._connection.execute(select(console_user.c.id).where(live).limit(1)).first() is not None

    def create(self, name: str, *, role: str, password_hash: str) -> User:
        """Add a person; raises `Refused` for a name or role that cannot be, `Conflict` where the name is taken."""
        if not _NAME.fullmatch(checked := name.strip().lower()):
            raise Refused(
                f"{name[:40]!r} is no name for a user", "1 to 64 letters, digits and . _ @ + -, the first a letter or digit"
            )
        if role not in ROLES:
            raise Refused(f"no such role: {role}", f"roles are {', '.join(ROLES)}")
        if self.find(checked) is not None:
            raise Conflict(f"there is a user {checked} already", "`edihub user password` sets another password")
        row = {"id": self._ids.new("usr"), "name": checked, "role": role, "password_hash": password_hash}
        self._connection.execute(insert(console_user), {**row, "created_at": self._now, "password_at": self._now})
        return self.get(checked)

    def find(self, name: str) -> User | None:
        """The person of this name, None where there is none; a switched-off one is found too."""
        row = self._connection.execute(select(console_user).where(console_user.c.name == name.strip().lower())).one_or_none()
        return None if row is None else _user_of(row)

    def get(self, name: str) -> User:
        """The person of this name; raises `NotFound`."""
        found = self.find(name)
        if found is None:
            raise NotFound(f"no user {name}", "list them with `edihub user list`")
        return found

    def with_id(self, user_id: str) -> User | None:
        """The person of this id, None where there is none."""
        row = self._connection.execute(select(console_user).where(console_user.c.id == user_id)).one_or_none()
        return None if row is None else _user_of(row)

    def all(self) -> list[User]:
        """Everybody, by name."""
        return [_user_of(row) for row in self._connection.execute(select(console_user).order_by(console_user.c.name))]

    def disable(self, name: str) -> User:
        """Let a person in no more; every session ends now. Raises `NotFound`."""
        user = self.get(name)
        self._set(user.id, disabled_at=self._now)
        Sessions(self._connection, self._now).end_all(user.id)
        return user

    def set_password(self, name: str, password_hash: str) -> User:
        """Give a person another password, and let a switched-off one in again; every session ends now. Raises `NotFound`."""
        user = self.get(name)
        self._set(user.id, password_hash=password_hash, password_at=self._now, disabled_at=None)
        Sessions(self._connection, self._now).end_all(user.id)
        self.forgive(user.name)
        return user

    def signed_in(self, user: User) -> None:
        """Note that the person came in, and forget wrong guesses."""
        self._set(user.id, signed_in_at=self._now)
        self.forgive(user.name)

    def locked_for(self, name: str) -> int:
        """For how many more microseconds nobody may try this name; 0 where anybody may."""
        found = select(sign_in_failure.c.locked_until).where(sign_in_failure.c.name == name)
        return max(0, (self._connection.scalar(found) or 0) - self._now)

    def guessed_wrong(self, name: str) -> int:
        """Count a wrong guess at a name, whether or not it exists; the wait doubles from the fifth on. Returns that wait."""
        self._connection.execute(delete(sign_in_failure).where(sign_in_failure.c.last_at < self._now - FORGOTTEN_AFTER))
        mine = sign_in_failure.c.name == name
        before = self._connection.scalar(select(sign_in_failure.c.failures).where(mine).with_for_update())
        count = (before or 0) + 1
        wait = 0 if count < FREE_GUESSES else min(LONGEST_WAIT, SHORTEST_WAIT << min(count - FREE_GUESSES, 10))
        values: dict[str, Any] = {"failures": count, "last_at": self._now, "locked_until": self._now + wait}
        if before is None:
            self._connection.execute(insert(sign_in_failure), {"name": name, **values})
        else:
            self._connection.execute(update(sign_in_failure).where(mine), values)
        return wait

    def forgive(self, name: str) -> None:
        """Forget the wrong guesses at a name."""
        self._connection.execute(delete(sign_in_failure).where(sign_in_failure.c.name == name))

    def _set(self, user_id: str, **values: Any) -> None:
        self._connection.execute(update(console_user).where(console_user.c.id == user_id), values)


def _user_of(row: Any) -> User:
    return User(
        id=row.id,
        name=row.name,
        role=row.role,
        password_hash=row.password_hash,
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
        disabled_at=row.disabled_at,
    )
