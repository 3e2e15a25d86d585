"""The audit trail: sealed in batches, and every change afterwards is named."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, update

from hub.store.seals import Head, head, seal_events, verify
from hub.store.tables import audit_event, audit_seal


def happen(database, *subjects):
    with database.transaction() as tx:
        for subject in subjects:
            tx.audit.received(subject, connection="c", sha256="s", size=1)


def seal(database):
    with database.transaction() as tx:
        return seal_events(tx.connection, tx.now)


def broken(database, known=None):
    with database.read() as view:
        return [(each.what, each.message) for each in verify(view.connection, known)]


def change(database, statement):
    with database.transaction() as tx:
        tx.connection.execute(statement)


def event_of(database, subject):
    with database.read() as view:
        return view.connection.scalar(select(audit_event.c.id).where(audit_event.c.subject == subject))


@pytest.fixture
def trail(database):
    """Three seals over six events."""
    for pair in (("a", "b"), ("c", "d"), ("e", "f")):
        happen(database, *pair)
        seal(database)
    return database


def test_an_untouched_trail_holds(trail):
    assert broken(trail) == []
    with trail.read() as view:
        assert head(view.connection).number == 3


def test_sealing_again_finds_nothing_to_seal(trail):
    assert seal(trail) is None


def test_an_edited_row_is_named(trail):
    row = event_of(trail, "c")
    change(trail, update(audit_event).where(audit_event.c.id == row).values(detail='{"size":2}'))
    ((what, message),) = broken(trail)
    assert what == "edited"
    assert row in message
    assert "c" in message


def test_an_edited_row_whose_digest_was_computed_anew_is_named(trail):
    from hub.store.audit import digest

    row = event_of(trail, "c")
    change(trail, update(audit_event).where(audit_event.c.id == row).values(actor="somebody"))
    with trail.read() as view:
        forged = digest(view.connection.execute(select(audit_event).where(audit_event.c.id == row)).mappings().one())
    change(trail, update(audit_event).where(audit_event.c.id == row).values(digest=forged))
    assert [what for what, _ in broken(trail)] == ["edited"]


def test_a_removed_row_is_named(trail):
    row = event_of(trail, "d")
    change(trail, delete(audit_event).where(audit_event.c.id == row))
    assert broken(trail) == [("missing", f"audit event {row} of seal 2 is missing")]


def test_a_row_put_in_later_is_named(trail):
    from hub.store.audit import digest

    forged = {"id": "aud_forged", "at": 1, "type": "t", "subject": "s", "actor": "hub", "detail": "{}", "sealed_in": 2}
    change(trail, insert(audit_event).values(**forged, digest=digest(forged)))
    assert [what for what, _ in broken(trail)] == ["inserted"]


def test_a_rewritten_seal_no_longer_fits(trail):
    change(trail, update(audit_seal).where(audit_seal.c.number == 2).values(hash="f" * 64))
    found = [what for what, _ in broken(trail)]
    assert "seal_edited" in found


def test_a_removed_seal_leaves_a_gap(trail):
    change(trail, delete(audit_seal).where(audit_seal.c.number == 2))
    assert "seal_missing" in [what for what, _ in broken(trail)]


def test_a_trail_cut_at_its_end_is_seen_against_the_head_written_down(trail):
    with trail.read() as view:
        known = head(view.connection)
    change(trail, delete(audit_event).where(audit_event.c.sealed_in == 3))
    change(trail, delete(audit_seal).where(audit_seal.c.number == 3))
    assert broken(trail) == []
    assert [what for what, _ in broken(trail, known)] == ["truncated"]
    assert [what for what, _ in broken(trail, Head(2, "0" * 64))] == ["truncated"]


def test_a_row_edited_before_it_was_sealed_is_named_too(database):
    happen(database, "a")
    change(database, update(audit_event).values(subject="b"))
    assert [what for what, _ in broken(database)] == ["edited"]
