"""Answers to requests whose body nobody will read, given so that the caller gets to see them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.web.body import declared_length

SMALL = 64 * 1024
"""A body up to this size is read away, and the connection lives on."""
MOST = 32 << 20
SECONDS = 3.0
"""How much of a larger one is read away, and for how long, before the connection ends."""


class _Parting(Response):
    """Says everything, then listens on for a while: closing at once would reset the line, and with it our answer."""

    def __init__(self, response: Response, request: Request) -> None:
        super().__init__(response.body, status_code=response.status_code, headers=dict(response.headers))
        self.headers["connection"] = "close"
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the shape ASGI asks for
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        # A caller who waits for "100 Continue" has sent nothing, and must not be told to.
        if "expect" not in self._request.headers:
            await _read_away(receive, MOST)
        await send({"type": "http.response.body", "body": b""})


async def refuse(request: Request, response: Response) -> Response:
    """The same answer, made safe for a request whose body was not read."""
    length = declared_length(request)
    has_body = length is not None or "transfer-encoding" in request.headers or "content-length" in request.headers
    if not has_body or request.method in {"GET", "HEAD"}:
        return response
    if length is not None and length <= SMALL and "expect" not in request.headers:
        await _read_away(request.receive, SMALL)
        return response
    return _Parting(response, request)


async def _read_away(receive: Receive, most: int) -> None:
    size = 0
    with suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(SECONDS):
            while size <= most:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
