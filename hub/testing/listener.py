"""What every listener promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from hub.ports import Gatekeeper, HttpResponse, Listener, Stored
from hub.testing.connector import ConnectorContract
from hub.testing.far_side import FarCaller

PAYLOAD = b"ISA*00*" + bytes(range(256)) + b"\r\n~"


class ListenerContract(ConnectorContract):
    """Inherit, name `spec`, give a `far_side` fixture that is a `FarCaller`."""

    exempt: ClassVar[Mapping[str, str]] = {
        "test_somebody_else_at_the_far_side_is_refused": "a listener is called; forged and unknown callers have tests of their own"
    }

    def listener(self, far_side: FarCaller) -> Listener:
        """A fresh listener, as after a restart."""
        connector = self.build(far_side)
        assert isinstance(connector, Listener)
        return connector

    def test_the_bytes_arrive_unchanged(self, far_side: FarCaller) -> None:
        call = self.listener(far_side).receive(far_side.request(PAYLOAD))
        assert [b"".join(document.pieces()) for document in call.documents] == [PAYLOAD]
        assert call.documents[0].received_at == far_side.services.now()

    def test_success_is_said_only_of_what_is_stored(self, far_side: FarCaller) -> None:
        call = self.listener(far_side).receive(far_side.request(PAYLOAD))
        kept = call.answer((Stored(message_id="M-4711", is_duplicate=False),))
        assert 200 <= kept.status < 300
        assert not 200 <= call.answer(()).status < 300

    def test_the_answer_names_the_stored_message(self, far_side: FarCaller) -> None:
        call = self.listener(far_side).receive(far_side.request(PAYLOAD))
        assert b"M-4711" in said(call.answer((Stored(message_id="M-4711", is_duplicate=False),)))

    def test_a_wrong_proof_carries_nothing_and_is_refused(self, far_side: FarCaller) -> None:
        call = self.listener(far_side).receive(far_side.forged(PAYLOAD))
        assert call.documents == ()
        assert call.answer(()).status in {400, 401, 403}

    def test_a_stranger_is_answered_like_a_wrong_proof(self, far_side: FarCaller) -> None:
        listener = self.listener(far_side)
        unknown = listener.receive(far_side.unknown(PAYLOAD))
        forged = listener.receive(far_side.forged(PAYLOAD))
        assert unknown.documents == ()
        assert unknown.answer(()) == forged.answer(())

    def test_a_replayed_request_has_the_same_key(self, far_side: FarCaller) -> None:
        request = far_side.request(PAYLOAD, key="order-4500000042")
        first = self.listener(far_side).receive(request).documents[0]
        second = self.listener(far_side).receive(request).documents[0]
        assert first.idempotency_key == second.idempotency_key

    def test_different_requests_have_different_keys(self, far_side: FarCaller) -> None:
        listener = self.listener(far_side)
        requests = [far_side.request(PAYLOAD, key="a"), far_side.request(PAYLOAD, key="b"), far_side.request(b"ISA*2")]
        keys = {listener.receive(request).documents[0].idempotency_key for request in requests}
        assert len(keys) == len(requests)

    def test_a_duplicate_is_answered_as_the_protocol_says(self, far_side: FarCaller) -> None:
        call = self.listener(far_side).receive(far_side.request(PAYLOAD, key="again"))
        answer = call.answer((Stored(message_id="M-4711", is_duplicate=True),))
        assert far_side.says_duplicate_accepted(answer)

    def test_a_key_that_came_before_with_other_bytes_is_no_success(self, far_side: FarCaller) -> None:
        call = self.listener(far_side).receive(far_side.request(PAYLOAD, key="again"))
        answer = call.answer((Stored(message_id="M-4711", is_duplicate=False, is_conflict=True),))
        assert not 200 <= answer.status < 300

    def test_a_refusal_says_why_for_the_audit_trail(self, far_side: FarCaller) -> None:
        call = self.listener(far_side).receive(far_side.forged(PAYLOAD))
        assert call.rejection is not None
        assert call.rejection.code
        assert call.rejection.message

    def test_a_body_over_the_limit_is_refused(self, far_side: FarCaller) -> None:
        call = self.listener(far_side).receive(far_side.request(b"x" * (far_side.max_size + 1)))
        assert call.documents == ()
        assert call.answer(()).status == 413

    def test_a_declared_length_over_the_limit_is_refused_before_the_body(self, far_side: FarCaller) -> None:
        listener = self.listener(far_side)
        assert isinstance(listener, Gatekeeper)
        request = far_side.request(b"")
        head = replace(request, headers={**request.headers, "content-length": str(far_side.max_size + 1)})
        refusal = listener.admit(head)
        assert refusal is not None
        assert refusal.status == 413

    def test_a_wrong_proof_is_refused_before_the_body(self, far_side: FarCaller) -> None:
        listener = self.listener(far_side)
        assert isinstance(listener, Gatekeeper)
        refusal = listener.admit(replace(far_side.forged(b""), body=b""))
        assert refusal is not None
        assert refusal.status in {401, 403}
        assert listener.admit(replace(far_side.request(b""), body=b"")) is None

    def test_no_header_makes_it_fail(self, far_side: FarCaller) -> None:
        listener = self.listener(far_side)
        for value in ("", " ", "Basic", "Basic %%%", "Bearer \udcff", "\x00", "x" * 10_000, "Basic " + "A" * 9999):
            for name in [*far_side.request(PAYLOAD).headers, "authorization", "content-length", "idempotency-key"]:
                request = far_side.request(PAYLOAD)
                call = listener.receive(replace(request, headers={**request.headers, name: value}))
                assert len(call.documents) <= 1
        assert listener.receive(replace(far_side.request(PAYLOAD), headers={})).documents == ()

    def test_another_method_is_refused(self, far_side: FarCaller) -> None:
        call = self.listener(far_side).receive(replace(far_side.request(PAYLOAD), method="GET"))
        assert call.documents == ()
        assert call.answer(()).status == 405


def said(response: HttpResponse) -> bytes:
    """Everything an answer says, headers and body."""
    return repr(dict(response.headers)).encode() + response.body
