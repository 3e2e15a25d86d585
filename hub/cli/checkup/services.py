"""The servers a scaled site rests on: PostgreSQL, and Redis or Valkey."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hub.cli.checkup.finding import Finding

if TYPE_CHECKING:
    from hub.routing.site import Site


def store(site: Site) -> Iterator[Finding]:
    """Whether the database of a scaled site answers, and keeps what it was given; an embedded store is a file of ours."""
    from hub.bootstrap import store_url

    url = store_url(site)
    if url.startswith("sqlite:"):
        return
    from hub.errors import TransientError
    from hub.store.server import ask_server

    try:
        server = ask_server(url)
    except TransientError as failure:
        yield Finding(check="store", verdict="error", found=failure.message, cure=failure.hint)
        return
    if server.is_durable:
        yield Finding(check="store", verdict="ok", found=f"PostgreSQL {server.version}, commits are on its disk")
    else:
        cure = "set fsync = on and synchronous_commit = on: what the hub acknowledged must survive a crash"
        found = f"PostgreSQL {server.version} may lose commits it confirmed"
        yield Finding(check="store", verdict="error", found=found, cure=cure)


def queue(site: Site) -> Iterator[Finding]:
    """Whether the queue answers, where the site has one; without it work is found seconds later, and nothing is lost."""
    from hub.bootstrap import queue_of, store_url
    from hub.errors import HubError

    url = queue_of(site)
    if not url:
        return
    if store_url(site).startswith("sqlite:"):
        cure = "set `url` under [store] to PostgreSQL too, or remove [queue]"
        yield Finding(check="queue", verdict="error", found="a queue is set, but the store is SQLite", cure=cure)
        return
    from hub.store.queue_doorbell import ask

    try:
        yield Finding(check="queue", verdict="ok", found=f"{ask(url)} carries the wake-ups")
    except HubError as fault:
        yield Finding(check="queue", verdict="warning", found=fault.message, cure=fault.hint)
