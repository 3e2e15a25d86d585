"""`edihub secret`: store, list and re-seal the site's secrets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.secrets.vault import Vault

app = typer.Typer(no_args_is_help=True, help="The site's secrets, sealed at rest.")
_Name = Annotated[str, typer.Argument(metavar="NAME", help="What settings call it: {secret: NAME}.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("set")
def set_secret(
    name: _Name,
    file: Annotated[
        Path | None, typer.Option("--file", help="Take the secret from this file.", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Store a secret, typed at the prompt, piped in or taken from a file; never given as an argument, where others see it.

    One line end at the end is not part of it. The first secret makes the master key keys/master.key, unless EDIHUB_MASTER_KEY
    is set: keep a copy of it elsewhere, since nothing opens without it.

    Example: edihub secret set acme-sftp < key
    """
    from hub.secrets.keyring import MASTER_FILE, find_keyring

    vault, root = _vault()
    is_first = find_keyring(root) is None
    vault.put(name, _read(name, file))
    print(f"stored; name it in settings as {{secret: {name}}}", file=sys.stderr)
    if is_first:
        print(f"made {root / MASTER_FILE}: keep a copy elsewhere, nothing opens without it", file=sys.stderr)


@app.command("list")
def list_secrets(as_json: _Json = False) -> None:
    """The names of all secrets and whether each opens; exit 1 if one does not."""
    from dataclasses import asdict

    from hub.cli.listing import listed, print_json

    secrets = _vault()[0].list()
    if as_json:
        print_json({"secrets": [asdict(each) for each in secrets]})
    else:
        listed(("name", "master key", "opens"), [(each.name, each.key_id, "yes" if each.opens else "NO") for each in secrets])
    if not all(each.opens for each in secrets):
        raise typer.Exit(1)


@app.command()
def remove(name: _Name) -> None:
    """Forget a secret."""
    _vault()[0].remove(name)
    print(f"{name} is gone", file=sys.stderr)


@app.command()
def rotate() -> None:
    """Seal every secret anew under a new master key; hubs that run go on.

    With keys/master.key a new key is made. With EDIHUB_MASTER_KEY put the new key in front of the old one, separated by a comma,
    for this command and for the hubs; afterwards take the old one away.
    """
    key_id, count = _vault()[0].rotate()
    print(f"{count} secrets are sealed with master key {key_id}", file=sys.stderr)


def _vault() -> tuple[Vault, Path]:
    from hub.cli.here import has_site, site_folder
    from hub.errors import NotFound
    from hub.secrets.vault import Vault

    root = site_folder()
    if not has_site():
        raise NotFound(
            f"{root} is not a site: it has no hub.toml", "name one with --site DIR, or make one with `edihub init DIR`"
        )
    return Vault(root), root


def _read(name: str, file: Path | None) -> str:
    if file is not None:
        text = file.read_text(encoding="utf-8")
    elif sys.stdin.isatty():
        text = typer.prompt(name, hide_input=True, confirmation_prompt=True, err=True)
    else:
        text = sys.stdin.read()
    return text.removesuffix("\n").removesuffix("\r")
