"""Where the time of a message goes: a span for its arrival and for each step, over every process it passes. Off unless it is asked for."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from hub.store.jobs import Job

STEPS = {"message": "process", "document": "understand", "deliver": "deliver"}
"""What the span of a job is called."""


class Tracing(Protocol):
    """Takes spans. Never raises into the work it watches, and never waits for anybody."""

    def arrived(self, message_id: str, *, connection: str, begun: int) -> None:
        """A message was stored; `begun` is when its storing began, in microseconds since 1970."""

    def step(self, job: Job) -> AbstractContextManager[object]:
        """Around one step of a message's way; what it raises marks the span as failed."""

    def close(self) -> None:
        """Hand over what is still waiting."""


class NoTracing:
    """Watches nothing."""

    def __init__(self) -> None:
        self._nothing: AbstractContextManager[object] = nullcontext()

    def arrived(self, message_id: str, *, connection: str, begun: int) -> None:
        """Nobody asked."""

    def step(self, job: Job) -> AbstractContextManager[object]:  # noqa: ARG002 - the protocol's name for it
        """Nobody asked."""
        return self._nothing

    def close(self) -> None:
        """Nothing waits."""
