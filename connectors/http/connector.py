"""Builds what the settings ask for: a listener, a sender, or one connector that is both."""

from __future__ import annotations

from connectors.http.listener import HttpListener
from connectors.http.sender import HttpSender
from connectors.http.settings import HttpSettings
from hub.ports import Call, Connector, ConnectorSpec, HttpRequest, HttpResponse, OutboundDocument, Receipt, Services


class HttpPair:
    """A partner who posts to us and to whom we post."""

    def __init__(self, listener: HttpListener, sender: HttpSender) -> None:
        self._listener = listener
        self._sender = sender

    def check(self) -> None:
        """Raise when either direction is unusable."""
        self._listener.check()
        self._sender.check()

    def close(self) -> None:
        """Close both sides."""
        self._listener.close()
        self._sender.close()

    def admit(self, head: HttpRequest) -> HttpResponse | None:
        """Refuse by the head of a request."""
        return self._listener.admit(head)

    def receive(self, request: HttpRequest) -> Call:
        """Take what was posted."""
        return self._listener.receive(request)

    def send(self, document: OutboundDocument) -> Receipt:
        """Post to the partner."""
        return self._sender.send(document)


def build(settings: HttpSettings, services: Services) -> Connector:
    """The connector for these settings."""
    if settings.send is None:
        assert settings.receive is not None
        return HttpListener(settings.receive, services)
    if settings.receive is None:
        return HttpSender(settings.send, services)
    return HttpPair(HttpListener(settings.receive, services), HttpSender(settings.send, services))


CONNECTOR = ConnectorSpec(
    name="http",
    summary="documents pushed over plain HTTP, both ways",
    settings=HttpSettings,
    build=build,
)
