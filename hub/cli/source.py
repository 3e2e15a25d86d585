"""The file a reading verb works on: mapped into memory, not copied; `-` is standard input."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import InputError


@contextmanager
def opened(name: str) -> Iterator[bytes | mmap.mmap]:
    """The bytes of `name`; raises `InputError` where it is no file that can be read."""
    if name == "-":
        yield sys.stdin.buffer.read()
        return
    path = Path(name)
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0 or not path.is_file():
                yield file.read()
                return
            from hub.edi.mapped import Mapped

            with Mapped(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                yield mapped
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"cannot read {name}: {reason}", "check the path and its permissions", code="EDI-004") from error
