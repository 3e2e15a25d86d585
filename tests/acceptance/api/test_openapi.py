"""The server is held to its own description: made-up requests, right and wrong, against a running hub."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
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
    hooks = {**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("made_up_keys.py"))}
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
