"""What a page is: its address, the role it asks for, and the function that makes it. Routes, guards and tests read the same value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from starlette.responses import Response

from hub.flow.hub import Hub
from hub.store.users import User
from hub.web.console.summary import Summary

ANYBODY = ""
"""The role of a page that one sees before signing in."""
SCOPE = "console:"
"""Before the role, in the scope of an address: the API's keys open no page, and a session opens no API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request that passed every guard. `query` and `form` keep every value of a name, in order."""

    hub: Hub
    user: User | None
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    form: Mapping[str, list[str]]
    url: str
    session: str
    zone: ZoneInfo
    summary: Summary

    def asked(self, name: str) -> str:
        """The first value of a query parameter, without blanks around it; empty where there is none."""
        return next(iter(self.query.get(name, ())), "").strip()

    def said(self, name: str) -> str:
        """The first value of a form field, as it was typed; empty where there is none."""
        return next(iter(self.form.get(name, ())), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page to render: a template and its values. `session` is a new token for the browser, `""` takes the old one away."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Go on to another address of ours; `session` is a new token for the browser, empty to take it away, None to leave it."""

    to: str
    session: str | None = None


Made = Shown | Moved | Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One address of the console. `role` is the least role that may; `is_sign_in` runs where at most two passwords are verified at once."""

    method: Literal["GET", "POST"]
    path: str
    role: str
    make: Callable[[Visit], Made]
    is_sign_in: bool = False
