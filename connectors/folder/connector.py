"""Builds what the settings ask for: a poller, a sender, or one connector that is both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.folder.inbox import FolderPoller
from connectors.folder.outbox import FolderSender
from connectors.folder.settings import FolderSettings
from hub.errors import DeliveryError
from hub.ports import Arrival, Connector, ConnectorSpec, OutboundDocument, Receipt, Services, Waiting


class FolderPair:
    """An inbox and an outbox that belong to one partner."""

    def __init__(self, poller: FolderPoller, sender: FolderSender) -> None:
        self._poller = poller
        self._sender = sender

    def check(self) -> None:
        """Raise when either folder is unusable."""
        self._poller.check()
        self._sender.check()

    def close(self) -> None:
        """Close both sides."""
        self._poller.close()
        self._sender.close()

    def poll(self, cursor: str | None = None) -> Iterator[Arrival]:
        """Yield what waits in the inbox."""
        return self._poller.poll(cursor)

    def send(self, document: OutboundDocument) -> Receipt:
        """Write into the outbox."""
        return self._sender.send(document)

    def send_many(self, documents: Sequence[OutboundDocument], waiting: Waiting) -> list[Receipt | DeliveryError]:
        """Write several into the outbox."""
        return self._sender.send_many(documents, waiting)


def build(settings: FolderSettings, services: Services) -> Connector:
    """The connector for these settings."""
    if settings.outbox is None:
        return FolderPoller(settings, services)
    if settings.inbox is None:
        return FolderSender(settings)
    return FolderPair(FolderPoller(settings, services), FolderSender(settings))


CONNECTOR = ConnectorSpec(
    name="folder",
    summary="files in a folder: a drop folder in, a drop folder out",
    settings=FolderSettings,
    build=build,
)
