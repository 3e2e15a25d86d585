"""Changes that wait are decided over the API, what waits for a person is listed and handled there; both also from the shell."""

from __future__ import annotations

import itertools
import json
import time

import pytest
from typer.testing import CliRunner

from hub.testing.flow_site import interchange, order_850

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def changing(serve_site):
    """A hub whose partner sends orders and changes of them."""

    def change(root):
        partner = root / "partners" / "acme.yaml"
        partner.write_text(partner.read_text() + "  - receive: x12/004010/860\n")

    return serve_site(change)


@pytest.fixture
def asked(changing):
    """An order, and a change of it that waits; the order's id and the change's document."""
    turn = next(NUMBERS)
    number = f"PO-{turn}"
    change = [f"BCH*04*SA*{number}**1*20260924*****20260926", "POC*1*QD*6**EA*12.5**BP*BUY00001", "CTT*1"]
    payloads = (
        interchange([order_850(number)], control=turn * 2),
        interchange([change], control=turn * 2 + 1, type_="860"),
    )
    for payload in payloads:
        with changing.partner() as partner:
            assert partner.post("/in/acme/web", content=payload).status_code < 300
        shown = until(changing, number, has_changes=payload is payloads[1])
    return shown["id"], shown["changes"][0]["document"]


def until(running, number, *, has_changes):
    with running.client("orders:read") as client:
        for _ in range(400):
            found = client.get("/api/v1/orders", params={"number": number}).json()["items"]
            shown = client.get(f"/api/v1/orders/{found[0]['id']}").json() if found else {}
            if shown and (shown["changes"] or not has_changes):
                return shown
            time.sleep(0.05)
    raise AssertionError("it did not arrive")


def test_a_change_is_accepted_once_however_often_it_is_asked(changing, asked):
    order, document = asked
    with changing.client("orders:write") as client:
        path = f"/api/v1/orders/{order}/changes/{document}/accept"
        first, again = (
            client.post(path, json={"reason": "agreed"}, headers={"idempotency-key": f"k-{order}"}) for _ in range(2)
        )
        late = client.post(path, json={})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert [line["quantity"] for line in first.json()["order"]["lines"]] == ["6", "10"]
    assert first.json()["changes"][0]["state"] == "applied"
    assert (late.status_code, late.json()["code"]) == (409, "BUS-426")


def test_a_change_is_rejected(changing, asked):
    order, document = asked
    with changing.client("orders:write") as client:
        answer = client.post(f"/api/v1/orders/{order}/changes/{document}/reject", json={"reason": "picked"})
    assert answer.status_code == 200
    assert answer.json()["changes"][0]["reason"] == "picked"
    assert [line["quantity"] for line in answer.json()["order"]["lines"]] == ["10", "10"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("{order}/changes/doc_none/accept", {}, 404),
        ("ord_none/changes/{document}/accept", {}, 404),
        ("{order}/changes/{document}/accept", {"lines": ["9"]}, 409),
        ("{order}/changes/{document}/accept", {"lines": "1"}, 422),
    ],
)
def test_what_cannot_be_decided_is_refused_with_a_code(changing, asked, path, body, status):
    order, document = asked
    with changing.client("orders:write") as client:
        answer = client.post(f"/api/v1/orders/{path.format(order=order, document=document)}", json=body)
    assert answer.status_code == status
    assert answer.json()["code"]


def test_work_is_listed_and_handled_with_a_reason(changing, asked):
    order, document = asked
    with changing.client("messages:read", "documents:write") as client:
        (item,) = client.get("/api/v1/work", params={"order_id": order}).json()["items"]
        assert (item["kind"], item["subject"]) == ("change_pending", document)
        assert client.get(f"/api/v1/work/{item['id']}").json()["id"] == item["id"]
        assert client.post(f"/api/v1/work/{item['id']}/handled", json={}).status_code == 422
        done = client.post(f"/api/v1/work/{item['id']}/handled", json={"reason": "called the buyer"})
        assert done.status_code == 200
        assert done.json()["note"] == "called the buyer"
        assert client.get("/api/v1/work", params={"order_id": order}).json()["items"] == []
        handled = client.get("/api/v1/work", params={"order_id": order, "handled": "true"}).json()["items"]
        assert [each["id"] for each in handled] == [done.json()["id"]]
        again = client.post(f"/api/v1/work/{done.json()['id']}/handled", json={"reason": "x"})
        assert (again.status_code, again.json()["code"]) == (409, "BUS-344")


def test_work_is_handled_once_however_often_it_is_asked(changing, asked):
    order, _ = asked
    with changing.client("messages:read", "documents:write") as client:
        (item,) = client.get("/api/v1/work", params={"order_id": order}).json()["items"]
        path, headers = f"/api/v1/work/{item['id']}/handled", {"idempotency-key": f"done {order}"}
        first = client.post(path, json={"reason": "called"}, headers=headers)
        again = client.post(path, json={"reason": "called"}, headers=headers)
        other = client.post(path, json={"reason": "wrote"}, headers=headers)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "HUB-422")


def test_work_is_paged_without_gaps(changing, asked):
    with changing.client("messages:read") as client:
        whole = [each["id"] for each in client.get("/api/v1/work").json()["items"]]
        seen, after = [], None
        while True:
            page = client.get("/api/v1/work", params={"limit": 1, **({"after": after} if after else {})}).json()
            seen += [each["id"] for each in page["items"]]
            after = page["next"]
            if after is None:
                break
    assert seen == whole
    assert len(set(seen)) == len(seen)


def test_the_same_from_the_shell(changing, asked, monkeypatch):
    from hub.cli.order_change import app as change_app
    from hub.cli.work import app as work_app

    order, document = asked
    monkeypatch.setenv("EDIHUB_SITE", str(changing.root))
    shell = CliRunner()
    listed = shell.invoke(work_app, ["--json", "--kind", "change_pending"])
    items = [each for each in json.loads(listed.stdout)["items"] if each["order_id"] == order]
    assert [each["subject"] for each in items] == [document]
    changes = json.loads(shell.invoke(change_app, ["list", order, "--json"]).stdout)["items"]
    assert [each["state"] for each in changes] == ["pending"]
    accepted = shell.invoke(change_app, ["accept", order, "--line", "1", "--json"])
    assert json.loads(accepted.stdout)["changes"][0]["state"] == "applied"
    done = shell.invoke(work_app, ["done", items[0]["id"], "--reason", "late"])
    assert done.exit_code != 0
