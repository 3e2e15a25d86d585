"""Builds the FTPS connector."""

from __future__ import annotations

from connectors.files.endpoint import Access, build_endpoint
from connectors.ftps.login import open_session
from connectors.ftps.settings import FtpsSettings
from hub.ports import Connector, Services


def build(settings: FtpsSettings, services: Services) -> Connector:
    """A connector that opens its session when it is first used."""
    return build_endpoint(
        Access(
            settings=settings,
            services=services,
            endpoint=f"{settings.user}@{settings.host}:{settings.tcp_port}",
            open_session=lambda: open_session(settings, services),
        )
    )
