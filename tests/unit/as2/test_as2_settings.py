"""What a person may write about an AS2 connection, and what is told when it cannot be right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from as2_partner import person, settings
from pydantic import ValidationError

from connectors.as2.settings import As2Settings

HUB, ACME = person("HUB"), person("ACME")


def made(**more: object) -> As2Settings:
    return As2Settings.model_validate(settings(HUB, ACME, **more))


def test_values_are_read_as_a_yaml_loader_without_types_gives_them() -> None:
    found = made(
        mdn={"mode": "async", "signed": "false", "within": "30m", "url": "http://x/"},
        max_size="1000",
        read_timeout="90s",
        encrypt="none",
        exceptions=[{"algorithm": "sha1", "until": "2027-01-31"}],
        require={"signed": "yes", "encrypted": "no"},
        allow_networks=["10.0.0.0/8"],
    )
    assert found.mdn.within == timedelta(minutes=30)
    assert found.mdn.signed is False
    assert (found.max_size, found.read_timeout, found.encrypt) == (1000, timedelta(seconds=90), None)
    assert (found.require.signed, found.require.encrypted) == (True, False)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "ftp://x/"}, "an address is"),
        ({"url": "https://user@x/"}, "an address is"),
        ({"partner_mdn_url": "https:///x"}, "an address is"),
        ({"our_name": "naïve"}, "AS2 name"),
        ({"our_name": ""}, "AS2 name"),
        ({"partner_name": "x" * 129}, "AS2 name"),
        ({"sign": "sha1"}, "dated exception"),
        ({"encrypt": "3des_cbc"}, "dated exception"),
        ({"sign": "md5"}, "sha256"),
        ({"our_certificates": []}, "our_certificates with use `sign`"),
        ({"partner_certificates": []}, "partner_certificates with use `encrypt`"),
        ({"mdn": {"mode": "async"}}, "asynchronous MDN needs `url`"),
        ({"mdn": {"within": "soon"}}, "within"),
        ({"auth": {"user": "x"}}, "user and password, or token"),
        ({"auth": {"password": {"secret": "x"}}}, "a password needs a user"),
        ({"tls": {"certificate": {"secret": "x"}}}, "needs its key"),
        ({"domain": "a\r\nX: y"}, "printable"),
        ({"max_size": 0}, "greater than 0"),
        ({"unknown": 1}, "Extra inputs"),
        ({"exceptions": [{"algorithm": "rc4", "until": "2027-01-01"}]}, "algorithm"),
    ],
)
def test_what_cannot_be_right_is_told(wrong: dict, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        made(**wrong)


def test_every_missing_certificate_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as told:
        made(our_certificates=[], partner_certificates=[])
    for part in ("use `sign`", "use `encrypt`", "use `decrypt`", "use `verify`"):
        assert part in str(told.value)


def test_a_weak_algorithm_with_a_dated_exception_may_be_sent() -> None:
    assert made(sign="sha1", exceptions=[{"algorithm": "sha1", "until": "2027-01-31"}]).sign == "sha1"
