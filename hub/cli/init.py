"""`edihub init DIR`: a site that works at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]) -> None:
    """Write a working site with two demo partners into a new or empty folder."""
    typer.echo(folder)
