"""Done right 7: where a connection may go. Resolved once, checked, and no other address is ever connected to."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from connectors.as2.destination import check, is_agreed
from hub.errors import PermanentDeliveryError, TemporaryDeliveryError

PUBLIC = "93.184.215.14"


def resolver(*addresses: str):
    return lambda _host, _port: addresses


REFUSED_ADDRESSES = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1",
    "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "fe80::1%eth0",
]  # fmt: skip
REFUSED_URLS = [
    "file:///etc/passwd", "gopher://x/", "ftp://x/", "http://", "http:///path", "//x/y", "javascript:1", "http://user@x/", "http://u:p@x/",
    "http://x/#frag", "http://x y/", "http://x/\r\nHost: evil", "http://x\\@evil/", "http://x:99999/", "http://x:port/", "http://[::1/",
    "http://\u0131/", "dict://127.0.0.1:11211/", "", "not a url", "http://" + "x" * 3000 + "/",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_an_address_that_is_not_public_is_refused_under_any_name(address: str) -> None:
    with pytest.raises(PermanentDeliveryError) as refused:
        check("https://as2.example/in", lookup=resolver(address))
    assert refused.value.code == "AS2-310"


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(PermanentDeliveryError):
        check(url, lookup=resolver(PUBLIC))


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "017700000001", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_other_spellings_of_this_machine_are_refused_by_what_they_resolve_to(host: str) -> None:
    with pytest.raises((PermanentDeliveryError, TemporaryDeliveryError)) as refused:
        check(f"http://{host}/")
    assert refused.value.code in {"AS2-310", "AS2-311"}


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(PermanentDeliveryError):
        check("https://as2.example/in", lookup=resolver(PUBLIC, "10.0.0.1"))


def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_connected_to() -> None:
    """A name server that answers something else the second time is not asked a second time."""
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    found = check("https://as2.example:8443/in?a=b", lookup=lambda _h, _p: next(answers))
    assert (found.address, found.host, found.port, found.target) == (PUBLIC, "as2.example", 8443, "/in?a=b")
    assert found.host_header == "as2.example:8443"


def test_a_network_that_the_connection_allows_is_allowed() -> None:
    allowed = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert check("http://erp/", networks=allowed, lookup=resolver("10.1.2.3")).address == "10.1.2.3"
    assert check("http://erp/", networks=allowed, lookup=resolver("::ffff:10.1.2.3")).address == "::ffff:10.1.2.3"
    assert check("http://erp/", networks=allowed, lookup=resolver("fd00::1")).address == "fd00::1"
    with pytest.raises(PermanentDeliveryError):
        check("http://erp/", networks=allowed, lookup=resolver("10.2.2.3"))


def test_a_public_address_is_allowed_with_default_ports() -> None:
    found = check("https://as2.example", lookup=resolver(PUBLIC))
    assert (found.port, found.target, found.host_header) == (443, "/", "as2.example")


def test_a_name_without_an_address_is_for_later() -> None:
    def nothing(_host: str, _port: int) -> list[str]:
        raise OSError

    for lookup in (nothing, resolver()):
        with pytest.raises(TemporaryDeliveryError):
            check("https://as2.example", lookup=lookup)


@pytest.mark.parametrize(
    ("url", "agrees"),
    [
        ("https://as2.acme.example/mdn", True),
        ("https://as2.acme.example/mdn/17", True),
        ("https://AS2.acme.example:443/mdn", True),
        ("https://as2.acme.example/mdn?id=17", True),
        ("https://as2.acme.example/mdnx", False),
        ("https://as2.acme.example/", False),
        ("https://as2.acme.example/mdn/../admin", False),
        ("https://as2.acme.example/mdn/%2e%2e/admin", False),
        ("http://as2.acme.example/mdn", False),
        ("https://as2.acme.example:8443/mdn", False),
        ("https://as2.acme.example.evil.example/mdn", False),
        ("https://as2.acme.example@evil.example/mdn", False),
        ("https://evil.example/mdn", False),
        ("file:///mdn", False),
    ],
)
def test_a_receipt_goes_to_the_agreed_address_or_below_it(url: str, agrees: bool) -> None:
    assert is_agreed(url, "https://as2.acme.example/mdn", is_exact=True) is agrees


def test_without_an_agreed_address_the_host_of_the_connection_is_enough() -> None:
    assert is_agreed("https://as2.acme.example/any", "https://as2.acme.example/as2", is_exact=False)
    assert not is_agreed("https://other.example/any", "https://as2.acme.example/as2", is_exact=False)
