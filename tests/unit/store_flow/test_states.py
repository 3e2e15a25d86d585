"""The states of messages: declared once, held to where they are written, drawn in the README as they are declared."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import NotFound
from hub.store.database import Database
from hub.store.messages import body_of
from hub.store.states import MACHINES, NEW, WrongTurn, before, redrawn, states

README = Path(__file__).resolve().parents[3] / "README.md"


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("states")
    made = Database(url=f"sqlite:///{folder / 'hub.db'}", blobs=folder / "payloads")
    yield made
    made.close()


def test_the_readme_draws_what_is_declared():
    text = README.read_text(encoding="utf-8")
    assert redrawn(text) == text, "run `make golden`"


@pytest.mark.parametrize("direction", MACHINES)
def test_every_state_can_be_reached_and_every_step_is_declared_once(direction):
    steps = MACHINES[direction]
    assert len({(step.before, step.after) for step in steps}) == len(steps)
    reached, grown = {NEW}, True
    while grown:
        found = {step.after for step in steps if step.before in reached} | reached
        reached, grown = found, found != reached
    assert reached - {NEW} == states(direction)
    assert {step.before for step in steps} <= reached


@pytest.mark.parametrize("direction", MACHINES)
@given(data=st.data())
def test_only_a_declared_step_is_written(database, direction, data):
    known = sorted(states(direction))
    first, then = data.draw(st.sampled_from(known)), data.draw(st.sampled_from(known))
    with database.transaction() as tx:
        message_id = tx.messages.put_out({"state": first, "direction": direction}, body_of(b"x", tx.blobs))
    if first in before(direction, then):
        with database.transaction() as tx:
            tx.messages.set(message_id, state=then)
    else:
        with pytest.raises(WrongTurn, match=f"is {first}, it cannot become {then}"), database.transaction() as tx:
            tx.messages.set(message_id, state=then)
    with database.read() as view:
        assert view.messages.get(message_id).state == (then if first in before(direction, then) else first)


def test_a_state_that_nobody_declared_is_refused_for_every_message(database):
    with database.transaction() as tx:
        message_id = tx.messages.put_out({}, body_of(b"x", tx.blobs))
    with pytest.raises(WrongTurn, match="no message has the state 'lost'"), database.transaction() as tx:
        tx.messages.set(message_id, state="lost")


def test_a_message_that_is_not_there_is_said_to_be_missing(database):
    with pytest.raises(NotFound), database.transaction() as tx:
        tx.messages.set("msg_none", state="held")
