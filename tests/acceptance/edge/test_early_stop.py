"""A stop that comes while the server is still being built is kept, and ends it as soon as it has begun."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from hub.bootstrap import open_hub
from hub.cli.init import write_site
from hub.web.server import Server, listen


@pytest.mark.network
def test_a_server_that_was_stopped_before_it_began_ends(tmp_path: Path) -> None:
    write_site(tmp_path / "shop")
    server = Server(open_hub(tmp_path / "shop"), listen("127.0.0.1", 0))
    server.stop()
    running = threading.Thread(target=server.run, daemon=True)
    running.start()
    running.join(30)
    has_ended = not running.is_alive()
    server.stop()
    running.join(30)
    assert has_ended
