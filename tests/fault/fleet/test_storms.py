"""A fleet of real processes under load: each is killed over and over, and so are its database and its queue; nothing acknowledged is lost."""

from __future__ import annotations

import os
import time

import pytest

from hub.store.database import Database
from hub.testing.fleet import Fleet
from hub.testing.ledger import storm_breaches
from hub.testing.servers import postgres_cluster, queue_server
from hub.testing.storm import Storm, write_storm_site

SEED = int(os.environ.get("EDIHUB_SEED", "20260924"))
KILLS = int(os.environ.get("EDIHUB_KILLS", "250"))
LEASES_END = 300.0


def idle(fleet, url):
    """Wait until nothing is left to do; leases of killed workers run out within a minute."""
    database = Database(url=url, blobs=fleet.site / "var" / "payloads") if not url.startswith("sqlite") else None
    until = time.monotonic() + LEASES_END
    try:
        while database is not None and time.monotonic() < until:
            with database.read() as view:
                if not view.jobs.depth():
                    return
            time.sleep(0.5)
    finally:
        if database is not None:
            database.close()


def judge(storm, url):
    fleet = storm.fleet
    storm.wait_until_taken()
    if url.startswith("sqlite"):
        wait_for_responses(storm)
    else:
        idle(fleet, url)
    fleet.stop()
    database = Database(url=url, blobs=fleet.site / "var" / "payloads")
    try:
        found = storm_breaches(storm, database)
    finally:
        database.close()
    for breach in found[:40]:
        print(breach)
    print(
        f"{storm.kills} kills {dict(storm.strikes)}; {len(storm.acknowledged)} of {len(storm.sent)} acknowledged; {len(found)} breaches"
    )
    return found


def wait_for_responses(storm):
    """An embedded store belongs to its hub: what it has done is seen at the far side."""
    outbox, until = storm.fleet.site / "outbox", time.monotonic() + 300
    while len(list(outbox.glob("855_*"))) < len(storm.acknowledged) and time.monotonic() < until:
        time.sleep(0.3)
    time.sleep(1)


def embedded(tmp_path, kills, **how):
    fleet = Fleet(site=write_storm_site(tmp_path / "site"))
    storm = Storm(fleet=fleet, seed=SEED, **how)
    try:
        storm.run(kills)
        found = judge(storm, f"sqlite:///{fleet.site / 'var' / 'hub.db'}")
    finally:
        fleet.stop()
    assert storm.kills >= kills
    assert len(storm.acknowledged) == len(storm.sent)
    assert found == []


def scaled(tmp_path, kills, **how):
    with postgres_cluster() as cluster, queue_server() as queue:
        url = cluster.url
        fleet = Fleet(site=write_storm_site(tmp_path / "site"), store=url, queue=queue.url, workers=2)
        storm = Storm(fleet=fleet, seed=SEED, cluster=cluster, queue=queue, **how)
        try:
            storm.run(kills)
            found = judge(storm, url)
        finally:
            fleet.stop()
    assert storm.kills >= kills
    assert len(storm.acknowledged) == len(storm.sent)
    assert found == []


def test_an_embedded_hub_survives_a_few_kills_under_load(tmp_path):
    embedded(tmp_path, 4, rate=15)


def test_a_scaled_hub_survives_kills_of_every_part_under_load(tmp_path):
    scaled(tmp_path, 6, rate=10)


@pytest.mark.long
def test_an_embedded_hub_survives_hundreds_of_kills_under_load(tmp_path):
    embedded(tmp_path, KILLS)


@pytest.mark.long
def test_a_scaled_hub_survives_hundreds_of_kills_of_every_part_under_load(tmp_path):
    scaled(tmp_path, KILLS)
