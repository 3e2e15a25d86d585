"""What an ERP may rely on when it ships and bills: one effect per key and per number, the order as the answer, problems with codes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.network

ORDER = {
    "type": "order",
    "issued_on": "2026-09-24",
    "currency": "EUR",
    "buyer": {"name": "ACME", "ids": [{"scheme": "buyer", "value": "C-17"}]},
    "lines": [
        {"number": "1", "quantity": "10", "unit": "H87", "price": "12.10", "item": {"supplier_id": "W-1"}},
        {"number": "2", "quantity": "4", "unit": "H87", "price": "1.00", "item": {"supplier_id": "W-2"}},
    ],
    "source": {"partner": "acme"},
}


@pytest.fixture(scope="module")
def erp(running):
    with running.client("orders:read", "orders:write", "documents:write") as client:
        yield client


def confirmed(erp, number):
    made = erp.post("/api/v1/orders", json={**ORDER, "number": number})
    assert made.status_code == 201, made.text
    address = made.headers["location"]
    answer = erp.post(f"{address}/confirm")
    assert answer.status_code == 200, answer.text
    return address


def despatch(number, quantity="4"):
    return {"type": "despatch_advice", "number": number, "items": [{"order_line": "1", "quantity": quantity}]}


def test_a_shipment_and_an_invoice_answer_with_the_order_and_stand_in_its_chain(erp):
    address = confirmed(erp, "SHIP-1")
    shipped = erp.post(f"{address}/shipments", json=despatch("D-1"))
    assert shipped.status_code == 201, shipped.text
    assert shipped.headers["location"] == address
    order = shipped.json()
    assert order["status"]["slug"] == "shipping"
    assert [row["shipped"] for row in order["matrix"]] == ["4", "0"]
    invoice = {"type": "invoice", "number": "I-1", "lines": [{"order_line": "1", "quantity": "4"}]}
    billed = erp.post(f"{address}/invoices", json=invoice)
    assert billed.status_code == 201, billed.text
    assert [row["invoiced"] for row in billed.json()["matrix"]] == ["4", "0"]
    chain = [(each["type"], each["number"]) for each in billed.json()["documents"]]
    assert chain[-2:] == [("despatch_advice", "D-1"), ("invoice", "I-1")]
    assert erp.get(address).json() == billed.json()


def test_the_same_key_or_the_same_number_has_one_effect(erp):
    address = confirmed(erp, "SHIP-2")
    headers = {"idempotency-key": "ship-2"}
    first, again = (erp.post(f"{address}/shipments", json=despatch("D-2"), headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert first.content == again.content
    without_key = erp.post(f"{address}/shipments", json=despatch("D-2"))
    assert without_key.status_code == 201
    assert without_key.json()["matrix"][0]["shipped"] == "4"
    other = erp.post(f"{address}/shipments", json=despatch("D-2", "5"))
    assert (other.status_code, other.json()["code"]) == (409, "BUS-376")
    other_body = erp.post(f"{address}/shipments", json=despatch("D-2", "5"), headers=headers)
    assert (other_body.status_code, other_body.json()["code"]) == (422, "HUB-422")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("shipments", despatch("D-3", "11"), 409, "BUS-382"),
        ("shipments", {"type": "despatch_advice", "number": "D-3"}, 409, "BUS-375"),
        ("invoices", {"type": "invoice", "number": "I-3", "lines": [{"order_line": "1", "quantity": "1"}]}, 409, "BUS-396"),
        ("invoices", {"type": "invoice", "number": "I-3", "lines": [{"order_line": "8", "quantity": "1"}]}, 409, "BUS-370"),
        ("invoices", despatch("D-3"), 422, "HUB-422"),
    ],
)  # fmt: skip
def test_what_is_refused_is_a_problem_with_its_code_and_leaves_the_order_as_it_was(erp, path, body, status, code):
    address = confirmed(erp, f"SHIP-3-{code}-{path}-{status}")
    before = erp.get(address).json()
    answer = erp.post(f"{address}/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if status == 409:
        assert answer.json()["code"] == code
        assert answer.json()["hint"]
    assert erp.get(address).json() == before


def test_an_order_that_is_not_there_and_a_key_without_the_scope(running, erp):
    assert erp.post("/api/v1/orders/ord_nothing/shipments", json=despatch("D-4")).status_code == 404
    address = confirmed(erp, "SHIP-4")
    with running.client("orders:read", "orders:write") as other:
        assert other.post(f"{address}/shipments", json=despatch("D-4")).status_code == 403
        assert other.post(f"{address}/invoices", json={"type": "invoice"}).status_code == 403


def test_the_verbs_of_the_shell_do_the_same(tmp_path):
    from hub.bootstrap import open_hub
    from hub.routing.load import load_site
    from hub.testing.flow_site import FarSide, interchange, order_850
    from hub.testing.trade import Trade, write_trading_site

    site = write_trading_site(tmp_path / "site", partners=("acme",))
    (site / "inbox" / "acme").mkdir(parents=True)
    hub = open_hub(load_site(site))
    hub.build_connector = lambda _: FarSide()
    order_id = Trade(hub).order(interchange([order_850("4500000042")]), "acme")
    hub.stop()

    def edihub(*words, stdin=""):
        command = [sys.executable, "-m", "hub.cli", "--site", str(site), *words]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)

    shipped = edihub("ship", "4500000042", "-", "--json", stdin=json.dumps(despatch("D-9")))
    assert shipped.returncode == 0, shipped.stderr
    assert json.loads(shipped.stdout)["matrix"][0]["shipped"] == "4"
    again = edihub("ship", order_id, "-", stdin=json.dumps(despatch("D-9")))
    assert (again.returncode, again.stdout.strip()) == (0, order_id)
    assert "known already" in again.stderr
    invoice = {"type": "invoice", "number": "I-9", "lines": [{"order_line": "1", "quantity": "4"}]}
    billed = edihub("invoice", order_id, "-", stdin=json.dumps(invoice))
    assert billed.returncode == 0, billed.stderr
    assert "queued: 810 for acme" in billed.stderr
    too_much = edihub("ship", order_id, "-", stdin=json.dumps(despatch("D-10", "7")))
    assert too_much.returncode == 8
    assert "BUS-382" in too_much.stderr
    assert edihub("ship", "nothing", "-", stdin=json.dumps(despatch("D-11"))).returncode == 7
    assert edihub("invoice", order_id, "-", stdin='{"lines": 3}').returncode == 3
