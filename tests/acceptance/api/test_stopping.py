"""A hub that stops answers what it can still answer, and is gone within its time whatever its callers do."""

import socket
import time

from hub.web import server as server_module


def test_an_upload_that_does_not_end_is_told_to_come_again_and_holds_nothing_up(serve_site, monkeypatch, capfd):
    monkeypatch.setattr(server_module, "FINISH_SECONDS", 1)
    running = serve_site(lambda root: None)
    key = running.key("orders:write")
    with socket.create_connection(("127.0.0.1", running.server.port), 10) as line:
        head = f"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 100000\r\n"
        line.sendall(f"{head}Content-Type: application/json\r\n\r\n{{".encode())
        time.sleep(0.5)
        running.server.stop()
        line.settimeout(5)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 60" in answer.lower()
    assert b"the hub is stopping" in answer
    assert "Traceback" not in capfd.readouterr().err


def test_work_is_wound_down_while_requests_are_finished(serve_site, monkeypatch):
    monkeypatch.setattr(server_module, "FINISH_SECONDS", 2)
    running = serve_site(lambda root: None)
    background = running.hub.background
    running.hub.wind_down()
    assert background.stopping.is_set()
    begun = time.monotonic()
    running.server.stop()
    assert time.monotonic() - begun < 15
