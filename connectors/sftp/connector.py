"""Builds the SFTP connector."""

from __future__ import annotations

from connectors.files.endpoint import Access, build_endpoint
from connectors.sftp.session import open_session
from connectors.sftp.settings import SftpSettings
from hub.ports import Connector, Services


def build(settings: SftpSettings, services: Services) -> Connector:
    """A connector that opens its session when it is first used."""
    return build_endpoint(
        Access(
            settings=settings,
            services=services,
            endpoint=f"{settings.user}@{settings.host}:{settings.port}",
            open_session=lambda: open_session(settings, services),
        )
    )
