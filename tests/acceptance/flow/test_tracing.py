"""A message's whole way in one trace: its arrival, its understanding, and every answer to it."""

from __future__ import annotations

import http.server
import threading

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from hub.bootstrap import open_hub
from hub.testing.flow_site import interchange, order_850, write_site
from hub.worker.tracing import OpenTelemetry


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def bench(make, exporter):
    """A hub whose spans are kept in memory."""
    bench = make(confirm="automatic", agreements="  - send: x12/004010/855\n    triggered_by: [confirmed]\n")
    bench.hub.tracing = OpenTelemetry(bench.hub.database, exporter, site="test")
    return bench


def spans(bench, exporter):
    bench.hub.tracing._provider.force_flush()
    return exporter.get_finished_spans()


def test_arrival_understanding_acknowledgment_and_answer_are_one_trace(bench, exporter):
    bench.take(interchange([order_850("A")]))
    found = spans(bench, exporter)
    assert len({span.context.trace_id for span in found}) == 1
    names = sorted(span.name for span in found)
    assert (names.count("accept"), names.count("deliver")) == (1, 2)
    assert "process" in names


def test_two_messages_are_two_traces(bench, exporter):
    bench.take(interchange([order_850("A")]))
    bench.take(interchange([order_850("B")], control=2))
    assert len({span.context.trace_id for span in spans(bench, exporter)}) == 2


def test_no_span_says_what_a_partner_sent(bench, exporter):
    bench.take(interchange([order_850("SECRET-NUMBER")]))
    for span in spans(bench, exporter):
        assert "SECRET" not in str(dict(span.attributes)) + str(span.status.description) + span.name


def test_spans_leave_for_the_collector_that_the_environment_names(tmp_path, monkeypatch):
    got = threading.Event()

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            if self.path == "/v1/traces" and b"accept" in self.rfile.read(int(self.headers["content-length"])):
                got.set()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    hub = open_hub(write_site(tmp_path / "site"))
    try:
        hub.tracing.arrived("msg_1", connection="acme/main", begun=hub.database.now())
    finally:
        hub.stop()
        server.shutdown()
        server.server_close()
    assert got.is_set()
