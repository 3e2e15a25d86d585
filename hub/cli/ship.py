"""`edihub ship ORDER FILE.json`: what left, told as a canonical despatch advice."""

from __future__ import annotations

from typing import Annotated

import typer


def ship(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's id, or its number.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="A canonical despatch advice as JSON; - reads standard input.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The order afterwards, as one JSON document.")] = False,
) -> None:
    """Ship goods of an order: its line matrix follows, and the partner gets the 856 or DESADV that was agreed.

    The same despatch advice again has no second effect.

    Example: edihub ship 4500000042 shipment.json
    """
    from hub.cli.telling import tell
    from hub.flow.orders.despatch import prepare_shipment
    from hub.flow.orders.despatch import ship as write
    from hub.model import DespatchAdvice

    tell(order, file, DespatchAdvice, prepare_shipment, write, as_json=as_json)
