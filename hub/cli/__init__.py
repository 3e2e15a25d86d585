"""The `edihub` command: one file per verb, each thin, each imported only when it is asked for."""

from __future__ import annotations

import sys

VERBS: dict[str, tuple[str, str]] = {
    "inspect": ("hub.cli.inspect", "Show what an X12 or EDIFACT file holds, without a partner"),
    "bench": ("hub.cli.bench", "Run the benchmarks: ours beside a floor and a peer"),
    "init": ("hub.cli.init", "Write a working site with two demo partners"),
    "lint": ("hub.cli.lint", "Check every partner, guide, table and rule file; all findings at once"),
}
"""Verb: its module, and the line of it in `edihub --help`. The module has a function named like the verb, or a Typer `app`."""


def main() -> None:
    """Entry point of the `edihub` command."""
    from hub.cli.frame import run

    sys.exit(run(sys.argv[1:]))
