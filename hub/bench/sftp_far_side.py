"""The partner's sFTP server of a benchmark: OpenSSH's own where this machine has it, else asyncssh in a process of this one."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.testing.fleet import free_port

_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server")
FarSide = tuple[Path, dict[str, Any], str]


def sshd() -> str | None:
    """OpenSSH's server, None where there is none."""
    return shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def openssh_far_side() -> Iterator[FarSide]:
    """Folder, settings of the connection, name of the server."""
    with tempfile.TemporaryDirectory(prefix="edihub-sshd-") as name:
        folder, port = _folders(Path(name)), free_port()
        for key in ("host", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder.parent / key)]
            subprocess.run(command, check=True)  # noqa: S603  fixed arguments
        shutil.copy(folder.parent / "user.pub", folder.parent / "authorized")
        process = _listen(folder.parent, port)
        try:
            settings = {
                "host": "127.0.0.1",
                "port": port,
                "user": getpass.getuser(),
                "key": {"file": str(folder.parent / "user")},
                "host_keys": [(folder.parent / "host.pub").read_text().strip()],
                "inbox": str(folder / "in"),
                "outbox": str(folder / "out"),
                "settle": 0,
            }
            yield folder, settings, "OpenSSH"
        finally:
            process.terminate()
            process.wait(10)


@contextlib.contextmanager
def asyncssh_far_side() -> Iterator[FarSide]:
    """The same in a thread of this process, which takes a share of its own of the processor."""
    from hub.testing.sftp_server import PASSWORD, SftpHost

    with tempfile.TemporaryDirectory(prefix="edihub-sftp-") as name:
        folder = _folders(Path(name))
        os.environ["SFTP_PASSWORD"] = PASSWORD
        host = SftpHost(folder).start()
        try:
            yield folder, host.settings(inbox="/in", outbox="/out", settle=0), "asyncssh"
        finally:
            host.close()


def _folders(parent: Path) -> Path:
    for name in ("in", "out"):
        (parent / "files" / name).mkdir(parents=True)
    return parent / "files"


def _listen(folder: Path, port: int) -> subprocess.Popen[bytes]:
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its privilege separation directory, which only its service makes
    server = next((path for path in _SERVERS if Path(path).exists()), "internal-sftp")
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        f"PidFile {folder}/sshd.pid\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nMaxStartups 100\nSubsystem sftp {server}\n"
    )
    with (folder / "log").open("wb") as log:
        command = [str(sshd()), "-D", "-e", "-f", str(folder / "sshd_config")]
        process = subprocess.Popen(command, stderr=log)  # noqa: S603  OpenSSH on our own configuration
    until = time.monotonic() + 10
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return process
        time.sleep(0.05)
    raise RuntimeError(f"sshd does not start: {(folder / 'log').read_text()[-500:]}")
