"""`edihub worker`: one worker of a scaled-out site."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Annotated

import typer

TURN_SECONDS = 0.001


def worker(
    *,
    threads: Annotated[
        int | None, typer.Option(min=2, max=64, help="How many messages are processed at once; hub.toml says the default.")
    ] = None,
) -> None:
    """Take jobs and polls from the site's store until SIGTERM or Ctrl-C, beside any number of others.

    On an embedded store `edihub serve` does this by itself, and a second process is refused.

    Example: edihub --site shop worker
    """
    from hub.cli.frugal import frugally

    sys.setswitchinterval(TURN_SECONDS)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with frugally():
        from hub.bootstrap import open_hub
        from hub.cli.here import load_site_here
        from hub.guides.calm import settle_down

        hub = open_hub(load_site_here(), role="worker", workers=threads)
    settle_down()
    try:
        hub.start()
        print("working; Ctrl-C ends", file=sys.stderr)
        ended.wait()
        print("finishing what is at work", file=sys.stderr)
    finally:
        hub.stop()
