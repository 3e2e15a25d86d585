"""Orders of two retailers, X12 and EDIFACT, and what they were sent back, read by our own reader and validator."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from hub.flow.hub import Hub
from hub.flow.orders.act import carry_out
from hub.flow.orders.given import Given, given_in, read_confirming
from hub.flow.orders.life import Action
from hub.flow.orders.steps import prepare_step
from hub.guides.stream import Stream
from hub.guides.understand import Choice
from hub.model import OrderResponse
from hub.store.order_resources import get_order

BELMART = """\
partner: belmart
identities: {{gln: "5412345000013"}}
connections:
  main: {{connector: folder, settings: {{inbox: inbox, outbox: outbox}}}}
defaults:
  confirm: {confirm}
agreements:
  - receive: edifact/D96A/ORDERS
  - send: edifact/D96A/ORDRSP
    triggered_by: [confirmed, backordered, rejected, cancelled]
"""

ORDERS = (
    "UNB+UNOC:3+5412345000013:14+5412345000020:14+260924:1200+{control}'UNH+1+ORDERS:D:96A:UN'BGM+220+{number}+9'"
    "DTM+137:20260924:102'DTM+2:20261001:102'NAD+BY+5412345000013::9'NAD+SU+5412345000020::9'CUX+2:EUR:9'"
    "LIN+1++5412345000037:EN'PIA+1+BUY1:IN'QTY+21:12'PRI+AAA:2.5'LIN+2'PIA+5+W-2:SA'QTY+21:8:KGM'PRI+AAA:100'"
    "UNS+S'CNT+2:2'UNT+18+1'UNZ+1+{control}'"
)


def write_belmart(site: Path, *, confirm: str = "manual") -> None:
    """The EDIFACT retailer's partner file."""
    (site / "partners" / "belmart.yaml").write_text(BELMART.format(confirm=confirm))


def orders_edifact(number: str = "4500000043", *, control: str = "7") -> bytes:
    """An ORDERS D.96A of two lines: 12 pieces, 8 kg."""
    return ORDERS.format(number=number, control=control).encode()


def step(
    hub: Hub, action: Action, order_id: str, *, given: dict[str, Any] | None = None, to: str = "", reason: str = ""
) -> dict[str, Any]:
    """Take an order one step on, as the API does, and return its resource."""
    said = given_in(read_confirming(msgspec.json.encode(given))) if given is not None else Given(to=to)
    act = prepare_step(action, order_id, hub=hub, actor="tester", reason=reason, given=said)
    with hub.transaction() as tx:
        carry_out(tx, act, hub)
    with hub.read() as view:
        return get_order(view.connection, order_id)


def responses(hub: Hub, sent: Iterable[bytes]) -> list[OrderResponse]:
    """The order responses among what was sent, as a partner's reader understands them; every one without a single error."""
    found = []
    for payload in sent:
        stream = Stream(hub.library, lambda _message: Choice())
        documents = [each.document for each in stream.read(payload)]
        wrong = [each for each in stream.findings.listed if each.severity == "error"]
        assert wrong == [], [f"{each.code} {each.message}" for each in wrong]
        found += [each for each in documents if isinstance(each, OrderResponse)]
    return found
