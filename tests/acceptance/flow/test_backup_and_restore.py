"""A backup taken while the hub works, the site made from it, and the move from one database to another."""

from __future__ import annotations

import os
import zipfile

import pytest
from sqlalchemy import text

from hub.bootstrap import open_hub
from hub.errors import InputError, Refused
from hub.flow.keeping.backup import back_up
from hub.flow.keeping.move import move_store
from hub.flow.keeping.restore import fill_store, unpack_site
from hub.flow.seal import read_head, seal
from hub.store.archive import reading
from hub.store.database import Database
from hub.store.instants import from_micros
from hub.store.messages import body_of
from hub.store.order_resources import list_events
from hub.store.rows import all_tables, tally_of
from hub.store.seals import verify
from hub.testing.flow_site import interchange, order_850
from hub.worker.drain import drain

LARGE = 300_000


@pytest.fixture
def bench(make):
    """A hub with orders, answers, a large payload and something that still waits."""
    bench = make(confirm="automatic", agreements="  - send: x12/004010/855\n    triggered_by: [confirmed]\n")
    bench.take(interchange([order_850("A"), order_850("B")]))
    bench.take(interchange([order_850("C")], control=2) + b"\n" * LARGE)
    bench.accept(interchange([order_850("D")], control=3))
    return bench


@pytest.fixture
def restored(tmp_path, database_url, clock):
    """Make a site from an archive on a new embedded store; opens the hub."""
    opened = []

    def build(archive_file, *, gap=1000):
        root = tmp_path / f"restored-{len(opened)}"
        with reading(archive_file) as archive:
            unpack_site(archive, root)
            url = f"sqlite:///{root}/var/hub.db"
            database = Database(url=url, blobs=root / "var" / "payloads", clock=clock)
            done = fill_store(archive, database, root / "var", actor="test", gap=gap)
            database.close()
        hub = open_hub(root, clock=lambda: from_micros(clock()), database_url=url)
        opened.append(hub)
        return hub, done

    yield build
    for hub in opened:
        hub.stop()


def contents(hub, *, without=("audit_event", "audit_seal", "control_number", "job", "event")):
    with hub.read() as view:
        return {table.name: tally_of(view.connection, table).told() for table in all_tables() if table.name not in without}


def test_a_site_made_from_its_backup_has_every_row_every_payload_and_a_chain_that_holds(bench, restored, tmp_path):
    archive = tmp_path / "backup.zip"
    done = back_up(bench.hub, archive)
    hub, told = restored(archive)
    assert (told.broken, told.rows, told.payloads) == ((), done.rows, 1)
    assert contents(hub) == contents(bench.hub)
    seal(hub)
    with hub.read() as view:
        assert list(verify(view.connection, read_head(hub))) == []


def test_the_restored_site_goes_on_where_the_backup_was_taken(bench, restored, tmp_path):
    back_up(bench.hub, tmp_path / "backup.zip")
    hub, _ = restored(tmp_path / "backup.zip")
    far_side = bench.far_side
    hub.build_connector = lambda name: far_side
    sent = len(far_side.received)
    drain(hub)
    assert len(far_side.received) == sent + 2  # the order that waited is acknowledged and confirmed
    assert b"GS*FA*EDIHUB*ACME*" in far_side.received[sent].payload


def test_no_control_number_is_used_twice_after_a_restore(bench, restored, tmp_path):
    back_up(bench.hub, tmp_path / "backup.zip")
    bench.drain()  # what the backup does not know: numbers used after it
    used = {each.payload[99:108] for each in bench.far_side.received}
    hub, _ = restored(tmp_path / "backup.zip")
    before = len(bench.far_side.received)
    hub.build_connector = lambda name: bench.far_side
    drain(hub)
    new = {each.payload[90:99] for each in bench.far_side.received[before:]}
    assert new
    assert not new & {each.payload[90:99] for each in bench.far_side.received[:before]}
    assert used


def test_a_consumer_that_was_ahead_of_the_backup_misses_nothing_afterwards(bench, restored, tmp_path):
    seal(bench.hub)
    back_up(bench.hub, tmp_path / "backup.zip")
    bench.drain()
    seal(bench.hub)
    with bench.hub.read() as view:
        seen = list_events(view.connection, limit=500).items
    hub, _ = restored(tmp_path / "backup.zip")
    hub.build_connector = lambda name: bench.far_side
    drain(hub)
    seal(hub)
    with hub.read() as view:
        after = list_events(view.connection, limit=500, after=seen[-1]["cursor"]).items
    assert after[0]["type"] == "store.restored"
    assert {"order.received", "order.confirmed"} <= {each["type"] for each in after}


def test_a_backup_is_for_our_eyes_only_and_never_has_the_master_key(bench, tmp_path):
    keys = bench.hub.site.root / "keys"
    keys.mkdir()
    (keys / "master.key").write_text("secret")
    (keys / "partner.pem").write_text("certificate")
    back_up(bench.hub, tmp_path / "backup.zip")
    assert (tmp_path / "backup.zip").stat().st_mode & 0o777 == 0o600
    names = zipfile.ZipFile(tmp_path / "backup.zip").namelist()
    assert "site/keys/partner.pem" in names
    assert "site/keys/master.key" not in names


def test_a_backup_never_writes_over_a_file(bench, tmp_path):
    (tmp_path / "backup.zip").write_text("something")
    with pytest.raises(Refused) as refused:
        back_up(bench.hub, tmp_path / "backup.zip")
    assert refused.value.code == "HUB-561"


def damaged(source, target, *, drop="", change=""):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == change:
                body = body.replace(b'"number":"A"', b'"number":"Z"')
            if name != drop:
                new.writestr(name, body)
    return target


@pytest.mark.parametrize(
    "what", [{"drop": "tables/orders.jsonl"}, {"change": "tables/orders.jsonl"}, {"drop": "manifest.json"}]
)
def test_an_archive_that_is_not_what_its_manifest_says_fills_nothing(bench, tmp_path, what, clock):
    back_up(bench.hub, tmp_path / "backup.zip")
    wrong = damaged(tmp_path / "backup.zip", tmp_path / "wrong.zip", **what)
    database = Database(url=f"sqlite:///{tmp_path}/other/hub.db", blobs=tmp_path / "other" / "payloads", clock=clock)
    with pytest.raises(InputError) as refused, reading(wrong) as archive:
        fill_store(archive, database, tmp_path / "other", actor="test")
    assert refused.value.code == "HUB-560"
    with database.read() as view:
        assert view.connection.scalar(text("select count(*) from message")) == 0
    database.close()


def test_an_archive_whose_names_lead_out_of_it_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "wrong.zip", "w") as archive:
        archive.writestr("site/../../evil", b"x")
        archive.writestr("manifest.json", b'{"format":1}')
    with pytest.raises(InputError, match="leads out"), reading(tmp_path / "wrong.zip") as archive:
        unpack_site(archive, tmp_path / "site")
    assert not (tmp_path / "evil").exists()


def test_every_row_moves_to_another_database_and_is_the_same_there(bench, tmp_path, request, clock):
    server = request.getfixturevalue("postgres")
    url = server.fresh()
    target = Database(url=url, blobs=bench.hub.database.blobs._folder, clock=clock)
    try:
        moved = move_store(bench.hub.database, target, actor="test")
        assert moved.tables["orders"] == 3
        with bench.hub.read() as old, target.read() as new:
            for table in all_tables():
                if table.name not in {"audit_event", "job"}:
                    assert tally_of(new.connection, table) == tally_of(old.connection, table), table.name
        with pytest.raises(Refused) as refused:
            move_store(bench.hub.database, target, actor="test")
        assert refused.value.code == "HUB-562"
    finally:
        target.close()
        server.drop(url)


def test_large_payloads_are_the_same_bytes_after_a_restore(bench, restored, tmp_path):
    with bench.hub.transaction() as tx:
        payload = os.urandom(LARGE)
        kept = tx.messages.put_in(body_of(payload, tx.blobs), channel="api", partner="acme", test=False)
    back_up(bench.hub, tmp_path / "backup.zip")
    hub, _ = restored(tmp_path / "backup.zip")
    with hub.read() as view:
        assert view.payload(kept) == payload
