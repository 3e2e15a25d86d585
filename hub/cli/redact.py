"""`edihub redact`: a person's data out of an order."""

from __future__ import annotations

from typing import Annotated

import typer


def redact(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")],
    reason: Annotated[str, typer.Option(help="Why: the request it answers. It stands in the audit trail.")],
    shared: Annotated[
        bool, typer.Option("--shared", help="Also remove bytes that carry other orders; their documents stay.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Take names, addresses, contacts and free text out of an order and its documents, and remove the bytes that carried them.

    Numbers, quantities, prices, hashes and the audit trail stay. This cannot be undone; backups made before still have the data.

    Example: edihub redact ord_01J... --reason "request of 2026-11-20, article 17"
    """
    from dataclasses import asdict

    from hub.cli.listing import print_json
    from hub.cli.opened import opened_hub, who
    from hub.flow.keeping import redact as keeping

    with opened_hub() as hub:
        done = keeping.redact(hub, order, reason=reason, actor=who(), shared=shared)
    if as_json:
        print_json(asdict(done))
        return
    print(f"{done.fields} members of {done.documents} documents taken out, the bytes of {done.payloads} messages removed")
