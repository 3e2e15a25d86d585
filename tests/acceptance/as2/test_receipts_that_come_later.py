"""Done right 2, 3 and 19: an MDN that is overdue, late, early, second or contrary, on a hub whose clock the test moves."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from as2_partner import HttpStation, as_request
from as2_two_hubs import Pair, order

from hub.bootstrap import build_connector, open_hub
from hub.flow.certificates import watch_certificates
from hub.flow.clock import watch_deadlines
from hub.flow.resend import resend
from hub.flow.send import send_file
from hub.flow.take import Taking, take_together
from hub.ports import HttpResponse
from hub.routing.load import load_site
from hub.store.audit_trail import trail_of
from hub.store.message_items import MessageFilter, list_messages
from hub.testing.services import FrozenClock
from hub.worker.drain import drain


class Silent:
    """A partner who takes everything and says nothing, unless `meanwhile` has something to do before the answer."""

    def __init__(self) -> None:
        self.requests = []
        self.meanwhile = lambda request: None
        self.answer = HttpResponse(status=200)

    def receive(self, request):
        self.requests.append(request)
        self.meanwhile(request)
        return self.answer


class Bench:
    """ACME's hub, which asks for asynchronous MDNs, and EDIHUB's connector that makes them."""

    def __init__(self, folder, **options) -> None:
        self.partner = Silent()
        self.station = HttpStation(self.partner)
        url = f"http://127.0.0.1:{self.station.port}/as2"
        mdn = {"mode": "async", "url": "http://127.0.0.1:9/as2", "within": "2h"}
        pair = Pair(folder, mode="async", acme={"url": url, "mdn": mdn}, **options)
        for each in pair.sockets:
            each.close()
        self.clock = FrozenClock(datetime.now(UTC))
        self.hub = open_hub(load_site(pair.acme_root), clock=self.clock)
        text = (pair.hub_root / "partners/acme.yaml").read_text()
        (pair.hub_root / "partners/acme.yaml").write_text(text.replace(pair.acme_url, "http://127.0.0.1:9/as2"))
        self.connector = build_connector(load_site(pair.hub_root), "acme/as2")

    def close(self) -> None:
        self.connector.close()
        self.hub.stop()
        self.station.close()

    def send(self) -> str:
        return send_file(order(), "edihub", self.hub, name="850.edi").message_id

    def mdn(self, *, is_good: bool = True):
        """EDIHUB's asynchronous MDN about the last message it was sent, as the request that brings it."""
        request = self.partner.requests[-1]
        if not is_good:
            request = replace(request, body=request.body[:-40] + bytes(40))
        (reply,) = self.connector.receive(request).sends
        return as_request(reply.wire)

    def bring(self, request) -> None:
        call = self.hub.gateway("as2").receive(request)
        assert call.rejection is None
        take_together([Taking.of(call, "")], hub=self.hub)

    def message(self, message_id):
        with self.hub.read() as view:
            return view.messages.get(message_id)

    def light(self, message_id):
        with self.hub.read() as view:
            (row,) = view.documents.of_message(message_id)
        return row.delivery

    def events(self, message_id):
        with self.hub.read() as view:
            (row,) = view.documents.of_message(message_id)
            return [each["type"] for each in trail_of(view.connection, [message_id, row.id])]


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path)
    yield made
    made.close()


def test_a_receipt_in_time_turns_the_light_and_the_deadline_passes_unnoticed(bench):
    sent = bench.send()
    drain(bench.hub)
    assert (bench.message(sent).state, bench.light(sent)) == ("sent", "waiting")
    bench.bring(bench.mdn())
    assert (bench.message(sent).state, bench.light(sent)) == ("delivered", "ok")
    bench.clock.advance(3 * 3600)
    assert watch_deadlines(bench.hub) == 0


def test_a_receipt_that_does_not_come_is_overdue_at_its_deadline_and_a_late_one_still_counts(bench):
    sent = bench.send()
    drain(bench.hub)
    bench.clock.advance(7200 - 1)
    assert watch_deadlines(bench.hub) == 0
    bench.clock.advance(2)
    assert watch_deadlines(bench.hub) == 1
    assert (bench.message(sent).state, bench.light(sent)) == ("sent", "overdue")
    assert watch_deadlines(bench.hub) == 0
    bench.bring(bench.mdn())
    assert (bench.message(sent).state, bench.light(sent)) == ("delivered", "ok")


def test_the_agreement_may_expect_the_receipt_earlier_than_the_connection_waits(tmp_path):
    made = Bench(tmp_path, expect={"delivery": "10m"})
    try:
        sent = made.send()
        drain(made.hub)
        made.clock.advance(601)
        assert watch_deadlines(made.hub) == 1
        assert made.light(sent) == "overdue"
    finally:
        made.close()


def test_a_receipt_that_overtakes_the_answer_stands_and_the_attempt_changes_nothing(bench):
    sent = bench.send()
    bench.partner.meanwhile = lambda _: bench.bring(bench.mdn())
    drain(bench.hub)
    assert (bench.message(sent).state, bench.light(sent)) == ("delivered", "ok")
    assert "attempt.overtaken" in bench.events(sent)
    assert drain(bench.hub) == 0


def test_a_receipt_that_comes_while_the_connection_breaks_ends_the_attempts(bench):
    sent = bench.send()
    bench.partner.meanwhile = lambda _: bench.bring(bench.mdn())
    bench.partner.answer = HttpResponse(status=503)
    drain(bench.hub)
    bench.clock.advance(86_400)
    drain(bench.hub)
    assert len(bench.partner.requests) == 1
    assert (bench.message(sent).state, bench.light(sent)) == ("delivered", "ok")


def test_the_same_receipt_twice_is_noted_once_and_kept_once(bench):
    sent = bench.send()
    drain(bench.hub)
    mdn = bench.mdn()
    bench.bring(mdn)
    bench.bring(mdn)
    with bench.hub.read() as view:
        assert len(view.messages.proofs_of(sent)) == 1
    assert bench.events(sent).count("message.delivered") == 2  # the promise and the proof


def test_a_second_receipt_of_the_same_mind_is_kept_and_changes_nothing(bench):
    sent = bench.send()
    drain(bench.hub)
    bench.bring(bench.mdn())
    before = bench.message(sent).receipt
    bench.bring(bench.mdn())  # made anew: another MDN about the same message
    assert bench.message(sent).receipt == before
    assert "proof.repeated" in bench.events(sent)
    with bench.hub.read() as view:
        assert len(view.messages.proofs_of(sent)) == 2


def test_a_contrary_second_receipt_is_kept_and_the_light_stays(bench):
    sent = bench.send()
    drain(bench.hub)
    bench.bring(bench.mdn())
    bench.bring(bench.mdn(is_good=False))
    assert (bench.message(sent).state, bench.light(sent)) == ("delivered", "ok")
    assert "light.contradicted" in bench.events(sent)


def test_a_receipt_that_says_no_ends_the_delivery_and_a_resend_may_mend_it(bench):
    sent = bench.send()
    drain(bench.hub)
    bench.bring(bench.mdn(is_good=False))
    message = bench.message(sent)
    assert (message.state, message.error["code"], bench.light(sent)) == ("dead", "AS2-305", "failed")
    assert "refused it" in message.error["explained"]
    resend(sent, bench.hub, actor="test")
    drain(bench.hub)
    first, second = bench.partner.requests
    assert first.headers["message-id"] == second.headers["message-id"]
    assert first.body == second.body
    bench.bring(bench.mdn())
    assert (bench.message(sent).state, bench.light(sent)) == ("delivered", "ok")


def _unsigned(signed, *, says):
    """The report inside of a signed MDN, without the signature, saying something else: what a stranger can make of what went by."""
    mark = re.search(rb'boundary="(mdn-[0-9a-f]+)"', signed.body).group(1)
    report = signed.body[signed.body.index(b"--" + mark) : signed.body.index(b"--" + mark + b"--")] + b"--" + mark + b"--\r\n"
    kind = f'multipart/report; report-type=disposition-notification; boundary="{mark.decode()}"'
    return replace(signed, headers={**signed.headers, "content-type": kind}, body=report.replace(b"; processed", says))


@pytest.mark.parametrize("says", [b"; processed", b"; processed/error: decryption-failed"])
def test_a_receipt_that_nobody_signed_changes_nothing_and_the_true_one_still_counts(bench, says):
    sent = bench.send()
    drain(bench.hub)
    true = bench.mdn()
    bench.bring(_unsigned(true, says=says))
    assert (bench.message(sent).state, bench.light(sent)) == ("sent", "waiting")
    assert "proof.doubted" in bench.events(sent)
    with bench.hub.read() as view:
        (held,) = list_messages(view.connection, MessageFilter(direction="in", state="held"), limit=9).items
    assert held["error"]["code"] in {"AS2-301", "AS2-305"}
    assert "nobody signed" in held["error"]["message"]
    assert "ask the partner to sign" in held["error"]["hint"]
    bench.bring(true)
    assert (bench.message(sent).state, bench.light(sent)) == ("delivered", "ok")
    bench.bring(_unsigned(bench.mdn(), says=says))
    assert (bench.message(sent).state, bench.light(sent)) == ("delivered", "ok")
    assert "light.contradicted" not in bench.events(sent)


def test_a_certificate_that_ends_is_told_of_once_at_each_step(bench):
    end = min(each.not_after for each in bench.hub.connector("edihub/as2").certificates())
    told = []
    for days in (61, 59, 58, 29, 13, 6, 0, -1, -2):
        bench.clock.advance((end - timedelta(days=days, hours=1) - bench.hub.now()).total_seconds())
        told.append(watch_certificates(bench.hub))
    assert told == [0, 2, 0, 2, 2, 2, 2, 2, 0]
    with bench.hub.read() as view:
        steps = [
            each["detail"]["days"] for each in trail_of(view.connection, ["edihub/as2"]) if each["type"] == "certificate.ends"
        ]
    assert sorted(set(steps), reverse=True) == [60, 30, 14, 7, 1, 0]
    assert len(steps) == 12
