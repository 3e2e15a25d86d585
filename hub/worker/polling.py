"""The pollers of one process: whichever connection is due and nobody else polls is fetched, accepted, and due again later."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from hub.errors import DeliveryError, HubError, LeftBehind, PermanentDeliveryError, TransientError, UnusableConnection
from hub.flow.accept import accept_arrival
from hub.flow.hub import Hub
from hub.flow.polled import note_poll
from hub.ports import Arrival, Poller
from hub.routing.site import Connection
from hub.routing.windows import next_open
from hub.store.instants import SECOND, to_micros
from hub.store.jobs import LeaseLost
from hub.store.polls import PollState, PollTurn

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 900.0
AT_ONCE = 8
"""Polls that one process has under way."""
LOOK_SECONDS = 1.0


@dataclass(slots=True)
class Polling:
    """The polling of one connection."""

    hub: Hub
    connection: Connection
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def is_possible(self) -> bool:
        """Whether this connection's connector can be polled at all."""
        try:
            return isinstance(self.hub.connector(self.connection.id), Poller)
        except HubError as failure:
            log.warning("connection cannot be built", connection=self.connection.id, code=failure.code, error=failure.message)
            return False

    def poll(self, turn: PollTurn) -> PollState:
        """Poll once, within the connection's hours, and write down when the next is due; the state it leaves."""
        before = turn.state
        if self.opens_in() > timedelta():
            return self._finish(turn, before, pause=timedelta())
        failure = self._fetch(before.cursor)
        failures = 0 if failure is None or isinstance(failure, LeftBehind) else before.failures + 1
        error = None if failure is None else f"{failure.code} {failure.message}"
        if error is not None and error != before.error:
            log.warning("poll failed", connection=self.connection.id, error=error)
        after = PollState(before.cursor, failures, error)
        pause = self.pause_after(failures, is_for_good=isinstance(failure, PermanentDeliveryError))
        return self._finish(turn, after, pause=timedelta(seconds=pause), failure=failure)

    def opens_in(self, pause: timedelta = timedelta()) -> timedelta:
        """How long it is until the connection may be polled, at least `pause`."""
        now = self.hub.now()
        partner = self.hub.site.partners.get(self.connection.partner)
        zone = self.hub.site.file.time_zone if partner is None else partner.time_zone
        return next_open(self.connection.poll.daily, zone, now + pause) - now

    def pause_after(self, failures: int, *, is_for_good: bool = False) -> float:
        """Seconds until the next poll: at the connection's pace, doubled by each failure in a row; a tenth of it at random.

        After a failure that does not pass by itself it is the longest at once: logins that are refused lock accounts.
        """
        every = self.connection.poll.every.total_seconds()
        longest = max(every, LONGEST_PAUSE)
        pause = min(every * 2.0 ** min(failures, 30), longest) if failures else every
        pause = longest if is_for_good else pause
        return pause * random.uniform(0.9, 1.1)  # noqa: S311  not a secret: many pollers must not start together

    def _fetch(self, cursor: str | None) -> HubError | None:
        poller = self.hub.connector(self.connection.id)
        assert isinstance(poller, Poller)
        try:
            for arrival in self._arrivals(poller, cursor):
                accept_arrival(arrival, connection=self.connection.id, hub=self.hub)
                if self.stopping.is_set():
                    break
        except DeliveryError as failure:
            return failure
        return None

    @staticmethod
    def _arrivals(poller: Poller, cursor: str | None) -> Iterator[Arrival]:
        """What a poll finds; a secret that is not there or does not open is a fault of the connection."""
        try:
            yield from poller.poll(cursor)
        except (DeliveryError, TransientError):
            raise
        except HubError as missing:
            raise UnusableConnection(missing.message, missing.hint, code=missing.code) from missing

    def _finish(self, turn: PollTurn, after: PollState, *, pause: timedelta, failure: HubError | None = None) -> PollState:
        wait = self.opens_in(pause)
        with self.hub.transaction() as tx:
            tx.polls.finish(turn, after, due_at=tx.now + int(wait / timedelta(microseconds=1)))
            note_poll(tx, self.connection.id, turn.state, after, failure, self.hub)
        return after


@dataclass(slots=True)
class Pollers:
    """All polling that this process takes part in. `run` leases what is due; each poll has a thread for as long as it lasts."""

    hub: Hub
    owner: str
    stopping: threading.Event
    _known: dict[str, Polling] = field(default_factory=dict)
    _turns: dict[str, PollTurn] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Poll until stopped."""
        self._known = {each.connection.id: each for each in self._pollings() if each.is_possible}
        if not self._known:
            return
        pause = random.uniform(0, 0.1)  # noqa: S311  not a secret
        is_begun = False
        while not self.stopping.wait(pause):
            try:
                if not is_begun:
                    self._begin()
                    is_begun = True
                pause = self._turn()
            except TransientError as busy:
                log.warning("polls postponed", error=busy.message)
                pause = LOOK_SECONDS
            except Exception:  # boundary: the thread goes on, the polls are tried again at its next turn
                log.exception("polls postponed")
                pause = LOOK_SECONDS

    def beat(self) -> None:
        """Keep the leases of the polls under way."""
        with self._guard:
            tokens = {turn.token for turn in self._turns.values()}
        if tokens:
            with self.hub.transaction() as tx:
                tx.polls.extend(tokens)

    def join(self, seconds: float) -> None:
        """Let the polls under way end, then give back the rest."""
        for thread in self._threads:
            thread.join(seconds)
        with self.hub.transaction() as tx:
            tx.polls.release(self.owner)

    def _pollings(self) -> list[Polling]:
        return [Polling(self.hub, each, self.stopping) for each in self.hub.site.connections.values()]

    def _begin(self) -> None:
        with self.hub.transaction() as tx:
            tx.polls.enrol(self._known)
            if self.hub.database.is_embedded:
                tx.polls.void(self.owner)
                tx.polls.hasten(self._known)

    def _turn(self) -> float:
        """Lease and begin what is due; the seconds until it is worth looking again."""
        self._threads = [each for each in self._threads if each.is_alive()]
        room = AT_ONCE - len(self._threads)
        with self.hub.read() as view:
            due = view.polls.next_due(self._known)
            wait = LOOK_SECONDS if due is None else (due - view.now) / SECOND
        if wait > 0 or room <= 0 or self.hub.overload:
            return min(max(wait, 0.02), LOOK_SECONDS)
        with self.hub.transaction() as tx:
            turns = tx.polls.claim(self._known, self.owner, limit=room)
        for turn in turns:
            with self._guard:
                self._turns[turn.connection] = turn
            thread = threading.Thread(target=self._poll, args=(turn,), name=f"poll-{turn.connection}", daemon=True)
            self._threads.append(thread)
            thread.start()
        return 0.02

    def _poll(self, turn: PollTurn) -> None:
        try:
            self._known[turn.connection].poll(turn)
        except LeaseLost as lost:
            log.info("poll lease lost", connection=turn.connection, error=lost.message)
        except TransientError as busy:
            log.warning("poll postponed", connection=turn.connection, error=busy.message)
            self._postpone(turn)
        except Exception:  # boundary: what one far side provokes in us must not end the polling of the others
            log.exception("poll failed", connection=turn.connection)
            self._postpone(turn)
        finally:
            with self._guard:
                self._turns.pop(turn.connection, None)

    def _postpone(self, turn: PollTurn) -> None:
        """After a fault of ours: the same state, a moment later. Where not even that can be written, the lease runs out."""
        try:
            with self.hub.transaction() as tx:
                due = to_micros(self.hub.now() + timedelta(seconds=self._known[turn.connection].pause_after(0)))
                tx.polls.finish(turn, turn.state, due_at=due)
        except (TransientError, LeaseLost) as failure:
            log.warning("poll lease left to run out", connection=turn.connection, error=failure.message)
