"""Done right 4 and 20: memory stays the same however large a message is, and whatever a bomb would inflate to."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from as2_partner import person

TESTS = Path(__file__).resolve().parents[2]
PRELUDE = """
import os, resource, sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, {tests!r})
from as2_partner import *
from connectors.as2.certificates import KeyPair, load_certificates, load_key, pair
folder = Path({folder!r})
HUB, ACME = (
    Person(n, pair(load_certificates((folder / f"{{n}}.pem").read_bytes()), load_key((folder / f"{{n}}.key").read_bytes())),
           (folder / f"{{n}}.key").read_text(), (folder / f"{{n}}.pem").read_text())
    for n in ("HUB", "ACME")
)
lent = SpoolingServices(folder, secrets=secrets_of(HUB, ACME))

def peak():
    # MiB; from /proc where there is one, as ru_maxrss counts what the parent had when it forked
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return int(status.read_text().split("VmHWM:")[1].split()[0]) // 1024
"""
SEND = """
body = folder / "payload"
with body.open("wb") as file:
    block = os.urandom(1 << 20)
    for _ in range({size}):
        file.write(block)
ready = connector(ACME, HUB, lent).prepare(OutboundDocument(payload=b"", body=body, idempotency_key="k", name="big.edi"))
ready.wire_body.rename(folder / "wire")
print(peak())
"""
RECEIVE = """
with (folder / "wire").open("rb") as wire, (folder / "body").open("wb") as body:
    start = wire.read(5000)
    end = start.index(b"\\r\\n\\r\\n") + 4
    wire.seek(end)
    while piece := wire.read(1 << 20):
        body.write(piece)
request = as_request(start[:end], body_path=folder / "body")
hub = connector(HUB, ACME, lent, max_size=1 << 30)
call = hub.receive(request)
assert call.rejection is None, call.rejection
(found,) = call.documents
assert found.body.stat().st_size == {size} << 20
assert stored(call).status == 200
print(peak())
"""
BOMB = """
resource.setrlimit(resource.RLIMIT_AS, (256 << 20, 256 << 20))
import zlib
import as2_openssl_peer as peer
squeezer = zlib.compressobj(9)
parts = [squeezer.compress(b"Content-Type: text/plain\\r\\n\\r\\n")] + [squeezer.compress(bytes(1 << 20)) for _ in range(200)]
inner = peer._tlv(0x30, peer._DATA, peer._tlv(0xA0, peer._tlv(0x04, b"".join(parts) + squeezer.flush())))
kind = peer._tlv(0xA0, peer._tlv(0x30, b"\\x02\\x01\\x00", peer._tlv(0x30, peer._ZLIB), inner))
der = peer._tlv(0x30, peer._COMPRESSED, kind)
assert len(der) < 220_000
hub = connector(HUB, ACME, lent, require={{"signed": False, "encrypted": False}})
names = {{"as2-from": "ACME", "as2-to": "HUB", "message-id": "<1@a>", "disposition-notification-to": "x",
         "content-type": "application/pkcs7-mime; smime-type=compressed-data"}}
before = peak()
call = hub.receive(HttpRequest(method="POST", path="/", headers=names, body=der))
assert b"processed/error: decompression-failed" in call.answer(()).body
assert call.rejection.code == "AS2-108"
print(peak() - before)
"""


@pytest.fixture
def run(tmp_path: Path):
    for name in ("HUB", "ACME"):
        (tmp_path / f"{name}.pem").write_text(person(name).certificate_pem)
        (tmp_path / f"{name}.key").write_text(person(name).key_pem)

    def child(program: str, size: int = 0) -> int:
        text = PRELUDE.format(tests=str(TESTS), folder=str(tmp_path)) + program.format(size=size)
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, cwd=TESTS.parent)
        assert done.returncode == 0, done.stderr
        return int(done.stdout.split()[-1])

    return child


def test_a_message_of_64_mib_is_sent_and_received_in_less_memory_than_that(run) -> None:
    assert run(SEND, 64) < 110
    assert run(RECEIVE, 64) < 110


@pytest.mark.long
def test_a_message_of_500_mib_is_sent_and_received_under_128_mib(run) -> None:
    assert run(SEND, 500) < 128
    assert run(RECEIVE, 500) < 128


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="this system cannot limit the memory of a process")
def test_a_bomb_of_200_kb_that_would_inflate_to_200_mb_ends_in_a_refusal_within_256_mib(run) -> None:
    assert run(BOMB) < 64
