"""The connectors over folders: what they can do follows from the folders their settings name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from connectors.files.dropoff import Dropoff
from connectors.files.line import Line, folder_fault
from connectors.files.pickup import Pickup
from connectors.files.remote import NotThere, RemoteRefusal, Session
from connectors.files.settings import FileSettings
from hub.ports import Arrival, Connector, OutboundDocument, Receipt, Services


@dataclass(frozen=True, slots=True)
class Access:
    """What a connector over folders is built from. `endpoint` names the far side in keys and evidence: `user@host:port`."""

    settings: FileSettings
    services: Services
    endpoint: str
    open_session: Callable[[], Session]


class _Endpoint:
    """Checks and closes one line per direction, so that a long upload never holds up a poll."""

    def __init__(self, access: Access) -> None:
        self._settings = access.settings
        self._open_session = access.open_session
        self._lines: list[Line] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._settings.user}@{self._settings.host}>"

    def check(self) -> None:
        """Log in and look at every folder; raises the `DeliveryError` that names what is wrong."""
        line = Line(self._open_session, self._settings.timeouts.transfer)
        try:
            for role, folder in self._folders():
                _look(line, role, folder.encode())
        finally:
            line.close()

    def close(self) -> None:
        """End every session."""
        for line in self._lines:
            line.close()

    def _line(self) -> Line:
        line = Line(self._open_session, self._settings.timeouts.transfer)
        self._lines.append(line)
        return line

    def _folders(self) -> Iterator[tuple[str, str]]:
        named = {"inbox": self._settings.inbox, "archive": self._settings.archive, "outbox": self._settings.outbox}
        yield from ((role, folder) for role, folder in named.items() if folder is not None)


class _Polling(_Endpoint):
    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._pickup = Pickup(self._line(), access.settings, access.services, access.endpoint)

    def poll(self, cursor: str | None = None) -> Iterator[Arrival]:  # noqa: ARG002 - what was taken is gone from the folder
        """Yield each complete file of the inbox, oldest first."""
        return self._pickup.poll()

    def close(self) -> None:
        """End every session and delete downloads that nobody took."""
        super().close()
        self._pickup.forget_spool()


class _Sending(_Endpoint):
    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._dropoff = Dropoff(self._line(), access.settings, access.endpoint)

    def send(self, document: OutboundDocument) -> Receipt:
        """Leave the document in the outbox; the receipt says how the host lists it."""
        return self._dropoff.send(document)


class InboundEndpoint(_Polling):
    """Picks up."""


class OutboundEndpoint(_Sending):
    """Drops off."""


class TwoWayEndpoint(_Polling, _Sending):
    """Picks up and drops off."""


def build_endpoint(access: Access) -> Connector:
    """The connector for the folders that the settings name; nothing is opened before it is used."""
    if access.settings.inbox is None:
        return OutboundEndpoint(access)
    return InboundEndpoint(access) if access.settings.outbox is None else TwoWayEndpoint(access)


def _look(line: Line, role: str, folder: bytes) -> None:
    try:
        with line.session() as session:
            if not session.has_folder(folder):
                raise NotThere(folder)
            if role == "inbox":
                with closing(session.entries(folder)) as listing:
                    next(listing, None)
    except RemoteRefusal as refusal:
        raise folder_fault(line, role, folder, refusal) from refusal
