"""One poller: fetch what waits at the far side, accept each document, remember where it stands."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass

import structlog

from hub.errors import DeliveryError, HubError, LeftBehind, TransientError
from hub.flow.accept import accept_arrival
from hub.flow.hub import Hub
from hub.ports import Poller
from hub.routing.site import Connection
from hub.store.polls import PollState

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 900.0


@dataclass(slots=True)
class Polling:
    """The polling of one connection."""

    hub: Hub
    connection: Connection

    @property
    def is_possible(self) -> bool:
        """Whether this connection's connector can be polled at all."""
        try:
            return isinstance(self.hub.connector(self.connection.id), Poller)
        except HubError as failure:
            log.warning("connection cannot be built", connection=self.connection.id, code=failure.code, error=failure.message)
            return False

    def run(self, stopping: threading.Event) -> None:
        """Poll until stopped: at the connection's pace, slower after failures, faster never."""
        pause = random.uniform(0, 0.2)  # noqa: S311  not a secret: many pollers must not start together
        while not stopping.wait(pause):
            pause = self.pause_after(self.poll_once())

    def poll_once(self) -> int:
        """Poll once; the number of failures in a row, 0 after a good poll."""
        try:
            with self.hub.read() as view:
                state = view.polls.state(self.connection.id)
            failure = self._fetch(state.cursor)
            failures = 0 if failure is None or isinstance(failure, LeftBehind) else state.failures + 1
            self._remember(state, failure, failures)
        except TransientError as busy:
            log.warning("poll postponed", connection=self.connection.id, error=busy.message)
            return 1
        return failures

    def pause_after(self, failures: int) -> float:
        """Seconds until the next poll, a tenth of it at random."""
        every = self.connection.poll.every.total_seconds()
        pause = min(every * 2.0**failures, max(every, LONGEST_PAUSE)) if failures else every
        return pause * random.uniform(0.9, 1.1)  # noqa: S311  not a secret

    def _fetch(self, cursor: str | None) -> HubError | None:
        poller = self.hub.connector(self.connection.id)
        assert isinstance(poller, Poller)
        try:
            for arrival in poller.poll(cursor):
                accept_arrival(arrival, connection=self.connection.id, hub=self.hub)
        except DeliveryError as failure:
            return failure
        return None

    def _remember(self, before: PollState, failure: HubError | None, failures: int) -> None:
        error = None if failure is None else f"{failure.code} {failure.message}"
        if error == before.error and failures == before.failures:
            return
        if error is not None and error != before.error:
            log.warning("poll failed", connection=self.connection.id, error=error)
        with self.hub.transaction() as tx:
            tx.polls.write(self.connection.id, PollState(before.cursor, failures, error))
            if error is not None and error != before.error:
                tx.audit.attempted(self.connection.id, attempt=failures, code=failure.code if failure else "", message=error)
