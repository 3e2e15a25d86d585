"""Every address that takes a body shows one, and the bodies shown work: placed, released, confirmed, shipped and billed as they stand."""

from __future__ import annotations

import msgspec
import pytest

from hub.web.app import ENDPOINTS
from hub.web.examples import EXAMPLES

WITH_BODY = [each for each in ENDPOINTS if each.body is not None and not each.is_alias]


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=lambda each: each.name)
def test_the_body_that_is_shown_is_one_that_is_taken(endpoint) -> None:
    example = EXAMPLES[endpoint.name]
    assert msgspec.json.decode(msgspec.json.encode(example), type=endpoint.body) is not None


def test_no_example_is_left_over() -> None:
    assert set(EXAMPLES) == {each.name for each in WITH_BODY}


def test_the_examples_tell_one_story(running) -> None:
    with running.client("orders:read", "orders:write", "documents:write") as erp:
        placed = erp.post("/api/v1/orders", json=EXAMPLES["create_order"])
        assert placed.status_code == 201, placed.text
        address = f"/api/v1/orders/{placed.json()['id']}"
        for name, path, status in (
            ("release_order", "release", 200),  # its buyer is no partner of ours: a person lets it go on
            ("confirm_order", "confirm", 200),
            ("ship_order", "shipments", 201),
            ("invoice_order", "invoices", 201),
        ):
            answer = erp.post(f"{address}/{path}", json=EXAMPLES[name])
            assert answer.status_code == status, (name, answer.text)
        first, second = erp.get(address).json()["matrix"]
    assert [first[each] for each in ("ordered", "confirmed", "shipped", "invoiced")] == ["10", "10", "10", "10"]
    assert [second[each] for each in ("ordered", "shipped")] == ["5", "0"]
