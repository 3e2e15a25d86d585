"""Every step of an order over the API: guarded, answered by stable codes, once under its key."""

import pytest

from hub.errors import Conflict
from hub.flow.orders.act import carry_out
from hub.flow.orders.steps import prepare_step

pytestmark = pytest.mark.network

CHANNELS = """
[channels.shop]
confirm = "automatic"
orders = {currency = "RON", largest = {lines = 2}}
tables = {prices = "shop"}
"""
PRICES = "prices: shop\ncurrency: RON\nrows: {W-1: {price: '12.10'}}\n"
RULES = """\
rules: site
approval:
  - rule: large
    title: B2B over 10,000 RON
    approver: sales manager
    channels: [portal]
    when: {all: [{field: currency, operator: equals, value: RON}, {field: amount, operator: above, value: "10000"}]}
status:
  - {rule: prepaid, channels: [woocommerce], status: pending_payment}
"""


@pytest.fixture(scope="module")
def stepping(serve_site):
    def change(root):
        (root / "hub.toml").write_text((root / "hub.toml").read_text() + CHANNELS)
        for name, text in (("prices/shop", PRICES), ("rules/site", RULES)):
            path = root / "mappings" / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return serve_site(change)


@pytest.fixture(scope="module")
def erp(stepping):
    with stepping.client("orders:read", "orders:write") as client:
        yield client


@pytest.fixture(scope="module")
def manager(stepping):
    with stepping.client("orders:read", "orders:approve") as client:
        yield client


def placed(erp, number, *, channel="api", price="12.10", quantity="2", **more):
    line = {"number": "1", "quantity": quantity, "unit": "H87", "price": price, "item": {"supplier_id": "W-1"}}
    body = {
        "type": "order",
        "number": number,
        "currency": "RON",
        "buyer": {"name": "Shop"},
        "lines": [line, {**line, "number": "2"}],
        "source": {"partner": "acme", "channel": channel},
        **more,
    }
    answer = erp.post("/api/v1/orders", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def act(client, made, action, body=None, **how):
    return client.post(f"/api/v1/orders/{made['id']}/{action}", json=body, **how)


def test_an_order_is_taken_through_its_life(erp):
    made = placed(erp, "LIFE-1")
    for action, body, slug in (
        ("status", {"to": "processing", "reason": "counting"}, "processing"),
        ("confirm", None, "confirmed"),
        ("ready", {"reason": "on the dock"}, "ready"),
        ("status", {"to": "shipping"}, "shipping"),
        ("delivered", None, "delivered"),
        ("status", {"to": "return_pending"}, "return_pending"),
        ("status", {"to": "partial_return"}, "partial_return"),
        ("status", {"to": "partial_refund"}, "partial_refund"),
    ):
        answer = act(erp, made, action, body)
        assert (answer.status_code, answer.json()["status"]["slug"]) == (200, slug), answer.text
    history = answer.json()["history"]
    assert [each["to"] for each in history][-1] == "partial_refund"
    assert all(each["actor"].startswith("test-") and each["at"] for each in history)
    assert history[1]["reason"] == "counting"


def test_paid_and_backordered_orders(erp):
    made = placed(erp, "PAID-1")
    assert act(erp, made, "paid").json()["status"] == {"code": 14, "slug": "paid", "label": "Paid"}
    waiting = act(erp, made, "backorder", {"reason": "no goods"})
    assert waiting.json()["status"]["code"] == 16
    refused = act(erp, made, "delivered")
    assert (refused.status_code, refused.json()["code"]) == (409, "BUS-351")
    assert act(erp, made, "confirm").json()["matrix"][0]["confirmed"] == "2"


def test_lines_are_confirmed_one_by_one_once_under_a_key(erp):
    made = placed(erp, "LINES-1")
    body = {"lines": [{"order_line": "1", "status": "backordered"}], "reason": "late"}
    first = act(erp, made, "confirm", body, headers={"idempotency-key": "L1"})
    again = act(erp, made, "confirm", body, headers={"idempotency-key": "L1"})
    other = act(erp, made, "confirm", {"lines": []}, headers={"idempotency-key": "L1"})
    assert (first.status_code, again.content) == (200, first.content)
    assert (other.status_code, other.json()["code"]) == (422, "HUB-422")
    assert [row["confirmed"] for row in first.json()["matrix"]] == ["0", "2"]
    assert len(first.json()["history"]) == 2


def test_a_whole_order_response_is_a_body_too(erp):
    made = placed(erp, "WHOLE-1")
    body = {"type": "order_response", "order_number": "WHOLE-1", "status": "accepted"}
    assert act(erp, made, "confirm", body).status_code == 200


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        ("confirm", {"lines": [{"order_line": "9", "status": "accepted"}]}, 409, "BUS-370"),
        ("confirm", {"lines": [{"order_line": "1", "status": "accepted", "quantity": "3"}]}, 409, "BUS-356"),
        ("confirm", {"order_number": "ANOTHER"}, 409, "BUS-357"),
        ("confirm", {"lines": [{"order_line": "1", "status": "maybe"}]}, 422, "HUB-422"),
        ("confirm", {"lines": [{"order_line": "1", "quantity": 2.5}]}, 422, "HUB-422"),
        ("confirm", {"type": "order"}, 422, "HUB-422"),
        ("status", {"to": "lost"}, 422, "HUB-422"),
        ("status", {}, 422, "HUB-422"),
        ("status", {"to": "delivered"}, 409, "BUS-351"),
        ("ready", {"colour": "blue"}, 422, "HUB-422"),
    ],
)
def test_what_does_not_fit_is_a_problem_with_a_stable_code(request, erp, action, body, status, code):
    made = placed(erp, request.node.name)
    answer = act(erp, made, action, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["hint"]


def test_an_order_over_the_threshold_waits_for_a_person_who_may_approve(erp, manager):
    made = placed(erp, "BIG-1", channel="portal", price="2500.01")
    assert (made["approval"], made["status"]["slug"]) == ("pending", "draft")
    assert made["approval_detail"]["rule"] == "large"
    assert act(erp, made, "confirm").json()["code"] == "BUS-353"
    forbidden = act(erp, made, "approve")
    assert forbidden.status_code == 403
    approved = act(manager, made, "approve", {"reason": "known for years"}).json()
    assert (approved["approval"], approved["status"]["slug"]) == ("approved", "draft")
    assert approved["history"][-1]["reason"] == "approved: known for years"
    assert approved["approval_detail"]["by"] == approved["history"][-1]["actor"]
    assert act(erp, made, "confirm").json()["status"]["slug"] == "confirmed"
    assert act(manager, made, "approve").json()["code"] == "BUS-355"


def test_a_refused_order_is_cancelled_and_stays_so(erp, manager):
    made = placed(erp, "BIG-2", channel="portal", price="9000")
    rejected = act(manager, made, "reject", {"reason": "over the limit"}).json()
    assert (rejected["approval"], rejected["status"]["slug"]) == ("rejected", "cancelled")
    refused = act(erp, made, "confirm")
    assert (refused.status_code, refused.json()["code"]) == (409, "BUS-354")
    listed = erp.get("/api/v1/orders", params={"approval": "rejected"}).json()["items"]
    assert made["id"] in [each["id"] for each in listed]


def test_exactly_the_threshold_needs_nobody(erp):
    assert placed(erp, "EDGE-1", channel="portal", price="2500.00")["approval"] == "not_required"


def test_a_channel_confirms_by_itself_behind_its_guards(erp):
    assert placed(erp, "SHOP-1", channel="shop")["status"]["slug"] == "confirmed"
    dear = placed(erp, "SHOP-2", channel="shop", price="12.11")
    assert (dear["status"]["slug"], dear["held"]["code"]) == ("draft", "BUS-360")
    held = erp.get("/api/v1/orders", params={"held": "true", "channel": "shop"}).json()["items"]
    assert [each["id"] for each in held] == [dear["id"]]
    assert act(erp, dear, "confirm").json()["held"] is None


def test_a_channel_has_its_own_labels_and_first_status(erp):
    made = placed(erp, "WOO-1", channel="woocommerce")
    assert made["status"] == {"code": 2, "slug": "pending_payment", "label": "Processing"}
    assert erp.get(f"/api/v1/orders/{made['id']}").json()["status"]["label"] == "Processing"
    (listed,) = erp.get("/api/v1/orders", params={"number": "WOO-1"}).json()["items"]
    assert listed["status"]["label"] == "Processing"


def test_two_who_act_at_once_do_not_both_win(stepping, erp):
    made = placed(erp, "RACE-1")
    seen = prepare_step("confirm", made["id"], hub=stepping.hub, actor="slow")
    assert act(erp, made, "cancel").status_code == 200
    with pytest.raises(Conflict), stepping.hub.transaction() as tx:
        carry_out(tx, seen, stepping.hub)
    assert erp.get(f"/api/v1/orders/{made['id']}").json()["status"]["slug"] == "cancelled"
