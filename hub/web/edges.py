"""Where partners and stores push documents: any address that leads to a `Listener`, one way for all of them.

The order is fixed: capacity, caller by the head where the connector can tell, body, caller by the body, commit, answer.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from hub.errors import HubError, NotFound
from hub.flow.hub import Hub
from hub.flow.take import Taking
from hub.ports import Call, Gatekeeper, Gateway, HttpRequest, HttpResponse, Listener, Rejection, Stored
from hub.web.body import Body, BodyRefused, read_body
from hub.web.dispatch import Address
from hub.web.intake import Intake
from hub.web.problem import problem, problem_of
from hub.web.refusing import refuse

OWN = "own"
"""The scope of an address whose receiver checks its callers itself."""
SMALL = 64 * 1024
"""Bodies up to this size are checked on the event loop; larger ones in a thread, since they take time.

Measured with 5 KB over AS2: a thread per body is no faster (the hop costs what its RSA overlaps) and takes a tenth more CPU.
"""


_METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")
"""A gateway is asked about each, so that what it refuses is in the audit trail."""
_TELLING = ("content-length", "content-type", "as2-from", "as2-to", "message-id", "user-agent")
"""Header fields by which an operator recognises whose body it was."""

_ONCE = frozenset(
    {
        *("content-type", "content-transfer-encoding", "content-disposition", "authorization"),
        *("as2-from", "as2-to", "message-id", "receipt-delivery-option"),
        *("disposition-notification-to", "disposition-notification-options"),
    }
)
"""Header fields that say who sends what: two of them that differ are read one way by a proxy and another way by us."""


class Edges:
    """The raw addresses of one hub."""

    def __init__(self, hub: Hub, intake: Intake, threads: ThreadPoolExecutor) -> None:
        self._hub = hub
        self._intake = intake
        self._threads = threads
        self._spool = hub.site.var / "spool"
        self._spool.mkdir(parents=True, exist_ok=True)
        self._limit = hub.site.file.limits.payload

    def addresses(self) -> list[Address]:
        """`/in/CONNECTION` for every connection that listens, and `/KIND` for kinds with one address for all (`/as2`).

        Who may post there is said by the connection.
        """
        own = [
            Address(method="POST", path=path, scope=OWN, handler=self._partner_edge)
            for path in ("/in/{partner}/{name}", "/in/{name}")
        ]
        return own + [
            Address(method=method, path=f"/{kind}", scope=OWN, handler=partial(self._gateway_edge, kind))
            for kind in sorted(self._hub.gateway_kinds)
            for method in _METHODS
        ]

    async def _gateway_edge(self, kind: str, request: Request) -> Response:
        gateway = self._hub.ready_gateway(kind)
        if gateway is None:
            # in a thread: keys and certificates are read
            gateway = await asyncio.get_running_loop().run_in_executor(self._threads, self._hub.gateway, kind)
        return await self.serve(request, gateway, "")

    async def _partner_edge(self, request: Request) -> Response:
        connection = "/".join(request.path_params.values())
        try:
            listener = await self._listener(connection)
        except HubError as refused:
            return await refuse(request, problem_of(refused))
        return await self.serve(request, listener, connection)

    async def _listener(self, connection: str) -> Listener:
        """The connection's listener; a connection of another kind is as unknown as one that does not exist."""
        if connection in self._hub.site.connections:
            connector = self._hub.ready_connector(connection)
            if connector is None:
                # in a thread: keys and certificates are read
                connector = await asyncio.get_running_loop().run_in_executor(self._threads, self._hub.connector, connection)
            if _listens(type(connector)):
                return cast("Listener", connector)
        raise NotFound("nothing listens at this address", "ask the hub's operator for yours")

    async def serve(self, request: Request, receiver: Listener | Gateway, connection: str) -> Response:
        """Take one request for a listener, or for a gateway that finds the connection itself."""
        overload = self._intake.refusal()
        if overload is not None:
            return await refuse(request, problem_of(overload))
        head = _head(request)
        ambiguous = _ambiguous(request)
        if ambiguous is not None:
            answer = problem(ambiguous.status, ambiguous.code, ambiguous.message, ambiguous.hint)
            return await self._turn_away(request, answer, _why(ambiguous, head), connection)
        if _keeps_a_gate(type(receiver)):
            refusal = cast("Gatekeeper", receiver).admit(head)
            if refusal is not None:
                return await self._turn_away(request, _response(refusal), refusal.rejection, connection)
        try:
            body = await read_body(request, limit=self._limit, spool=self._spool)
        except BodyRefused as refused:
            answer = problem(refused.status, refused.code, refused.message, refused.hint)
            return await self._turn_away(request, answer, _why(refused, head), connection)
        try:
            with self._hub.rush:
                return await self._take(head, body, receiver, connection)
        finally:
            body.drop()

    async def _turn_away(self, request: Request, answer: Response, rejection: Rejection | None, connection: str) -> Response:
        """Refuse a request whose body nobody reads, with a row in the audit trail that says why."""
        if rejection is not None:
            try:
                await self._intake.keep(Taking(connection=rejection.connection or connection, rejection=rejection))
            except HubError as busy:
                answer = problem_of(busy)
        return await refuse(request, answer)

    async def _take(self, head: HttpRequest, body: Body, receiver: Listener | Gateway, connection: str) -> Response:
        request = _with_body(head, body)
        loop = asyncio.get_running_loop()
        try:
            if body.size <= SMALL:
                with self._hub.rush.at_work():
                    call = receiver.receive(request)
            else:
                call = await loop.run_in_executor(self._threads, receiver.receive, request)
        except HubError as refused:
            return problem_of(refused)
        try:
            stored = await self._keep(call, connection)
        except HubError as refused:
            for document in call.documents:
                if document.body is not None:
                    document.body.unlink(missing_ok=True)
            return problem_of(refused)
        with self._hub.rush.at_work():
            return _response(call.answer(tuple(stored)))

    async def _keep(self, call: Call, connection: str) -> list[Stored]:
        return await self._intake.keep(Taking.of(call, connection))


@cache
def _listens(kind: type) -> bool:
    """Whether connectors of a class listen; asking a protocol looks at every member, so each class is asked once."""
    return issubclass(kind, Listener)


@cache
def _keeps_a_gate(kind: type) -> bool:
    return issubclass(kind, Gatekeeper)


def _head(request: Request) -> HttpRequest:
    client = request.client
    return HttpRequest(
        method=request.method,
        path=request.scope["path"],
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]},
        body=b"",
        query=dict(request.query_params),
        peer=f"{client.host}:{client.port}" if client is not None else "",
    )


def _ambiguous(request: Request) -> BodyRefused | None:
    """The refusal of a head in which a field that says who sends what stands twice with different values (RFC 9110 5.3)."""
    seen: dict[bytes, bytes] = {}
    for name, value in request.scope["headers"]:
        if seen.setdefault(name, value) != value and (field := name.decode("latin-1")) in _ONCE:
            return BodyRefused(400, "HUB-400", f"the header field {field} stands twice, with different values", "send it once")
    return None


def _why(refused: BodyRefused, head: HttpRequest) -> Rejection:
    """A body that was too large, too slow or cut off, with what its head said of it."""
    said = {name: head.headers[name][:200] for name in _TELLING if name in head.headers}
    evidence = {"path": head.path, "peer": head.peer, "status": refused.status, **said}
    reference = said.get("message-id", "")
    return Rejection(code=refused.code, message=refused.message, hint=refused.hint, reference=reference, evidence=evidence)


def _with_body(head: HttpRequest, body: Body) -> HttpRequest:
    return HttpRequest(
        method=head.method,
        path=head.path,
        headers=head.headers,
        body=body.content,
        body_path=body.path,
        query=head.query,
        peer=head.peer,
    )


def _response(answer: HttpResponse) -> Response:
    return Response(answer.body, status_code=answer.status, headers=dict(answer.headers))
