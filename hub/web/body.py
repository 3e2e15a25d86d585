"""Request bodies, bounded in size, time and memory, whatever the caller sends and however slowly."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from hub.errors import HubError

IN_MEMORY = 1 << 20
"""Larger bodies are written to a file as they arrive."""
SILENCE_SECONDS = 20.0
"""The longest pause between two pieces of a body."""
SLOWEST = 1024
"""Bytes per second that a body must bring on average, once its first pause is used up."""


class BodyRefused(HubError):
    """A body that is too large, too slow or cut off; `status` is the HTTP status that says so."""

    code = "HUB-413"

    def __init__(self, status: int, code: str, message: str, hint: str) -> None:
        super().__init__(message, hint, code=code)
        self.status = status


@dataclass(slots=True)
class Body:
    """A whole body: in memory, or in the file `path`, which `drop` removes."""

    content: bytes
    path: Path | None = None
    size: int = 0

    def drop(self) -> None:
        """Remove the file, if there is one and nobody moved it away."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def declared_length(request: Request) -> int | None:
    """The length that the header promises, None where it promises none."""
    value = request.headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None


async def read_body(request: Request, *, limit: int, spool: Path | None = None) -> Body:
    """The whole body; raises `BodyRefused`. Without `spool` everything stays in memory."""
    length = declared_length(request)
    if length is not None and length > limit:
        raise _too_large(limit)
    pieces: list[bytes] = []
    path: Path | None = None
    size = 0
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        async with asyncio.timeout(SILENCE_SECONDS) as patience:
            async for piece in request.stream():
                size += len(piece)
                if size > limit:
                    raise _too_large(limit)  # noqa: TRY301 - the same way out as every other end of the loop
                now = loop.time()
                # A pause may be long, but a caller who sends a byte per pause does not hold a place for ever.
                patience.reschedule(min(now + SILENCE_SECONDS, started + SILENCE_SECONDS + size / SLOWEST))
                pieces.append(piece)
                if spool is not None and size > IN_MEMORY:
                    path = path or spool / f"http-{secrets.token_hex(8)}"
                    _append(path, pieces)
    except BaseException as failure:
        if path is not None:
            path.unlink(missing_ok=True)
        if isinstance(failure, TimeoutError):
            raise BodyRefused(408, "HUB-408", "the body came too slowly", "send it again over a better line") from failure
        if isinstance(failure, ClientDisconnect):
            raise BodyRefused(400, "HUB-410", "the caller hung up before the body was whole", "send it again") from failure
        raise
    return Body(content=b"" if path is not None else b"".join(pieces), path=path, size=size)


def _append(path: Path, pieces: list[bytes]) -> None:
    with path.open("ab") as file:
        file.writelines(pieces)
    pieces.clear()


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(413, "HUB-413", f"the body is larger than {limit} bytes", "send it in parts, or ask for a higher limit")
