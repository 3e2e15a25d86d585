"""What the console says: filters of an address, sentences, acknowledgments and MDNs."""

from zoneinfo import ZoneInfo

import msgspec
import pytest

from hub.store.audit import Audit
from hub.web.console.filters import filters_of
from hub.web.console.proofs import acknowledgment_words, transport_facts
from hub.web.console.story import _TOLD, headline, timeline
from hub.web.console.words import LIGHT_STATES, LIGHTS, size, span

BUCHAREST = ZoneInfo("Europe/Bucharest")


def ask(**query):
    return filters_of({name.rstrip("_"): [value] for name, value in query.items()}, BUCHAREST)


def test_a_day_begins_and_ends_where_the_site_is_the_day_of_to_included():
    wanted = ask(from_="2026-03-29", to="2026-03-29").wanted
    # the day that summer time begins has 23 hours
    assert wanted.until - wanted.since == 23 * 3600 * 1_000_000


@pytest.mark.parametrize(
    "query",
    [{"light": "syntax:purple"}, {"light": "colour:ok"}, {"state": "asleep"}, {"direction": "up"}, {"env": "prod"}, {"from_": "yesterday"},
     {"to": "9999-12-31"}, {"attention": "all"}, {"q": "a\x00b"}, {"nonsense": "1"}],
)  # fmt: skip
def test_what_is_not_understood_is_left_out_and_said(query):
    filters = ask(**query)
    assert filters.given == {}
    assert len(filters.ignored) == 1


def test_an_address_keeps_the_other_filters_and_forgets_the_page():
    filters = filters_of({"partner": ["acme"], "q": ["a&b=c"], "after": ["x"]}, BUCHAREST)
    assert (
        filters.address(direction="in") == "/admin/edi?partner=acme&q=a%26b%3Dc&direction=in"
        or "after" not in filters.address()
    )
    assert filters.address(partner="", q="") == "/admin/edi"


@pytest.mark.parametrize(
    ("seconds", "said"), [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "1 h"), (172_800, "2 d"), (8_640_000, "100 d")]
)
def test_an_age_is_one_number_and_one_unit(seconds, said):
    assert span(seconds) == said


def test_a_size_is_exact_while_it_is_small():
    assert [size(999), size(12_345), size(5_000_000)] == ["999 bytes", "12 KB", "5.0 MB"]


def item(direction, state, *, error=None, kind="order", **lights):
    states = {name: {"state": lights.get(name, "none"), "reason": None, "at": None} for name in LIGHTS}
    return {
        "direction": direction, "state": state, "error": error, "type": kind, "message": "850", "standard": "x12", "business_number": "4500",
        "test": False, "order_id": None, "lights": states, "created_at": "2026-09-24T06:00:00+00:00", "message_id": "msg_1",
    }  # fmt: skip


def said(wanted, attempts=1):
    return headline(wanted, partner="ACME Stores", zone=BUCHAREST, attempts=attempts)


def test_an_order_that_waits_says_why_and_what_to_do():
    error = {"code": "MAP-250", "message": "unit QQ is in no table", "hint": "add it to the table", "who": "admin"}
    sentence, to_do = said(item("in", "held", error=error))
    assert (
        sentence
        == "Purchase order 4500 from ACME Stores arrived on 24 Sep 2026 at 09:00 and waits for a person: unit QQ is in no table."
    )
    assert to_do == "An administrator of this hub acts: add it to the table."


def test_the_gravest_light_speaks_first():
    sentence, to_do = said(item("out", "delivered", delivery="ok", syntax="overdue", business="failed"))
    assert "does not agree" in sentence
    assert "Call the partner" in to_do


def test_an_mdn_alone_is_not_called_acceptance():
    sentence, to_do = said(item("out", "delivered", delivery="ok", syntax="waiting", business="waiting"))
    assert "acknowledgment and the partner's business answer are still to come" in sentence
    assert "It was delivered." in sentence
    assert to_do.startswith("Nothing now")


def test_what_was_given_up_names_the_command_that_sends_it_again():
    error = {"code": "DLV-402", "message": "the server answered 404", "hint": "correct the address", "who": "admin"}
    sentence, to_do = said(item("out", "dead", error=error), attempts=3)
    assert "given up after 3 attempts: the server answered 404." in sentence
    assert to_do == "Correct the address. Then send the same bytes again with `edihub resend msg_1`."


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize(
    "state",
    [
        "received",
        "retry",
        "quarantined",
        "held",
        "rejected",
        "done",
        "duplicate",
        "discarded",
        "ready",
        "sent",
        "delivered",
        "dead",
        "cancelled",
    ],
)
def test_every_state_has_a_sentence_with_an_end_and_a_cure(direction, state):
    sentence, to_do = said(item(direction, state, error={"message": "it broke", "hint": ""}))
    assert sentence.endswith(".")
    assert to_do.endswith(".")


class Written(Audit):
    """The audit trail, kept in memory."""

    def __init__(self):
        self.types = []

    def _write(self, type_, subject, detail, actor="hub"):
        self.types.append((type_, detail))


def test_every_event_of_a_message_has_words():
    audit = Written()
    audit.received("m", connection="c", sha256="s", size=1)
    audit.repeated("m", connection="c", key="k")
    audit.conflicted("m", first="f", key="k")
    audit.read("m", interchange="i", verdict="accepted", messages=2, errors=1)
    audit.duplicated("m", of="o", level="control_number")
    audit.acknowledged("m", by="b", kind="997 accepted")
    audit.held("m", code="C", message="why")
    audit.released("m", actor="a", reason="r")
    audit.translated("m", kind="order", number="1")
    audit.rejected("m", code="C", message="why")
    audit.queued("m", document="d", connection="c", sha256="s", interchange="1")
    audit.attempted("m", attempt=1, code="C", message="why")
    audit.delivered("m", reference="r", attempt=1)
    audit.overtaken("m", attempt=1)
    audit.certificate_ends("c", days=7, role="ours: sign", subject="CN=us", sha256="s", ends="2027-01-01T00:00:00+00:00")
    audit.proven_again("m", proof="p", told="ok")
    audit.proof_unmatched("m", refers_to="<x>")
    audit.refused("c", {"code": "AS2-101", "message": "why", "explained": "in words"})
    audit.buried("m", state="dead", code="C", message="why")
    audit.buried("m", state="quarantined", code="C", message="why")
    audit.lit("d", light="syntax", state="ok", reason="997")
    audit.contradicted("d", light="syntax", stands="ok", told="failed", reason="r")
    audit.unmatched("d", refers_to="x")
    audit.replayed("m", actor="a")
    audit.discarded("m", actor="a", reason="r")
    audit.resent("m", actor="a")
    assert {type_ for type_, _ in audit.types} - set(_TOLD) == set()
    events = [{"at": "x", "actor": "hub", "type": type_, "detail": detail} for type_, detail in audit.types]
    assert all(told["text"] and "{" not in told["text"] for told in timeline(events))


def test_an_event_without_words_is_shown_by_its_name():
    (told,) = timeline([{"at": "x", "actor": "shell:ana", "type": "new.thing", "detail": {"a": 1}}])
    assert told == {"at": "x", "actor": "ana (shell)", "text": "new.thing: a 1"}


def test_a_997_is_told_message_by_message_with_its_errors():
    said = {
        "type": "acknowledgment", "kind": "997", "verdict": "partially_accepted",
        "groups": [{"messages": [{"type": "850", "control_number": "0002", "verdict": "rejected",
                                  "errors": [{"code": "7", "segment": "PO1", "segment_index": 6, "element": 3, "value": "QQ"}]}]}],
    }  # fmt: skip
    assert acknowledgment_words(msgspec.json.encode(said)) == [
        "997 says: accepted in part",
        "850 0002: rejected",
        "Error 7 at PO1 (segment 6), element 3, value “QQ”",
    ]
    assert acknowledgment_words(msgspec.json.encode({"type": "order"})) == []
    assert acknowledgment_words(None) == []


SENT = {"transport": "as2", "message_id": "<1@x>", "mic": "abc=, sha-256", "mdn": "sync", "mdn_signed": True}
GOOD = {"mdn_disposition": "automatic-action/MDN-sent-automatically; processed", "mdn_mic": "abc=, sha256", "mdn_signed": True}


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (GOOD, "says that the message was processed. It is signed, and the signature holds; its MIC is ours"),
        ({**GOOD, "mdn_mic": "xyz=, sha256"}, "its MIC is not ours"),
        ({**GOOD, "mdn_signed": False}, "It is not signed, so it proves nothing"),
        (
            {**GOOD, "mdn_disposition": "automatic-action/MDN-sent-automatically; processed/Error: decryption-failed"},
            "says that the message was refused: they could not decrypt it (processed/Error: decryption-failed)",
        ),
        (
            {**GOOD, "mdn_disposition": "automatic-action/MDN-sent-automatically; failed/failure: no more paper"},
            "says that the message was refused (failed/failure: no more paper)",
        ),
        (
            {**GOOD, "mdn_disposition": "automatic-action/MDN-sent-automatically; processed/warning: duplicate-document"},
            "says that the message was processed, with a warning: duplicate-document",
        ),
        ({}, "No MDN has come yet."),
    ],
)
def test_an_mdn_is_told_in_words(answered, expected):
    facts = transport_facts({"name": "x", "prepared": SENT}, {"evidence": answered}, None)
    assert expected in facts["said"]
    assert ("MIC of the content", "abc=, sha-256") in facts["facts"]
    assert ("Signed MDN asked for", "yes") in facts["facts"]
    assert ("MDN asked for", "at once (sync)") in facts["facts"]
    assert all(name[0].isupper() for name, _ in facts["facts"]), "a raw name of an evidence field"


def test_a_message_over_another_way_has_no_mdn():
    assert transport_facts({"name": "x"}, None, None) is None


def test_every_light_state_has_a_word():
    assert set(LIGHT_STATES) == {"none", "waiting", "ok", "failed", "overdue"}
