"""Errors over HTTP: problem documents (RFC 9457) that carry our stable code and a cure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from hub.errors import Conflict, HeldForOperator, HubError, InputError, NotFound, Refused, TransientError

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "1"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document. `code` is stable; `hint` says who acts and how to mend it; `detail` is this occurrence."""

    type: str
    title: str
    status: int
    code: str
    hint: str = ""
    detail: str = ""


def problem(status: int, code: str, title: str, hint: str = "", *, headers: Mapping[str, str] | None = None) -> Response:
    """A response that says what went wrong."""
    body = Problem(type=f"urn:edihub:problem:{code}", title=title, status=status, code=code, hint=hint)
    return Response(msgspec.json.encode(body), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def problem_of(error: HubError) -> Response:
    """The response for something that the hub refuses to do."""
    status = status_of(error)
    headers = {"retry-after": RETRY_SECONDS} if status == 503 or error.code == "HUB-409" else {}
    return problem(status, error.code, error.message, error.hint, headers=headers)


def status_of(error: HubError) -> int:
    """The HTTP status of a refusal."""
    if error.code == "HUB-400":
        return 400
    if isinstance(error, Conflict):
        return 422 if error.code == "HUB-422" else 409
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, Refused | HeldForOperator):
        return 409
    if isinstance(error, InputError):
        return 422
    if isinstance(error, TransientError):
        return 503
    return 500
