"""The edge of an embedded hub and nothing else: whatever it writes, it writes for the request it is about to answer.

`python -m hub.testing.edge_alone SITE PORT [PRAGMA]`; the pragma, run on the writing connection, is for deliberate bugs.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hub.bootstrap import open_hub
from hub.web.server import Server, listen, stopping_on_signals


def main(site: str, port: str, pragma: str = "") -> None:
    """Serve until SIGTERM."""
    hub = open_hub(Path(site))
    hub.background = None
    if pragma:
        with hub.transaction() as tx:
            tx.messages.with_key("", "")
        # outside of any transaction, where SQLite heeds it
        writing = hub.database._write_engine  # noqa: SLF001  a bug is put where no setting leads
        with writing.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA {pragma}")
    server = Server(hub, listen("127.0.0.1", int(port)))
    with stopping_on_signals(server.stop):
        server.run(on_ready=lambda: print("serving", os.getpid(), flush=True))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
