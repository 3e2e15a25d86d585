"""`edihub send FILE --partner NAME`: a file of our own, as it is, over the partner's connection."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hub.flow.hub import Hub

TRANSPORT_FAILED, NO_ANSWER_YET = 5, 6
_LOOK_AGAIN = 0.1


def send(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="An X12 or EDIFACT file with its control numbers in it; - for stdin.")
    ],
    *,
    partner: Annotated[str, typer.Option("--partner", metavar="NAME", help="Whom to send it to.")],
    over: Annotated[str, typer.Option("--over", metavar="CONNECTION", help="Another connection than the agreed one.")] = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is delivered.")] = True,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="How long to wait.")] = 60.0,
) -> None:
    """Queue a file for a partner and wait until its delivery is proved; print its id, then the far side's name for it.

    A running hub delivers it; where none runs, this command does. Exit code 5 when it cannot be delivered or was not in time,
    6 when it was sent and its receipt (MDN) has not come in time.

    Example: edihub send 855.edi --partner acme
    """
    from hub.cli.opened import opened_hub
    from hub.cli.source import opened

    with opened_hub() as hub:
        from hub.flow.send import send_file

        with opened(file) as content:
            sent = send_file(content, partner, hub, name="" if file == "-" else Path(file).name, connection=over)
        print(sent.message_id, flush=True)
        if wait:
            _await(sent.message_id, hub, until=time.monotonic() + seconds)
        else:
            print("queued for delivery", file=sys.stderr)


def _await(message_id: str, hub: Hub, *, until: float) -> None:
    """Follow one message to its end; prints the reference, or says why there is none and exits."""
    message = _look(message_id, hub)
    while message.state not in {"delivered", "dead"} and time.monotonic() < until:
        if message.state in {"ready", "retry"}:
            _deliver_if_nobody_does(hub)
        time.sleep(_LOOK_AGAIN)
        message = _look(message_id, hub)
    if message.state == "delivered":
        print(message.transport_id)
        print("delivered", file=sys.stderr)
        return
    if message.state == "sent":
        print(message.transport_id)
        print("sent; its receipt has not come yet", file=sys.stderr)
        raise typer.Exit(NO_ANSWER_YET)
    error = message.error or {"message": "not delivered yet", "hint": "is `edihub serve` running?"}
    print(f"not delivered: {error['message']}\n  cure: {error.get('hint', '')}", file=sys.stderr)
    raise typer.Exit(TRANSPORT_FAILED)


def _look(message_id: str, hub: Hub) -> Any:
    with hub.read() as view:
        return view.messages.get(message_id)


def _deliver_if_nobody_does(hub: Hub) -> None:
    """Do what is due ourselves, unless another process works on this store."""
    from hub.errors import Refused
    from hub.store.process_lock import ProcessLock
    from hub.worker.drain import drain

    lock = ProcessLock(hub.site.var / "hub.lock")
    if hub.database.is_embedded:
        try:
            lock.acquire()
        except Refused:
            return
    try:
        drain(hub, owner="send")
    finally:
        lock.release()
