"""What every verb shares: finding its module, `--site` on either side of the verb, help, completion.

Only the verb that is asked for is imported; the others are stubs that carry their line of help.
"""

from __future__ import annotations

import importlib
import os
from typing import Annotated

import typer

import hub
from hub.cli import VERBS
from hub.cli.boundary import guarded
from hub.cli.here import use_site

_EPILOG = "Exit codes: 0 fine, 1 findings, 2 usage, 3 unreadable input, 4 configuration, 5 transport, 6 overdue, 7 not found, 8 refused, 70 our bug."


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; nothing is raised."""
    arguments, site = _take_site(arguments)
    verb = _verb_of(arguments)

    def act() -> None:
        use_site(site)
        typer.main.get_command(build(verb)).main(arguments, prog_name="edihub")

    return guarded(act)


def build(verb: str = "") -> typer.Typer:
    """The whole command line with one verb imported and the others as stubs."""
    app = typer.Typer(
        name="edihub",
        help="An integration hub for EDI and sales channels. Data goes to stdout, messages to stderr.",
        epilog=_EPILOG,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name, (module, line) in VERBS.items():
        if name != verb:
            app.command(name, help=line)(_stub)
            continue
        loaded = importlib.import_module(module)
        group = getattr(loaded, "app", None)
        if isinstance(group, typer.Typer):
            app.add_typer(group, name=name, help=line)
        else:
            app.command(name)(getattr(loaded, name.replace("-", "_")))
    return app


def _stub() -> None:
    """Stand for a verb that was not asked for; never runs."""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"edihub {hub.__version__}")
        raise typer.Exit


def _root(
    *,
    site: Annotated[
        str | None, typer.Option(envvar="EDIHUB_SITE", metavar="DIR", help="The site folder; may stand after the verb too.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of the command itself; `--site` has been taken out of the arguments before."""


def _take_site(arguments: list[str]) -> tuple[list[str], str | None]:
    """Take `--site DIR` out of the arguments, wherever it stands before a bare `--`."""
    rest: list[str] = []
    site: str | None = None
    words = iter(arguments)
    for word in words:
        if word == "--":
            return [*rest, word, *words], site
        if word == "--site":
            value = next(words, None)
            if value is None:
                return [*rest, word], site
            site = value
        elif word.startswith("--site="):
            site = word.removeprefix("--site=")
        else:
            rest.append(word)
    return rest, site


def _verb_of(arguments: list[str]) -> str:
    """The verb that was asked for, also while the shell completes a line."""
    if "_EDIHUB_COMPLETE" in os.environ:
        typed = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
        arguments = _take_site(typed.split()[1:])[0]
    return next((word for word in arguments if not word.startswith("-")), "")
