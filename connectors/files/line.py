"""One session kept open between uses, opened again when it died, and cut when a call takes too long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connectors.files.names import printable
from connectors.files.remote import RemoteRefusal, Session
from hub.errors import DeliveryError, TemporaryDeliveryError, UnusableConnection


class Line:
    """Lends the session to one caller at a time."""

    def __init__(self, open_session: Callable[[], Session], transfer: float) -> None:
        self._open = open_session
        self._transfer = transfer
        self._lock = threading.RLock()
        self._session: Session | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The open session; after `transfer` seconds it is cut, and a failed one is never lent again."""
        with self._lock:
            if self._session is None or not self._session.alive():
                self._drop()
                self._session = self._open()
            overdue = threading.Event()
            timer = threading.Timer(self._transfer, _cut, (self._session, overdue))
            timer.daemon = True
            timer.start()
            try:
                yield self._session
            except RemoteRefusal:
                raise
            except DeliveryError as error:
                self._drop()
                if overdue.is_set():
                    raise TemporaryDeliveryError(
                        f"the transfer took longer than {self._transfer:g} seconds and was cut",
                        "tried again later; raise `timeouts.transfer` where the line is slow and files are large",
                        code="DLV-446",
                    ) from error
                raise
            except BaseException:
                self._drop()
                raise
            finally:
                timer.cancel()

    def close(self) -> None:
        """End the session; a later use opens another."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def _cut(session: Session, overdue: threading.Event) -> None:
    overdue.set()
    session.abort()


def folder_fault(line: Line, role: str, folder: bytes, refusal: RemoteRefusal) -> UnusableConnection:
    """Why a folder cannot be used: hosts say "not there" and "not yours" in many ways, so they are asked again."""
    shown = printable(folder) or "(login folder)"
    with line.session() as session:
        there = session.has_folder(folder)
    if not there:
        return UnusableConnection(
            f"the {role} folder {shown} is not there",
            "correct the folder in the connection's settings, or ask the partner to create it",
            code="DLV-440",
        )
    return UnusableConnection(
        f"the {role} folder {shown} may not be used: {refusal.reason or 'permission denied'}",
        "ask the partner to give the login the right to list, read, write and delete there",
        code="DLV-441",
    )
