"""Keys, certificates and secrets of a site: who may read them, how long they last, whether they open."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.checkup.finding import Finding, Verdict
from hub.secrets.private_file import is_open_to_others

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SOON = 60
"""Days before a certificate's end from which on it is named; the hub itself tells at 60, 30, 14, 7 and 1."""
_LARGEST = 1 << 20
_NOT_SECRET = {".pem", ".crt", ".cer", ".der", ".pub", ".md", ".txt", ".lock"}


def modes(keys: Path) -> Iterator[Finding]:
    """Whether others on this machine can read a private key or a file of secrets."""
    exposed = []
    for path in _files(keys):
        mode = stat.S_IMODE(path.stat().st_mode)
        if is_open_to_others(path.stat()) and (path.suffix.lower() not in _NOT_SECRET or _holds_private_key(path)):
            exposed.append((path, mode))
    for path, mode in exposed:
        found = f"{path} may be read by others (mode {mode:03o})"
        yield Finding(check="key-files", verdict="error", found=found, cure=f"chmod 600 {path}")
    if not exposed:
        yield Finding(check="key-files", verdict="ok", found=f"nothing secret under {keys} is open to others")


def certificates(folders: list[Path], now: datetime | None = None) -> Iterator[Finding]:
    """How many days every certificate of the site has left."""
    now = now or datetime.now(UTC)
    found = [(path, each) for folder in folders for path in _files(folder) for each in _certificates_in(path)]
    for path, certificate in found:
        days = (certificate.not_valid_after_utc - now).days
        name = certificate.subject.rfc4514_string() or "no name"
        until = certificate.not_valid_after_utc.strftime("%Y-%m-%d")
        if certificate.not_valid_before_utc > now:
            begins = certificate.not_valid_before_utc.strftime("%Y-%m-%d")
            said = f"{path}: {name} is not valid before {begins}"
            yield Finding(check="certificates", verdict="warning", found=said, cure="use it from that day on")
        elif days < 0:
            said = f"{path}: {name} ended on {until}"
            yield Finding(check="certificates", verdict="error", found=said, cure="renew it: see `edihub cert --help`")
        else:
            verdict: Verdict = "warning" if days < SOON else "ok"
            cure = "agree on a new one with the partner and import it before that day" if verdict == "warning" else ""
            said = f"{path}: {name}, {days} days left, until {until}"
            yield Finding(check="certificates", verdict=verdict, found=said, cure=cure)
    if not found:
        yield Finding(check="certificates", verdict="ok", found="the site has none")


def secrets(root: Path) -> Iterator[Finding]:
    """Whether every sealed secret opens with the master key at hand."""
    from hub.errors import HubError
    from hub.secrets.vault import Vault

    try:
        listed = Vault(root).list()
    except HubError as refused:
        yield Finding(check="secrets", verdict="error", found=refused.message, cure=refused.hint)
        return
    closed = [each for each in listed if not each.opens]
    for each in closed:
        cure = f"add master key {each.key_id} to EDIHUB_MASTER_KEY or keys/master.key, or run `edihub secret set {each.name}`"
        yield Finding(check="secrets", verdict="error", found=f"the secret {each.name} does not open", cure=cure)
    if not closed:
        yield Finding(check="secrets", verdict="ok", found=f"{len(listed)} sealed secrets, all of them open")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def _holds_private_key(path: Path) -> bool:
    return b"PRIVATE KEY" in _start_of(path)


def _start_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError:
        return b""


def _certificates_in(path: Path) -> list[Certificate]:
    from cryptography import x509

    data = _start_of(path)
    try:
        if b"-----BEGIN CERTIFICATE-----" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)] if path.suffix.lower() in {".cer", ".crt", ".der"} else []
    except ValueError:
        return []
