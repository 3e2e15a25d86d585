"""Ask a PostgreSQL server what it is, before anything rests on it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from hub.errors import TransientError
from hub.store.engine import postgres_engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What a server says of itself. `is_durable`: what it confirms is on its disk."""

    version: str
    is_durable: bool


def ask_server(url: str) -> Server:
    """The server behind a URL; raises `TransientError` where it does not answer or its driver is not installed."""
    try:
        engine = postgres_engine(url, pool_size=1)
        try:
            with engine.connect() as connection:
                version = str(connection.exec_driver_sql("show server_version").scalar())
                settings = [
                    connection.exec_driver_sql(f"show {name}").scalar() != "off" for name in ("synchronous_commit", "fsync")
                ]
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as failure:
        why = (str(failure).splitlines() or [type(failure).__name__])[0]
        raise TransientError(f"PostgreSQL does not answer: {why}", "start it, or correct `url` under [store]") from failure
    return Server(version=version, is_durable=all(settings))
