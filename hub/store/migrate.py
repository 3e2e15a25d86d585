"""Bring a database to the present tables, through Alembic, on both databases."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from hub.errors import HubError
from hub.store.locks import lock

HEAD = "0010"
"""The newest revision under `migrations/versions`."""


class TooNew(HubError):
    """The database was made by a newer edihub."""

    code = "HUB-535"


def ensure_current(engine: Engine) -> None:
    """Migrate where needed; costs one query where not. Raises `TooNew` for a revision this program does not know."""
    revision = present_revision(engine)
    if revision == HEAD:
        return
    if revision is not None and not _is_known(revision):
        raise TooNew(f"the database has revision {revision}, this edihub knows {HEAD}", "install the newer edihub again")
    upgrade(engine)


def _is_known(revision: str) -> bool:
    versions = Path(__file__).parent / "migrations" / "versions"
    return any(versions.glob(f"r{revision}_*.py")) if revision.isalnum() else False


def present_revision(engine: Engine) -> str | None:
    """The revision of the database, None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("select version_num from alembic_version"))
        connection.rollback()
        return found


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations in one transaction; of several processes that start at once, one runs them."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        lock(connection, "migrate")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
