"""One door to every step an order can be taken, for API, command line and pages alike."""

from __future__ import annotations

from hub.flow.hub import Hub
from hub.flow.orders.act import Act, prepare_act
from hub.flow.orders.approve import DECISIONS, prepare_decision
from hub.flow.orders.given import Given
from hub.flow.orders.life import Action


def prepare_step(action: Action, order_id: str, *, hub: Hub, actor: str, reason: str = "", given: Given | None = None) -> Act:
    """Check a step and write its answers; `hub.flow.orders.act.carry_out` does it. Raises as `prepare_act` and `prepare_decision`."""
    prepare = prepare_decision if action in DECISIONS else prepare_act
    return prepare(action, order_id, hub=hub, actor=actor, reason=reason, given=given)
