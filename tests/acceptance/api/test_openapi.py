"""The server is held to its own description: made-up requests, right and wrong, against a running hub."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import jsonschema_rs
import made_up_keys
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth

from hub.web.app import ENDPOINTS
from hub.web.openapi import document

pytestmark = [
    pytest.mark.network,
    # schemathesis' own generators use `random`
    pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"),
]

QUICK = settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
DESCRIBED = [(endpoint.path, endpoint.method) for endpoint in ENDPOINTS if not endpoint.is_alias]


@pytest.fixture(scope="module")
def api(running):
    return schemathesis.openapi.from_url(f"{running.url}/api/v1/openapi.json")


@pytest.fixture(scope="module")
def key(running):
    return running.key("admin")


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize(("path", "method"), DESCRIBED)
def test_made_up_requests_are_answered_as_described(api, key, path, method, mode):
    operation = api[path][method]
    try:
        made_up = operation.as_strategy(generation_mode=mode)
    except schemathesis.errors.SchemathesisError:
        return  # nothing about this address can be got wrong

    @QUICK
    @given(case=made_up)
    def check(case):
        # That nothing is answered without a key has tests of its own; this check would take the header given here for granted.
        case.call_and_validate(headers={"authorization": f"Bearer {key}"}, excluded_checks=[ignored_auth])

    check()


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_corner_of_the_description_is_broken(running, key, seed, tmp_path):
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{running.url}/api/v1/openapi.json"]
    options = ["-H", f"Authorization: Bearer {key}", "-n", "50", "--seed", str(seed), "--no-color"]
    hooks = {**os.environ, "SCHEMATHESIS_HOOKS": str(made_up_keys.__file__)}
    ran = subprocess.run(
        [*command, *options], capture_output=True, text=True, check=False, timeout=1800, cwd=tmp_path, env=hooks
    )
    assert ran.returncode == 0, ran.stdout[-6000:]


def test_the_description_is_public_and_names_the_product(running):
    described = httpx.get(f"{running.url}/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert described["info"]["title"] == "edihub"
    assert {"/api/v1/orders", "/api/v1/messages", "/api/v1/events"} <= set(described["paths"])
    assert "/omni_sales/orders" not in described["paths"]


def test_every_address_that_honours_a_key_declares_it_and_no_other_does():
    described = document(ENDPOINTS)["paths"]
    for endpoint in (each for each in ENDPOINTS if not each.is_alias):
        operation = described[endpoint.path][endpoint.method.lower()]
        keys = [each for each in operation["parameters"] if each["in"] == "header"]
        assert [(each["name"], each["required"]) for each in keys] == [("Idempotency-Key", False)] * endpoint.takes_key
        assert {"409", "422"} <= set(operation["responses"]) or not endpoint.takes_key
    posts = {endpoint.name for endpoint in ENDPOINTS if endpoint.method == "POST"}
    assert posts == {endpoint.name for endpoint in ENDPOINTS if endpoint.takes_key}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("k", 201),
        ("a b", 201),
        ("k" * made_up_keys.LONGEST, 201),
        ("", 400),
        ("k" * (made_up_keys.LONGEST + 1), 400),
        ("café", 400),
    ],
)
def test_a_key_is_taken_as_it_is_described(running, sent, status):
    described = document(ENDPOINTS)["paths"]["/api/v1/orders"]["post"]["parameters"]
    (key,) = [each["schema"] for each in described if each["in"] == "header"]
    is_described = jsonschema_rs.Draft202012Validator(key).is_valid(sent)
    headers = {"idempotency-key": sent.encode()}
    with running.client("orders:write") as client:
        answer = client.post("/api/v1/orders", json={"type": "order", "number": f"KEY-{len(sent)}"}, headers=headers)
    assert (answer.status_code, is_described) == (status, status == 201)


def test_every_reference_of_the_description_leads_somewhere():
    described = document(ENDPOINTS)

    def references(value):
        if isinstance(value, dict):
            if "$ref" in value:
                yield value["$ref"]
            for each in value.values():
                yield from references(each)
        elif isinstance(value, list):
            for each in value:
                yield from references(each)

    found = set(references(described))
    assert found
    assert {reference.removeprefix("#/components/schemas/") for reference in found} <= set(described["components"]["schemas"])
