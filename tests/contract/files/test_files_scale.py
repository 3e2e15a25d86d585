"""Folders with very many files, and files larger than memory is meant for."""

import json
import os
import subprocess
import sys
import time

import asyncssh
import pytest

from connectors.files.completeness import Watch
from connectors.files.names import matcher, problem_of
from connectors.files.remote import Entry
from connectors.sftp import CONNECTOR

SETTINGS = CONNECTOR.settings(host="h", user="u", inbox="in", password={"env": "P"}, host_keys=["SHA256:" + "A" * 43], settle=0)


def cpu_of(count):
    """CPU seconds to decide about `count` names twice, the smallest of three."""
    entries = [Entry(b"order-%06d.edi" % number, 5, number) for number in range(count)]
    wanted = matcher("*.edi", (".part",))
    best = 1e9
    for _ in range(3):
        watch = Watch(SETTINGS)
        started = time.process_time()
        for now in (0, 10):
            watch.sift([entry for entry in entries if not problem_of(entry.name) and wanted(entry.name)], now)
        best = min(best, time.process_time() - started)
    return best


def test_deciding_about_a_folder_grows_with_its_files_and_no_faster():
    assert cpu_of(40_000) < 8 * cpu_of(10_000)


@pytest.mark.long
def test_a_folder_of_100000_files_is_listed_and_the_first_are_taken(sftp_far):
    attributes = asyncssh.SFTPAttrs(size=5, permissions=0o100644, atime=1, mtime=1, uid=0, gid=0)
    sftp_far.host.behaviour.names = [
        asyncssh.SFTPName(b"order-%06d.edi" % number, attrs=attributes) for number in range(100_000)
    ]
    for number in range(10):
        path = sftp_far.root / "in" / f"order-{number:06}.edi"
        path.write_bytes(b"ISA*%d" % number)
        os.utime(path, (1, 1))
    started = time.monotonic()
    polled = sftp_far.build(inbox="in").poll()
    assert [next(polled).document.payload for _ in range(10)] == [b"ISA*%d" % number for number in range(10)]
    polled.close()
    assert time.monotonic() - started < 60


WORKER = """
import json, sys
from pathlib import Path
from connectors.sftp import CONNECTOR
from hub.ports import OutboundDocument, Stored
from hub.testing.services import FakeServices

settings, spool, secrets = json.load(sys.stdin)

class Services(FakeServices):
    def spool(self):
        return Path(spool)

def megabytes():
    # Not ru_maxrss: that survives exec and would show the parent's.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) // 1024

both = CONNECTOR.build(CONNECTOR.settings(**settings), Services(secrets=secrets))
both.check()
before = megabytes()
arrival = next(both.poll())
taken = arrival.document
sent = both.send(OutboundDocument(payload=b"", body=taken.body, idempotency_key="k", name="big.edi"))
arrival.release(Stored(message_id="M1", is_duplicate=False))
print(json.dumps({"size": sent.evidence["listed_size"], "sha": sent.evidence["sha256"] == taken.evidence["sha256"], "grew": megabytes() - before}))
both.close()
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of one process is read from /proc, which is missing here")
def test_500_megabytes_go_both_ways_within_64_megabytes_of_memory(sftp_far, tmp_path):
    size = 500 * 1024 * 1024
    with (sftp_far.root / "in" / "big.edi").open("wb") as file:
        file.truncate(size)
    (tmp_path / "spool").mkdir()
    settings = sftp_far.host.settings(inbox="in", outbox="out", settle=0)
    given = json.dumps([settings, str(tmp_path / "spool"), sftp_far.services._secrets])
    done = subprocess.run([sys.executable, "-c", WORKER], input=given, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["size"], result["sha"]) == (size, True)
    assert result["grew"] < 64, result
    assert list((tmp_path / "spool").iterdir()) == []
