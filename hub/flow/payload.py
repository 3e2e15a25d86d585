"""The stored bytes of a message for reading: in memory when small, mapped from their file when large.

What was read of a mapped file counts as this process's memory until it is let go; the system keeps it at hand all the same.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from hub.edi.mapped import Mapped, let_go
from hub.edi.tree import Message
from hub.flow.hub import Hub
from hub.store.blobs import DamagedPayload

T = TypeVar("T")
_PIECE = 1 << 20
_STEP = 1 << 20


@contextmanager
def open_payload(message_id: str, hub: Hub) -> Iterator[bytes | mmap.mmap]:
    """The bytes of a message, their hash checked; raises `NotFound` or `DamagedPayload`."""
    with hub.read() as view:
        in_row, digest = view.messages.place_of(message_id)
    if in_row is not None:
        yield in_row
        return
    with hub.database.blobs.file(digest).open("rb") as file, Mapped(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        if digest_of(mapped, 0, len(mapped)) != digest:
            raise DamagedPayload(f"the stored payload {digest} has other bytes now", "restore it from a backup")
        yield mapped


def digest_of(payload: bytes | mmap.mmap, start: int, end: int) -> str:
    """The SHA-256 of a part, as hex; of a mapped file never more than some MiB in memory."""
    hashed = hashlib.sha256()
    for at in range(start, end, _PIECE):
        hashed.update(payload[at : min(at + _PIECE, end)])
        if (at - start) % _STEP == 0:
            let_go(payload)
    let_go(payload)
    return hashed.hexdigest()


def thrifty(events: Iterator[T], payload: bytes | mmap.mmap) -> Iterator[T]:
    """The same events of a reader, its mapped file let go behind it."""
    passed = 0
    for event in events:
        yield event
        if isinstance(event, Message) and event.offset - passed >= _STEP:
            passed = event.offset
            let_go(payload)
