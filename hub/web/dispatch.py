"""Finds the handler of a request. Every way out is an answer of ours: nothing is served as a bare 404, 405 or 500."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.web.health import Figures
from hub.web.problem import problem
from hub.web.refusing import refuse

log = structlog.get_logger(__name__)

Handler = Callable[[Request], Awaitable[Response]]
_UNLESS_SAID = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))
"""What is answered belongs to the caller: nothing in between keeps it, no browser guesses at it."""
_STOPPING = {"retry-after": "60", "connection": "close"}
_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One method at one path. `scope` is the permission it asks for: an API scope, `PUBLIC`, or `OWN` of the edges."""

    method: str
    path: str
    scope: str
    handler: Handler


class Dispatch:
    """The ASGI application: paths without holes by dictionary, the others by pattern."""

    def __init__(self, addresses: Iterable[Address], figures: Figures) -> None:
        self._plain: dict[str, dict[str, Address]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Address]]] = []
        self._figures = figures
        methods: dict[str, dict[str, Address]] = {}
        for address in addresses:
            methods.setdefault(address.path, {})[address.method] = address
        for path, handlers in methods.items():
            if "{" in path:
                self._patterns.append((_pattern(path), handlers))
            else:
                self._plain[path] = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        handlers, values = self._find(scope["path"])
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        address = handlers.get(method) if handlers else None
        scope["path_params"] = values
        has_begun = False

        async def sending(message: Any) -> None:
            nonlocal has_begun
            has_begun = True
            if message["type"] == "http.response.start":
                said = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in _UNLESS_SAID if each[0] not in said)]
            await send(message)

        request = Request(scope, receive)
        try:
            response = await address.handler(request) if address is not None else await refuse(request, _nowhere(handlers))
            await response(scope, receive, sending)
            status = response.status_code
        except ClientDisconnect:
            status = 499
        except asyncio.CancelledError:  # the hub stops, and this request took longer than that may last
            status = 503
            if not has_begun:
                hint = "send it again in a minute, under the same identity"
                await problem(503, "HUB-503", "the hub is stopping", hint, headers=_STOPPING)(scope, receive, sending)
        except Exception:  # boundary: whatever a handler stumbles over, the caller gets an answer and the server goes on
            log.exception("our bug at the web edge", path=address.path if address else "")
            status = 500
            if not has_begun:
                hint = "nothing is known to have happened; send it again with the same Idempotency-Key, and tell us"
                await problem(500, "HUB-500", "something went wrong inside the hub", hint)(scope, receive, send)
        self._figures.count(address.path if address is not None else "none", status, time.perf_counter() - started)

    def _find(self, path: str) -> tuple[dict[str, Address], dict[str, str]]:
        plain = self._plain.get(path)
        if plain is not None:
            return plain, {}
        for pattern, handlers in self._patterns:
            found = pattern.fullmatch(path)
            if found is not None:
                return handlers, found.groupdict()
        return {}, {}


def _nowhere(handlers: dict[str, Address]) -> Response:
    if not handlers:
        return problem(404, "HUB-404", "there is nothing at this address", "see /api/v1/openapi.json")
    allowed = ", ".join(sorted({*handlers, *(["HEAD"] if "GET" in handlers else [])}))
    return problem(405, "HUB-405", "this address takes another method", f"use {allowed}", headers={"allow": allowed})


def _pattern(path: str) -> re.Pattern[str]:
    """A path with holes: a hole takes one segment of it."""
    parts = _HOLE.split(path)
    literal = [re.escape(part) if place % 2 == 0 else f"(?P<{part}>[^/]{{1,200}})" for place, part in enumerate(parts)]
    return re.compile("".join(literal))
