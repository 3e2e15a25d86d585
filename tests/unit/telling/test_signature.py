"""The signature of what we post: fits its body, its instant and its secrets, and nothing else."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.flow.telling.signature import is_signed, sign

NOW = 1_790_244_000


def test_the_header_is_what_the_documentation_says():
    expected = hmac.new(b"s1", b'1790244000.{"a":1}', hashlib.sha256).hexdigest()
    assert sign(b'{"a":1}', ["s1"], at=NOW) == f"t=1790244000,v1={expected}"


def test_while_a_secret_is_rotated_the_old_and_the_new_both_fit():
    header = sign(b"body", ["new", "old"], at=NOW)
    assert header.count("v1=") == 2
    for secret in ("new", "old"):
        assert is_signed(header, b"body", [secret], now=NOW)
    assert not is_signed(header, b"body", ["other"], now=NOW)


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_another_body_does_not_fit(body, other):
    assert is_signed(sign(body, ["s"], at=NOW), other, ["s"], now=NOW) == (body == other)


def test_an_old_signature_does_not_fit_and_its_instant_cannot_be_changed():
    header = sign(b"body", ["s"], at=NOW)
    assert is_signed(header, b"body", ["s"], now=NOW + 300)
    assert not is_signed(header, b"body", ["s"], now=NOW + 301)
    assert not is_signed(header, b"body", ["s"], now=NOW - 301)
    assert not is_signed(header.replace(str(NOW), str(NOW + 1000)), b"body", ["s"], now=NOW + 1000)


@pytest.mark.parametrize(
    "header", ["", "t=", "v1=00", "t=1,t=1,v1=00", "t=x,v1=00", "t=1790244000", "t=1790244000,v1=\u00e9", "t=²,v1=1"]
)
def test_what_is_no_signature_does_not_fit(header):
    assert not is_signed(header, b"body", ["s"], now=NOW)
