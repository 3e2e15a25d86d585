"""Done right 16 and 18 on the sending side: `edihub send` and its exit codes, and a sender killed at every point of its way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from as2_two_hubs import Pair, Side, order, until

POINTS = ["before-send", "after-send", "after-delivery"]


@pytest.fixture
def hub_side(tmp_path, request):
    pair = Pair(tmp_path, mode=getattr(request, "param", "sync"))
    pair.sockets[0].close()
    pair.hub = Side(pair.hub_root, pair.sockets[1])
    (tmp_path / "order.edi").write_bytes(order())
    pair.file = str(tmp_path / "order.edi")
    yield pair
    pair.hub.server.stop()


def edihub(site, *arguments, kill=""):
    command = [sys.executable, "-m", "hub.cli", "--site", str(site), *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, env={**os.environ, "EDIHUB_KILL": kill})


def test_send_waits_for_the_receipt_and_prints_the_message_id(hub_side):
    done = edihub(hub_side.acme_root, "send", hub_side.file, "--partner", "edihub")
    assert done.returncode == 0, done.stderr
    message_id, transport_id = done.stdout.decode().split()
    assert transport_id.startswith("<")
    shown = json.loads(edihub(hub_side.acme_root, "show", transport_id, "--json").stdout)
    assert shown["message_id"] == message_id
    assert shown["lights"]["delivery"]["state"] == "ok"


@pytest.mark.parametrize("hub_side", ["async"], indirect=True)
def test_send_says_that_the_receipt_has_not_come_when_nobody_listens_for_it(hub_side):
    done = edihub(hub_side.acme_root, "send", hub_side.file, "--partner", "edihub", "--seconds", "2")
    assert done.returncode == 6, done.stderr
    assert b"its receipt has not come yet" in done.stderr


@pytest.mark.parametrize(
    "point", [point if point == "after-send" else pytest.param(point, marks=pytest.mark.long) for point in POINTS]
)
def test_a_sender_that_is_killed_sends_the_same_message_again_and_makes_one_order(hub_side, point):
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("this system has no SIGKILL")
    killed = edihub(hub_side.acme_root, "send", hub_side.file, "--partner", "edihub", kill=f"{point}:1")
    assert killed.returncode == -signal.SIGKILL
    message_id = killed.stdout.decode().split()[0]
    acme = Side(hub_side.acme_root, _listening())
    try:
        hub_side.acme = acme
        message = hub_side.settled(message_id)
    finally:
        acme.server.stop()
    assert message.state == "delivered", message.error
    found = {each["transport_id"] for each in hub_side.hub.items(direction="in")}
    assert message.transport_id in found
    until(hub_side.hub.orders, lambda orders: len(orders) == 1 and orders[0]["state"] != "received")


def _listening():
    from hub.web.server import listen

    return listen("127.0.0.1", 0)
