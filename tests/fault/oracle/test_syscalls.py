"""No acknowledgment leaves before its bytes are on the disk: seen in the system calls, since no kill can show it."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys

import pytest

from hub.testing.fleet import free_port
from hub.testing.flow_site import interchange, order_850
from hub.testing.oracle import can_trace, judge, traced
from hub.testing.storm import write_storm_site

ORDERS = 12

pytestmark = pytest.mark.skipif(bool(can_trace()), reason=can_trace() or "strace")


def trace_of(tmp_path, pragma="", *, lines=2):
    site, port, trace = write_storm_site(tmp_path / "site"), free_port(), tmp_path / "trace"
    command = [sys.executable, "-m", "hub.testing.edge_alone", str(site), str(port)] + ([pragma] if pragma else [])
    with subprocess.Popen(traced(command, trace), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        word, pid = process.stdout.readline().split()
        assert word == b"serving"
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            for number in range(1, ORDERS + 1):
                payload = interchange([order_850(f"P{number}", lines=lines)], control=number)
                connection.request("POST", "/in/acme/web", payload, {"Content-Type": "application/edi-x12"})
                answer = connection.getresponse()
                answer.read()
                assert 200 <= answer.status < 300
            connection.close()
        finally:
            os.kill(int(pid), signal.SIGTERM)  # strace itself would only let go of it
            process.wait(30)
    return judge(trace.read_text(errors="replace").splitlines())


def test_every_acknowledgment_leaves_a_clean_log_behind_it(tmp_path):
    verdict = trace_of(tmp_path)
    assert verdict.answers == ORDERS
    assert verdict.syncs >= ORDERS
    assert verdict.dirty == []


def test_a_payload_in_a_file_of_its_own_is_on_the_disk_too(tmp_path):
    verdict = trace_of(tmp_path, lines=8000)
    assert verdict.answers == ORDERS
    assert verdict.syncs >= 2 * ORDERS
    assert verdict.dirty == []


def test_a_store_that_does_not_wait_for_the_disk_is_caught(tmp_path):
    verdict = trace_of(tmp_path, "synchronous=NORMAL")
    assert verdict.answers == ORDERS
    assert len(verdict.dirty) >= ORDERS - 1
    assert "hub.db-wal" in verdict.dirty[0]
