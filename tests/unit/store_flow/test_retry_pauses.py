"""How long the hub waits between attempts: at random below a ceiling that doubles, never sooner than it was asked to."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from hub.flow.retry import is_spent, pause
from hub.routing.partner_file import Retry

RETRY = Retry(first=timedelta(seconds=30), longest=timedelta(hours=1), give_up=timedelta(hours=24))
SECOND = 1_000_000


@pytest.mark.parametrize(("attempt", "ceiling"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (5000, 3600)])
def test_the_ceiling_doubles_up_to_the_longest(attempt: int, ceiling: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    assert pause(attempt, RETRY) == ceiling * SECOND


def test_the_pauses_of_one_moment_are_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", random.Random(7).uniform)
    pauses = [pause(3, RETRY) for _ in range(200)]
    assert min(pauses) < 30 * SECOND
    assert 90 * SECOND < max(pauses) <= 120 * SECOND


@pytest.mark.parametrize(("asked", "least"), [(90.0, 90), (-5.0, 0), (1e9, 86_400)])
def test_never_sooner_than_the_far_side_asked_for_and_a_day_at_most(asked: float, least: int, monkeypatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, _high: low)
    assert pause(1, RETRY, retry_after=asked) == least * SECOND


def test_an_attempt_after_the_hub_has_given_up_is_not_made() -> None:
    day = 86_400 * SECOND
    assert not is_spent(5, 5 + day, RETRY.give_up)
    assert is_spent(5, 6 + day, RETRY.give_up)
