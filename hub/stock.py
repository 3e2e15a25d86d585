"""Where the guides, tables and schemas are that edihub ships: inside the installed package, or beside it in a clone."""

from __future__ import annotations

from pathlib import Path


def stock_root() -> Path:
    """The folder that holds the shipped `mappings/`, `schemas/` and `partners/`."""
    package = Path(__file__).resolve().parent
    installed = package / "_stock"
    return installed if installed.is_dir() else package.parent
