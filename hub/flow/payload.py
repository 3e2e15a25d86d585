"""The stored bytes of a message for reading: in memory when small, mapped from their file when large."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from contextlib import contextmanager

from hub.flow.hub import Hub
from hub.store.blobs import DamagedPayload

_PIECE = 1 << 20


@contextmanager
def open_payload(message_id: str, hub: Hub) -> Iterator[bytes | mmap.mmap]:
    """The bytes of a message, their hash checked; raises `NotFound` or `DamagedPayload`."""
    with hub.read() as view:
        in_row, digest = view.messages.place_of(message_id)
    if in_row is not None:
        yield in_row
        return
    with hub.database.blobs.file(digest).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        hashed = hashlib.sha256()
        for at in range(0, len(mapped), _PIECE):
            hashed.update(mapped[at : at + _PIECE])
        if hashed.hexdigest() != digest:
            raise DamagedPayload(f"the stored payload {digest} has other bytes now", "restore it from a backup")
        yield mapped
