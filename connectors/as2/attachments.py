"""The documents inside a received message: one, or the parts of a multipart (RFC 6362)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from connectors.as2.faults import Fault
from connectors.as2.mime import transfer
from connectors.as2.mime.fields import Head, MimeError, parse_value, read_head
from connectors.as2.mime.multipart import MAX_DEPTH, MAX_PARTS, Parts, boundary_of
from connectors.as2.mime.names import file_name
from connectors.as2.source import Source, TooLarge
from connectors.as2.unwrapping import Unwrapped


class Document(NamedTuple):
    """One document: what it is, its label, its bytes."""

    media_type: str
    name: str
    body: Source


def documents(unwrapped: Unwrapped, *, folder: Path | None, limit: int) -> tuple[Document, ...]:
    """Every document of a message, in its order; at most 50 of them, nested at most eight deep."""
    found: list[Document] = []
    try:
        kind = parse_value(unwrapped.head.get("content-type")).main
        if not kind.startswith("multipart/"):
            return (Document(kind or "application/octet-stream", file_name(unwrapped.head), unwrapped.content(folder)),)
        splitting = _Splitting(unwrapped, folder, limit, found)
        splitting.split(unwrapped.head, unwrapped.body.pieces(), 1)
    except MimeError as fault:
        raise Fault("AS2-109", detail={"why": str(fault)}) from None
    except TooLarge:
        raise Fault("AS2-113") from None
    if not found:
        raise Fault("AS2-109", detail={"why": "a multipart without a part"})
    return tuple(found)


@dataclass(slots=True)
class _Splitting:
    unwrapped: Unwrapped
    folder: Path | None
    limit: int
    found: list[Document]

    def split(self, head: Head, pieces: Iterator[bytes], depth: int) -> None:
        if depth > MAX_DEPTH:
            raise MimeError(f"parts nested deeper than {MAX_DEPTH}")
        parts = Parts(pieces, boundary_of(parse_value(head.get("content-type"))))
        while (part := parts.next_part()) is not None:
            inner, rest = read_head(part)
            kind = parse_value(inner.get("content-type")).main
            if kind.startswith("multipart/"):
                self.split(inner, rest, depth + 1)
                for _ in rest:
                    pass
                continue
            if len(self.found) >= MAX_PARTS:
                raise MimeError(f"more than {MAX_PARTS} parts")
            spool = self.unwrapped.new_spool(self.folder, self.limit)
            spool.extend(transfer.decode(inner.get("content-transfer-encoding"), rest))
            self.found.append(Document(kind or "application/octet-stream", file_name(inner), spool.source()))
        parts.drain()
