"""Dropping off: upload under another name, rename, and take the host's listing as the proof."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from connectors.files.line import Line, folder_fault
from connectors.files.names import outgoing, printable
from connectors.files.remote import NoRoom, NotAllowed, NotThere, RemoteRefusal, Session, join
from connectors.files.settings import FileSettings
from hub.errors import DeliveryError, PermanentDeliveryError, TemporaryDeliveryError, UncertainDeliveryError
from hub.ports import OutboundDocument, Receipt


class Dropoff:
    """Delivers into one outbound folder; the same document twice leaves one file."""

    def __init__(self, line: Line, settings: FileSettings, endpoint: str) -> None:
        self._line = line
        self._settings = settings
        self._endpoint = endpoint
        self._folder = (settings.outbox or "").encode()

    def send(self, document: OutboundDocument) -> Receipt:
        """Upload, rename, list. A file of that name, size and content that is there already is this document, delivered."""
        path = join(self._folder, self._name(document))
        digest, size = _sum(document.pieces())
        evidence: dict[str, Any] = {
            "endpoint": self._endpoint,
            "path": printable(path),
            "size": size,
            "sha256": digest,
            "already_there": False,
        }
        with self._line.session() as session:
            try:
                if self._already_there(session, path, size, digest):
                    evidence["already_there"] = True
                else:
                    self._upload(session, document, path, size)
                self._mark(session, path)
            except RemoteRefusal as refusal:
                raise self._fault(refusal) from refusal
        evidence.update(self._proof(path, size))
        return Receipt(reference=printable(path), evidence=evidence)

    def _name(self, document: OutboundDocument) -> bytes:
        try:
            return outgoing(self._settings.name, document.name, document.idempotency_key).encode()
        except ValueError as error:
            raise PermanentDeliveryError(
                f"the name template makes {str(error)!r}, which is no file name",
                "change `name:` in the connection's settings",
                code="DLV-449",
            ) from error

    def _already_there(self, session: Session, path: bytes, size: int, digest: str) -> bool:
        try:
            listed = session.find(path)
        except NotAllowed:
            return False  # a letter box: files may be put there and not be looked at
        if listed is None:
            return False
        try:
            with closing(session.read(path, size)) as pieces:
                if listed.size == size and _sum(pieces)[0] == digest:
                    return True
        except NotAllowed as refusal:
            raise PermanentDeliveryError(
                f"a file named {printable(path)} with our size is there already and may not be read, so nobody knows whose it is",
                "ask the partner whether it arrived; resend under another name if it did not",
                code="DLV-443",
            ) from refusal
        raise TemporaryDeliveryError(
            f"another file named {printable(path)} still waits there ({listed.size} bytes, ours has {size})",
            "the document waits until the partner has fetched it; `{key}` in `name:` gives every document a name of its own",
            code="DLV-443",
        )

    def _upload(self, session: Session, document: OutboundDocument, path: bytes, size: int) -> None:
        part = self._part(path, document.idempotency_key)
        session.write(part, document.pieces())
        listed = self._size_of(session, part)
        if listed is not None and listed != size:
            raise TemporaryDeliveryError(
                f"{printable(part)} is listed with {listed} bytes after {size} were uploaded",
                "tried again; if it stays so, the host changes line ends or is full",
                code="DLV-444",
            )
        if part == path:
            return
        try:
            session.rename(part, path)
        except TemporaryDeliveryError as error:
            raise UncertainDeliveryError(
                f"the connection was lost while {printable(path)} was renamed",
                "the next attempt looks whether it is there before it uploads again",
                code="DLV-447",
            ) from error

    def _part(self, path: bytes, key: str) -> bytes:
        if not self._settings.part:
            return path
        return path + f".{hashlib.sha256(key.encode()).hexdigest()[:12]}{self._settings.part}".encode()

    def _mark(self, session: Session, path: bytes) -> None:
        if self._settings.send_marker:
            session.write(path + self._settings.send_marker.encode(), iter(()))

    def _proof(self, path: bytes, size: int) -> dict[str, Any]:
        """What the listing says. The host has confirmed the rename by now, so nothing here may cause a second delivery."""
        try:
            with self._line.session() as session:
                listed = session.find(path)
        except RemoteRefusal as refusal:
            return {"listed": False, "proof": f"accepted by the host, which does not list it ({refusal.reason})"}
        except DeliveryError as error:
            return {"listed": False, "proof": f"accepted by the host; the listing failed ({error.code})"}
        if listed is None:
            return {"listed": False, "proof": "accepted by the host and already fetched"}
        if listed.size != size:
            return {"listed": True, "listed_size": listed.size, "proof": "accepted by the host; another size is listed"}
        return {"listed": True, "listed_size": listed.size, "proof": "listed at its size"}

    @staticmethod
    def _size_of(session: Session, path: bytes) -> int | None:
        try:
            listed = session.find(path)
        except NotAllowed:
            return None
        return 0 if listed is None else listed.size

    def _fault(self, refusal: RemoteRefusal) -> DeliveryError:
        if isinstance(refusal, NoRoom):
            return TemporaryDeliveryError(
                "the host has no room for the file", "tried again; tell the partner that disk or quota is full", code="DLV-442"
            )
        if isinstance(refusal, NotThere | NotAllowed):
            return folder_fault(self._line, "outbox", self._folder, refusal)
        return TemporaryDeliveryError(
            f"the host refused the file: {refusal.reason or 'no reason given'}",
            "tried again; if it stays so, ask the partner what the host allows",
            code="DLV-448",
        )


def _sum(pieces: Iterator[bytes]) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size
