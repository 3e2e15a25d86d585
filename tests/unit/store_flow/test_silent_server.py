"""A PostgreSQL that vanishes without a word is given up; how soon may be said in its address."""

from __future__ import annotations

import pytest

from hub.store.engine import postgres_engine


@pytest.mark.parametrize(("said", "expected"), [("", ("15", "30000")), ("?keepalives_idle=60", ("60", "30000"))])
def test_the_system_asks_whether_the_server_still_lives(postgres, said, expected):
    address = postgres.fresh()
    joined = address + (said if "?" not in address else said.replace("?", "&"))
    engine = postgres_engine(joined, pool_size=1)
    try:
        with engine.connect() as connection:
            info = connection.connection.dbapi_connection.info.get_parameters()
    finally:
        engine.dispose()
        postgres.drop(address)
    assert (info["keepalives_idle"], info["tcp_user_timeout"]) == expected
