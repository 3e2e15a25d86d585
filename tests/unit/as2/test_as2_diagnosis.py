"""Done right 24: the commonest faults in plain words, as golden texts; each made by the fault itself, not by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from as2_partner import as_request, at, connector, document, other, person, secrets_of, station

from connectors.as2 import sending
from connectors.as2.building import Content, Plan, build
from connectors.as2.cms.sign import Signing
from connectors.as2.diagnosis import EXPLAINED, explain
from connectors.as2.disposition import Disposition
from connectors.as2.faults import KINDS
from connectors.as2.mdn_write import MdnToWrite, write_mdn
from connectors.as2.transport import Answer
from hub.errors import DeliveryError
from hub.ports import HttpRequest
from hub.testing.services import FakeServices

GOLDEN = Path(__file__).resolve().parents[3] / "fixtures" / "as2" / "diagnosis.json"
HUB, ACME, EVIL = person("HUB", serial=0xB1), person("ACME", serial=0xA1), person("EVIL", serial=0xE1)
OLD = person("OLD-ACME", from_day=-400, to_day=-1, serial=0xA0)


def arriving(plan: Plan, payload: bytes = b"ISA*~", **more: str) -> HttpRequest:
    built = build((Content((payload,), len(payload)),), plan, at(0))
    names = {"as2-from": "ACME", "as2-to": "HUB", "message-id": "<1@acme>", "disposition-notification-to": "x", **more}
    return HttpRequest(
        method="POST",
        path="/",
        headers={**{k.lower(): v for k, v in built.fields.items()}, **names},
        body=b"".join(built.pieces),
    )


def rejected(request: HttpRequest, **more) -> tuple[str, dict]:
    receiver = station(acme=connector(HUB, ACME, FakeServices(secrets=secrets_of(HUB, ACME, OLD)), **more))
    receiver.receive(request)
    found = receiver.calls[0].rejection
    return found.code, dict(found.evidence)


def failed(mdn: MdnToWrite | None = None, signer=ACME, *, signed: bool = True, wrong_mic: bool = False) -> tuple[str, dict]:
    sender = connector(HUB, ACME)
    ready = sender.prepare(document())
    mic = "AAAA, sha-256" if wrong_mic else ready.evidence["mic"]
    said = mdn or MdnToWrite(
        sender="ACME", receiver="HUB", original_message_id=ready.reference, disposition=Disposition(), mic=mic, text="Fine."
    )
    said = said._replace(original_message_id=ready.reference)
    made = write_mdn(said, at=at(0), signing=Signing(signer.pair) if signed else None, domain="acme")
    answer = Answer(200, {k.lower(): v for k, v in made.headers.items()}, made.body)
    with pytest.raises(DeliveryError) as raised:
        sending.outcome(answer, ready, sender.settings, sender.receipt_relation, at(0))
    return raised.value.code, {**ready.evidence, "mic": "own MIC" if wrong_mic else mic, **raised.value.detail}


def refusal() -> MdnToWrite:
    disposition = Disposition("processed", "error", "decryption-failed")
    return MdnToWrite(sender="ACME", receiver="HUB", original_message_id="", disposition=disposition, text="Wrong key.")


BOTH = {"signing": Signing(ACME.pair), "recipient": HUB.certificate}
OPEN = {"require": {"signed": False, "encrypted": False}}


def changed() -> HttpRequest:
    request = arriving(Plan(signing=Signing(ACME.pair)))
    body = request.body.replace(b"ISA*~", b"ISA+~")
    return HttpRequest(method="POST", path="/", headers=request.headers, body=body)


CASES = {
    "unknown partner": lambda: rejected(arriving(Plan(**BOTH), **{"as2-from": "ACNE"})),
    "encrypted for another certificate": lambda: rejected(arriving(Plan(**{**BOTH, "recipient": EVIL.certificate}))),
    "signed by a stranger": lambda: rejected(arriving(Plan(**{**BOTH, "signing": Signing(EVIL.pair)}))),
    "changed on the way": lambda: rejected(changed(), **OPEN),
    "not signed": lambda: rejected(arriving(Plan(recipient=HUB.certificate))),
    "not encrypted": lambda: rejected(arriving(Plan(signing=Signing(ACME.pair)))),
    "weak digest": lambda: rejected(arriving(Plan(**{**BOTH, "signing": Signing(ACME.pair, digest="sha1")}))),
    "expired": lambda: rejected(
        arriving(Plan(**{**BOTH, "signing": Signing(OLD.pair)})), partner_certificates=[other(ACME), other(OLD)]
    ),
    "too large": lambda: rejected(arriving(Plan(**BOTH), bytes(9000)), max_size=5000),
    "foreign receipt address": lambda: rejected(
        arriving(Plan(**BOTH), **{"receipt-delivery-option": "http://169.254.169.254/"})
    ),
    "damaged compression": lambda: rejected(
        HttpRequest(
            method="POST",
            path="/",
            headers={
                "as2-from": "ACME",
                "as2-to": "HUB",
                "message-id": "<1@a>",
                "content-type": "application/pkcs7-mime; smime-type=compressed-data",
            },
            body=b"\x30\x03\x02\x01\x00",
        ),
        **OPEN,
    ),
    "MDN without signature": lambda: failed(signed=False),
    "MDN of a stranger": lambda: failed(signer=EVIL),
    "other MIC": lambda: failed(wrong_mic=True),
    "MDN refuses": lambda: failed(refusal()),
}


def plain(code: str, evidence: dict) -> str:
    """The text, with what differs from run to run taken out."""
    text = explain(code, evidence)
    for key in ("fault_expected", "fault_got", "fault_certificate"):
        if evidence.get(key):
            text = text.replace(str(evidence[key])[:16], f"<{key}>")
    return text.replace(str(evidence.get("fault_size")), "<size>")


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_explained_in_plain_words(name: str) -> None:
    code, evidence = CASES[name]()
    golden = json.loads(GOLDEN.read_text())
    assert {"code": code, "text": plain(code, evidence)} == golden[name]


def test_there_are_fifteen_golden_texts_and_each_says_what_to_do() -> None:
    golden = json.loads(GOLDEN.read_text())
    assert golden.keys() == CASES.keys()
    assert len(golden) >= 15
    assert len({entry["code"] for entry in golden.values()}) == len(golden)
    assert {entry["code"] for entry in golden.values()} <= set(EXPLAINED)


@pytest.mark.parametrize("code", [*KINDS, *EXPLAINED, "AS2-999"])
def test_every_code_is_explained_without_any_evidence_too(code: str) -> None:
    text = explain(code, {})
    assert text
    assert not re.search(r"\bNone\b(?! of)", text)


def test_a_delivery_failure_is_explained_from_its_own_detail() -> None:
    sender = connector(HUB, ACME)
    ready = sender.prepare(document())
    assert as_request(ready.wire).headers["message-id"] == ready.reference
    code, evidence = failed(signer=EVIL)
    assert "e1" in explain(code, evidence)
    assert "a1" in explain(code, evidence)
