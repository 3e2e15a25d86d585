"""An alert in plain words: what happened, where, why, who acts, what to do, and the page that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.flow.hub import Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event that opens an alert, with the partner it is about."""

    item: Mapping[str, Any]
    partner: str

    @property
    def data(self) -> Mapping[str, Any]:
        """What the event says."""
        data = self.item["data"]
        return data if isinstance(data, dict) else {}

    @property
    def error(self) -> Mapping[str, str]:
        """The error it carries: code, message, hint; empty where it has none."""
        error = self.data.get("error")
        return error if isinstance(error, dict) else {}

    def said(self, name: str) -> str:
        """A member of what it says, as text; empty where it is not there."""
        return str(self.data.get(name) or "")

    @property
    def thing(self) -> str:
        """The document in words: `855 R1 of acme`."""
        kind = self.said("type") or self.said("kind").replace("_", " ") or "document"
        number = f" {self.said('number')}" if self.said("number") else ""
        return f"{kind}{number}" + (f" of {self.partner}" if self.partner else "")


def place_of(happening: Happening) -> str:
    """Where it is: partner, order, document, message, connection, as far as the event says."""
    item = happening.item
    named = (
        ("partner", happening.partner),
        ("connection", happening.said("connection")),
        ("order", item["order_id"]),
        ("document", happening.said("document_id")),
        ("message", item["message_id"]),
    )
    return ", ".join(f"{name} {value}" for name, value in named if value) or "this hub"


def link_of(happening: Happening, hub: Hub) -> str:
    """The address of the page that shows it, as people reach this hub."""
    http = hub.site.file.http
    base = http.address or f"http://{http.host}:{http.port}"
    if happening.item["order_id"]:
        return f"{base}/admin/edi/orders/{happening.item['order_id']}"
    if happening.item["message_id"]:
        return f"{base}/admin/edi/messages/{happening.item['message_id']}"
    return f"{base}/admin/edi"
