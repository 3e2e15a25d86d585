"""The environment read once into a frozen value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says; it wins over `hub.toml`, so that one site folder serves several installations."""

    site: Path | None = None
    store_url: str = ""
    queue_url: str = ""
    debug: bool = False

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read EDIHUB_SITE, EDIHUB_STORE_URL, EDIHUB_QUEUE_URL and EDIHUB_DEBUG."""
        environ = os.environ if environ is None else environ
        site = environ.get("EDIHUB_SITE", "")
        return cls(
            site=Path(site) if site else None,
            store_url=environ.get("EDIHUB_STORE_URL", ""),
            queue_url=environ.get("EDIHUB_QUEUE_URL", ""),
            debug=environ.get("EDIHUB_DEBUG", "") not in {"", "0"},
        )
