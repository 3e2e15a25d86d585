"""Spans for OpenTelemetry: one trace for a message's whole way.

Its id follows from the id of the message that began it, so that the edge that took it, the worker that understood it and the
worker that sent its answer write into one trace without telling each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags, set_span_in_context

from hub import __version__
from hub.errors import HubError
from hub.flow.tracing import STEPS
from hub.store.database import Database
from hub.store.jobs import Job
from hub.store.transaction import Transaction

log = structlog.get_logger(__name__)

_GENERATIONS = 4
"""How far an answer is followed back to what it answers: an acknowledgment of a response to an order, and one to spare."""


class OpenTelemetry:
    """Sends spans to an exporter in a thread of its own."""

    def __init__(self, database: Database, exporter: SpanExporter, *, site: str) -> None:
        self._database = database
        resource = Resource.create({"service.name": "edihub", "service.version": __version__, "edihub.site": site})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("edihub")

    def arrived(self, message_id: str, *, connection: str, begun: int) -> None:
        """The span of an arrival, from the first look at it to its commit."""
        attributes = {"edihub.message": message_id, "edihub.connection": connection}
        span = self._tracer.start_span(
            "accept", _beginning(message_id), SpanKind.SERVER, attributes=attributes, start_time=begun * 1000
        )
        span.end(self._database.now() * 1000)

    @contextmanager
    def step(self, job: Job) -> Iterator[None]:
        """The span of one attempt at a job."""
        attributes: Mapping[str, str | int] = {"edihub.subject": job.subject, "edihub.attempt": job.attempt}
        context = _beginning(self._root(job))
        span = self._tracer.start_span(STEPS.get(job.kind, job.kind), context, SpanKind.CONSUMER, attributes=attributes)
        if job.resource:
            span.set_attribute("edihub.connection", job.resource)
        try:
            yield
        except BaseException as failure:
            # the text of a failure may quote what a partner sent: its kind and code are enough here
            span.set_status(Status(StatusCode.ERROR, getattr(failure, "code", type(failure).__name__)))
            raise
        finally:
            span.end()

    def close(self) -> None:
        """Send what waits, for five seconds at most."""
        self._provider.force_flush(5000)
        self._provider.shutdown()

    def _root(self, job: Job) -> str:
        try:
            with self._database.read() as view:
                message = view.documents.get(job.subject).message_id if job.kind == "document" else job.subject
                return _first(view, message)
        except HubError as failure:
            log.warning("the trace begins here", subject=job.subject, error=str(failure))
            return job.subject


def _first(view: Transaction, message_id: str) -> str:
    """The message with which the way of this one began: what it answers, and what that answers."""
    for _ in range(_GENERATIONS):
        answered = view.messages.get(message_id).answer_to
        if not answered:
            documents = [row.answers for row in view.documents.of_message(message_id) if row.answers]
            answered = view.documents.get(documents[0]).message_id if documents else None
        if not answered:
            break
        message_id = answered
    return message_id


def _beginning(message_id: str) -> Context:
    digest = hashlib.sha256(message_id.encode()).digest()
    trace, parent = int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:24], "big")
    begun = SpanContext(trace, parent, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(begun), Context())
