"""The statements of one PostgreSQL connection, as few exchanges as there are answers that somebody needs.

An exchange costs both sides more than most statements do: measured, 34 us of the hub's time and as much of the server's, where one
more statement in it costs 4. So what nobody needs an answer to waits for the next statement that does, at the latest for the
COMMIT, and goes with it. Statements are prepared once per connection and stay so, whatever is undone. The driver's own statements
(`driver.execute`, all of SQLAlchemy's) may come between: what waits is sent before.
"""

from __future__ import annotations

import select
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from hub.store.joined_rows import Statement, joined

MOST_WAITING = 200
"""Statements that may wait: the server's answers to more might fill the socket that it reads from."""

BEGIN = b"BEGIN"
BEGIN_LOOK = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_COMMIT = b"COMMIT"
_INFO = "exchange"
_COMMAND_OK, _TUPLES_OK, _SYNC = 1, 2, 10
_IDLE, _BAD = 0, 1
_BINARY = 1


class Answer:
    """What a statement came to: how many rows it touched or found, and these."""

    def __init__(self, result: Any, reader: Any) -> None:
        self._result = result
        self._reader = reader

    @property
    def count(self) -> int:
        """How many rows it touched or found."""
        return self._result.command_tuples or 0

    @property
    def command(self) -> bytes:
        """What the server did: COMMIT, ROLLBACK."""
        status: bytes = self._result.command_status or b""
        return status

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [self._result.fname(place).decode() for place in range(self._result.nfields)]

    def rows(self, make: Callable[[Any], Any] = tuple) -> list[Any]:
        """The rows, each made from its values."""
        self._reader.set_pgresult(self._result)
        found: list[Any] = self._reader.load_rows(0, self._result.ntuples, make)
        return found


class Exchange:
    """One connection's statements. Used by one thread at a time, as the connection itself."""

    def __init__(self, connection: Connection) -> None:
        from psycopg.adapt import Transformer

        driver: Any = connection.connection.dbapi_connection
        self._driver = driver
        self._dialect = connection.dialect
        self._pg = driver.pgconn
        self._reader = Transformer(driver)
        self._input, self._either = select.poll(), select.poll()
        self._input.register(self._pg.socket, select.POLLIN)
        self._either.register(self._pg.socket, select.POLLIN | select.POLLOUT)
        self._names: dict[bytes, bytes] = {}
        self._made = 0
        self._waiting: list[Statement] = []
        self._begin = b""
        self._stopped: BaseException | None = None
        self._ahead: dict[tuple[Any, ...], deque[Answer]] = {}
        self._locks: set[int] = set()
        self.has_written = False

    def begin(self, text: bytes = BEGIN) -> None:
        """Begin a transaction with the next statement."""
        self.forget()
        self._begin = text
        self.has_written = False

    def ask(self, text: bytes, values: Sequence[Any] = ()) -> Answer:
        """Run a statement now, after all that waits; what was asked `ahead` is answered by that."""
        if self._ahead:
            key = _key(text, values)
            found = self._ahead.get(key)
            if found is not None:
                if not found:
                    self._send()
                answer = found.popleft()
                if not found:
                    del self._ahead[key]
                return answer
        self.later(text, values)
        return self._send()

    def ahead(self, text: bytes, values: Sequence[Any]) -> None:
        """Run a statement whose answer somebody will `ask` for in this transaction, in one exchange with others like it.

        The answer is as of when it runs: for what nobody else can change meanwhile, or where that makes no difference.
        """
        self.later(text, values, self._ahead.setdefault(_key(text, values), deque()).append)

    def lock(self, text: bytes, key: int) -> None:
        """Run a statement that locks a key until the end of the transaction, once in each."""
        if key not in self._locks:
            self._locks.add(key)
            self.later(text, [key])

    def later(
        self, text: bytes, values: Sequence[Any] = (), told: Callable[[Answer], None] | None = None, *, is_row: bool = False
    ) -> None:
        """Run a statement before the next that is asked, at the latest with the commit; `told` may raise what stops both.

        `is_row`: it inserts one row, its values in the order of its columns, and may be joined with others beside it.
        """
        if len(self._waiting) >= MOST_WAITING:
            self._send()
        if not self._begin and not self._waiting and self._pg.transaction_status == _IDLE:
            self._begin = BEGIN
        encoded = [_encoded(each) for each in values]
        self._waiting.append(Statement(text, [each[0] for each in encoded], [each[1] for each in encoded], told, is_row))

    def settle(self) -> None:
        """Send what waits."""
        if self._waiting or self._begin:
            self._send()

    def hear(self) -> None:
        """Send what waits where somebody is to be told of it, until nobody is."""
        while any(each.told for each in self._waiting):
            self._send()

    def commit(self, mark: bytes = b"") -> None:
        """Send what waits, and commit; with `mark`, which goes before the commit where nothing was written through here."""
        self.hear()
        if self._stopped is not None:
            # whoever asked next may have caught it, and taken it for an answer to something else
            raise self._stopped
        if not self._waiting and self._pg.transaction_status == _IDLE:
            self._begin = b""
            return
        if mark and not self.has_written:
            self.later(mark)
        self.later(_COMMIT)
        if self._send().command != _COMMIT:
            failure = self._errors().InFailedSqlTransaction("the transaction had failed before its commit")
            raise self._wrapped(_COMMIT, failure)
        self.forget()

    def rollback(self) -> None:
        """Undo what was sent, forget what waits."""
        self.forget()
        if self._pg.status != _BAD and self._pg.transaction_status != _IDLE:
            self._driver.rollback()

    def forget(self) -> None:
        """Forget what waits, and what was locked and asked ahead."""
        self._waiting.clear()
        self._ahead.clear()
        self._locks.clear()
        self._begin = b""
        self._stopped = None

    def _send(self) -> Answer:
        """Send all that waits in one exchange; the last one's answer. Raises `DBAPIError` for the first that failed."""
        try:
            return self._sent()
        except BaseException:
            # none of what was asked ahead will be answered
            self._ahead.clear()
            raise

    def _sent(self) -> Answer:
        statements, self._waiting = joined(self._waiting), []
        if self._begin:
            statements.insert(0, Statement(self._begin, [], [], None))
            self._begin = b""
        try:
            results = self._exchange(statements)
        except self._errors().Error as failure:  # the connection broke
            raise self._wrapped(statements[-1].text, failure) from failure
        for statement, result in zip(statements, results, strict=True):
            if result.status not in (_COMMAND_OK, _TUPLES_OK):
                refused = self._errors().error_from_result(result)
                raise self._wrapped(statement.text, refused) from refused
        answers = [Answer(each, self._reader) for each in results]
        try:
            for statement, answer in zip(statements, answers, strict=True):
                if statement.told is not None:
                    statement.told(answer)
        except BaseException as refusal:
            self._stopped = refusal
            raise
        return answers[-1]

    def _exchange(self, statements: list[Statement]) -> list[Any]:
        try:
            fresh = self._put(statements)
            results = [self._answer(each, fresh) for each in statements]
            self._result()  # the end of them all
            self._pg.exit_pipeline_mode()
        except BaseException:
            # whatever comes next on it would be taken for the answer to something else
            self._driver.close()
            raise
        return results

    def _put(self, statements: list[Statement]) -> dict[bytes, bytes]:
        """Send statements; the names of those that are prepared with them."""
        pg, names = self._pg, self._names
        fresh: dict[bytes, bytes] = {}
        pg.enter_pipeline_mode()
        for each in statements:
            name = names.get(each.text) or fresh.get(each.text)
            if name is None:
                self._made += 1
                name = fresh[each.text] = b"hub_%d" % self._made
                pg.send_prepare(name, each.text)
            pg.send_query_prepared(name, each.values, each.formats, _BINARY)
        pg.pipeline_sync()
        return fresh

    def _answer(self, statement: Statement, fresh: dict[bytes, bytes]) -> Any:
        name = fresh.pop(statement.text, None)
        if name is None:
            return self._result()
        prepared = self._result()
        if prepared.status == _COMMAND_OK:
            self._names[statement.text] = name
            return self._result()
        self._result()
        return prepared

    def _wait(self) -> None:
        """Until the next answer is here; others run meanwhile, which inside the driver's own waiting they would not."""
        pg = self._pg
        while pg.is_busy():
            if pg.flush():
                self._either.poll()
            else:
                self._input.poll()
            pg.consume_input()

    def _result(self) -> Any:
        self._wait()
        result = self._pg.get_result()
        if result is None or self._pg.status == _BAD:
            raise self._lost()
        if result.status != _SYNC:
            self._wait()
            self._pg.get_result()  # nothing: the end of this answer
        return result

    def _lost(self) -> Exception:
        why = self._pg.error_message.decode(errors="replace").strip()
        failure: Exception = self._errors().OperationalError(why or "the connection is lost")
        return failure

    def _errors(self) -> Any:
        from psycopg import errors

        return errors

    def _wrapped(self, text: bytes, failure: BaseException) -> BaseException:
        """The driver's exception as SQLAlchemy would have raised it; the values stay out of it."""
        return DBAPIError.instance(
            text.decode(),
            None,
            failure,
            self._errors().Error,
            hide_parameters=True,
            dialect=self._dialect,
            connection_invalidated=self._driver.closed,
        )


def _key(text: bytes, values: Sequence[Any]) -> tuple[Any, ...]:
    """What makes two statements the same question."""
    return (text, *(tuple(each) if isinstance(each, list) else each for each in values))


def exchange_of(connection: Connection) -> Exchange:
    """The exchange of a connection to PostgreSQL."""
    info = connection.info
    found: Exchange | None = info.get(_INFO)
    if found is None:
        found = info[_INFO] = Exchange(connection)
    return found


def install(engine: Engine) -> None:
    """Have what waits sent before SQLAlchemy says anything by itself, and forgotten with the connection's use."""

    @event.listens_for(engine, "before_cursor_execute")
    def _first(connection: Connection, *_rest: Any) -> None:
        exchange: Exchange | None = connection.info.get(_INFO)
        if exchange is not None:
            exchange.settle()

    @event.listens_for(engine, "commit")
    def _last(connection: Connection) -> None:
        exchange: Exchange | None = connection.info.get(_INFO)
        if exchange is not None:
            exchange.settle()
            exchange.forget()

    @event.listens_for(engine, "reset")
    def _over(_driver: Any, record: Any, _state: Any) -> None:
        exchange: Exchange | None = None if record is None else record.info.get(_INFO)
        if exchange is not None:
            exchange.forget()


def _encoded(value: Any) -> tuple[bytes | None, int]:
    """A value as the server takes it, and whether that is its binary form: text is, which may then contain anything.

    A list is one of ids of ours.
    """
    if value is None:
        return None, _BINARY
    if isinstance(value, str):
        return value.encode(), _BINARY
    if isinstance(value, bool):
        return (b"t" if value else b"f"), 0
    if isinstance(value, int):
        return b"%d" % value, 0
    if isinstance(value, list):
        # ids: none of them has a quote, a comma or a brace
        return b"{%b}" % ",".join(value).encode(), 0
    return bytes(memoryview(value)), _BINARY
