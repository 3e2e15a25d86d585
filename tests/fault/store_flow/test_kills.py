"""The hub is killed at named places, over and over; nothing that was acknowledged may be lost or happen twice."""

from __future__ import annotations

import os

import pytest

from hub.store.database import Database
from hub.testing.flow_site import write_site
from hub.testing.kills import Harness
from hub.testing.ledger import breaches

SEED = int(os.environ.get("EDIHUB_SEED", "20260924"))
RESPONSE = "  - send: x12/004010/855\n    triggered_by: [confirmed]"


def harness(tmp_path, url, *, seed=SEED, early=False):
    site = write_site(tmp_path / "site", confirm="automatic", agreements=RESPONSE)
    return Harness(site=site, url=url, seed=seed, acknowledges_early=early)


def judged(run, url, tmp_path):
    database = Database(url=url, blobs=tmp_path / "site" / "var" / "payloads")
    try:
        return breaches(run, database, answers=1)
    finally:
        database.close()


def test_ten_kills_lose_nothing_and_double_nothing(tmp_path, sqlite_files):
    url = sqlite_files.fresh(tmp_path / "db")
    run = harness(tmp_path, url)
    run.run(10)
    assert run.kills >= 10
    assert judged(run, url, tmp_path) == []
    assert len(run.acknowledged) == len(run.sent)


def test_a_hub_that_acknowledges_before_it_commits_is_caught(tmp_path, sqlite_files):
    url = sqlite_files.fresh(tmp_path / "db")
    run = harness(tmp_path, url, early=True)
    # not every kill meets an arrival between its answer and its commit
    run.run(10)
    assert any(breach.startswith("lost") for breach in judged(run, url, tmp_path))


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_two_hundred_kills_lose_nothing_and_double_nothing(tmp_path, request, kind):
    url = (
        request.getfixturevalue("sqlite_files").fresh(tmp_path / "db")
        if kind == "sqlite"
        else request.getfixturevalue("postgres").fresh()
    )
    run = harness(tmp_path, url)
    run.run(200)
    assert run.kills >= 200
    found = judged(run, url, tmp_path)
    print(f"{kind}: {run.kills} kills, {len(run.acknowledged)} acknowledged, {len(found)} breaches; {dict(run.points)}")
    assert found == []
    assert len(run.acknowledged) == len(run.sent)
