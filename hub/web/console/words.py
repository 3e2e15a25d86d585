"""Plain words for what the store keeps as codes. No page shows a bare code where a word says more."""

from __future__ import annotations

from typing import Any

LIGHTS = {"delivery": "Delivery", "syntax": "Syntax", "business": "Business"}
LIGHT_QUESTIONS = {
    "delivery": "Did it arrive?",
    "syntax": "Could the partner's system read it?",
    "business": "Does the partner agree?",
}
LIGHT_STATES = {"ok": "OK", "waiting": "waiting", "overdue": "overdue", "failed": "failed", "none": "none"}
NOT_SAID = {
    "ok": "nothing more is known about it",
    "waiting": "the answer is still to come",
    "overdue": "the answer should be here by now",
    "failed": "no reason was given",
    "none": "no answer is agreed for this document",
}
DIRECTIONS = {"in": "in", "out": "out"}
STATES = {
    "received": "being read",
    "retry": "trying again",
    "quarantined": "quarantined",
    "held": "held",
    "rejected": "rejected",
    "done": "processed",
    "duplicate": "duplicate",
    "discarded": "discarded",
    "ready": "to be sent",
    "queued": "to be sent",
    "sent": "sent",
    "delivered": "delivered",
    "dead": "dead",
    "cancelled": "cancelled",
}
GRAVE = {"held": "warn", "rejected": "bad", "dead": "bad", "quarantined": "bad", "retry": "warn"}
ATTENTION = {
    "failed": ("Failed", "a light says no"),
    "overdue": ("Overdue", "an answer is late"),
    "held": ("Held", "waits for a person"),
    "dead": ("Dead", "given up, not sent"),
    "rejected": ("Rejected", "refused, partner told"),
}
TYPES = {
    "850": "Purchase order", "860": "Purchase order change", "875": "Grocery order", "855": "Order response", "865": "Change response",
    "856": "Despatch advice", "810": "Invoice", "812": "Credit or debit", "820": "Payment order", "824": "Application advice",
    "832": "Price catalogue", "846": "Inventory report", "852": "Product activity", "861": "Receiving advice", "864": "Text message",
    "940": "Warehouse order", "945": "Warehouse shipment", "997": "Acknowledgment", "999": "Acknowledgment", "TA1": "Interchange acknowledgment",
    "ORDERS": "Purchase order", "ORDCHG": "Purchase order change", "ORDRSP": "Order response", "DESADV": "Despatch advice",
    "INVOIC": "Invoice", "REMADV": "Remittance advice", "APERAK": "Application error", "PRICAT": "Price catalogue",
    "INVRPT": "Inventory report", "SLSRPT": "Sales report", "RECADV": "Receiving advice", "CONTRL": "Acknowledgment",
}  # fmt: skip
"""Message types as people call them."""
KINDS = {
    "order": "Purchase order",
    "order_change": "Order change",
    "order_response": "Order response",
    "despatch_advice": "Despatch advice",
    "invoice": "Invoice",
    "acknowledgment": "Acknowledgment",
    "application_error": "Application error",
    "receiving_advice": "Receiving advice",
    "inventory_report": "Inventory report",
}
VERDICTS = {
    "accepted": "accepted",
    "accepted_with_errors": "accepted, with errors noted",
    "partially_accepted": "accepted in part",
    "rejected": "rejected",
    "received": "received",
}
ACTORS = {
    "partner": "the partner",
    "admin": "an administrator of this hub",
    "operator": "an operator of this hub",
    "developer": "the makers of edihub",
}
LAYERS = {
    "envelope": "envelope",
    "standard": "standard",
    "guide": "message guide",
    "table": "code table",
    "business": "business rule",
}
ROLES = {"viewer": "viewer", "operator": "operator", "admin": "administrator"}
COUNTS = ("ordered", "confirmed", "shipped", "received", "invoiced", "returned", "cancelled")


def is_mdn(item: dict[str, Any]) -> bool:
    """Whether it is a receipt of AS2, which is a message of its own when it comes or goes later."""
    return item.get("media_type") == "multipart/report"


def ended(text: str) -> str:
    """A sentence with its full stop; one that ends with somebody's own words, which have theirs, gets none."""
    text = text.strip()
    return text if not text or text.rstrip("'\"")[-1:] in set(".!?") else f"{text}."


def type_word(item: dict[str, Any]) -> str:
    """A document's type in words: by its type on the wire, else by what it became."""
    if is_mdn(item):
        return "MDN (receipt)"
    return (
        TYPES.get(item["message"] or "")
        or KINDS.get(item["type"] or "")
        or ("File" if item["standard"] is None else "Document")
    )


def state_word(state: str) -> str:
    """A state in words."""
    return STATES.get(state, state.replace("_", " "))


def light_title(light: dict[str, Any]) -> str:
    """What stands behind a light, for its title and for readers who hear the page."""
    return str(light["reason"] or NOT_SAID[light["state"]])


def span(seconds: float) -> str:
    """A span of time as people say it: one number, one unit."""
    for unit, size, most in (("s", 1, 60), ("min", 60, 3_600), ("h", 3_600, 48 * 3_600)):
        if seconds < most:
            return f"{max(0, int(seconds // size))} {unit}"
    return f"{int(seconds // 86_400)} d"


def size(count: int) -> str:
    """A number of bytes as people say it."""
    if count < 10_000:
        return f"{count:,} bytes"
    return f"{count / 1000:,.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"
