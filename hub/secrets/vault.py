"""The site's file of sealed secrets, `keys/secrets.json`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hub.errors import HubError, NotFound
from hub.secrets.keyring import Keyring, find_keyring, load_keyring, make_keyring, write_keyring
from hub.secrets.private_file import read_private, write_private
from hub.secrets.seal import Sealed, new_master_key, seal, unseal

VAULT_FILE = Path("keys") / "secrets.json"
MAX_SECRET = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FORMAT = 1


class BadSecret(HubError):
    """A name or a value that cannot be stored."""

    code = "SEC-105"


class VaultDamaged(HubError):
    """The file of sealed secrets is not what the hub wrote."""

    code = "SEC-106"


@dataclass(frozen=True, slots=True)
class Listed:
    """What may be shown of a secret."""

    name: str
    key_id: str
    opens: bool


class Vault:
    """Reads the file for every use, so that a secret stored a second ago is there; writers lock each other out."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __repr__(self) -> str:
        return f"<Vault {self._root / VAULT_FILE}>"

    def get(self, name: str) -> str:
        """The secret of that name; raises `NotFound`, `NoMasterKey` or `SealBroken`."""
        sealed = self._read().get(name)
        if sealed is None:
            raise NotFound(f"there is no secret {name}", f"store it with `edihub secret set {name}`", code="SEC-107")
        return unseal(name, sealed, load_keyring(self._root).find(sealed.key_id))

    def put(self, name: str, secret: str) -> None:
        """Store a secret under a new or an old name; the first one makes a master key where there is none."""
        if not _NAME.fullmatch(name):
            raise BadSecret(
                f"{name!r} is no name for a secret", "letters, digits, '.', '_' and '-', at most 100, e.g. acme-sftp"
            )
        if not secret or len(secret.encode()) > MAX_SECRET:
            raise BadSecret(f"the secret {name} is empty or larger than 1 MiB", "give it on standard input")
        with self._locked():
            keyring = find_keyring(self._root) or make_keyring(self._root)
            self._write({**self._read(), name: seal(name, secret, keyring.current)})

    def remove(self, name: str) -> None:
        """Forget a secret; raises `NotFound`."""
        with self._locked():
            secrets = self._read()
            if secrets.pop(name, None) is None:
                raise NotFound(f"there is no secret {name}", "see `edihub secret list`", code="SEC-107")
            self._write(secrets)

    def list(self) -> list[Listed]:
        """Every secret by name, whether it opens, and never what it is."""
        keyring = find_keyring(self._root)
        return [Listed(name, sealed.key_id, _opens(name, sealed, keyring)) for name, sealed in sorted(self._read().items())]

    def rotate(self) -> tuple[str, int]:
        """Seal every secret anew under a new master key; returns its id and how many secrets there are.

        With keys in the environment the first of them is the new one. Otherwise one is made: the file holds the new and the
        old keys until every secret is sealed anew, so that a crash at any point leaves everything readable.
        """
        with self._locked():
            keyring = load_keyring(self._root)
            if not keyring.from_environment:
                keyring = write_keyring(self._root, (new_master_key(), *keyring.keys))
            opened = {name: unseal(name, sealed, keyring.find(sealed.key_id)) for name, sealed in self._read().items()}
            self._write({name: seal(name, secret, keyring.current) for name, secret in opened.items()})
            if not keyring.from_environment:
                write_keyring(self._root, (keyring.current,))
            return keyring.current.id, len(opened)

    def _read(self) -> dict[str, Sealed]:
        text = read_private(self._root / VAULT_FILE)
        if text is None:
            return {}
        try:
            return _parsed(text)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise VaultDamaged(
                f"{self._root / VAULT_FILE} is not what edihub wrote", "restore it from a backup; nothing was changed"
            ) from None

    def _write(self, secrets: dict[str, Sealed]) -> None:
        content = {"format": _FORMAT, "secrets": {name: asdict(sealed) for name, sealed in sorted(secrets.items())}}
        write_private(self._root / VAULT_FILE, json.dumps(content, indent=2) + "\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        path = self._root / VAULT_FILE.with_suffix(".lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle)
            yield
        finally:
            os.close(handle)


def _parsed(text: str) -> dict[str, Sealed]:
    content: Any = json.loads(text)
    if content["format"] != _FORMAT:
        raise ValueError("another format")
    return {str(name): Sealed(**{key: str(value) for key, value in each.items()}) for name, each in content["secrets"].items()}


def _lock(handle: int) -> None:
    """Wait for the other writer. Where the system has no such lock, the last writer wins."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(handle, fcntl.LOCK_EX)


def _opens(name: str, sealed: Sealed, keyring: Keyring | None) -> bool:
    if keyring is None:
        return False
    try:
        unseal(name, sealed, keyring.find(sealed.key_id))
    except HubError:
        return False
    return True
