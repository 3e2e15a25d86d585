"""The hub's own address without a path: a browser is led to the console, a program is told where the description is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.web.problem import problem


async def front(request: Request) -> Response:
    """A redirect for whoever asks for a page, a problem document for everybody else."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/admin/edi", status_code=303)
    return problem(404, "HUB-404", "there is nothing at this address", "see /api/v1/openapi.json")
