"""`edihub init DIR`: a site that works at once, whose files explain themselves."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

FOLDERS = ("partners", "mappings", "schemas", "keys", "var", "inbox", "outbox")

HUB_TOML = """\
# Who we are, where things are kept, where we listen. Partners have a file each under partners/.
name = "edihub demo"
time_zone = "Europe/Bucharest"

# Our names on envelopes. Several [identities.NAME] are possible; the first is the one we write with.
[identities.main]
x12 = "ZZ:EDIHUB"          # qualifier and id, as in ISA07 and ISA08
gln = "5412345000020"      # UNB 0010 with qualifier 14
as2 = "EDIHUB"

# A connection that partners share: files dropped into inbox/ are taken, answers appear in outbox/.
[connections.drop]
connector = "folder"
settings = {inbox = "inbox", outbox = "outbox", settle = 0.5}
poll = {every = "1s"}

# The embedded database under var/. A scaled site: url = {env = "STORE_URL"} with postgresql+psycopg://...
[store]
url = "sqlite:///var/hub.db"

[http]
host = "127.0.0.1"
port = 8080

# Callers of the API name a key: edihub key create NAME --scope orders:write ...
[api]
authentication = "keys"

[limits]
payload = "512MB"          # the largest file or body that is accepted

# Serial shipping container codes: our GS1 company prefix.
[sscc]
prefix = "5412345"
"""

IGNORED = "# Data and keys do not belong in version control.\n/var/\n/keys/\n/inbox/\n/outbox/\n"


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")]) -> None:
    """Write a working site with two demo partners and a sample order into a new or empty folder.

    Example: edihub init shop && edihub --site shop lint && edihub --site shop serve
    """
    from hub.errors import Refused

    try:
        write_site(folder)
    except OSError as failed:
        raise Refused(
            f"{folder} cannot be written: {(failed.strerror or 'unknown reason').lower()}", "choose another folder"
        ) from failed
    print(f"wrote a site with two partners and a sample order into {folder}", file=sys.stderr)
    print(f"next: edihub --site {folder} lint; edihub --site {folder} serve", file=sys.stderr)


def write_site(folder: Path) -> None:
    """Write the sample site; raises `Refused` and changes nothing where the folder holds anything."""
    from hub.errors import Refused
    from hub.stock import stock_root

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(
            f"{folder} is not empty; nothing was changed", "name a new folder, or empty this one first", code="HUB-421"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o700 if name == "keys" else 0o777)
    for partner in sorted((stock_root() / "partners").glob("*.yaml")):
        shutil.copyfile(partner, folder / "partners" / partner.name)
    shutil.copyfile(stock_root() / "partners" / "acme-order.edi", folder / "sample.edi")
    (folder / ".gitignore").write_text(IGNORED)
    # Last, because a folder with hub.toml counts as a site.
    (folder / "hub.toml").write_text(HUB_TOML)
