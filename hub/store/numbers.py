"""Control numbers: one locked update inside the transaction that writes the outbox row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, case, or_, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgres
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from hub.store.locks import lock
from hub.store.statements import Prepared
from hub.store.tables import control_number

_ONE_MORE = case((control_number.c.value >= bindparam("last"), bindparam("first")), else_=control_number.c.value + 1)
_NEXT = Prepared(
    update(control_number)
    .where(control_number.c.scope == bindparam("wanted"))
    .values(value=_ONE_MORE)
    .returning(control_number.c.value)
)
_NEXT_OF_BOTH = Prepared(
    update(control_number)
    .where(or_(control_number.c.scope == bindparam("one"), control_number.c.scope == bindparam("other")))
    .values(value=_ONE_MORE)
    .returning(control_number.c.scope, control_number.c.value)
)


_SET = Prepared(update(control_number).where(control_number.c.scope == bindparam("wanted")).values(value=bindparam("new")))


class Numbers:
    """Counters by scope, inside one transaction: a number is used if and only if the transaction commits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._locked: set[str] = set()
        self._taken: dict[str, int] = {}
        self._given: dict[str, int] = {}
        """Taken, and for the next who asks."""
        self._ahead: dict[str, Any] = {}

    @property
    def has_unused(self) -> bool:
        """Whether numbers were taken ahead that nobody used: this transaction must not be committed."""
        return bool(self._ahead or self._given)

    def take(self, scope: str, *, first: int = 1, last: int = 999_999_999) -> int:
        """The next number of `scope`, beginning at `first`, again at `first` after `last`."""
        self._hear()
        if scope in self._given:
            return self._given.pop(scope)
        if scope in self._taken:
            return self._one_more(scope, first, last)
        self._lock_all_of(scope)
        while True:
            value = _NEXT.scalar(self._connection, {"wanted": scope, "first": first, "last": last})
            if value is not None:
                self._taken[scope] = int(value)
                return int(value)
            self._begin(scope, first - 1)

    def take_both(self, one: str, other: str, *, first: int = 1, last: int = 999_999_999) -> tuple[int, int]:
        """The next number of each of two scopes that count alike, as `take` twice, in one statement where neither was taken from before."""
        self._hear()
        if not {one, other} & self._taken.keys():
            self._ask(one, other, first=first, last=last)
        return self.take(one, first=first, last=last), self.take(other, first=first, last=last)

    def ahead(self, one: str, other: str, *, first: int, last: int) -> None:
        """Take the next number of two scopes that count alike, in one exchange with what else is asked ahead, for whoever takes it."""
        if self._connection.dialect.name != "postgresql":
            return
        self._lock_all_of(one)
        self._lock_all_of(other)
        self._ahead = {"one": one, "other": other, "first": first, "last": last}
        _NEXT_OF_BOTH.ahead(self._connection, self._ahead)

    def _hear(self) -> None:
        """Have at hand what was taken ahead."""
        if self._ahead:
            asked, self._ahead = self._ahead, {}
            self._ask(**asked)

    def _ask(self, one: str, other: str, *, first: int, last: int) -> None:
        self._lock_all_of(one)
        self._lock_all_of(other)
        asked = {"one": one, "other": other, "first": first, "last": last}
        self._given = {row.scope: int(row.value) for row in _NEXT_OF_BOTH.rows(self._connection, asked)}
        self._taken |= self._given

    def _one_more(self, scope: str, first: int, last: int) -> int:
        """The next of a scope that this transaction has taken from before: until its end nobody else can."""
        present = self._taken[scope]
        value = self._taken[scope] = first if present >= last else present + 1
        _SET.later(self._connection, {"wanted": scope, "new": value})
        return value

    def _lock_all_of(self, scope: str) -> None:
        """An interchange takes several counters of one pair, not always in the same order: they are locked together."""
        pair = scope.split(":", 2)[-1]
        if pair not in self._locked:
            lock(self._connection, f"numbers {pair}")
            self._locked.add(pair)

    def raise_to(self, scope: str, value: int) -> None:
        """Make the next number of `scope` greater than `value` (a go-live that continues an older system's count)."""
        self._taken.pop(scope, None)
        self._given.pop(scope, None)
        self._begin(scope, value)
        higher = control_number.c.value < value
        self._connection.execute(update(control_number).where(control_number.c.scope == scope, higher).values(value=value))

    def _begin(self, scope: str, value: int) -> None:
        upsert = upsert_sqlite if self._connection.dialect.name == "sqlite" else upsert_postgres
        row = upsert(control_number).values(scope=scope, value=value)
        self._connection.execute(row.on_conflict_do_nothing())
