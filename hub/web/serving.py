"""Runs an endpoint: caller, then query, then body, then the handler in a thread, then one kind of answer for every failure."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from hub.errors import HubError
from hub.flow.hub import Hub
from hub.store.keys import ApiKey
from hub.web import strict
from hub.web.body import BodyRefused, read_body
from hub.web.callers import ANYBODY, PUBLIC, Callers, bearer
from hub.web.dispatch import Address, Handler
from hub.web.endpoint import Answer, Asked, Endpoint
from hub.web.intake import Intake
from hub.web.problem import problem, problem_of
from hub.web.refusing import refuse

log = structlog.get_logger(__name__)

LARGEST = 20 << 20
"""Bytes of a JSON body: an order of ten thousand lines is a seventh of that."""
LONGEST_KEY = 255


class Serving:
    """What every endpoint of one hub shares."""

    def __init__(self, hub: Hub, callers: Callers, intake: Intake, threads: ThreadPoolExecutor) -> None:
        self._hub = hub
        self._callers = callers
        self._intake = intake
        self._threads = threads

    def address(self, endpoint: Endpoint) -> Address:
        """The endpoint as an address."""
        return Address(method=endpoint.method, path=endpoint.path, scope=endpoint.scope, handler=self._runner(endpoint))

    def _runner(self, endpoint: Endpoint) -> Handler:
        async def run(request: Request) -> Response:
            caller = await self._caller(request, endpoint.scope)
            if isinstance(caller, Response):
                return await refuse(request, caller)
            if endpoint.method == "POST":
                overload = self._intake.refusal()
                if overload is not None:
                    return await refuse(request, problem_of(overload))
            try:
                return await self._ask(request, endpoint, caller)
            except _Wrong as wrong:
                return await refuse(request, wrong.response)
            except BodyRefused as refused:
                response = problem(refused.status, refused.code, refused.message, refused.hint)
                return await refuse(request, response)

        return run

    async def _caller(self, request: Request, scope: str) -> ApiKey | Response:
        if scope == PUBLIC or not self._callers.are_asked:
            return ANYBODY
        presented = bearer(request.headers.get("authorization", ""))
        if not presented:
            return _unauthorized("no key was given", "send `Authorization: Bearer KEY`; `edihub key create` makes one")
        caller = self._callers.remembered(presented) or await self._in_thread(self._callers.find, presented)
        if caller is None:
            return _unauthorized("this key is unknown, expired or revoked", "make a new one with `edihub key create`")
        if not caller.may(scope):
            return problem(403, "SEC-403", f"this key may not do that: it lacks {scope}", f"make a key with `--scope {scope}`")
        return caller

    async def _ask(self, request: Request, endpoint: Endpoint, caller: ApiKey) -> Response:
        key = _key_of(request, endpoint)
        query = _query_of(request, endpoint)
        raw = b""
        if endpoint.body is not None:
            _check_media_type(request)
            raw = (await read_body(request, limit=LARGEST)).content
        else:
            raw = (await read_body(request, limit=1024)).content
        response: Response = await self._in_thread(self._answer, request, endpoint, caller, (key, query, raw))
        return response

    def _answer(self, request: Request, endpoint: Endpoint, caller: ApiKey, said: tuple[str, Any, bytes]) -> Response:
        """In a thread: decode, handle, encode."""
        key, query, raw = said
        try:
            asked = Asked(
                hub=self._hub,
                caller=caller,
                path=request.path_params,
                query=query,
                body=_decoded(raw, endpoint),
                raw=raw,
                key=key,
                url=request.scope["path"],
            )
            return _written(endpoint.handler(asked))
        except _Wrong as wrong:
            return wrong.response
        except HubError as refused:
            response = problem_of(refused)
            if response.status_code == 500:
                log.exception("unexpected refusal", code=refused.code, endpoint=endpoint.name)
            return response

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


class _Wrong(Exception):
    """A request that is refused with a problem."""

    def __init__(self, status: int, code: str, title: str, hint: str) -> None:
        super().__init__(title)
        self.response = problem(status, code, title, hint)


def _unauthorized(title: str, hint: str) -> Response:
    return problem(401, "SEC-401", title, hint, headers={"www-authenticate": 'Bearer realm="edihub"'})


def _key_of(request: Request, endpoint: Endpoint) -> str:
    if not endpoint.takes_key:
        return ""
    key = request.headers.get("idempotency-key", "")
    if "idempotency-key" in request.headers and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise _Wrong(400, "HUB-400", "the Idempotency-Key is not 1 to 255 printable ASCII characters", "send a plain key")
    return key


def _query_of(request: Request, endpoint: Endpoint) -> Any:
    pairs = request.query_params.multi_items()
    values = dict(pairs)
    known = {field.encode_name for field in msgspec.structs.fields(endpoint.query)}
    unknown = sorted(set(values) - known)
    if unknown:
        hint = f"known are {', '.join(sorted(known))}" if known else "this address takes none"
        raise _Wrong(400, "HUB-400", f"no query parameter is called {unknown[0][:40]!r}", hint)
    if len(pairs) != len(values):
        raise _Wrong(400, "HUB-400", "a query parameter was given twice", "give each once")
    spellings = _spellings(endpoint.query)
    for name, value in values.items():
        if name in spellings and not spellings[name].pattern.fullmatch(value):
            raise _Wrong(400, "HUB-400", f"{value[:40]!r} is no value of the query parameter {name}", spellings[name].hint)
    try:
        return msgspec.convert(values, endpoint.query, strict=False)
    except msgspec.ValidationError as wrong:
        raise _Wrong(400, "HUB-400", f"a query parameter is wrong: {wrong}", "see /api/v1/openapi.json") from wrong


@dataclass(frozen=True, slots=True)
class _Spelling:
    """How a parameter may be written, for us and for the caller."""

    pattern: re.Pattern[str]
    hint: str


_SPELLINGS: dict[type, _Spelling] = {
    msgspec.inspect.BoolType: _Spelling(re.compile(r"true|false"), "it is true or false"),
    msgspec.inspect.IntType: _Spelling(re.compile(r"-?[0-9]{1,18}"), "it is a whole number"),
    msgspec.inspect.DateTimeType: _Spelling(
        re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt].{1,40}"), "it is an instant with an offset, such as 2026-09-24T12:00:00Z"
    ),
}
"""How parameters that are no text may be written; msgspec alone would take `1` for true, `null` for nothing and `0.5` for an instant."""


@cache
def _spellings(query: type[msgspec.Struct]) -> dict[str, _Spelling]:
    """The spelling of every parameter that has one."""
    found = {}
    for field in msgspec.structs.fields(query):
        described = msgspec.inspect.type_info(field.type)
        options = described.types if isinstance(described, msgspec.inspect.UnionType) else (described,)
        for option in options:
            inner = option.type if isinstance(option, msgspec.inspect.Metadata) else option
            if isinstance(inner, msgspec.inspect.LiteralType):
                words = [str(value) for value in inner.values]
                found[field.encode_name] = _Spelling(
                    re.compile("|".join(map(re.escape, words))), f"it is one of {', '.join(words)}"
                )
            elif type(inner) in _SPELLINGS:
                found[field.encode_name] = _SPELLINGS[type(inner)]
    return found


def _check_media_type(request: Request) -> None:
    given = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if given != "application/json" and not given.endswith("+json"):
        raise _Wrong(415, "HUB-415", f"the body is said to be {given[:60]!r}", "send `Content-Type: application/json`")


def _decoded(raw: bytes, endpoint: Endpoint) -> Any:
    if endpoint.body is None or (endpoint.is_body_optional and not raw.strip()):
        return None
    try:
        return strict.decode(raw, endpoint.body)
    except msgspec.ValidationError as wrong:
        raise _Wrong(422, "HUB-422", f"the body does not fit: {wrong}", "see /api/v1/openapi.json") from wrong
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as wrong:
        raise _Wrong(400, "HUB-400", f"the body is not JSON: {wrong}", "send one JSON document in UTF-8") from wrong


def _written(answer: Answer) -> Response:
    content = answer.value if isinstance(answer.value, bytes) else msgspec.json.encode(answer.value)
    return Response(content, status_code=answer.status, media_type=answer.media_type, headers=dict(answer.headers))
