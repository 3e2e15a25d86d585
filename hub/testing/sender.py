"""What every sender promises."""

from __future__ import annotations

import time

import pytest

from hub.errors import (
    DeliveryError,
    PermanentDeliveryError,
    TemporaryDeliveryError,
    UncertainDeliveryError,
)
from hub.ports import OutboundDocument, Receipt, Sender
from hub.testing.connector import ConnectorContract
from hub.testing.far_side import FarReceiver

EVERY_BYTE = bytes(range(256)) + b"\r\n\r\n\x1a\x00"
BIG = EVERY_BYTE * (16 * 1024 * 1024 // len(EVERY_BYTE))


def document(payload: bytes = EVERY_BYTE, key: str = "key-1", name: str = "855-000000001.edi") -> OutboundDocument:
    """Something to deliver."""
    return OutboundDocument(payload=payload, idempotency_key=key, name=name, media_type="application/edi-x12")


class SenderContract(ConnectorContract):
    """Inherit, name `spec`, give a `far_side` fixture that is a `FarReceiver`."""

    def sender(self, far_side: FarReceiver) -> Sender:
        """A fresh sender, as after a restart."""
        connector = self.build(far_side)
        assert isinstance(connector, Sender)
        return connector

    def test_success_gives_a_reference_and_the_far_side_has_the_bytes(self, far_side: FarReceiver) -> None:
        receipt = self.sender(far_side).send(document())
        assert isinstance(receipt, Receipt)
        assert receipt.reference
        assert far_side.effects() == [EVERY_BYTE]

    def test_prepared_wire_bytes_are_what_is_sent(self, far_side: FarReceiver) -> None:
        prepared = OutboundDocument(payload=b"plain", wire=b"signed and sealed", idempotency_key="key-1", name="a.edi")
        self.sender(far_side).send(prepared)
        assert far_side.effects() == [b"signed and sealed"]

    def test_a_large_document_arrives_whole(self, far_side: FarReceiver) -> None:
        self.sender(far_side).send(document(BIG))
        assert far_side.effects() == [BIG]

    def test_the_same_key_twice_has_one_effect(self, far_side: FarReceiver) -> None:
        first = self.sender(far_side).send(document())
        second = self.sender(far_side).send(document())
        assert far_side.effects() == [EVERY_BYTE]
        assert second.reference == first.reference

    def test_two_keys_have_two_effects(self, far_side: FarReceiver) -> None:
        sender = self.sender(far_side)
        sender.send(document(b"one", "key-1", "one.edi"))
        sender.send(document(b"two", "key-2", "two.edi"))
        assert sorted(far_side.effects()) == [b"one", b"two"]

    def test_not_now_is_temporary(self, far_side: FarReceiver) -> None:
        far_side.refuse_for_now(None)
        with pytest.raises(TemporaryDeliveryError) as refused:
            self.sender(far_side).send(document())
        assert refused.value.retry_after is None
        assert far_side.effects() == []

    def test_a_delay_that_the_far_side_names_is_handed_on(self, far_side: FarReceiver) -> None:
        far_side.refuse_for_now(37)
        with pytest.raises(TemporaryDeliveryError) as refused:
            self.sender(far_side).send(document())
        assert refused.value.retry_after == 37

    def test_never_is_permanent(self, far_side: FarReceiver) -> None:
        far_side.refuse_for_good()
        with pytest.raises(PermanentDeliveryError):
            self.sender(far_side).send(document())
        assert far_side.effects() == []

    def test_a_far_side_that_is_down_is_temporary(self, far_side: FarReceiver) -> None:
        sender = self.sender(far_side)
        far_side.go_down()
        with pytest.raises(TemporaryDeliveryError):
            sender.send(document())

    def test_a_cut_before_the_body_is_temporary(self, far_side: FarReceiver) -> None:
        far_side.cut("before")
        with pytest.raises(TemporaryDeliveryError):
            self.sender(far_side).send(document())
        assert far_side.effects() == []

    def test_a_cut_during_the_body_is_uncertain_and_leaves_no_half(self, far_side: FarReceiver) -> None:
        far_side.cut("during")
        with pytest.raises(UncertainDeliveryError):
            self.sender(far_side).send(document(BIG))
        assert far_side.effects() == []

    def test_a_cut_after_the_body_is_uncertain(self, far_side: FarReceiver) -> None:
        far_side.cut("after")
        with pytest.raises(UncertainDeliveryError):
            self.sender(far_side).send(document())

    def test_after_a_cut_the_same_key_is_delivered_once(self, far_side: FarReceiver) -> None:
        sender = self.sender(far_side)
        far_side.cut("after")
        with pytest.raises(DeliveryError):
            sender.send(document())
        far_side.recover()
        assert sender.send(document()).reference
        assert far_side.effects() == [EVERY_BYTE]

    def test_a_failure_does_not_spoil_the_next_document(self, far_side: FarReceiver) -> None:
        sender = self.sender(far_side)
        far_side.refuse_for_now(None)
        with pytest.raises(TemporaryDeliveryError):
            sender.send(document())
        far_side.recover()
        sender.send(document())
        assert far_side.effects() == [EVERY_BYTE]

    def test_it_does_not_try_again_by_itself(self, far_side: FarReceiver) -> None:
        far_side.refuse_for_now(1)
        started = time.monotonic()
        with pytest.raises(TemporaryDeliveryError):
            self.sender(far_side).send(document())
        assert time.monotonic() - started < far_side.patience

    def test_a_silent_far_side_is_given_up(self, far_side: FarReceiver) -> None:
        far_side.stall()
        started = time.monotonic()
        with pytest.raises(UncertainDeliveryError):
            self.sender(far_side).send(document())
        assert time.monotonic() - started < far_side.patience
