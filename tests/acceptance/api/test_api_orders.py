"""What an ERP may rely on when it places and moves orders."""

import json

import pytest

pytestmark = pytest.mark.network

ORDER = {
    "type": "order",
    "number": "WEB-1001",
    "issued_on": "2026-09-24",
    "currency": "EUR",
    "buyer": {"name": "ACME", "ids": [{"scheme": "buyer", "value": "C-17"}]},
    "lines": [{"number": "1", "quantity": "2.50", "unit": "H87", "price": "12.10", "item": {"supplier_id": "W-1"}}],
    "totals": {"line_count": 1, "amount": "30.25"},
    "source": {"partner": "acme"},
}


def order(**changes):
    return {**ORDER, **changes}


@pytest.fixture(scope="module")
def erp(running):
    with running.client("orders:read", "orders:write") as client:
        yield client


def placed(erp, number, **changes):
    answer = erp.post("/api/v1/orders", json=order(number=number, **changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_an_order_is_created_and_can_be_read_back(erp):
    answer = erp.post("/api/v1/orders", json=order())
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"/api/v1/orders/{made['id']}"
    assert made["order"]["lines"][0]["quantity"] == "2.50"
    assert made["order"]["lines"][0]["price"] == "12.10"
    assert (made["number"], made["partner"], made["channel"], made["test"]) == ("WEB-1001", "acme", "api", False)
    assert made["status"] == {"code": 0, "slug": "draft", "label": "Draft"}
    assert made["approval"] == "not_required"
    assert made["held"] is None
    assert made["matrix"][0]["ordered"] == "2.50"
    assert [entry["to"] for entry in made["history"]] == ["draft"]
    assert erp.get(answer.headers["location"]).json() == made


def test_the_chain_of_an_order_has_its_document_with_three_lights(erp):
    made = placed(erp, "CHAIN-1")
    (document,) = made["documents"]
    assert (document["type"], document["direction"]) == ("order", "in")
    assert set(document["lights"]) == {"delivery", "syntax", "business"}
    assert all(set(light) == {"state", "reason", "at"} for light in document["lights"].values())


def test_the_same_key_returns_the_stored_answer(erp):
    headers = {"idempotency-key": "key-A"}
    answers = [erp.post("/api/v1/orders", json=order(number="KEY-1"), headers=headers) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true", "true"]
    assert len(erp.get("/api/v1/orders", params={"number": "KEY-1"}).json()["items"]) == 1


def test_the_same_key_with_another_body_is_refused(erp):
    headers = {"idempotency-key": "key-B"}
    erp.post("/api/v1/orders", json=order(number="KEY-2"), headers=headers)
    answer = erp.post("/api/v1/orders", json=order(number="KEY-3"), headers=headers)
    assert answer.status_code == 422
    assert answer.json()["code"] == "HUB-422"
    assert erp.get("/api/v1/orders", params={"number": "KEY-3"}).json()["items"] == []


def test_the_key_is_the_callers_own(running, erp):
    headers = {"idempotency-key": "key-C"}
    erp.post("/api/v1/orders", json=order(number="KEY-4"), headers=headers)
    with running.client("orders:write") as other:
        answer = other.post("/api/v1/orders", json=order(number="KEY-5"), headers=headers)
    assert answer.status_code == 201


def test_without_a_key_buyer_and_number_are_the_key(erp):
    first = erp.post("/api/v1/orders", json=order(number="NAT-1"))
    again = erp.post("/api/v1/orders", json=order(number="NAT-1"))
    other = erp.post("/api/v1/orders", json=order(number="NAT-1", currency="USD"))
    assert (again.status_code, again.content) == (201, first.content)
    assert (other.status_code, other.json()["code"]) == (409, "HUB-435")
    assert "number NAT-1 was placed before" in other.json()["title"]


@pytest.mark.parametrize("buyer", [{"ids": [{"value": ""}]}, {"ids": [{"value": " ", "scheme": "buyer"}]}, {"name": " "}])
def test_a_buyer_without_a_word_is_no_key(erp, buyer):
    first = erp.post("/api/v1/orders", json=order(number="BLANK-1", buyer=buyer, source={}))
    other = erp.post("/api/v1/orders", json=order(number="BLANK-1", buyer=buyer, source={}, currency="USD"))
    assert (first.status_code, other.status_code) == (201, 201)
    assert first.json()["id"] != other.json()["id"]


def test_without_a_key_channel_and_external_id_are_the_key(erp):
    source = {"channel": "woocommerce", "external_id": "4711", "partner": "acme"}
    first = erp.post("/api/v1/orders", json=order(number="W-1", source=source))
    again = erp.post("/api/v1/orders", json=order(number="W-1", source=source))
    shopify = erp.post("/api/v1/orders", json=order(number="W-1", source={**source, "channel": "shopify"}))
    assert first.json()["channel"] == "woocommerce"
    assert first.json()["external_id"] == "4711"
    assert again.json()["id"] == first.json()["id"]
    assert shopify.json()["id"] != first.json()["id"]


def test_the_same_order_under_another_key_is_the_same_order(erp):
    first = erp.post("/api/v1/orders", json=order(number="SAME-1"), headers={"idempotency-key": "s1"})
    second = erp.post("/api/v1/orders", json=order(number="SAME-1"), headers={"idempotency-key": "s2"})
    changed = erp.post("/api/v1/orders", json=order(number="SAME-1", currency="RON"), headers={"idempotency-key": "s3"})
    assert second.json()["id"] == first.json()["id"]
    assert changed.status_code == 409
    assert changed.json()["code"] == "BUS-303"


def test_an_order_of_an_unknown_partner_is_accepted_and_held(erp):
    made = placed(erp, "HELD-1", source={"partner": "nobody"})
    assert made["partner"] is None
    assert made["held"]["code"] == "RTE-315"
    assert "nobody" in made["held"]["message"]
    assert made["held"]["hint"]
    listed = erp.get("/api/v1/orders", params={"held": "true", "number": "HELD-1"}).json()["items"]
    assert [item["id"] for item in listed] == [made["id"]]


def test_the_path_of_the_present_system_is_an_alias(erp):
    made = erp.post("/omni_sales/orders", json=order(number="ALIAS-1"), headers={"idempotency-key": "alias"})
    again = erp.post("/api/v1/orders", json=order(number="ALIAS-1"), headers={"idempotency-key": "alias"})
    assert made.status_code == 201
    assert again.content == made.content


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"lines": [{"quantity": "NaN"}]}, "$.lines[0].quantity"),
        ({"lines": [{"quantity": 2.5}]}, "$.lines[0].quantity"),
        ({"lines": [{"quantity": "1e5"}]}, "$.lines[0].quantity"),
        ({"lines": [{"quantity": "1_000"}]}, "$.lines[0].quantity"),
        ({"lines": [{"quantity": True}]}, "$.lines[0].quantity"),
        ({"lines": [{"components": [{"quantity": "x"}]}]}, "$.lines[0].components[0].quantity"),
        ({"colour": "blue"}, "colour"),
        ({"issued_on": "24.09.2026"}, "issued_on"),
        ({"type": "invoice"}, "type"),
        ({"purpose": "whatever"}, "purpose"),
    ],
)
def test_a_body_that_does_not_fit_is_named_with_its_place(erp, change, complaint):
    answer = erp.post("/api/v1/orders", json=order(number="BAD-1", **change))
    assert answer.status_code == 422
    assert complaint in answer.json()["title"]
    assert answer.json()["hint"]


def test_whole_numbers_may_stand_without_quotes(erp):
    made = placed(erp, "INT-1", lines=[{"number": "1", "quantity": 3, "price": "1.50"}])
    assert made["order"]["lines"][0]["quantity"] == "3"


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"number": "\\ud800"}'])
def test_what_is_no_order_is_refused_without_a_trace(erp, raw):
    answer = erp.post("/api/v1/orders", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_another_media_type_is_refused(erp):
    answer = erp.post("/api/v1/orders", content=b"<order/>", headers={"content-type": "application/xml"})
    assert answer.status_code == 415


def test_a_body_over_twenty_mebibytes_is_refused(erp):
    answer = erp.post("/api/v1/orders", content=b" " * (20 * 1024 * 1024 + 1), headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_an_order_is_confirmed_held_released_and_cancelled(erp):
    address = f"/api/v1/orders/{placed(erp, 'LIFE-1')['id']}"
    confirmed = erp.post(f"{address}/confirm").json()
    assert confirmed["status"]["slug"] == "confirmed"
    assert confirmed["matrix"][0]["confirmed"] == "2.50"
    cancelled = erp.post(f"{address}/cancel", json={"reason": "the buyer called"}).json()
    assert cancelled["status"]["slug"] == "cancelled"
    assert [(each["from"], each["to"]) for each in cancelled["history"]] == [
        (None, "draft"),
        ("draft", "confirmed"),
        ("confirmed", "cancelled"),
    ]
    assert cancelled["history"][-1]["reason"] == "the buyer called"


def test_a_hold_keeps_its_reason_and_a_release_goes_back_to_where_it_was(erp):
    address = f"/api/v1/orders/{placed(erp, 'HOLD-1')['id']}"
    held = erp.post(f"{address}/hold", json={"reason": "price looks odd"}).json()
    assert held["status"]["slug"] == "on_hold"
    assert held["held"]["message"] == "price looks odd"
    released = erp.post(f"{address}/release").json()
    assert released["status"]["slug"] == "draft"
    assert released["held"] is None


def test_an_order_that_arrived_held_is_released_before_it_is_confirmed(erp):
    address = f"/api/v1/orders/{placed(erp, 'HELD-2', source={'partner': 'nobody'})['id']}"
    refused = erp.post(f"{address}/confirm")
    assert refused.status_code == 409
    assert refused.json()["code"] == "BUS-315"
    assert erp.post(f"{address}/release").json()["held"] is None
    assert erp.post(f"{address}/confirm").status_code == 200


def test_a_step_that_the_table_does_not_allow_says_what_may_follow(erp):
    address = f"/api/v1/orders/{placed(erp, 'STEP-1')['id']}"
    erp.post(f"{address}/cancel")
    refused = erp.post(f"{address}/confirm")
    assert refused.status_code == 409
    assert "cancelled" in refused.json()["title"]
    assert "refund" in refused.json()["hint"]


def test_an_action_repeated_under_its_key_has_one_effect(erp):
    address = f"/api/v1/orders/{placed(erp, 'ONCE-1')['id']}"
    first = erp.post(f"{address}/confirm", headers={"idempotency-key": "c1"})
    again = erp.post(f"{address}/confirm", headers={"idempotency-key": "c1"})
    assert (again.status_code, again.content) == (200, first.content)
    assert len(again.json()["history"]) == 2


@pytest.mark.parametrize("path", ["/api/v1/orders/nothing", "/api/v1/messages/nothing", "/api/v1/messages/nothing/payload"])
def test_what_is_not_there_is_not_found(running, path):
    with running.client("admin") as client:
        answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "HUB-404"
    assert answer.json()["hint"]


def test_events_tell_what_happened_in_an_order_that_is_safe_to_resume_from(running, erp):
    made = placed(erp, "EVENT-1")
    erp.post(f"/api/v1/orders/{made['id']}/confirm")
    with running.client("events:read") as client:
        seen, cursor = [], None
        for _ in range(200):
            page = client.get("/api/v1/events", params={"limit": 3, **({"after": cursor} if cursor else {})}).json()
            seen += page["items"]
            cursor = page["items"][-1]["cursor"] if page["items"] else cursor
            if [each["type"] for each in seen if each["order_id"] == made["id"]] == ["order.received", "order.confirmed"]:
                break
        else:
            pytest.fail("the events never came")
    assert len({each["id"] for each in seen}) == len(seen)
    assert set(seen[0]) == {"cursor", "id", "type", "at", "order_id", "message_id", "test", "data"}


def test_lists_come_in_pages_that_do_not_repeat_or_skip(erp):
    numbers = [f"PAGE-{index}" for index in range(7)]
    for number in numbers:
        placed(erp, number, buyer={"name": "Pager"}, source={"partner": "acme", "channel": "pages"})
    seen, address = [], "/api/v1/orders?channel=pages&limit=3"
    sizes = []
    while address:
        answer = erp.get(address)
        sizes.append(len(answer.json()["items"]))
        seen += [item["number"] for item in answer.json()["items"]]
        address = answer.links.get("next", {}).get("url")
        assert (answer.json()["next"] is None) == (address is None)
    assert seen == numbers[::-1]
    assert sizes == [3, 3, 1]


def test_an_order_can_be_found_in_the_audit_log_with_its_bytes(running, erp):
    made = placed(erp, "AUDIT-1")
    with running.client("messages:read") as client:
        (item,) = client.get("/api/v1/messages", params={"number": "AUDIT-1"}).json()["items"]
        payload = client.get(f"/api/v1/messages/{item['id']}/payload")
    assert item["order_id"] == made["id"]
    assert json.loads(payload.content) == order(number="AUDIT-1")
    assert payload.headers["content-disposition"].startswith("attachment")
    assert payload.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("body", [{}, {"type": "order"}, {"lines": [], "number": ""}, {"currency": "EUR"}])
def test_an_order_that_says_nothing_is_refused_with_what_it_needs(erp, body):
    answer = erp.post("/api/v1/orders", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "BUS-305")
    assert "$.lines" in answer.json()["title"]


@pytest.mark.parametrize("body", [{"number": "ONLY-NUMBER"}, {"buyer": {"name": "Only Buyer"}}])
def test_an_order_that_says_a_little_is_kept_and_held(erp, body):
    answer = erp.post("/api/v1/orders", json=body)
    assert answer.status_code == 201
    assert answer.json()["held"] is not None


@pytest.mark.parametrize(
    "text",
    [
        '{"number": "TWICE-1", "number": "TWICE-2"}',
        '{"number": "TWICE-1", "lines": [{"quantity": "1", "quantity": "100"}]}',
    ],
)
def test_a_name_that_stands_twice_in_an_object_is_refused(erp, text):
    answer = erp.post("/api/v1/orders", content=text, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "HUB-400")
    assert "stands twice" in answer.json()["title"]


def test_very_long_numbers_and_deep_nesting_are_refused_as_json_that_does_not_fit(erp):
    for text in ('{"number": "1", "lines": [{"quantity": ' + "9" * 5000 + "}]}", '{"number": ' + "[" * 3000 + "]" * 3000 + "}"):
        answer = erp.post("/api/v1/orders", content=text, headers={"content-type": "application/json"})
        assert answer.status_code in {400, 422}, answer.text[:200]
