"""Threads take turns, a job each, and nobody waits for long."""

from __future__ import annotations

import threading
import time

from hub.flow.turn import Turn

LONG = 10.0
A_MOMENT = 0.02


class _Other:
    """A thread that asks for its turn and tells when it has it, or has ceased to wait."""

    def __init__(self, turn: Turn, *, name: str = "", told: list[str] | None = None) -> None:
        self.works, self.may_end = threading.Event(), threading.Event()
        self._turn, self._name, self._told = turn, name, told
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._turn:
            if self._told is not None:
                self._told.append(self._name)
            self.works.set()
            self.may_end.wait(5)

    def end(self) -> None:
        """Let it end, and see that it did."""
        self.may_end.set()
        self._thread.join(5)
        assert not self._thread.is_alive()


def test_one_works_and_the_other_waits_until_it_is_done() -> None:
    turn = Turn(patience=LONG)
    with turn:
        other = _Other(turn)
        assert not other.works.wait(A_MOMENT)
    assert other.works.wait(LONG / 2)
    other.end()


def test_who_waited_long_enough_works_without_its_turn_and_leaves_that_of_others_alone() -> None:
    turn = Turn(patience=A_MOMENT)
    with turn:
        other = _Other(turn)
        assert other.works.wait(LONG)
        other.end()
        begun = time.monotonic()
        third = _Other(turn)
        assert third.works.wait(LONG)
        assert time.monotonic() - begun >= A_MOMENT, "the one that gave up took the turn away"
        third.end()


def test_others_work_while_one_waits_for_a_far_side() -> None:
    turn = Turn(patience=LONG)
    with turn:
        with turn.away():
            other = _Other(turn)
            assert other.works.wait(LONG / 2)
            other.end()
        other = _Other(turn)
        assert not other.works.wait(A_MOMENT), "after the far side answered the turn was not ours again"
    other.end()


def test_a_long_job_lets_those_in_between_that_wait_and_goes_on_after_them() -> None:
    turn = Turn(patience=LONG)
    told: list[str] = []
    with turn:
        first = _Other(turn, name="first", told=told)
        first.may_end.set()
        until = time.monotonic() + 5
        while "first" not in told and time.monotonic() < until:
            turn.pass_on()
        told.append("long job")
    first.end()
    assert told == ["first", "long job"]


def test_they_are_let_in_as_they_came() -> None:
    turn = Turn(patience=LONG)
    told: list[str] = []
    with turn:
        others = []
        for name in "abc":
            others.append(_Other(turn, name=name, told=told))
            others[-1].may_end.set()
            until = time.monotonic() + 5
            while len(turn._queue) < len(others) and time.monotonic() < until:
                time.sleep(0.0002)
    for each in others:
        each.end()
    assert told == ["a", "b", "c"]


def test_switched_off_nobody_waits() -> None:
    turn = Turn(is_on=False, patience=LONG)
    with turn:
        other = _Other(turn)
        assert other.works.wait(5)
        with turn.away():
            turn.pass_on()
        other.end()
