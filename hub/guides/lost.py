"""What a document said and its message does not: members that a guide has no place for, told before the message leaves.

Found by reading the message back. Members that follow from others (counts, sums, ids of the hierarchy) are no loss.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hub.edi.findings import Finding, Where
from hub.model import Document

_FOLLOWS: dict[str, frozenset[str]] = {
    "despatch_advice": frozenset(
        {
            "order_numbers", "structure", "orders", "packages.id", "packages.parent", "packages.count", "packages.kind",
            "packages.order_number", "packages.items.number", "packages.items.order_issued_on", "items.number",
            "items.order_issued_on", "totals", "issued_time", "carrier.routing", "packages.items.ordered_unit", "items.ordered_unit",
        }
    ),
    "invoice": frozenset({"lines.number", "lines.amount", "lines.order_number", "lines.tax", "totals", "prepaid_amount", "kind", "due_on"}),
    "order_response": frozenset({"lines.number", "lines.order_line", "totals", "echo"}),
}  # fmt: skip
_TOLD = frozenset({"totals.prepaid_amount"})
"""Members of what follows that follow from nothing."""
_NEVER = frozenset({"type", "source", "extensions", "echo", "position", "role", "role_code", "scheme"})


def lost_members(before: Document, after: Document) -> list[Finding]:
    """A warning for each member of `before` that `after`, read from its message, has nowhere."""
    kind = str(before.__struct_config__.tag)
    said, kept = _paths(before), _paths(after)
    follows = _FOLLOWS.get(kind, frozenset())
    lost = [path for path in said if path not in kept and not _is_derived(path, follows)]
    return [_finding(path, said[path]) for path in lost]


def _is_derived(path: str, follows: frozenset[str]) -> bool:
    parts = path.split(".")
    if path in _TOLD:
        return False
    heads = (".".join(parts[: place + 1]) for place in range(len(parts)))
    return any(head in follows for head in heads)


def _paths(document: Document) -> dict[str, Any]:
    """Every member by its path without places in lists, with the first value it has."""
    found: dict[str, Any] = {}
    _collect("", msgspec.to_builtins(document), found)
    return found


def _collect(path: str, value: Any, found: dict[str, Any]) -> None:
    """Values are looked at where they stand, without a call for each: there are a hundred in a document of five lines."""
    if isinstance(value, dict):
        inside = f"{path}." if path else ""
        for name, inner in value.items():
            if inner is None or (name in _NEVER and (path or name != "role")):
                continue
            if isinstance(inner, dict | list | tuple):
                _collect(inside + name, inner, found)
            else:
                found.setdefault(inside + name, inner)
        return
    for each in value:
        if isinstance(each, dict | list | tuple):
            _collect(path, each, found)
        elif each is not None:
            found.setdefault(path, each)


def _finding(path: str, value: Any) -> Finding:
    return Finding(
        code="MAP-275",
        severity="warning",
        layer="guide",
        message=f"{path} is not sent: the message has no place for it",
        where=Where(),
        hint="a partner guide may find a place for it",
        who="admin",
        value=str(value)[:99],
    )
