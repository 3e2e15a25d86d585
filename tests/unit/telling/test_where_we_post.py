"""Where a webhook may go: public addresses, and networks that were allowed by name."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from hub.errors import PermanentDeliveryError, TemporaryDeliveryError
from hub.flow.telling.destination import check

INSIDE = (
    "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "::1", "fe80::1",
    "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "255.255.255.255",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_is_not_public_is_refused(address):
    with pytest.raises(PermanentDeliveryError) as refused:
        check("https://erp.example/hook", lookup=lambda _host, _port: [address])
    assert refused.value.code == "DLV-480"


def test_one_address_inside_among_public_ones_is_refused():
    with pytest.raises(PermanentDeliveryError):
        check("https://erp.example/hook", lookup=lambda _host, _port: ["8.8.8.8", "127.0.0.1"])


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_a_network_that_is_allowed_by_name_is_posted_to(address):
    place = check("http://localhost:8080/hook?a=1", [ip_network("127.0.0.0/8")], lambda _host, _port: [address])
    assert (place.address, place.port, place.target, place.is_secure) == (address, 8080, "/hook?a=1", False)
    with pytest.raises(PermanentDeliveryError):
        check("http://localhost/", [ip_network("10.0.0.0/8")], lambda _host, _port: [address])


def test_a_host_without_an_address_is_tried_again_later():
    def nowhere(_host, _port):
        raise OSError("no such host")

    with pytest.raises(TemporaryDeliveryError) as failed:
        check("https://nowhere.example/", lookup=nowhere)
    assert failed.value.code == "DLV-481"


def test_the_address_that_was_checked_is_the_one_that_is_connected_to():
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    place = check("https://rebinding.example/", lookup=lambda _host, _port: next(answers))
    assert (place.address, place.host) == ("8.8.8.8", "rebinding.example")
