"""From the name of a secret to the secret: `env:NAME`, `file:PATH`, `secret:NAME`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hub.config.secrets import read_secret
from hub.secrets.vault import Vault


def resolve(name: str, root: Path, environ: Mapping[str, str] | None = None) -> str:
    """The secret that a `SecretReference.name` points at, read anew each time; raises a `HubError` of the SEC family."""
    kind, _, where = name.partition(":")
    return Vault(root).get(where) if kind == "secret" else read_secret(name, root, environ)
