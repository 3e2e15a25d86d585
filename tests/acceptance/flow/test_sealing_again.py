"""The sealer of a running process: on PostgreSQL it looks at all that is left now and then, between only at what is new."""

from __future__ import annotations

import pytest
from sqlalchemy import text

import hub.flow.seal as sealing
from hub.flow.seal import Sealer

LATE = """
update audit_event set id = 'aud_00000000000001' || id where id in (select max(id) from audit_event);
update event set id = 'evt_00000000000001' || id where id in (select max(id) from event)
"""
"""What a transaction that took very long brings: ids of long ago."""


def happen(bench, *, late=False):
    with bench.hub.transaction() as tx:
        tx.audit.received("msg", connection="c", sha256="s", size=1)
        tx.events.tell("something", test=False, data={})
    if late:
        with bench.hub.transaction() as tx:
            for statement in LATE.split(";"):
                tx.connection.execute(text(statement))


def left(bench):
    with bench.hub.read() as view:
        return [
            view.connection.execute(text(f"select count(*) from {table} where {column} is null")).scalar()
            for table, column in (("audit_event", "sealed_in"), ("event", "cursor"))
        ]


@pytest.mark.parametrize("is_time", [False, True])
def test_what_comes_very_late_is_found_by_the_next_look_at_all(bench, monkeypatch, is_time):
    sealer = Sealer(bench.hub)
    happen(bench)
    sealer.seal()
    assert left(bench) == [0, 0]
    happen(bench, late=True)
    happen(bench)
    if is_time:
        monkeypatch.setattr(sealing, "WHOLE_SECONDS", 0.0)
    sealer.seal()
    is_found = is_time or bench.hub.database.is_embedded
    assert left(bench) == ([0, 0] if is_found else [1, 1])


def test_more_than_one_look_takes_are_all_found(bench):
    sealer = Sealer(bench.hub)
    with bench.hub.transaction() as tx:
        for place in range(2100):
            tx.audit.received(f"msg_{place}", connection="c", sha256="s", size=1)
            tx.events.tell(f"e{place}", test=False, data={})
    sealer.seal()
    assert left(bench) == [0, 0]
    with bench.hub.read() as view:
        types = view.connection.execute(text("select type from event where type like 'e%' order by cursor")).scalars().all()
    assert types == [f"e{place}" for place in range(2100)]
