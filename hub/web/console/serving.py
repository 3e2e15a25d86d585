"""Runs a page: who asks, may they, is the form ours; then the page in a thread, and one kind of answer for every failure."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, quote
from zoneinfo import ZoneInfo

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub.errors import HubError, TransientError
from hub.flow.hub import Hub
from hub.store.users import User
from hub.web.body import BodyRefused, read_body
from hub.web.callers import PUBLIC
from hub.web.console.front import front
from hub.web.console.pages import ANYBODY, SCOPE, Made, Moved, Page, Shown, Visit
from hub.web.console.rendering import Rendering
from hub.web.console.routes import PAGES
from hub.web.console.security import HEADERS, Cookies, form_token, is_form_token, is_same_origin, new_visitor
from hub.web.console.static import static_addresses
from hub.web.console.summary import Summary
from hub.web.dispatch import Address, Handler
from hub.web.problem import status_of
from hub.web.refusing import refuse

log = structlog.get_logger(__name__)

LARGEST_FORM = 16 * 1024
PASSWORDS_AT_ONCE = 2
"""Verifying one takes 64 MiB and a core for a while."""
WAITING_AT_MOST = 16


class Console:
    """The pages of one hub."""

    def __init__(self, hub: Hub, threads: ThreadPoolExecutor) -> None:
        self._hub = hub
        self._threads = threads
        self._verifying = ThreadPoolExecutor(PASSWORDS_AT_ONCE, thread_name_prefix="sign-in")
        self._waiting = 0
        self._address = hub.site.file.http.address
        self._cookies = Cookies(self._address)
        self._zone = ZoneInfo(hub.site.file.time_zone)
        self._summary = Summary()
        self._rendering = Rendering(hub, self._zone)

    def addresses(self) -> list[Address]:
        """Every address of the console, its static files included."""
        pages = [
            Address(method=page.method, path=page.path, scope=SCOPE + page.role, handler=self._runner(page)) for page in PAGES
        ]
        front_door = Address(method="GET", path="/", scope=PUBLIC, handler=front)
        return [front_door, *pages, *static_addresses(SCOPE + ANYBODY)]

    def stop(self) -> None:
        """Let go of the threads that verify passwords."""
        self._verifying.shutdown(wait=True)

    def _runner(self, page: Page) -> Handler:
        async def run(request: Request) -> Response:
            try:
                return await self._visit(request, page)
            except BodyRefused as refused:
                return await refuse(request, self._failure(refused.status, refused, None, ""))
            except HubError as refused:
                status = status_of(refused)
                if status == 500:
                    log.exception("unexpected refusal", code=refused.code, page=page.path)
                return await refuse(request, self._failure(status, refused, None, ""))

        return run

    async def _visit(self, request: Request, page: Page) -> Response:
        session = self._cookies.session(request)
        user = await self._in_thread(self._user, session) if session else None
        if user is None and page.role != ANYBODY:
            return await refuse(request, self._to_sign_in(request))
        if user is not None and page.role != ANYBODY and not user.may(page.role):
            error = HubError(f"your role, {user.role}, does not reach this: it takes {page.role}", "ask an administrator")
            return await refuse(request, self._failure(403, error, user, session))
        form: Mapping[str, list[str]] = {}
        # Signed in or not, a form is bound to a cookie that only this browser has.
        bound_to = session if user is not None else self._cookies.visitor(request)
        if page.method == "POST":
            form = _fields((await read_body(request, limit=LARGEST_FORM)).content)
            token = next(iter(form.get("token", ())), "")
            if not is_same_origin(request, self._address) or not is_form_token(token, bound_to):
                error = HubError(
                    "this form is not one that we gave you, or it is too old", "go back, load the page again, and try once more"
                )
                return self._failure(403, error, user, session)
        visit = Visit(
            hub=self._hub,
            user=user,
            path=request.path_params,
            query=parse_qs(request.url.query, keep_blank_values=True, max_num_fields=100),
            form=form,
            url=request.scope["path"] + (f"?{request.url.query}" if request.url.query else ""),
            session=session,
            zone=self._zone,
            summary=self._summary,
        )
        return await self._shown(page, visit, bound_to)

    async def _shown(self, page: Page, visit: Visit, bound_to: str) -> Response:
        try:
            visitor = "" if bound_to else new_visitor()
            made, content = await self._made(page, visit, form_token(bound_to or visitor))
        except HubError as refused:
            status = status_of(refused)
            if status == 500:
                log.exception("unexpected refusal", code=refused.code, page=page.path)
            return self._failure(status, refused, visit.user, bound_to)
        if isinstance(made, Moved):
            response: Response = RedirectResponse(made.to, status_code=303)
            if made.session is not None:
                self._cookies.keep_session(response, made.session)
        elif isinstance(made, Shown):
            response = Response(content, status_code=made.status, media_type="text/html")
            if visitor and page.role == ANYBODY:
                self._cookies.keep_visitor(response, visitor)
        else:
            response = made
        return _guarded(response)

    async def _made(self, page: Page, visit: Visit, token: str) -> tuple[Made, str]:
        if not page.is_sign_in or page.method != "POST":
            made: tuple[Made, str] = await self._in_thread(self._make, page, visit, token)
            return made
        if self._waiting >= WAITING_AT_MOST:
            raise TransientError("many people sign in at this moment", "wait a few seconds, then try again")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._verifying, self._make, page, visit, token)
        finally:
            self._waiting -= 1

    def _make(self, page: Page, visit: Visit, token: str) -> tuple[Made, str]:
        """In a thread: read, decide, render."""
        made = page.make(visit)
        if not isinstance(made, Shown):
            return made, ""
        return made, self._rendering.render(made.template, {**made.values, "user": visit.user, "token": token})

    def _user(self, session: str) -> User | None:
        """Who is signed in; in a thread."""
        with self._hub.read() as view:
            found = view.sessions.find(session)
            user = None if found is None else view.users.with_id(found[0])
        if found is None or user is None or user.disabled_at is not None:
            return None
        if found[1]:
            try:
                with self._hub.transaction() as tx:
                    tx.sessions.seen(session)
            except TransientError:
                # When a session was used last is worth knowing, not worth refusing its page for.
                log.warning("could not note the use of a session")
        return user

    def _to_sign_in(self, request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        target = request.scope["path"] + query if request.method in {"GET", "HEAD"} else "/admin/edi"
        return _guarded(RedirectResponse(f"/admin/sign-in?next={quote(target, safe='')}", status_code=303))

    def _failure(self, status: int, error: HubError, user: User | None, session: str) -> Response:
        values = {"error": error, "status": status, "user": user, "token": form_token(session) if session else ""}
        return _guarded(Response(self._rendering.render("failure.html", values), status_code=status, media_type="text/html"))

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


def _fields(body: bytes) -> Mapping[str, list[str]]:
    """The fields of a form; what is no form has none, and so no token."""
    try:
        return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return {}


def _guarded(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
