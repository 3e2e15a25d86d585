"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from hub.testing.store_fixtures import clock, database, database_url, postgres, queue, sqlite_files, stage  # noqa: F401

# The suite tries the same examples every time; EDIHUB_HYPOTHESIS=search looks for new ones, as the long targets do.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("EDIHUB_HYPOTHESIS", "suite"))

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def no_site_is_named():
    """What `--site` said in the test before is not said in this one: verbs that run in this process remember it."""
    from hub.cli.here import use_site

    use_site(None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data (`EDIHUB_SHARED`, else `../shared`); the test skips when it is missing."""
    folder = Path(os.environ.get("EDIHUB_SHARED") or ROOT.parent / "shared")
    if not (folder / "corpus").is_dir():
        pytest.skip(f"reference data is missing: no corpus/ in {folder} (set EDIHUB_SHARED)")
    return folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT
