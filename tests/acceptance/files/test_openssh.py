"""SFTP against OpenSSH itself, where its server is installed."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from connectors.sftp import CONNECTOR
from hub.errors import PermanentDeliveryError
from hub.ports import OutboundDocument, Stored
from hub.testing.services import FakeServices

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
SFTP_SERVERS = (
    "/usr/lib/openssh/sftp-server",
    "/usr/libexec/openssh/sftp-server",
    "/usr/libexec/sftp-server",
    "/usr/lib/ssh/sftp-server",
)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def openssh(tmp_path):
    if SSHD is None or shutil.which("ssh-keygen") is None:
        pytest.skip("OpenSSH is missing: no sshd or no ssh-keygen on this machine")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    shutil.copy(tmp_path / "user.pub", tmp_path / "authorized")
    port = free_port()
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its privilege separation directory, which only its service makes
    server = next((path for path in SFTP_SERVERS if Path(path).exists()), "internal-sftp")
    (tmp_path / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/authorized\n"
        f"PidFile {tmp_path}/sshd.pid\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nSubsystem sftp {server}\n"
    )
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", tmp_path / "sshd_config"], stderr=log)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.skip(f"sshd does not start here: {(tmp_path / 'log').read_text()[-300:]}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield tmp_path, port
    process.terminate()
    process.wait(5)


def connector(openssh, **more):
    folder, port = openssh
    import getpass

    settings = {
        "host": "127.0.0.1",
        "port": port,
        "user": getpass.getuser(),
        "key": {"file": "keys/id"},
        "host_keys": [(folder / "host.pub").read_text()],
        "settle": 0,
        **more,
    }
    return CONNECTOR.build(
        CONNECTOR.settings(**settings), FakeServices(secrets={"file:keys/id": (folder / "user").read_text()})
    )


def test_orders_come_in_and_answers_go_out_over_openssh(openssh):
    folder, _ = openssh
    for name in ("in", "out", "archive"):
        (folder / name).mkdir()
    raw = os.fsdecode(b"Best\xe4tigung.edi")
    (folder / "in" / raw).write_bytes(b"ISA*latin")
    (folder / "in" / "big.edi").write_bytes(os.urandom(3_000_000))
    both = connector(
        openssh, inbox=str(folder / "in"), outbox=str(folder / "out"), after="archive", archive=str(folder / "archive")
    )
    both.check()
    arrivals = list(both.poll())
    assert sorted(len(arrival.document.payload) for arrival in arrivals) == [9, 3_000_000]
    for number, arrival in enumerate(arrivals):
        arrival.release(Stored(message_id=f"M{number}", is_duplicate=False))
    assert list((folder / "in").iterdir()) == []
    assert len(list((folder / "archive").iterdir())) == 2
    document = OutboundDocument(payload=os.urandom(2_000_000), idempotency_key="k", name="855.edi")
    assert both.send(document).evidence["proof"] == "listed at its size"
    assert both.send(document).evidence["already_there"] is True
    assert (folder / "out" / "855.edi").read_bytes() == document.payload
    both.close()


def test_openssh_with_another_key_is_refused(openssh):
    folder, _ = openssh
    stranger = connector(openssh, inbox=str(folder), host_keys=["SHA256:" + "A" * 43])
    with pytest.raises(PermanentDeliveryError, match="HOST KEY CHANGED"):
        stranger.check()
    assert "Accepted publickey" not in (folder / "log").read_text()
