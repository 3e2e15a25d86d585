"""`edihub invoice ORDER FILE.json`: what is billed, told as a canonical invoice."""

from __future__ import annotations

from typing import Annotated

import typer


def invoice(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's id, or its number.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="A canonical invoice as JSON; - reads standard input.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The order afterwards, as one JSON document.")] = False,
) -> None:
    """Bill an order: line amounts, taxes and totals that are left out are computed, and the partner gets the 810 or INVOIC that was agreed.

    The same invoice again has no second effect. A credit note is an invoice of kind credit_note.

    Example: edihub invoice 4500000042 invoice.json
    """
    from hub.cli.telling import tell
    from hub.flow.orders.invoice import bill, prepare_invoice
    from hub.model import Invoice

    tell(order, file, Invoice, prepare_invoice, bill, as_json=as_json)
