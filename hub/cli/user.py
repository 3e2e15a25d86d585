"""`edihub user`: who may sign in to the console."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The people who may sign in to the console at /admin/edi.")
_Name = Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command()
def create(
    name: _Name,
    role: Annotated[
        str, typer.Option(help="viewer looks, operator also takes payloads out and acts, admin does everything.")
    ] = "operator",
) -> None:
    """Add a person. The password is typed at the prompt or piped in, never given as an argument, where others see it.

    Example: edihub user create ana --role viewer
    """
    from hub.cli.opened import opened_hub, who
    from hub.store.passwords import hash_password

    with opened_hub() as hub:
        hashed = hash_password(_password(name), name=name)
        with hub.transaction() as tx:
            user = tx.users.create(name, role=role, password_hash=hashed)
            tx.audit.user_changed(user.id, what="created", name=user.name, actor=who())
    print(f"{user.name} may sign in as {user.role}", file=sys.stderr)


@app.command("list")
def list_users(as_json: _Json = False) -> None:
    """Everybody who has an account."""
    from hub.cli.listing import listed, print_json
    from hub.cli.opened import opened_hub
    from hub.store.instants import rfc3339

    with opened_hub() as hub, hub.read() as view:
        rows = [
            {
                "name": user.name,
                "role": user.role,
                "created_at": rfc3339(user.created_at),
                "signed_in_at": rfc3339(user.signed_in_at),
                "disabled_at": rfc3339(user.disabled_at),
            }
            for user in view.users.all()
        ]
    if as_json:
        print_json({"users": rows})
        return
    shown = [
        (str(r["name"]), str(r["role"]), _day(r["created_at"]), _day(r["signed_in_at"]), _day(r["disabled_at"])) for r in rows
    ]
    listed(("name", "role", "created", "last signed in", "switched off"), shown)


@app.command()
def disable(name: _Name) -> None:
    """Let a person in no more; whoever is signed in under the name is signed out. `password` lets them in again."""
    from hub.cli.opened import opened_hub, who

    with opened_hub() as hub, hub.transaction() as tx:
        user = tx.users.disable(name)
        tx.audit.user_changed(user.id, what="disabled", name=user.name, actor=who())
    print(f"{user.name} cannot sign in any more", file=sys.stderr)


@app.command()
def password(name: _Name) -> None:
    """Give a person another password, typed at the prompt or piped in; whoever is signed in under the name is signed out."""
    from hub.cli.opened import opened_hub, who
    from hub.store.passwords import hash_password

    with opened_hub() as hub:
        with hub.read() as view:
            view.users.get(name)
        hashed = hash_password(_password(name), name=name)
        with hub.transaction() as tx:
            user = tx.users.set_password(name, hashed)
            tx.audit.user_changed(user.id, what="password", name=user.name, actor=who())
    print(f"{user.name} has a new password", file=sys.stderr)


def _password(name: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(f"password for {name}", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().removesuffix("\n").removesuffix("\r")


def _day(instant: str | None) -> str:
    return "" if instant is None else instant[:16].replace("T", " ")
