"""When to try again: full jitter, so that many failures of one moment do not come back together."""

from __future__ import annotations

import random
from datetime import timedelta

from hub.routing.partner_file import Retry
from hub.store.instants import SECOND


def pause(attempt: int, retry: Retry, *, retry_after: float | None = None) -> int:
    """Microseconds until the next attempt: at random up to the doubled pause, never sooner than the far side asked for.

    `attempt` counts from 1; `retry_after` is in seconds and is kept to at most a day.
    """
    ceiling = min(retry.longest.total_seconds(), retry.first.total_seconds() * 2.0 ** min(attempt - 1, 30))
    seconds = random.uniform(0, ceiling)  # noqa: S311  not a secret
    if retry_after is not None:
        seconds += min(max(retry_after, 0.0), 86_400.0)
    return int(seconds * SECOND)


def is_spent(created_at: int, due_at: int, give_up: timedelta) -> bool:
    """Whether the next attempt would come after the hub has given up."""
    return due_at - created_at > give_up / timedelta(microseconds=1)
