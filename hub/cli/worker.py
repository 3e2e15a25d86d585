"""`edihub worker`: one worker of a scaled-out site."""

from __future__ import annotations

import signal
import sys
import threading


def worker() -> None:
    """Take jobs from the site's store until SIGTERM or Ctrl-C. On an embedded store, `edihub serve` does this by itself.

    Example: edihub --site shop worker
    """
    from hub.cli.opened import opened_hub

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with opened_hub() as hub:
        hub.start()
        print("working; Ctrl-C ends", file=sys.stderr)
        ended.wait()
        print("finishing what is at work", file=sys.stderr)
