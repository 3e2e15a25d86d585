"""Files over SFTP."""

from connectors.sftp.connector import build
from connectors.sftp.settings import SftpSettings
from hub.ports import ConnectorSpec

CONNECTOR = ConnectorSpec(
    name="sftp",
    summary="files in folders of a partner's or our own SFTP server; the server's key is pinned",
    settings=SftpSettings,
    build=build,
)
