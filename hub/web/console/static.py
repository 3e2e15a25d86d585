"""The console's own files, read once; their address changes with their content, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from hub.web.dispatch import Address

FOLDER = Path(__file__).parent / "static"
FILES = {"console.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
_HEADERS = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}


@cache
def address_of(name: str) -> str:
    """The address of one file, with the beginning of its hash."""
    stem, _, suffix = name.rpartition(".")
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
    return f"/admin/static/{stem}.{digest[:12]}.{suffix}"


def static_addresses(scope: str) -> list[Address]:
    """One address for each file."""
    return [_address(name, media_type, scope) for name, media_type in FILES.items()]


def _address(name: str, media_type: str, scope: str) -> Address:
    content = (FOLDER / name).read_bytes()

    async def give(_request: Request) -> Response:
        return Response(content, media_type=media_type, headers=_HEADERS)

    return Address(method="GET", path=address_of(name), scope=scope, handler=give)
