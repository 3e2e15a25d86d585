"""Files over SFTP."""

from connectors.sftp.settings import SftpSettings
from hub.ports import Connector, ConnectorSpec, Services


def _build(settings: SftpSettings, services: Services) -> Connector:
    # the SSH library is nine MiB: only sites that use it carry it
    from connectors.sftp.connector import build

    return build(settings, services)


CONNECTOR = ConnectorSpec(
    name="sftp",
    summary="files in folders of a partner's or our own SFTP server; the server's key is pinned",
    settings=SftpSettings,
    build=_build,
)
