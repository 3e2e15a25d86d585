"""`edihub doctor` names the servers a scaled site rests on, and what to do when one does not answer."""

from __future__ import annotations

import pytest

from hub.cli.checkup.services import queue, store
from hub.routing.load import load_site
from hub.testing.flow_site import write_site

NOBODY = "redis://127.0.0.1:9/0"


@pytest.fixture
def site(tmp_path, monkeypatch):
    def build(store_url, queue_url):
        monkeypatch.setenv("EDIHUB_STORE_URL", store_url)
        monkeypatch.setenv("EDIHUB_QUEUE_URL", queue_url)
        return load_site(write_site(tmp_path / "site"))

    return build


def test_a_database_that_answers_and_keeps_what_it_commits(site, postgres):
    url = postgres.fresh()
    (found,) = store(site(url, ""))
    assert (found.verdict, "commits are on its disk" in found.found) == ("ok", True)
    postgres.drop(url)


def test_a_database_that_is_not_there_and_one_that_may_forget(site, postgres):
    (gone,) = store(site("postgresql://127.0.0.1:9/nobody", ""))
    assert gone.verdict == "error"
    assert "does not answer" in gone.found
    url = postgres.fresh()
    (lax,) = store(site(f"{url}&options=-csynchronous_commit%3Doff", ""))
    assert (lax.verdict, "may lose" in lax.found) == ("error", True)
    postgres.drop(url)


def test_a_queue_that_answers_one_that_does_not_and_one_in_the_wrong_place(site, queue_server_url):
    url = "postgresql://127.0.0.1:9/nobody"
    assert [each.verdict for each in queue(site(url, queue_server_url))] == ["ok"]
    (lost,) = queue(site(url, NOBODY))
    assert lost.verdict == "warning"
    (wrong,) = queue(site("sqlite:///var/hub.db", NOBODY))
    assert wrong.verdict == "error"
    assert list(queue(site("sqlite:///var/hub.db", ""))) == []
    assert list(store(site("sqlite:///var/hub.db", ""))) == []


@pytest.fixture
def queue_server_url(request):
    return request.getfixturevalue("queue").url
