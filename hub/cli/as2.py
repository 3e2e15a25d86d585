"""`edihub as2 ping PARTNER`: whether a partner's AS2 server is there, and whether our certificates are in order."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="AS2 connections.")
TRANSPORT_FAILED = 5


@app.callback()
def _group() -> None:
    """AS2 connections."""


@app.command()
def ping(
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="A partner, or one of its connections.")],
    *,
    message: Annotated[bool, typer.Option("--message", help="Send a small text too, and judge the MDN.")] = False,
) -> None:
    """Connect to the partner's address, with TLS where it has it; with --message also send, as agreed, and verify the MDN.

    A partner sees a message of type text/plain that says it is a test. Exit code 5 if anything fails.

    Example: edihub as2 ping acme --message
    """
    from datetime import UTC, datetime

    from hub.bootstrap import build_connector
    from hub.cli.certificates import connection_named
    from hub.cli.here import load_site_here
    from hub.errors import DeliveryError
    from hub.ports import OutboundDocument, Sender

    site = load_site_here()
    connection = connection_named(site, partner)
    connector = build_connector(site, connection.id)
    try:
        connector.check()
        print(f"{connection.id}: the address answers, and our certificates are in force")
        if message and isinstance(connector, Sender):
            at = datetime.now(UTC)
            text = f"This is a test of the AS2 connection, sent by edihub at {at.isoformat()}. Nothing is to be done.\n"
            receipt = connector.send(
                OutboundDocument(
                    payload=text.encode(), idempotency_key=f"ping {at.isoformat()}", name="ping.txt", media_type="text/plain"
                )
            )
            if receipt.answer_due is not None:
                print(f"{connection.id}: taken as {receipt.reference}; its MDN comes to our own address later")
            else:
                said = receipt.evidence.get("mdn_disposition", "no MDN was asked for")
                print(f"{connection.id}: {receipt.reference}: {said}")
    except DeliveryError as failure:
        explained = "" if connection.spec.explain is None else connection.spec.explain(failure.code, failure.detail)
        print(f"{connection.id}: {failure.code} {failure.message}", file=sys.stderr)
        print(f"  cure: {explained or failure.hint}", file=sys.stderr)
        raise typer.Exit(TRANSPORT_FAILED) from None
    finally:
        connector.close()
