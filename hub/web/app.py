"""The one application of a hub: partner edges, API and health, put together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hub.flow.hub import Hub
from hub.flow.take import Taking
from hub.ports import Rejection
from hub.web.api_changes import CHANGES
from hub.web.api_lists import LISTS
from hub.web.api_orders import WRITES
from hub.web.api_shipments import SHIPMENTS
from hub.web.api_telling import TELLING
from hub.web.api_work import WORK
from hub.web.callers import PUBLIC, Callers
from hub.web.console.serving import Console
from hub.web.dispatch import Address, Dispatch
from hub.web.edges import Edges
from hub.web.endpoint import Endpoint
from hub.web.health import Figures, Health
from hub.web.intake import Intake
from hub.web.openapi import document
from hub.web.serving import Serving

ENDPOINTS: tuple[Endpoint, ...] = (*LISTS, *WRITES, *SHIPMENTS, *CHANGES, *WORK, *TELLING)
"""Every address of the API."""
THREADS = 16
"""For handlers that wait for the database; the store keeps as many read connections."""


@dataclass(slots=True)
class Web:
    """The application, and what must be started and stopped around it."""

    app: Dispatch
    addresses: tuple[Address, ...]
    intake: Intake
    threads: ThreadPoolExecutor
    console: Console

    def start(self) -> None:
        """Begin to store what arrives."""
        self.intake.start()

    def garbled(self, peer: str, why: str) -> None:
        """Note that somebody sent what is no HTTP: the server refused it before any address was known."""
        rejection = Rejection(
            code="HUB-401",
            message="what came is no HTTP request",
            hint="where a partner sent it, their software or a proxy on the way writes malformed HTTP; else it was no partner",
            evidence={"peer": peer, "why": why[:200], "status": 400},
        )
        self.intake.note(Taking(connection="", rejection=rejection))

    def stop(self) -> None:
        """Store what was taken, then let go."""
        self.intake.stop()
        self.console.stop()
        self.threads.shutdown(wait=True)


def build(hub: Hub) -> Web:
    """The application of a hub; nothing runs until `Web.start`."""
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="web")
    intake, figures = Intake(hub), Figures()
    console = Console(hub, threads)
    serving = Serving(hub, Callers(hub), intake, threads)
    addresses = (
        *Edges(hub, intake, threads).addresses(),
        *(serving.address(endpoint) for endpoint in ENDPOINTS),
        *console.addresses(),
        _openapi(hub.site.file.http.address),
        *(
            Address(method="GET", path=path, scope=PUBLIC, handler=handler)
            for path, handler in Health(hub, intake, figures, threads).handlers().items()
        ),
    )
    return Web(app=Dispatch(addresses, figures), addresses=addresses, intake=intake, threads=threads, console=console)


def _openapi(server: str) -> Address:
    """The API's description of itself, made once."""
    content = msgspec.json.encode(document(ENDPOINTS, server=server))

    async def describe(_request: Request) -> Response:
        return Response(content, media_type="application/json")

    return Address(method="GET", path="/api/v1/openapi.json", scope=PUBLIC, handler=describe)
