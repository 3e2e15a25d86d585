"""Pages by key: a cursor names the last row seen, so that a page costs the same at any depth and rows never shift."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import msgspec

from hub.errors import HubError

DEFAULT_LIMIT, MAX_LIMIT = 50, 500


class BadCursor(HubError):
    """`after` is not a cursor of this list, or `limit` is out of range."""

    code = "HUB-400"


@dataclass(frozen=True, slots=True)
class Page:
    """One page: plain JSON values, and the cursor of the next page or None at the end.

    `previous` is the cursor that the page before lies in front of, where a list can be read backwards too.
    """

    items: list[dict[str, Any]]
    next: str | None
    previous: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape of every list in the API."""
        return {"items": self.items, "next": self.next}


def to_cursor(*key: str | int) -> str:
    """An opaque cursor of a row's key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def from_cursor(cursor: str, kinds: tuple[type, ...]) -> list[Any]:
    """The key in a cursor, its members of the given kinds; raises `BadCursor`."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=list[str | int])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as wrong:
        raise BadCursor("`after` is not a cursor of this list", "take it from `next` of the page before") from wrong
    if len(key) != len(kinds) or not all(isinstance(member, kind) for member, kind in zip(key, kinds, strict=True)):
        raise BadCursor("`after` is not a cursor of this list", "take it from `next` of the page before")
    return key


def checked_limit(limit: int | None) -> int:
    """A page size from 1 to 500, 50 where none is asked for; raises `BadCursor`."""
    if limit is None:
        return DEFAULT_LIMIT
    if not 1 <= limit <= MAX_LIMIT:
        raise BadCursor(f"a page has 1 to {MAX_LIMIT} items", "choose a smaller `limit`")
    return limit
