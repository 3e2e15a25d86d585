"""What guards the console: headers, cookies, and whether a form was really ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not "no-referrer": a form would then be posted with the origin "null", and could not be told from a stranger's.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
_LONGEST_TOKEN = 100


class Cookies:
    """The two cookies: the session's, and before there is one that of the sign-in form. `address` is the hub's public one."""

    def __init__(self, address: str) -> None:
        self._is_secure = address.startswith("https://")
        prefix = "__Host-" if self._is_secure else ""
        self._session, self._visitor = f"{prefix}edihub-session", f"{prefix}edihub-visitor"

    def session(self, request: Request) -> str:
        """The session token that the browser shows, empty for none."""
        return request.cookies.get(self._session, "")[:_LONGEST_TOKEN]

    def visitor(self, request: Request) -> str:
        """The token of a browser that has not signed in, empty for none."""
        return request.cookies.get(self._visitor, "")[:_LONGEST_TOKEN]

    def keep_session(self, response: Response, token: str) -> None:
        """Give the browser a session; an empty token takes it away."""
        if token:
            self._set(response, self._session, token)
        else:
            response.delete_cookie(self._session, path="/", httponly=True, samesite="lax", secure=self._is_secure)

    def keep_visitor(self, response: Response, token: str) -> None:
        """Give the browser something that its sign-in form can be bound to."""
        self._set(response, self._visitor, token)

    def _set(self, response: Response, name: str, token: str) -> None:
        response.set_cookie(name, token, path="/", httponly=True, samesite="lax", secure=self._is_secure)


def new_visitor() -> str:
    """A token for a browser that has not signed in."""
    return secrets.token_urlsafe(24)


def form_token(bound_to: str) -> str:
    """What a form carries to show that it is ours: only who knows the cookie can make it."""
    return hmac.new(bound_to.encode("utf-8", "surrogateescape"), b"edihub form", hashlib.sha256).hexdigest()


def is_form_token(presented: str, bound_to: str) -> bool:
    """Whether a form came from a page that this browser was given."""
    return bool(bound_to) and hmac.compare_digest(presented.encode(), form_token(bound_to).encode())


def is_same_origin(request: Request, address: str) -> bool:
    """Whether a POST was made by a page of ours: by its Origin, else by its Referer; without either it was not.

    `address` is the hub's public one, for a proxy that rewrites Host.
    """
    said = request.headers.get("origin") or request.headers.get("referer", "")
    try:
        parts = urlsplit(said)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return False
    own = {request.headers.get("host", "").lower()}
    if address:
        own.add(urlsplit(address).netloc.lower())
    return parts.netloc.lower() in own - {""}


def safe_target(wanted: str) -> str:
    """Where to go after signing in: an address of the console, never another site's."""
    is_ours = wanted.startswith("/admin/") and wanted.isprintable() and "\\" not in wanted and len(wanted) < 2000
    return wanted if is_ours else "/admin/edi"
