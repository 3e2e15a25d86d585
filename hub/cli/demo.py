"""`edihub demo`: a newcomer watches two orders go there and back."""

from __future__ import annotations

from typing import Annotated

import typer


def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="One round trip on free ports; exit 0 only if every step of it held.")
    ] = False,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The hub's port; 8080 unless --once.")] = None,
) -> None:
    """Start a hub with a demo retailer beside it that sends real orders, and account for every step.

    The retailer sends an X12 850 over AS2 and an EDIFACT ORDERS through a drop folder, and receives 997 and 855, CONTRL and
    ORDRSP. Both sides are edihub, in folders that are removed afterwards.

    Example: edihub demo --once
    """
    import threading

    from hub.demo.account import Account
    from hub.demo.evidence import DidNotHold
    from hub.demo.play import introduce, staged, tell
    from hub.web.server import stopping_on_signals

    account = Account()
    ended = threading.Event()
    with staged((0 if once else 8080) if port is None else port) as stage:
        try:
            tell(stage, account)
        except DidNotHold as failure:
            account.say(f"\nThis step did not hold: {failure.message}")
            account.say(f"  {failure.hint}")
            raise typer.Exit(1) from failure
        if once:
            account.say("\nEvery step held.")
            return
        introduce(stage, account)
        with stopping_on_signals(ended.set):
            ended.wait()
    account.say("\nstopped")
