"""`edihub show ID`: everything about one message, document or order."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer


def show(
    wanted: Annotated[
        str, typer.Argument(metavar="ID", help="The id of a message, document or order, an order number, or a Message-ID.")
    ],
    payload: Annotated[bool, typer.Option("--payload", help="Only the stored bytes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show a message with its lights and its story, or an order with its chain.

    Example: edihub show msg_0660d45ca0c4759d2c7411 --payload
    """
    from hub.cli.listing import print_json
    from hub.cli.opened import opened_hub

    with opened_hub() as hub, hub.read() as view:
        if payload:
            from hub.store.message_items import message_of_item

            sys.stdout.buffer.write(view.payload(message_of_item(view.connection, wanted)))
            return
        found = _find(hub, view, wanted)
    if as_json:
        print_json(found)
    elif "matrix" in found:
        _order(found)
    else:
        _item(found)


def _find(hub: Any, view: Any, wanted: str) -> dict[str, Any]:
    from hub.errors import NotFound
    from hub.flow.statuses import status_table
    from hub.store.audit_trail import trail_of
    from hub.store.message_items import get_item
    from hub.store.order_resources import get_order

    try:
        item = get_item(view.connection, wanted)
    except NotFound:
        return get_order(view.connection, wanted, label=status_table(hub).label)
    subjects = [item["id"], item["message_id"]]
    return {**item, "findings": view.documents.findings(item["id"]), "trail": trail_of(view.connection, subjects)}


def _item(item: dict[str, Any]) -> None:
    from hub.cli.listing import record

    error = item["error"] or {}
    pairs = [
        ("id", item["id"]),
        ("message", item["message_id"]),
        ("way", item["direction"]),
        ("partner", item["partner"]),
        ("type", " ".join(each for each in (item["standard"], item["message"], item["version"]) if each)),
        ("number", item["business_number"]),
        (
            "control",
            " / ".join(each for each in (item["interchange_number"], item["group_number"], item["control_number"]) if each),
        ),
        ("connection", item["connection"]),
        ("transport id", item["transport_id"]),
        ("size", f"{item['size']:,} bytes, sha256 {item['sha256']}"),
        ("state", item["state"] + (" (test)" if item["test"] else "")),
        ("order", item["order_id"]),
        ("error", f"{error['code']} {error['message']}" if error else None),
        ("in words", error.get("explained")),
        ("who acts", error.get("who")),
        ("cure", error.get("hint")),
    ]
    if item["direction"] == "out":
        pairs += [(name, _light(item["lights"][name])) for name in ("delivery", "syntax", "business")]
    record(pairs)
    for finding in item["findings"]:
        place = finding.get("where", {})
        where = f"{place.get('segment', '')}{place.get('element', '') or ''} #{place.get('segment_index', '')}".strip(" #")
        print(f"  {finding['severity']} {finding['code']} {where} {finding['message']}")
    _story(item["trail"])


def _order(order: dict[str, Any]) -> None:
    from hub.cli.listing import listed, record

    held = order["held"] or {}
    record(
        [
            ("id", order["id"]),
            ("number", order["number"]),
            ("partner", order["partner"] or order["channel"]),
            ("status", order["status"]["slug"] + (" (test)" if order["test"] else "")),
            ("approval", _approval(order)),
            ("held", f"{held['code']} {held['message']}; {held['hint']}" if held else None),
            *[("", f"{each['code']} {each['message']}") for each in held.get("all", ())[1:]],
        ]
    )
    chain = [
        (each["created_at"][:19], each["direction"], each["message"] or "", each["number"] or "", *_states(each), each["id"])
        for each in order["documents"]
    ]
    listed(("at", "way", "type", "number", "delivery", "syntax", "business", "id"), chain)
    counts = ("ordered", "confirmed", "shipped", "received", "invoiced", "returned", "cancelled")
    listed(("line", *counts), [(row["line"], *(row[name] for name in counts)) for row in order["matrix"]])
    for step in order["history"]:
        print(f"{step['at'][:19]}  {step['from'] or '-'} -> {step['to']}  {step['actor']}  {step['reason'] or ''}")


def _approval(order: dict[str, Any]) -> str | None:
    """Whether it is approved, by which rule that was asked, and who decided or is to decide."""
    if order["approval"] == "not_required":
        return None
    detail = order["approval_detail"] or {}
    parts = [order["approval"], detail.get("title") or detail.get("rule")]
    parts.append(f"by {detail['by']}" if "by" in detail else detail.get("approver"))
    return ", ".join(part for part in parts if part)


def _states(document: dict[str, Any]) -> tuple[str, str, str]:
    lights = document["lights"]
    return lights["delivery"]["state"], lights["syntax"]["state"], lights["business"]["state"]


def _light(light: dict[str, Any]) -> str:
    return " ".join(part for part in (light["state"], light["reason"] or "", (light["at"] or "")[:19]) if part)


def _story(trail: list[dict[str, Any]]) -> None:
    for event in trail:
        detail = ", ".join(f"{name} {value}" for name, value in event["detail"].items())
        print(f"  {event['at'][:19]}  {event['type']}  {event['actor']}  {detail}")
