"""Who calls the API: a bearer key, looked up once in a while, and what its scopes allow."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass

from hub.errors import TransientError
from hub.flow.hub import Hub
from hub.store.keys import ApiKey

PUBLIC = ""
"""The scope of what anybody may see."""
_FRESH = 5.0
_NOTED = 60.0
_KEPT = 1000
ANYBODY = ApiKey("anybody", "anybody", frozenset({"admin"}))
"""The caller of a site that asks for no keys."""


@dataclass(slots=True)
class _Known:
    key: ApiKey
    looked_at: float
    noted_at: float


class Callers:
    """Finds the caller of a request. A key that was good is believed for five seconds; a wrong one is looked up each time."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    @property
    def are_asked(self) -> bool:
        """Whether the site asks for keys at all."""
        return self._hub.site.file.api.authentication == "keys"

    def remembered(self, presented: str) -> ApiKey | None:
        """The key, if it was good a moment ago; needs no database."""
        known = self._known.get(_digest(presented))
        return known.key if known is not None and time.monotonic() - known.looked_at < _FRESH else None

    def find(self, presented: str) -> ApiKey | None:
        """The key, or None where it is unknown, wrong, expired or revoked; reads the database."""
        with self._hub.read() as view:
            found = view.keys.find(presented)
        digest, now = _digest(presented), time.monotonic()
        before = self._known.pop(digest, None)
        if found is None:
            return None
        noted_at = before.noted_at if before is not None else 0.0
        if not noted_at or now - noted_at > _NOTED:
            self._note(found)
            noted_at = now
        self._known[digest] = _Known(found, now, noted_at)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found

    def _note(self, key: ApiKey) -> None:
        try:
            with self._hub.transaction() as tx:
                tx.keys.used(key.id)
        except TransientError:
            # When a key was used last is worth knowing, not worth refusing its request for.
            return


def bearer(authorization: str) -> str:
    """The token of an `Authorization: Bearer` header, empty where there is none (RFC 6750 2.1)."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _digest(presented: str) -> bytes:
    return hashlib.sha256(presented.encode("utf-8", "surrogateescape")).digest()
