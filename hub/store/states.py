"""The states of messages, in and out, and how one follows another: declared here, held to where states are written, drawn in README.

`python -m hub.store.states README.md` draws them again (`make golden`).
"""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, and_, or_

from hub.errors import Conflict
from hub.store.columns import fixed
from hub.store.tables import message

NEW: Final = ""
"""Before there is a message."""


class Step(NamedTuple):
    """One state may follow another, and why it does."""

    before: str
    after: str
    why: str


def _steps(before: str, after: str, why: str) -> tuple[Step, ...]:
    return tuple(Step(one, other, why) for one in before.split() for other in after.split())


INBOUND: Final = (
    Step(NEW, "received", "stored, then answered"),
    Step(NEW, "done", "a JSON document over the API"),
    *_steps("received", "done", "every document has its effect"),
    *_steps("received retry", "held", "a person decides"),
    *_steps("received", "duplicate", "it was here before"),
    *_steps("received", "rejected", "answered so"),
    *_steps("received", "retry", "a document is tried again"),
    *_steps("received retry", "quarantined", "our fault, set aside"),
    *_steps("retry", "done duplicate rejected", "the last document is through"),
    *_steps("held quarantined", "done duplicate rejected retry", "its documents were processed one by one"),
    *_steps("held", "quarantined", "our fault, set aside"),
    *_steps("quarantined", "held", "a person decides"),
    *_steps("held quarantined retry done duplicate rejected discarded", "received", "replay"),
    *_steps("received held quarantined retry duplicate rejected", "discarded", "discard"),
)
"""A message that arrived: its documents have states of their own, which add up to this."""

OUTBOUND: Final = (
    Step(NEW, "ready", "in the outbox"),
    Step(NEW, "held", "no connection carries it"),
    *_steps("ready retry sent", "delivered", "proved"),
    *_steps("ready retry", "sent", "taken, the receipt is to come"),
    *_steps("ready", "retry", "a later attempt"),
    *_steps("ready retry sent", "dead", "refused, or too late"),
    *_steps("ready retry", "held", "a person decides"),
    *_steps("ready retry", "quarantined", "our fault, set aside"),
    *_steps("retry sent delivered dead held quarantined discarded", "ready", "resend"),
    *_steps("ready retry sent dead held quarantined", "discarded", "discard"),
)
"""A message that leaves: the outbox. What was delivered stays so, unless a person sends the same bytes again."""

MACHINES: Final = {"in": INBOUND, "out": OUTBOUND}


class WrongTurn(Conflict):
    """A message was about to go from one state to another that never follows it; nothing was written."""

    code = "HUB-566"


def before(direction: str, after: str) -> frozenset[str]:
    """The states from which a message may come to a state; itself included, as writing it again changes nothing."""
    return frozenset({step.before for step in MACHINES[direction] if step.after == after and step.before} | {after})


def states(direction: str) -> frozenset[str]:
    """Every state of a direction."""
    return frozenset(step.after for step in MACHINES[direction])


@lru_cache(maxsize=64)
def may_become(after: str) -> ColumnElement[bool]:
    """The condition under which a row of `message` may be given a state, for the statement that gives it."""
    allowed = [
        and_(
            message.c.direction == fixed(direction),
            message.c.state.in_([fixed(each) for each in sorted(before(direction, after))]),
        )
        for direction in MACHINES
        if after in states(direction)
    ]
    if not allowed:
        raise WrongTurn(f"no message has the state {after!r}", "declare it in hub/store/states.py")
    return or_(*allowed)


_TITLES = {"in": "A message that arrives", "out": "A message that leaves"}
_BEGIN, _END = "<!-- states: written by `make golden` -->\n", "<!-- end of states -->"


def drawing() -> str:
    """Both machines as Mermaid diagrams, one arrow for all reasons between the same two states."""
    parts = []
    for direction, steps in MACHINES.items():
        reasons: dict[tuple[str, str], list[str]] = {}
        for step in steps:
            reasons.setdefault((step.before or "[*]", step.after), []).append(step.why)
        arrows = [f"    {first} --> {second}: {', '.join(whys)}" for (first, second), whys in reasons.items()]
        parts.append(f"{_TITLES[direction]}:\n\n```mermaid\nstateDiagram-v2\n" + "\n".join(arrows) + "\n```\n")
    return "\n".join(parts)


def redrawn(text: str) -> str:
    """A text with the drawing between its two marks; raises `ValueError` where it has none."""
    start, end = text.index(_BEGIN) + len(_BEGIN), text.index(_END)
    return text[:start] + drawing() + text[end:]


if __name__ == "__main__":
    _file = Path(sys.argv[1])
    _file.write_text(redrawn(_file.read_text(encoding="utf-8")), encoding="utf-8")
