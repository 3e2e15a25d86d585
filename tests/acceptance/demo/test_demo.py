"""The demo does what `make run` promises, and says so when it does not."""

import io
import re
import signal
import socket
import subprocess
import sys
from dataclasses import replace

import httpx
import pytest

from hub.demo.account import Account
from hub.demo.evidence import DidNotHold, check_acknowledgment, check_response, received
from hub.demo.play import staged, tell
from hub.demo.receipts import receipt_of
from hub.demo.story import Story, trades
from hub.model import decode_document, encode_document

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def told():
    """A stage on which the story was told, and what was said."""
    said = io.StringIO()
    with staged(0) as stage:
        tell(stage, Account(said))
        yield stage, said.getvalue()


def test_every_step_of_both_orders_is_told_in_one_plain_line(told):
    said = told[1]
    for words in (
        "X12 850, 3 lines) arrived over AS2, signed and encrypted",
        "hub -> ACME        signed receipt (MDN) at once; the checksum (MIC) ",
        "ACME -> hub        signed receipt (MDN) later, in a request of its own; the checksum (MIC) ",
        "997: read and well formed",
        "855: the business answer; all 3 lines accepted as ordered",
        "997 for the 855",
        "EDIFACT ORDERS, 2 lines) arrived through a drop folder",
        "CONTRL: read and well formed",
        "ORDRSP: the business answer; all 2 lines accepted as ordered",
        "CONTRL for the ORDRSP",
    ):
        assert words in said
    assert said.count("receipts verified on the retailer's side; delivery, syntax, business: ok, ok, ok") == 2


def test_the_account_comes_in_the_order_in_which_things_happen(told):
    documents = "855|860|865|856|810|861|ORDRSP|ORDCHG|DESADV|INVOIC|RECADV"
    told_of = (
        rf"(?<=  )(?:purchase order \S+ \(|997(?=: read)|CONTRL(?=: read)|997(?= for)|CONTRL(?= for)|(?:{documents})(?=: ))"
    )
    steps = ["order" if step.startswith("purchase") else step for step in re.findall(told_of, told[1])]
    x12 = ["order", "997", "855", "997", "860", "865", "856", "856", "810", "861", "861"]
    edifact = ["order", "CONTRL", "ORDRSP", "CONTRL", "ORDCHG", "ORDRSP", "DESADV", "DESADV", "INVOIC", "RECADV", "RECADV"]
    assert steps == [*x12, *edifact]


def test_a_receipt_that_does_not_prove_what_was_sent_ends_the_demo(told):
    stage, _ = told
    sent = sent_by_retailer(stage, "850")
    assert "both signatures verified" in receipt_of(stage.retailer, stage.hub, sent.message_id)
    with stage.retailer.transaction() as tx:
        true = tx.messages.get(sent.message_id)
        receipt = {**true.receipt, "evidence": {**true.receipt["evidence"], "mdn_mic": "AAAA, sha256"}}
        tx.messages.set(sent.message_id, receipt=receipt)
    with pytest.raises(DidNotHold, match="the MICs differ"):
        receipt_of(stage.retailer, stage.hub, sent.message_id)
    with stage.retailer.transaction() as tx:
        tx.messages.set(sent.message_id, receipt=true.receipt)


def test_the_demo_key_opens_the_orders(told):
    stage = told[0]
    answer = httpx.get(f"{stage.url}/api/v1/orders", headers={"authorization": f"Bearer {stage.key}"})
    orders = answer.json()["items"]
    assert {order["partner"] for order in orders} == {"acme", "belmart"}
    assert {order["status"]["slug"] for order in orders} == {"delivered"}


def test_the_chain_of_the_order_shows_everything_that_went_to_and_fro(told):
    stage = told[0]
    headers = {"authorization": f"Bearer {stage.key}"}
    (listed,) = httpx.get(f"{stage.url}/api/v1/orders?partner=acme", headers=headers).json()["items"]
    order = httpx.get(f"{stage.url}/api/v1/orders/{listed['id']}", headers=headers).json()
    chain = [(document["direction"], document["message"]) for document in order["documents"]]
    sent = {("out", "855"): 1, ("out", "865"): 1, ("out", "856"): 2, ("out", "810"): 1}
    came = {("in", "850"): 1, ("in", "860"): 1, ("in", "861"): 2, ("in", "997"): 5}
    assert {each: chain.count(each) for each in {*sent, *came}} == {**sent, **came}
    for row in order["matrix"]:
        assert row["confirmed"] == row["shipped"] == row["invoiced"] == row["received"]
    (response,) = [document for document in order["documents"] if document["message"] == "855"]
    assert response["lights"]["delivery"]["state"] == "ok"
    assert response["lights"]["syntax"]["state"] == "ok"


def sent_by_retailer(stage, message):
    from hub.store.message_items import MessageFilter, list_messages

    with stage.retailer.read() as view:
        item = list_messages(view.connection, MessageFilter(direction="out", message=message)).items[-1]
        return view.documents.get(item["id"])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"quantity": "99"}, "line 2: quantity"),
        ({"unit": "EA"}, "line 2: unit"),
        ({"status": "rejected"}, "line 2: what becomes of it"),
        ({"price": "1.00"}, "line 2: price"),
    ],
)
def test_an_answer_that_differs_from_the_order_in_one_member_does_not_hold(told, change, complaint):
    import json

    stage = told[0]
    sent = sent_by_retailer(stage, "850")
    found = received(stage.retailer, "855", answers=sent)
    order = decode_document(sent.canonical)
    check_response(found, order)
    document = json.loads(found.row.canonical)
    document["lines"][1].update(change)
    altered = replace(found, row=replace(found.row, canonical=json.dumps(document).encode()))
    with pytest.raises(DidNotHold, match=complaint):
        check_response(altered, order)


def test_an_answer_with_a_line_missing_does_not_hold(told):
    import msgspec

    stage = told[0]
    sent = sent_by_retailer(stage, "ORDERS")
    found = received(stage.retailer, "ORDRSP", answers=sent)
    response = decode_document(found.row.canonical)
    shorter = encode_document(msgspec.structs.replace(response, lines=response.lines[:1]))
    with pytest.raises(DidNotHold, match="the lines it answers"):
        check_response(replace(found, row=replace(found.row, canonical=shorter)), decode_document(sent.canonical))


def test_an_acknowledgment_with_another_verdict_or_of_another_message_does_not_hold(told):
    stage = told[0]
    sent = sent_by_retailer(stage, "850")
    found = received(stage.retailer, "997", answers=sent)
    assert check_acknowledgment(found, sent, code="A")
    rejected = found.row.canonical.replace(b'"verdict":"accepted"', b'"verdict":"rejected"')
    with pytest.raises(DidNotHold, match="verdict"):
        check_acknowledgment(replace(found, row=replace(found.row, canonical=rejected)), sent, code="A")
    with pytest.raises(DidNotHold, match="does not speak of"):
        check_acknowledgment(found, replace(sent, control_number="9999"), code="A")


def test_a_step_that_never_comes_is_named_with_what_waits(tmp_path):
    from hub.demo.orders import acme_order, belmart_order

    # a stage of its own: the order that could not leave is sent once its folder is back
    with staged(0) as stage:
        today = stage.hub.now().date()
        trade = trades(acme_order("NEVER-1", today), belmart_order("NEVER-2", today))[1]
        story = Story(stage.hub, stage.retailer, Account(io.StringIO()), patience=0.5)
        stage.sites.to_hub.rename(tmp_path / "away")
        with pytest.raises(DidNotHold, match="purchase order NEVER-2 arrives: not within"):
            story.run(trade)


def edihub(*arguments, **options):
    command = [sys.executable, "-m", "hub.cli", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_once_ends_by_itself_with_exit_0():
    ran = edihub("demo", "--once")
    out, err = ran.communicate(timeout=120)
    assert ran.returncode == 0, out + err
    assert out.rstrip().endswith("Every step held.")
    assert err == ""


def test_the_demo_serves_on_until_it_is_stopped():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with edihub("demo", "--port", str(port)) as ran:
        try:
            lines = []
            for line in ran.stdout:
                lines.append(line)
                if "curl" in line:
                    break
            key = re.search(r"demo key +(\S+)", "".join(lines))[1]
            answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/orders", headers={"authorization": f"Bearer {key}"})
            assert len(answer.json()["items"]) == 2
            ran.send_signal(signal.SIGINT)
            assert ran.wait(60) == 0
        finally:
            ran.kill()


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = edihub("demo", "--port", str(taken.getsockname()[1]))
        _out, err = ran.communicate(timeout=60)
    assert ran.returncode == 8
    assert "cannot listen" in err
    assert "--port" in err
