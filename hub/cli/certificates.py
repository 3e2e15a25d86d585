"""Where the site keeps certificates, and the one connection whose certificates a command works on."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from hub.bootstrap import build_connector
from hub.cli import toml_edit, yaml_edit
from hub.cli.here import load_site_here
from hub.errors import HubError, NotFound, Refused
from hub.ports import CertificateDesk, Certified, Change, Connector, KeyFiles, SecretReference
from hub.routing.load import SITE_FILE, load_site
from hub.routing.registry import connector as connector_named
from hub.routing.site import Connection, Site
from hub.secrets.vault import Vault

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,90}")


@dataclass(frozen=True, slots=True)
class Certificates:
    """One connection, built, with the desk of its kind; a context that closes it."""

    site: Site
    connection: Connection
    connector: Connector
    desk: CertificateDesk

    @classmethod
    def of(cls, site: Site, name: str) -> Certificates:
        """The connection of that name, or the only one of a partner; raises `NotFound`."""
        found = connection_named(site, name)
        return cls(site, found, build_connector(site, found.id), desk_of(found.spec.name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connector.close()

    def change(self, name: str, on: datetime, overlap: timedelta, *, is_theirs: bool) -> Change:
        """The change to a certificate that was made or imported under a name."""
        path = self.site.root / "keys" / f"{name}.pem"
        if not path.is_file():
            raise NotFound(f"there is no {path}", "make it with `edihub cert create`, or `edihub cert import`")
        key = "" if is_theirs else Vault(self.site.root).get(f"{name}-key")
        new = KeyFiles(certificate=path.read_text(), key=key)
        return Change(side="theirs" if is_theirs else "ours", new=new, on=on, overlap=overlap)

    def write(self, change: Change, name: str) -> Path:
        """Write a change into the partner's file, or into hub.toml; where the site does not load with it, the file stays as it was."""
        references = {"certificate": SecretReference(file=f"keys/{name}.pem")}
        if change.side == "ours":
            references["key"] = SecretReference(secret=f"{name}-key")
        setting, entries = self.desk.rotate(self.connector, change, references)
        path = _file_of(self.site, self.connection)
        before = path.read_text(encoding="utf-8")
        _, _, own_name = self.connection.id.rpartition("/")
        replaced = toml_edit.replaced if path.suffix == ".toml" else yaml_edit.replaced
        _write(path, replaced(before, ("connections", own_name, "settings", setting), entries))
        try:
            build_connector(load_site(self.site.root), self.connection.id).close()
        except HubError:
            _write(path, before)
            raise
        return path


def connection_named(site: Site, name: str) -> Connection:
    """A connection by its id, or a partner's only one with certificates; raises `NotFound` that says which there are."""
    if name in site.connections:
        return site.connections[name]
    own = [each for each in site.connections.values() if each.partner == name and each.spec.desk is not None]
    if len(own) == 1:
        return own[0]
    known = [each.id for each in own] or [each.id for each in site.connections.values() if each.spec.desk is not None]
    raise NotFound(f"no one connection with certificates is called {name}", f"there are: {', '.join(known) or 'none'}")


def desk_of(kind: str) -> CertificateDesk:
    """The desk of a kind of connector; raises `Refused` where it knows no certificates."""
    desk = connector_named(kind).desk
    if desk is None:
        raise Refused(f"{kind} connections have no certificates of their own", "use --kind as2", code="SEC-110")
    return desk()


def here() -> Path:
    """The folder of the site; raises `NotFound` where there is none."""
    return load_site_here().root


def keep(root: Path, name: str, files: KeyFiles) -> None:
    """Write a certificate to keys/NAME.pem and its key to the sealed secrets; nothing that is there is overwritten."""
    if not _NAME.fullmatch(name):
        raise Refused(f"{name!r} is no name for a certificate", "letters, digits, '.', '_' and '-'", code="SEC-111")
    path = root / "keys" / f"{name}.pem"
    if path.exists():
        raise Refused(f"{path} is there already", "choose another name", code="SEC-112")
    if files.key:
        Vault(root).put(f"{name}-key", files.key)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(files.certificate)


def lines(name: str, files: KeyFiles) -> str:
    """What to write into the settings of a connection."""
    entry: dict[str, Any] = {"certificate": {"file": f"keys/{name}.pem"}}
    if files.key:
        entry["key"] = {"secret": f"{name}-key"}
    return f"{'our' if files.key else 'partner'}_certificates: {json.dumps([entry])}"


def survey(site: Site, at: datetime) -> list[dict[str, Any]]:
    """Every certificate of every connection; `warning` is the step reached (60, 30, 14, 7, 1, 0) or None."""
    found = []
    for connection in site.connections.values():
        if connection.spec.desk is None:
            continue
        connector = build_connector(site, connection.id)
        try:
            known = connector.certificates() if isinstance(connector, Certified) else ()
        finally:
            connector.close()
        warned = {(each.role, each.sha256): step for step, each in connection.spec.desk().warnings(known, at)}
        found += [
            {
                "connection": connection.id,
                "role": each.role,
                "subject": each.subject,
                "sha256": each.sha256,
                "not_before": each.not_before.isoformat(),
                "not_after": each.not_after.isoformat(),
                "days_left": (each.not_after - at) // timedelta(days=1),
                "warning": warned.get((each.role, each.sha256)),
            }
            for each in known
        ]
    return found


def _write(path: Path, text: str) -> None:
    """All at once: a hub that runs reads the file as it was or as it is, never half of it."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    shutil.copymode(path, part)
    part.replace(path)


def _file_of(site: Site, connection: Connection) -> Path:
    """Where a connection is written: its partner's file, or hub.toml where partners share it."""
    partner = site.partners.get(connection.partner)
    if partner is None or not partner.file:
        return site.root / SITE_FILE
    return site.root / partner.file if not Path(partner.file).is_absolute() else Path(partner.file)
