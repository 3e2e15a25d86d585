"""Which agreement sends a document, and over which connection it leaves."""

from __future__ import annotations

from collections.abc import Iterable

from hub.errors import HeldForOperator
from hub.flow.hub import Hub
from hub.ports import Sender
from hub.routing.site import Agreement
from hub.routing.versions import normalise_version
from hub.store.transaction import Transaction

_ORDERS = frozenset({"850", "ORDERS"})


def nearest(
    agreements: Iterable[Agreement], hub: Hub, *, standard: str, version: str, association: str = ""
) -> list[Agreement]:
    """Of several agreements for one message, the one in the version that is answered; else the first of each message.

    The answer stays in the standard of what it answers. For what came over the API (`standard` is empty) that is the standard
    in which the partner sends its orders, else the one that its file names first: one answer, not one in each standard.
    """
    chosen: dict[str, Agreement] = {}
    offered = list(agreements)
    if not standard and offered:
        spoken = [
            each.standard for each in hub.site.agreements_of(offered[0].partner, direction="inbound") if each.message in _ORDERS
        ]
        standard = next((each for each in spoken if any(one.standard == each for one in offered)), offered[0].standard)
    for agreement in offered:
        if standard not in {"", agreement.standard}:
            continue
        before = chosen.get(agreement.message)
        if before is None or _likeness(agreement, version, association) > _likeness(before, version, association):
            chosen[agreement.message] = agreement
    return list(chosen.values())


def way_back(tx: Transaction, message_id: str, hub: Hub) -> str:
    """The connection that a message came over, where it can also send; empty where it cannot."""
    connection = tx.messages.get(message_id).connection
    return connection if can_send(connection, hub) else ""


def can_send(connection: str, hub: Hub) -> bool:
    """Whether a connection of this name is there and its connector sends."""
    return connection in hub.channels and isinstance(hub.connector(connection), Sender)


def demand_connection(agreement: Agreement, fallback: str) -> str:
    """The agreement's connection, else the way the answered message came; raises `HeldForOperator` where there is neither."""
    connection = agreement.connection or fallback
    if not connection:
        raise HeldForOperator(
            f"no connection carries {agreement.document} to {agreement.partner}",
            "name one with `over:` in the partner's defaults, then replay",
            code="RTE-333",
        )
    return connection


def _likeness(agreement: Agreement, version: str, association: str) -> tuple[bool, bool, bool]:
    wanted = normalise_version(agreement.standard, version)
    name = agreement.document
    # An association code belongs to one message (ORDERS EAN010, ORDRSP EAN009): what counts is whether both are of a profile.
    is_same_profile = bool(name.association) == bool(association.strip())
    return (name.version.base == wanted.base, is_same_profile, name.version.suffix == wanted.suffix)
