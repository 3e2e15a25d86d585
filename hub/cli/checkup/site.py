"""The files of the site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hub.cli.checkup.finding import Finding

_SHOWN = 20


def files(root: Path) -> Iterator[Finding]:
    """What `edihub lint` finds, shortened."""
    from hub.routing.lint import lint_root
    from hub.routing.named_secrets import NOT_THERE

    linted = lint_root(root)
    errors = [each for each in linted.diagnostics if each.level == "error" or each.code == NOT_THERE]
    for each in errors[:_SHOWN]:
        found = f"{each.file}:{each.line}:{each.column} {each.code} {each.message}"
        yield Finding(check="site", verdict="error", found=found, cure=each.hint)
    if len(errors) > _SHOWN:
        yield Finding(check="site", verdict="error", found=f"{len(errors) - _SHOWN} more errors", cure="run `edihub lint`")
    warnings = len(linted.diagnostics) - len(errors)
    if warnings:
        yield Finding(
            check="site", verdict="warning", found=f"{warnings} warnings in the site's files", cure="run `edihub lint`"
        )
    if not linted.diagnostics:
        yield Finding(check="site", verdict="ok", found=f"{len(linted.files)} files of {root} without a mistake")


def writable(var: Path) -> Finding:
    """Whether the hub can write where it keeps everything."""
    import os

    existing = next(path for path in (var, *var.absolute().parents) if path.exists())
    if os.access(existing, os.W_OK | os.X_OK):
        return Finding(check="var", verdict="ok", found=f"{existing} can be written")
    cure = f"give the hub's user the right to write in {existing}"
    return Finding(check="var", verdict="error", found=f"{existing} cannot be written by this user", cure=cure)
