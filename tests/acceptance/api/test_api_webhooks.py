"""Subscribers over the API: a list like every other, and told again once however often it is asked."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.network

HOOK = '\n[[webhooks]]\nname = "{name}"\nurl = "http://127.0.0.1:9/hook"\nsecret = {{file = "secret.txt"}}\nallow_networks = ["127.0.0.0/8"]\n'


@pytest.fixture(scope="module")
def telling(serve_site):
    """A hub with three subscribers, none of whom answers."""

    def change(root):
        (root / "secret.txt").write_text("a secret that nobody knows")
        (root / "secret.txt").chmod(0o600)
        file = root / "hub.toml"
        file.write_text(file.read_text() + "".join(HOOK.format(name=name) for name in ("wms", "erp", "bi")))

    return serve_site(change)


def test_subscribers_are_listed_in_pages_like_everything_else(telling):
    with telling.client("admin") as client:
        first = client.get("/api/v1/webhooks", params={"limit": 2})
        assert [each["name"] for each in first.json()["items"]] == ["bi", "erp"]
        last = client.get(first.links["next"]["url"])
        strange = client.get("/api/v1/webhooks", params={"after": "WzFd"})
    assert [each["name"] for each in last.json()["items"]] == ["wms"]
    assert last.json()["next"] is None
    assert "link" not in last.headers
    assert (strange.status_code, strange.json()["code"]) == (404, "HUB-407")


def test_a_subscriber_is_told_again_once_however_often_it_is_asked(telling):
    with telling.client("admin") as client:
        headers = {"idempotency-key": "again-1"}
        first = client.post("/api/v1/webhooks/erp/replay", json={}, headers=headers)
        again = client.post("/api/v1/webhooks/erp/replay", json={}, headers=headers)
        other = client.post("/api/v1/webhooks/erp/replay", json={"after": "WzFd"}, headers=headers)
        strange = client.post("/api/v1/webhooks/erp/replay", json={"after": "abc"})
    assert (first.status_code, first.json()["name"]) == (200, "erp")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    assert (other.status_code, other.json()["code"]) == (422, "HUB-422")
    assert (strange.status_code, strange.json()["code"]) == (404, "HUB-407")
