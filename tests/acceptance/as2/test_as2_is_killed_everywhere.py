"""Done right 16 to 18: either hub is killed at every named point of its way; nothing is lost, nothing doubled, one Message-ID each."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest
from as2_two_hubs import Pair, order

from hub.bootstrap import open_hub
from hub.flow.crash import POINTS
from hub.flow.send import send_file
from hub.routing.load import load_site
from hub.store.message_items import MessageFilter, list_messages

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
ORDERS = 3
PATIENCE = 90
NOT_ON_THE_WAY = {"before-release"}
"""Where a fetched file is let go at its server; nothing is fetched over AS2."""
WAY_IN = [point for point in POINTS if point not in NOT_ON_THE_WAY]
IN_SHORT = {"after-acknowledge"}
OUT_SHORT = {"after-prepare"}


def _points(short):
    return [point if point in short else pytest.param(point, marks=pytest.mark.long) for point in WAY_IN]


class Life:
    """One life of `edihub serve`, until it is killed or stopped."""

    def __init__(self, site, port, kill=""):
        command = [sys.executable, "-m", "hub.cli", "--site", str(site), "serve", "--port", str(port)]
        with (site / "serve.log").open("ab") as log:
            environment = {**os.environ, "EDIHUB_KILL": f"{kill}:1" if kill else ""}
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        self.url = f"http://127.0.0.1:{port}/healthz"

    def is_up(self):
        try:
            return httpx.get(self.url, trust_env=False, timeout=5).status_code == 200
        except httpx.TransportError:
            return self.process.poll() is not None

    def is_killed(self):
        return self.process.poll() == -signal.SIGKILL

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def _until(holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)


def _looked(site, **wanted):
    """What a stopped site has, as its audit log shows it."""
    hub = open_hub(load_site(site))
    try:
        with hub.read() as view:
            return list(list_messages(view.connection, MessageFilter(**wanted), limit=100).items)
    finally:
        hub.stop()


def _judge(pair, sent):
    """Every order is at the far side once, under the one name it left with, and its acknowledgment came back once."""
    there = _looked(pair.hub_root, direction="in", message="850")
    assert sorted(each["transport_id"] for each in there) == sorted(sent)
    assert {each["state"] for each in there} == {"done"}
    orders = [each["business_number"] for each in there]
    assert len(set(orders)) == ORDERS
    back = _looked(pair.acme_root, direction="in", message="997")
    assert len(back) == ORDERS, [each["state"] for each in back]


def _pair(tmp_path, mode):
    pair = Pair(tmp_path, mode=mode)
    ports = [each.getsockname()[1] for each in pair.sockets]
    for each in pair.sockets:
        each.close()
    hub = open_hub(load_site(pair.acme_root))
    for number in range(1, ORDERS + 1):
        send_file(order(f"450000000{number}", control=number), "edihub", hub, name="850.edi")
    hub.stop()
    return pair, ports


def _names(pair):
    return [each["transport_id"] for each in _looked(pair.acme_root, direction="out", message="850")]


@pytest.mark.parametrize("mode", ["sync", pytest.param("async", marks=pytest.mark.long)])
@pytest.mark.parametrize("point", _points(IN_SHORT))
def test_a_receiver_that_is_killed(point, mode, tmp_path):
    pair, (ours, theirs) = _pair(tmp_path, mode)
    dying = Life(pair.hub_root, theirs, kill=point)
    _until(dying.is_up)
    sender = Life(pair.acme_root, ours)
    try:
        _until(dying.is_killed)
        again = Life(pair.hub_root, theirs)
        try:
            _until(lambda: _settled(pair))
        finally:
            again.stop()
    finally:
        sender.stop()
    _judge(pair, _names(pair))


@pytest.mark.parametrize("mode", ["sync", pytest.param("async", marks=pytest.mark.long)])
@pytest.mark.parametrize("point", _points(OUT_SHORT))
def test_a_sender_that_is_killed(point, mode, tmp_path):
    pair, (ours, theirs) = _pair(tmp_path, mode)
    receiver = Life(pair.hub_root, theirs)
    _until(receiver.is_up)
    dying = Life(pair.acme_root, ours, kill=point)
    try:
        _until(dying.is_killed)
        named = {name for name in _names(pair) if name}
        again = Life(pair.acme_root, ours)
        try:
            _until(lambda: _settled(pair))
        finally:
            again.stop()
    finally:
        receiver.stop()
    assert named <= set(_names(pair))
    _judge(pair, _names(pair))


def _settled(pair):
    """Whether the orders were delivered and their acknowledgments are through; asked at the shell, beside the hubs that run."""
    out = _shell(pair.acme_root, "--direction", "out")
    back = _shell(pair.acme_root, "--direction", "in")
    sent = [each for each in out if each["message"] == "850"]
    acknowledged = [each for each in back if each["message"] == "997" and each["state"] == "done"]
    return {each["state"] for each in sent} == {"delivered"} and len(acknowledged) >= ORDERS


def _shell(site, *arguments):
    command = [sys.executable, "-m", "hub.cli", "--site", str(site), "messages", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return json.loads(done.stdout)["items"]


def test_every_point_that_there_is_lies_on_one_of_the_ways():
    assert set(WAY_IN) | NOT_ON_THE_WAY == set(POINTS)
    assert set(WAY_IN) >= IN_SHORT | OUT_SHORT
