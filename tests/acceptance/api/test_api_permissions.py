"""Who may do what: every address has a permission, every key only its scopes, and nothing is done before that is known."""

import httpx
import pytest

from hub.errors import Refused
from hub.store.keys import SCOPES
from hub.web.app import ENDPOINTS, build
from hub.web.callers import PUBLIC
from hub.web.edges import OWN

pytestmark = pytest.mark.network

PUBLIC_ADDRESSES = {"/", "/api/v1/openapi.json", "/healthz", "/readyz", "/metrics"}
GUARDED = [endpoint for endpoint in ENDPOINTS if endpoint.scope != PUBLIC]


def address_of(endpoint):
    return endpoint.path.replace("{id}", "some-id")


def test_every_address_declares_its_permission(running):
    web = build(running.hub)
    web.threads.shutdown()
    for address in web.addresses:
        if address.scope == PUBLIC:
            assert address.path in PUBLIC_ADDRESSES
        elif address.scope == OWN:
            assert address.path == "/as2" or address.path.startswith("/in/")
        elif address.scope.startswith("console:"):
            assert address.path.startswith("/admin")
        else:
            assert address.scope in SCOPES, address.path


@pytest.mark.parametrize("endpoint", GUARDED, ids=lambda each: f"{each.method} {each.path}")
def test_without_a_key_nothing_is_done(running, endpoint):
    for headers in ({}, {"authorization": "Bearer wrong.secret"}, {"authorization": "Basic YTpi"}, {"authorization": "Bearer"}):
        answer = httpx.request(endpoint.method, running.url + address_of(endpoint), headers=headers, content=b"not json")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("endpoint", GUARDED, ids=lambda each: f"{each.method} {each.path}")
def test_a_key_opens_what_its_scope_names_and_nothing_else(keys, running, endpoint, scope):
    answer = httpx.request(
        endpoint.method,
        running.url + address_of(endpoint),
        headers={"authorization": f"Bearer {keys[scope]}", "content-type": "application/json"},
        content=b"[]" if endpoint.method == "POST" else None,
    )
    if scope in {endpoint.scope, "admin"}:
        assert answer.status_code in {200, 404, 422}
    else:
        assert answer.status_code == 403
        assert endpoint.scope in answer.json()["title"]


@pytest.fixture(scope="module")
def keys(running):
    return {scope: running.key(scope) for scope in SCOPES}


def test_a_revoked_key_is_refused_within_seconds(running, monkeypatch):
    from hub.web import callers

    monkeypatch.setattr(callers, "_FRESH", 0.0)
    with running.client("orders:read") as client:
        assert client.get("/api/v1/orders").status_code == 200
        prefix = client.headers["authorization"].removeprefix("Bearer ").partition(".")[0]
        with running.hub.transaction() as tx:
            tx.keys.revoke(prefix)
        assert client.get("/api/v1/orders").status_code == 401


def test_a_key_cannot_be_made_for_a_scope_that_does_not_exist(running):
    with pytest.raises(Refused, match="everything"):
        running.key("everything")


def test_the_secret_of_a_key_stands_nowhere_in_the_store(running):
    secret = running.key("orders:read").partition(".")[2].encode()
    files = [path for path in (running.root / "var").iterdir() if path.is_file()]
    assert files
    assert all(secret not in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/orders?limit=0", 400),
        ("/api/v1/orders?limit=501", 400),
        ("/api/v1/orders?limit=x", 400),
        ("/api/v1/orders?colour=blue", 400),
        ("/api/v1/orders?limit=1&limit=2", 400),
        ("/api/v1/orders?status=sleeping", 400),
        ("/api/v1/orders?number=%00", 400),
        ("/api/v1/orders?since=yesterday", 400),
        ("/api/v1/orders?until=0.5", 400),
        ("/api/v1/orders?held=null", 400),
        ("/api/v1/orders?status=null", 400),
        ("/api/v1/orders?test=1", 400),
        ("/api/v1/orders?limit=1_0", 400),
        ("/api/v1/orders?after=nonsense", 404),
        ("/api/v1/events?after=WyJhIl0", 404),
        ("/api/v1/messages?light=syntax:purple", 400),
        ("/api/v1/nothing", 404),
        ("/api/v1/orders/", 404),
    ],
)
def test_a_wrong_question_is_answered_with_a_problem(running, path, status):
    with running.client("admin") as client:
        answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) >= {"type", "title", "status", "code"}


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("status=sleeping", "it is one of cancelled, confirmed"),
        ("held=null", "it is true or false"),
        ("limit=x", "it is a whole number"),
        ("since=yesterday", "such as 2026-09-24T12:00:00Z"),
    ],
)
def test_a_wrong_value_is_told_with_the_values_there_are(running, query, hint):
    name, value = query.split("=")
    with running.client("admin") as client:
        problem = client.get(f"/api/v1/orders?{query}").json()
    assert problem["title"] == f"{value!r} is no value of the query parameter {name}"
    assert hint in problem["hint"]


@pytest.mark.parametrize("path", ["/api/v1/orders", "/healthz", "/in/acme/web"])
def test_another_method_is_answered_with_what_is_allowed(running, path):
    answer = httpx.request("DELETE", running.url + path)
    assert answer.status_code == 405
    assert answer.headers["allow"]


def test_health_is_public_and_says_why_not(running):
    assert httpx.get(f"{running.url}/healthz").text == "alive\n"
    assert httpx.get(f"{running.url}/readyz").json() == {"ready": True, "reasons": []}


def test_metrics_count_by_address_and_never_by_what_callers_make_up(running):
    httpx.get(f"{running.url}/made-up-by-a-scanner")
    text = httpx.get(f"{running.url}/metrics").text
    assert 'edihub_http_requests_total{route="none",status="404"}' in text
    assert "made-up" not in text
    assert "edihub_http_request_seconds_bucket" in text
