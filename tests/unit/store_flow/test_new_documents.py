"""Documents that were just written are known without being read, and are what would be read."""

from __future__ import annotations

import random
from contextlib import suppress
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.store.encoding import to_json

NAMES = count(1)
STATES = ["received", "retry", "rejected", "quarantined", "duplicate", "done"]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@st.composite
def rows(draw):
    """The rows of one interchange: all have the same members."""
    members = draw(st.sets(st.sampled_from(["type", "version", "control_number", "group_type", "partner", "test", "order_id"])))
    made = []
    for place in range(draw(st.integers(0, 6))):
        said = {name: draw(st.booleans()) if name == "test" else draw(texts) for name in sorted(members)}
        state = draw(st.sampled_from(STATES))
        error = draw(st.none() | st.fixed_dictionaries({"code": texts, "value": st.none() | texts}))
        made.append(
            {"position": place, "direction": "in", "state": state, **said}
            | {"error": None if error is None else to_json(error)}
        )
    return made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(drawn=rows(), most=st.integers(1, 5))
def test_what_was_just_written_is_known_as_it_would_be_read(database, drawn, most):
    name = f"msg_{next(NAMES)}"
    drawn = [{**row, "message_id": name} for row in drawn]
    with database.transaction() as tx:
        tx.documents.add([{"message_id": "msg_other", "direction": "out", "state": "received"}])
        tx.documents.add(drawn)
        assert tx.documents.unsettled_of_new(name, most=most) == tx.documents.unsettled(name, most=most)


def test_one_that_was_written_over_is_read_again(database):
    with database.transaction() as tx:
        first, _ = tx.documents.add(
            [{"message_id": "msg_1", "position": n, "direction": "in", "state": "received"} for n in range(2)]
        )
        tx.documents.settle(first, "rejected")
        (left,) = tx.documents.unsettled_of_new("msg_1", most=10)
        assert [left] == tx.documents.unsettled("msg_1", most=10)
        assert left.position == 1


def test_two_counters_are_taken_in_one_step_each_from_where_it_stands(database):
    with database.transaction() as tx:
        assert tx.numbers.take_both("x12:interchange:a", "x12:group:a", first=5, last=7) == (5, 5)
        assert tx.numbers.take("x12:group:a", first=5, last=7) == 6
        assert tx.numbers.take_both("x12:interchange:a", "x12:group:a", first=5, last=7) == (6, 7)
        assert tx.numbers.take_both("x12:interchange:a", "x12:group:a", first=5, last=7) == (7, 5)
        assert tx.numbers.take_both("x12:interchange:a", "x12:group:b", first=5, last=7) == (5, 5)
    with database.transaction() as tx:
        assert tx.numbers.take("x12:group:a", first=5, last=7) == 6, "the last of them is what was written"
        assert tx.numbers.take("x12:interchange:a", first=5, last=7) == 6


def test_numbers_taken_ahead_are_the_next_and_none_is_used_where_nobody_asked(database):
    names, bounds = ("x12:interchange:a", "x12:group:a"), {"first": 1, "last": 9}
    with database.transaction() as tx:
        tx.numbers.ahead(*names, **bounds)
        assert tx.numbers.has_unused is not database.is_embedded
        assert tx.numbers.take_both(*names, **bounds) == (1, 1)
        assert not tx.numbers.has_unused
        assert tx.numbers.take_both(*names, **bounds) == (2, 2)
    with suppress(ZeroDivisionError), database.transaction() as tx:
        tx.numbers.ahead(*names, **bounds)
        assert tx.numbers.take_both(*names, **bounds) == (3, 3)
        assert tx.numbers.take_both(*names, **bounds) == (4, 4)
        raise ZeroDivisionError
    with database.transaction() as tx:
        assert tx.numbers.take_both(*names, **bounds) == (3, 3), "what was undone was not used"


def test_however_numbers_are_taken_each_scope_counts_on_by_one(database):
    scopes = ("x12:interchange:a", "x12:group:a")
    bounds = {"first": 3, "last": 11}
    stand = dict.fromkeys(scopes, 2)
    draw = random.Random(11)

    def following(scope):
        stand[scope] = 3 if stand[scope] >= 11 else stand[scope] + 1
        return stand[scope]

    for _ in range(60):
        with database.transaction() as tx:
            if draw.random() < 0.7:
                tx.numbers.ahead(*scopes, **bounds)
            for step in draw.choices(("one", "other", "both"), k=draw.randint(0, 4)):
                if step == "both":
                    assert tx.numbers.take_both(*scopes, **bounds) == tuple(map(following, scopes))
                else:
                    scope = scopes[step == "other"]
                    assert tx.numbers.take(scope, **bounds) == following(scope)
            for scope in scopes if tx.numbers.has_unused else ():
                # what is left unused is taken: to the store it makes no difference by whom
                if tx.numbers._ahead or scope in tx.numbers._given:
                    assert tx.numbers.take(scope, **bounds) == following(scope)
            assert not tx.numbers.has_unused
