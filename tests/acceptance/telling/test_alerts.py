"""Alerts: one per condition, in plain words, cleared when it has passed; by mail and webhook, never a storm."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from hub.config.secrets import MissingSecret
from hub.errors import LeftBehind, PermanentDeliveryError, TemporaryDeliveryError, UnusableConnection
from hub.flow.clock import watch_deadlines
from hub.flow.resend import resend
from hub.flow.seal import seal
from hub.flow.telling.alerts import clear, watch_alerts
from hub.flow.telling.chain import watch_chain
from hub.flow.telling.mail import mail_alerts
from hub.store.order_resources import list_events
from hub.testing.certificates import self_signed
from hub.testing.flow_site import interchange, order_850
from hub.testing.mail_server import MailServer
from hub.worker.drain import drain
from hub.worker.polling import Polling

HOUR = 3600


@pytest.fixture
def letterbox(tmp_path, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "correct horse")
    server = MailServer(certificate=self_signed(tmp_path), accounts={"hub": "correct horse"})
    yield server
    server.close()


@pytest.fixture
def mailing(make, letterbox, tmp_path):
    def build(more="", **options):
        settings = f"""
[http]
address = "https://edi.example"

[alerts.mail]
host = "localhost"
port = {letterbox.port}
user = "hub"
password = {{env = "MAIL_PASSWORD"}}
ca = "{tmp_path / "localhost.pem"}"
from = "edihub@example.com"
to = ["ops@example.com", "night@example.com"]
per_hour = 4
{more}
"""
        bench = make(settings, **options)
        watch(bench)
        return bench

    return build


def watch(bench):
    seal(bench.hub)
    watch_alerts(bench.hub)
    seal(bench.hub)


def alerts(bench, *, is_open=True):
    with bench.hub.read() as view:
        return view.alerts.page(is_open=is_open, limit=500).items


def codes(bench, **which):
    return sorted(each["code"] for each in alerts(bench, **which))


def dead_acknowledgment(bench):
    bench.far_side.failures = [PermanentDeliveryError("the mailbox is gone", "ask for the new one", code="DLV-403")]
    bench.take(interchange([order_850()]))
    watch(bench)


def test_a_dead_letter_is_one_alert_in_plain_words_mailed_once_and_cleared_when_it_is_sent_again(mailing, letterbox):
    bench = mailing()
    dead_acknowledgment(bench)
    (found,) = alerts(bench)
    assert found["code"] == "ALT-101"
    assert "997" in found["what"]
    assert "was not delivered" in found["what"]
    assert found["why"] == "DLV-403 the mailbox is gone"
    assert (found["who"], found["cure"]) == ("admin", "ask for the new one")
    assert found["link"] == f"https://edi.example/admin/edi/messages/{found['message_id']}"
    assert (mail_alerts(bench.hub), mail_alerts(bench.hub)) == (1, 0)
    (letter,) = letterbox.letters
    assert (letter.is_encrypted, letter.user) == (True, "hub")
    assert letter.recipients == ("ops@example.com", "night@example.com")
    assert letter.message["subject"].startswith("[test] ALT-101 997")
    for words in ("the mailbox is gone", "ask for the new one", found["link"], "who acts:"):
        assert words in letter.message.get_content()
    resend(found["message_id"], bench.hub, actor="test")
    drain(bench.hub)
    watch(bench)
    assert alerts(bench) == []
    assert codes(bench, is_open=False) == ["ALT-101"]


def test_a_condition_that_is_seen_again_counts_and_is_no_second_alert(mailing, letterbox):
    bench = mailing()
    for _ in range(3):
        bench.happen("webhook.failing", webhook="webhook erp")
        seal(bench.hub)
    from hub.flow.telling.alerts import open_alerts

    assert (open_alerts(bench.hub), open_alerts(bench.hub)) == (1, 0)
    (found,) = alerts(bench)
    assert found["count"] == 3


def test_an_overdue_answer_is_an_alert_until_the_answer_is_here(mailing, clock):
    bench = mailing(agreements="    due: {response: 4h}")
    bench.take(interchange([order_850()]))
    clock.forward(seconds=5 * HOUR)
    watch_deadlines(bench.hub)
    watch(bench)
    (found,) = alerts(bench)
    assert (found["code"], found["who"]) == ("ALT-103", "operator")
    assert found["what"] == "the response for order 4500000042 of acme is overdue since 2026-09-24 14:00 UTC"
    from hub.store.orders import CANCELLED

    with bench.hub.transaction() as tx:
        tx.orders.move(tx.orders.get(found["order_id"]), CANCELLED, actor="test", reason="")
    watch_deadlines(bench.hub)
    watch(bench)
    assert alerts(bench) == []


def test_a_held_message_is_an_alert_until_somebody_decided(mailing):
    bench = mailing()
    message_id = bench.take(interchange([order_850()], between=("NOBODY", "EDIHUB")))
    watch(bench)
    (found,) = alerts(bench)
    assert (found["code"], found["subject"]) == ("ALT-105", message_id)
    with bench.hub.transaction() as tx:
        tx.messages.set(message_id, state="done")
        for row in tx.documents.of_message(message_id):
            tx.documents.set(row.id, state="done")
    watch(bench)
    assert alerts(bench) == []


def test_a_silent_partner_is_an_alert_until_it_sends(mailing, clock):
    bench = mailing(agreements='calendar: {usual_by: "09:00"}')
    watch_deadlines(bench.hub)
    watch(bench)
    (found,) = alerts(bench)
    assert (found["code"], found["what"]) == ("ALT-108", "acme has sent nothing on 2026-09-24")
    bench.take(interchange([order_850()]))
    watch(bench)
    assert alerts(bench) == []


def test_a_suspended_connection_is_an_alert_until_it_is_back(mailing, clock):
    bench = mailing()
    bench.far_side.failures = [TemporaryDeliveryError("no answer", "wait", code="DLV-401") for _ in range(5)]
    bench.take(interchange([order_850()]))
    for _ in range(8):
        clock.forward(seconds=120)
        drain(bench.hub)
        if len(bench.far_side.failures) == 0:
            break
    watch(bench)
    assert codes(bench) == ["ALT-109"]
    clock.forward(seconds=2 * HOUR)
    drain(bench.hub)
    watch(bench)
    assert codes(bench) == []


class Polled:
    """A far side whose polls go as told: a fault, or nothing."""

    def __init__(self, faults):
        self.faults = faults

    def check(self):
        pass

    def close(self):
        pass

    def poll(self, cursor=None):
        fault = self.faults.pop(0)
        if fault is not None:
            raise fault
        return iter(())


def poll(bench, clock, faults, *, pause=1000):
    """Poll once for each; what stands open after each, with its cure."""
    bench.hub.build_connector = lambda name: Polled(faults)
    seen = []
    while faults:
        with bench.hub.transaction() as tx:
            tx.polls.enrol(["acme/main"])
            (turn,) = tx.polls.claim(["acme/main"], "me", limit=1)
        Polling(bench.hub, bench.hub.site.connections["acme/main"]).poll(turn)
        watch(bench)
        seen.append([(each["code"], each["cure"]) for each in alerts(bench)])
        clock.forward(seconds=pause)
    return seen


def test_a_connection_that_cannot_be_polled_is_one_alert_at_once_until_it_can_be(mailing, clock):
    bench = mailing()
    changed = UnusableConnection("HOST KEY CHANGED", "ask the partner", code="DLV-430")
    seen = poll(bench, clock, [changed, changed, changed, None])
    assert seen == [[("ALT-113", "ask the partner")]] * 3 + [[]]
    (over,) = alerts(bench, is_open=False)
    assert (over["count"], over["what"]) == (1, "connection acme/main cannot be polled: nothing is fetched from it")


def test_a_secret_that_is_not_there_is_an_alert_of_its_connection(mailing, clock):
    seen = poll(mailing(), clock, [MissingSecret("the environment variable X is not set", "set X"), None])
    assert seen == [[("ALT-113", "set X")], []]


def test_a_far_side_that_is_away_is_an_alert_after_five_polls_in_a_row(mailing, clock):
    bench = mailing()
    down = TemporaryDeliveryError("cannot be reached", "look at the firewall", code="DLV-436")
    seen = poll(bench, clock, [down] * 7 + [None])
    assert seen == [[]] * 4 + [[("ALT-113", "look at the firewall")]] * 3 + [[]]


def test_files_that_stay_behind_are_one_alert_until_they_are_gone(mailing, clock):
    bench = mailing()
    left = LeftBehind("a.edi: permission denied", "ask the partner to remove it")
    seen = poll(bench, clock, [left, left, None])
    assert seen == [[("ALT-114", "ask the partner to remove it")]] * 2 + [[]]


def test_a_broken_audit_chain_is_found_by_the_daily_walk_and_cleared_once_it_holds(mailing, clock):
    bench = mailing()
    bench.take(interchange([order_850()]))
    seal(bench.hub)
    with bench.hub.transaction() as tx:
        before = tx.connection.scalar(text("select detail from audit_event order by id limit 1"))
        tx.connection.execute(text("update audit_event set detail = '{}' where id = (select min(id) from audit_event)"))
    assert (watch_chain(bench.hub), watch_chain(bench.hub)) == (1, 0)
    watch(bench)
    (found,) = alerts(bench)
    assert found["code"] == "ALT-110"
    assert "was edited" in found["why"]
    with bench.hub.transaction() as tx:
        put_back = text("update audit_event set detail = :d where id = (select min(id) from audit_event)")
        tx.connection.execute(put_back, {"d": before})
    clock.forward(days=1)
    assert watch_chain(bench.hub) == 0
    assert alerts(bench) == []


def test_a_storm_is_four_mails_an_hour_the_last_of_them_a_digest(mailing, letterbox, clock):
    bench = mailing()
    with bench.hub.transaction() as tx:
        for number in range(300):
            tx.events.tell("webhook.failing", test=False, data={"webhook": f"webhook {number}"})
        tx.events.tell("document.contradicted", test=False, data={"document_id": "doc_1", "stands": "ok", "told": "failed"})
    seal(bench.hub)
    from hub.flow.telling.alerts import open_alerts

    open_alerts(bench.hub)
    assert mail_alerts(bench.hub) == 4
    assert letterbox.letters[-1].message["subject"] == "[test] 298 alerts"
    assert "and 198 more: `edihub alerts`" in letterbox.letters[-1].message.get_content()
    bench.happen("document.contradicted", document_id="doc_2", stands="ok", told="failed")
    open_alerts(bench.hub)
    assert mail_alerts(bench.hub) == 0
    clock.forward(seconds=HOUR)
    assert mail_alerts(bench.hub) == 1


def test_an_alert_that_is_over_before_its_turn_is_not_mailed(mailing, letterbox):
    bench = mailing()
    dead_acknowledgment(bench)
    (found,) = alerts(bench)
    resend(found["message_id"], bench.hub, actor="test")
    drain(bench.hub)
    watch(bench)
    assert mail_alerts(bench.hub) == 0
    assert letterbox.letters == []


def test_a_mail_server_that_refuses_is_tried_again_and_what_left_does_not_leave_twice(mailing, letterbox, clock):
    bench = mailing()
    for name in ("a", "b"):
        bench.happen("document.contradicted", document_id=name, stands="ok", told="failed")
    watch(bench)
    letterbox.refusal = "451 try later"
    assert mail_alerts(bench.hub) == 0
    assert bench.subscriber("mail").error.startswith("DLV-490 the mail server localhost:")
    letterbox.refusal = ""
    assert mail_alerts(bench.hub) == 0, "not before its pause is over"
    clock.forward(seconds=10)
    assert mail_alerts(bench.hub) == 2
    assert bench.subscriber("mail").error is None


def test_a_mail_server_with_a_foreign_certificate_or_a_wrong_password_gets_nothing(mailing, letterbox, monkeypatch, clock):
    bench = mailing()
    bench.happen("document.contradicted", document_id="a", stands="ok", told="failed")
    watch(bench)
    monkeypatch.setenv("MAIL_PASSWORD", "wrong")
    assert mail_alerts(bench.hub) == 0
    assert "535" in bench.subscriber("mail").error
    assert letterbox.letters == []


def test_alerts_of_test_traffic_are_marked_and_not_mailed_unless_wanted(mailing, letterbox):
    bench = mailing()
    bench.far_side.failures = [PermanentDeliveryError("gone", "mend it", code="DLV-403")]
    bench.take(interchange([order_850()], test="T"))
    watch(bench)
    (found,) = alerts(bench)
    assert found["test"] is True
    assert mail_alerts(bench.hub) == 0
    bench.tell()
    opened = [each for each in bench.received() if each["type"] == "alert.opened"]
    assert [each["test"] for each in opened] == [True]


def test_alerts_of_test_traffic_are_mailed_where_that_is_wanted_and_say_so(mailing, letterbox):
    bench = mailing("test = true")
    bench.far_side.failures = [PermanentDeliveryError("gone", "mend it", code="DLV-403")]
    bench.take(interchange([order_850()], test="T"))
    watch(bench)
    assert mail_alerts(bench.hub) == 1
    assert letterbox.letters[0].message["subject"].startswith("[test] TEST ALT-101")


def test_what_a_partner_wrote_cannot_put_a_line_into_the_head_of_a_mail(mailing, letterbox):
    bench = mailing()
    bench.happen("document.contradicted", document_id="a", number="1\r\nBcc: all@example.com", stands="ok", told="x")
    watch(bench)
    assert mail_alerts(bench.hub) == 1
    message = letterbox.letters[0].message
    assert message["bcc"] is None
    assert letterbox.letters[0].recipients == ("ops@example.com", "night@example.com")


ALERT_WEBHOOK = """
[alerts.webhook]
url = "{url}"
secret = {env = "HOOK_SECRET"}
allow_networks = ["127.0.0.0/8"]
"""


def test_alerts_go_to_their_own_webhook_opened_and_cleared(make):
    bench = make(ALERT_WEBHOOK, webhook="")
    watch(bench)
    bench.happen("order.received", partner="acme")
    bench.happen("document.contradicted", document_id="doc_1", stands="ok", told="failed")
    watch(bench)
    with bench.hub.transaction() as tx:
        clear(tx, tx.alerts.open_of("ALT-111")[0], actor="ops", reason="settled on the telephone")
    bench.tell()
    told = [json.loads(each.body) for each in bench.receiver.requests]
    assert [each["type"] for each in told] == ["alert.opened", "alert.cleared"]
    assert told[0]["data"]["code"] == "ALT-111"
    assert told[1]["data"]["by"] == "ops"


def test_several_processes_open_an_alert_once(mailing):
    import threading

    from hub.flow.telling.alerts import open_alerts

    bench = mailing()
    for number in range(20):
        bench.happen("document.contradicted", document_id=f"doc_{number}", stands="ok", told="failed")
    threads = [threading.Thread(target=open_alerts, args=(bench.hub,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(each["count"]) for each in alerts(bench)] == [1] * 20
    seal(bench.hub)
    with bench.hub.read() as view:
        opened = [each for each in list_events(view.connection, limit=500).items if each["type"] == "alert.opened"]
    assert len(opened) == 20
