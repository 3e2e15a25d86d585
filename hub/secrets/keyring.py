"""Where the master key comes from: EDIHUB_MASTER_KEY, else `keys/master.key` of the site (mode 600).

Both may hold several keys, separated by commas or lines: the first seals, all of them open. That is how a master key is changed
while hubs run: put the new one in front, `edihub secret rotate`, take the old one away.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.errors import HubError
from hub.secrets.private_file import read_private, write_private
from hub.secrets.seal import MasterKey, new_master_key, read_master_key

VARIABLE = "EDIHUB_MASTER_KEY"
MASTER_FILE = Path("keys") / "master.key"


class NoMasterKey(HubError):
    """The master key that a sealed secret needs is not here, or is not readable."""

    code = "SEC-102"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The master keys at hand; the first one seals."""

    keys: tuple[MasterKey, ...]
    from_environment: bool = False

    @property
    def current(self) -> MasterKey:
        """The key that seals."""
        return self.keys[0]

    def find(self, key_id: str) -> MasterKey:
        """The key of that id; raises `NoMasterKey`."""
        for key in self.keys:
            if key.id == key_id:
                return key
        raise NoMasterKey(
            f"the master key {key_id} is not here (at hand: {', '.join(key.id for key in self.keys)})",
            f"add it to {VARIABLE} or {MASTER_FILE}, after the current one",
        )


def load_keyring(root: Path, environ: Mapping[str, str] | None = None) -> Keyring:
    """The keys of the site in `root`; raises `NoMasterKey` where there is none."""
    keyring = find_keyring(root, environ)
    if keyring is None:
        raise NoMasterKey(
            "there is no master key", f"set {VARIABLE}, restore {root / MASTER_FILE}, or store a first secret to make one"
        )
    return keyring


def find_keyring(root: Path, environ: Mapping[str, str] | None = None) -> Keyring | None:
    """The keys of the site in `root`, the environment's before the file's, or None."""
    given = _keys((os.environ if environ is None else environ).get(VARIABLE, ""), f"the environment variable {VARIABLE}")
    filed = _keys(read_private(root / MASTER_FILE) or "", str(root / MASTER_FILE))
    keys = tuple(dict.fromkeys(given + filed))
    return Keyring(keys, from_environment=bool(given)) if keys else None


def write_keyring(root: Path, keys: tuple[MasterKey, ...]) -> Keyring:
    """Write the site's file of master keys."""
    write_private(root / MASTER_FILE, "".join(f"{key.text}\n" for key in keys))
    return Keyring(keys)


def make_keyring(root: Path) -> Keyring:
    """A first master key in the site's file."""
    return write_keyring(root, (new_master_key(),))


def _keys(text: str, where: str) -> tuple[MasterKey, ...]:
    try:
        return tuple(read_master_key(word) for word in re.split(r"[,\s]+", text.strip()) if word)
    except ValueError as error:
        raise NoMasterKey(f"{where} holds no master key: {error}", "make one with `openssl rand -base64 32`") from None
