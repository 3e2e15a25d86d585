"""The secrets that files only name: read from the environment or from a file, never written down anywhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from hub.errors import HubError

MAX_SECRET = 1 << 20


class MissingSecret(HubError):
    """A secret that the configuration names is not where it says, or is not readable."""

    code = "SEC-101"


def read_secret(name: str, root: Path, environ: Mapping[str, str] | None = None) -> str:
    """The secret behind `env:NAME` or `file:PATH` (relative to the site folder); one line end at the end is not part of it."""
    environ = os.environ if environ is None else environ
    kind, _, where = name.partition(":")
    if kind == "env":
        value = environ.get(where, "")
        if not value:
            raise MissingSecret(f"the environment variable {where} is not set", f"set {where} for the process that runs edihub")
        return value
    if kind == "file":
        path = root / where
        try:
            with path.open("rb") as stream:
                text = stream.read(MAX_SECRET).decode()
        except (OSError, ValueError) as wrong:
            reason = wrong.strerror if isinstance(wrong, OSError) else "not UTF-8 text"
            raise MissingSecret(
                f"the secret file {path} cannot be read: {reason}", "create it, readable by the hub's user alone (mode 600)"
            ) from wrong
        return text.removesuffix("\n").removesuffix("\r")
    raise MissingSecret(f'"{name}" names no place a secret can be read from here', "use {env: NAME} or {file: PATH}")
