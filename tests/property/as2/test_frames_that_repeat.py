"""Messages of one partner repeat most of their octets; what is remembered of one changes nothing about what another means."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from connectors.as2 import keys
from connectors.as2.asn1.reader import BerError
from connectors.as2.certificates import load_certificates, load_key, pair
from connectors.as2.cms import envelope, signature
from connectors.as2.cms.algorithms import UnknownAlgorithm
from connectors.as2.cms.encrypt import encrypt
from connectors.as2.cms.sign import Signing
from connectors.as2.source import MemorySource

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def own():
    made = keys.create("ACME", at=AT)
    return pair(load_certificates(made.certificate.encode()), load_key(made.key.encode(), None))


@pytest.fixture(autouse=True)
def nothing_remembered():
    signature._FRAMES.clear()
    envelope._ADDRESSES.clear()


def _signed(own, number, **options):
    return Signing(own, **options).sign(bytes([number]) * 32, AT)


def _enveloped(own, content):
    return b"".join(
        encrypt(
            iter((content,)), len(content), recipient=own.certificate, cipher="aes256_cbc", key_transport="rsa_pkcs1v15"
        ).pieces
    )


def _meaning(read, data):
    try:
        found = read(data)
        if isinstance(found, signature.SignedData):
            return found.signers, found.content, found.certificates()
    except (BerError, UnknownAlgorithm) as fault:
        return type(fault)
    pieces = b"".join(found.pieces())
    return found.recipients, found.cipher, found.nonce, found.content, pieces, found.mac, found.associated


def _envelope_framed(data):
    return envelope.read_envelope(MemorySource(data))


def _envelope_whole(data):
    return envelope._read(MemorySource(data))


def test_a_second_signature_is_read_by_the_frame_of_the_first(own):
    first, second = _signed(own, 1), _signed(own, 2)
    assert signature._framed(first) is None
    signature.read_signed(first)
    framed = signature._framed(second)
    assert framed is not None
    assert framed.signers[0].message_digest == bytes([2]) * 32
    assert _meaning(signature.read_signed, second) == _meaning(signature._read, second)


def test_a_second_envelope_of_another_length_is_read_by_the_address_of_the_first(own):
    first, second = _enveloped(own, b"a" * 3000), _enveloped(own, b"b" * 9000)
    assert envelope._addressed(MemorySource(first)) is None
    _envelope_framed(first)
    assert envelope._addressed(MemorySource(second)) is not None
    assert _meaning(_envelope_framed, second) == _meaning(_envelope_whole, second)


@pytest.mark.parametrize(
    ("framed", "whole", "make"),
    [
        pytest.param(signature.read_signed, signature._read, lambda own: _signed(own, 3), id="signature"),
        pytest.param(_envelope_framed, _envelope_whole, lambda own: _enveloped(own, b"c" * 700), id="envelope"),
    ],
)
def test_whatever_octet_is_changed_it_means_what_it_means_to_somebody_who_remembers_nothing(own, framed, whole, make):
    good = make(own)
    by_chance = random.Random(4130)
    framed(good)
    for place in range(len(good)):
        for octet in {good[place] ^ 1, good[place] ^ 0x80, by_chance.randrange(256)}:
            changed = good[:place] + bytes([octet]) + good[place + 1 :]
            assert _meaning(framed, changed) == _meaning(whole, changed), (place, octet)
            framed(good)
    for cut in range(0, len(good), 7):
        for changed in (good[:cut], good[:cut] + good[cut + 1 :], good[:cut] + b"\0" + good[cut:], good + good[:cut]):
            assert _meaning(framed, changed) == _meaning(whole, changed), cut
            framed(good)


def test_what_is_remembered_is_bounded(own):
    good = _signed(own, 5)
    for number in range(3 * signature._MOST_FRAMES):
        signature.read_signed(good[:70] + number.to_bytes(2, "big") + good[72:])
    assert len(signature._FRAMES) <= signature._MOST_FRAMES
