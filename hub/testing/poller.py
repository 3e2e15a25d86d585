"""What every poller promises."""

from __future__ import annotations

import pytest

from hub.errors import DeliveryError
from hub.ports import Arrival, Poller, Stored
from hub.testing.connector import ConnectorContract
from hub.testing.far_side import FarInbox

EVERY_BYTE = bytes(range(256)) + b"\r\n\r\n\x1a\x00"
BIG = 50 * 1024 * 1024


def stored(number: int = 1) -> Stored:
    """What the hub says after a commit."""
    return Stored(message_id=f"M{number:05d}", is_duplicate=False)


def whole(arrival: Arrival) -> bytes:
    """The bytes of an arrival, wherever they are."""
    return b"".join(arrival.document.pieces())


class PollerContract(ConnectorContract):
    """Inherit, name `spec`, give a `far_side` fixture that is a `FarInbox`."""

    def poller(self, far_side: FarInbox) -> Poller:
        """A fresh poller, as after a restart."""
        connector = self.build(far_side)
        assert isinstance(connector, Poller)
        return connector

    def look(self, poller: Poller, far_side: FarInbox) -> list[Arrival]:
        """Poll until what was placed has stood still for long enough."""
        list(poller.poll())
        far_side.let_settle()
        return list(poller.poll())

    def test_the_bytes_arrive_unchanged(self, far_side: FarInbox) -> None:
        far_side.put("every.edi", EVERY_BYTE)
        far_side.put("empty-lines.edi", b"\n\nUNB+\n")
        arrivals = self.look(self.poller(far_side), far_side)
        assert [whole(arrival) for arrival in arrivals] == [EVERY_BYTE, b"\n\nUNB+\n"]

    def test_an_arrival_says_what_it_was_called_and_when_it_came(self, far_side: FarInbox) -> None:
        far_side.put("orders.edi", b"UNB+")
        document = self.look(self.poller(far_side), far_side)[0].document
        assert "orders.edi" in document.name
        assert document.received_at == far_side.services.now()

    def test_what_is_not_released_is_seen_again_under_the_same_key(self, far_side: FarInbox) -> None:
        far_side.put("one.edi", b"ISA*1")
        poller = self.poller(far_side)
        first = self.look(poller, far_side)[0].document
        second = next(iter(poller.poll())).document
        assert (second.idempotency_key, b"".join(second.pieces())) == (first.idempotency_key, b"".join(first.pieces()))

    def test_a_crash_between_keep_and_release_gives_the_same_arrival_again(self, far_side: FarInbox) -> None:
        far_side.put("one.edi", b"ISA*1")
        before = self.look(self.poller(far_side), far_side)[0].document
        after = self.look(self.poller(far_side), far_side)
        assert [arrival.document.idempotency_key for arrival in after] == [before.idempotency_key]

    def test_what_is_released_is_never_seen_again(self, far_side: FarInbox) -> None:
        far_side.put("one.edi", b"ISA*1")
        poller = self.poller(far_side)
        self.look(poller, far_side)[0].release(stored())
        assert far_side.waiting() == []
        assert self.look(poller, far_side) == []
        assert self.look(self.poller(far_side), far_side) == []

    def test_a_second_release_does_no_harm(self, far_side: FarInbox) -> None:
        far_side.put("one.edi", b"ISA*1")
        poller = self.poller(far_side)
        arrival = self.look(poller, far_side)[0]
        arrival.release(stored())
        far_side.put("two.edi", b"ISA*2")
        arrival.release(stored())
        assert far_side.waiting() == ["two.edi"]

    def test_a_release_concerns_one_document_only(self, far_side: FarInbox) -> None:
        for name in ("one.edi", "two.edi", "three.edi"):
            far_side.put(name, name.encode())
        arrivals = self.look(self.poller(far_side), far_side)
        arrivals[1].release(stored())
        assert sorted(far_side.waiting()) == ["one.edi", "three.edi"]

    def test_a_document_put_under_a_released_name_is_a_new_arrival(self, far_side: FarInbox) -> None:
        far_side.put("orders.edi", b"ISA*1")
        poller = self.poller(far_side)
        first = self.look(poller, far_side)[0]
        first.release(stored())
        far_side.put("orders.edi", b"ISA*2")
        second = self.look(poller, far_side)
        assert [whole(arrival) for arrival in second] == [b"ISA*2"]
        assert second[0].document.idempotency_key != first.document.idempotency_key

    def test_a_document_replaced_before_its_release_is_not_released_unseen(self, far_side: FarInbox) -> None:
        far_side.put("orders.edi", b"ISA*1")
        poller = self.poller(far_side)
        first = self.look(poller, far_side)[0]
        far_side.put("orders.edi", b"ISA*2, another order")
        first.release(stored())
        assert [whole(arrival) for arrival in self.look(poller, far_side)] == [b"ISA*2, another order"]

    def test_the_same_bytes_under_two_names_are_two_arrivals(self, far_side: FarInbox) -> None:
        far_side.put("one.edi", b"ISA*1")
        far_side.put("two.edi", b"ISA*1")
        keys = {arrival.document.idempotency_key for arrival in self.look(self.poller(far_side), far_side)}
        assert len(keys) == 2

    def test_a_half_written_document_is_not_taken(self, far_side: FarInbox) -> None:
        finish = far_side.put_half("slow.edi", b"ISA*a long order~")
        poller = self.poller(far_side)
        for _ in range(3):
            assert self.look(poller, far_side) == []
        finish()
        assert [whole(arrival) for arrival in self.look(poller, far_side)] == [b"ISA*a long order~"]

    def test_the_order_is_stable_and_oldest_first(self, far_side: FarInbox) -> None:
        names = [f"{letter}.edi" for letter in "qwertyuiop"]
        for name in names:
            far_side.put(name, name.encode())
        poller = self.poller(far_side)
        first = [whole(arrival).decode() for arrival in self.look(poller, far_side)]
        assert first == names
        assert [whole(arrival).decode() for arrival in poller.poll()] == names

    def test_an_empty_far_side_yields_nothing(self, far_side: FarInbox) -> None:
        assert self.look(self.poller(far_side), far_side) == []

    def test_fifty_mebibytes_arrive_whole(self, far_side: FarInbox) -> None:
        payload = EVERY_BYTE * (BIG // len(EVERY_BYTE))
        far_side.put("big.edi", payload)
        arrivals = self.look(self.poller(far_side), far_side)
        assert [len(whole(arrival)) for arrival in arrivals] == [len(payload)]
        assert whole(arrivals[0]) == payload

    def test_a_cursor_loses_nothing_that_was_not_released(self, far_side: FarInbox) -> None:
        far_side.put("one.edi", b"ISA*1")
        far_side.put("two.edi", b"ISA*2")
        poller = self.poller(far_side)
        cursor = self.look(poller, far_side)[0].document.idempotency_key
        assert [whole(arrival) for arrival in poller.poll(cursor)] == [b"ISA*1", b"ISA*2"]

    def test_a_far_side_that_is_down_is_not_an_empty_one(self, far_side: FarInbox) -> None:
        poller = self.poller(far_side)
        far_side.go_down()
        with pytest.raises(DeliveryError):
            list(poller.poll())
