"""Files over FTP inside TLS."""

from connectors.ftps.connector import build
from connectors.ftps.settings import FtpsSettings
from hub.ports import ConnectorSpec

CONNECTOR = ConnectorSpec(
    name="ftps",
    summary="files in folders of a partner's FTP server, always inside TLS; the server's certificate is checked",
    settings=FtpsSettings,
    build=build,
)
