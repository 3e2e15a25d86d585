"""AS2 (RFC 4130): documents signed, encrypted and receipted over HTTP, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.as2.settings import As2Settings
from hub.ports import CertificateDesk, Connector, ConnectorSpec, Gateway, KeptReceipt, Services


def _build(settings: As2Settings, services: Services) -> Connector:
    from connectors.as2.connector import As2Connector

    return As2Connector(settings, services)


def _gateway(connectors: Mapping[str, Connector], services: Services) -> Gateway:
    from connectors.as2.gateway import As2Gateway

    return As2Gateway(connectors, services)


def _desk() -> CertificateDesk:
    from connectors.as2.desk import As2Desk

    return As2Desk()


def _prove(connector: Connector, kept: KeptReceipt) -> Mapping[str, bytes]:
    from connectors.as2.desk import prove

    return prove(connector, kept)


def _explain(code: str, evidence: Mapping[str, Any]) -> str:
    from connectors.as2.diagnosis import explain

    return explain(code, evidence)


CONNECTOR = ConnectorSpec(
    name="as2",
    summary="AS2 over HTTP: signed, encrypted, compressed; MDNs at once or later, verified both ways",
    settings=As2Settings,
    build=_build,
    gateway=_gateway,
    explain=_explain,
    desk=_desk,
    prove=_prove,
)
