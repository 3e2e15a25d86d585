"""Whether the process lives, whether it can take work and why not, and its figures as Prometheus text."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from hub.flow.hub import Hub
from hub.web.intake import Intake
from hub.web.metrics import gauges

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Figures:
    """Counts of requests, kept on the event loop: no lock is needed."""

    def __init__(self) -> None:
        self._answers: Counter[tuple[str, int]] = Counter()
        self._buckets: Counter[tuple[str, float]] = Counter()
        self._seconds: Counter[str] = Counter()

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._answers[route, status] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]  # a Counter adds floats as well
        for bound in _BUCKETS:
            if seconds <= bound:
                self._buckets[route, bound] += 1

    def lines(self) -> list[str]:
        """The figures in the Prometheus text format."""
        lines = ["# TYPE edihub_http_requests_total counter"]
        lines += [
            f'edihub_http_requests_total{{route="{route}",status="{status}"}} {count}'
            for (route, status), count in sorted(self._answers.items())
        ]
        lines.append("# TYPE edihub_http_request_seconds histogram")
        totals: Counter[str] = Counter()
        for (route, _status), count in self._answers.items():
            totals[route] += count
        for route, total in sorted(totals.items()):
            lines += [
                f'edihub_http_request_seconds_bucket{{route="{route}",le="{bound}"}} {self._buckets[route, bound]}'
                for bound in _BUCKETS
            ]
            lines.append(f'edihub_http_request_seconds_bucket{{route="{route}",le="+Inf"}} {total}')
            lines.append(f'edihub_http_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}')
            lines.append(f'edihub_http_request_seconds_count{{route="{route}"}} {total}')
        return lines


class Health:
    """The addresses that a supervisor asks; public, and without anything a stranger could use."""

    def __init__(self, hub: Hub, intake: Intake, figures: Figures, threads: ThreadPoolExecutor) -> None:
        self._hub = hub
        self._intake = intake
        self._figures = figures
        self._threads = threads

    def handlers(self) -> dict[str, Callable[[Request], Awaitable[Response]]]:
        """The three addresses."""
        return {"/healthz": self._alive, "/readyz": self._ready, "/metrics": self._metrics}

    async def _alive(self, _request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def _ready(self, _request: Request) -> Response:
        reasons, notes = await asyncio.get_running_loop().run_in_executor(self._threads, self._reasons)
        body = msgspec.json.encode({"ready": not reasons, "reasons": reasons} | ({"notes": notes} if notes else {}))
        return Response(body, status_code=503 if reasons else 200, media_type="application/json")

    async def _metrics(self, _request: Request) -> Response:
        stored = await asyncio.get_running_loop().run_in_executor(self._threads, gauges, self._hub)
        waiting = ["# TYPE edihub_intake_waiting gauge", f"edihub_intake_waiting {self._intake.depth}"]
        lines = [*stored, *waiting, *self._figures.lines()]
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    def _reasons(self) -> tuple[list[str], list[str]]:
        """Why nothing can be taken now, and what is amiss though it can."""
        overload = self._intake.refusal()
        reasons = [] if overload is None else [overload.message]
        fault = self._hub.database.fault()
        if fault:
            reasons.append(f"the database does not answer: {fault}")
        lost = self._hub.database.bell.fault()
        return reasons, [f"the queue does not answer, work begins up to ten seconds late: {lost}"] if lost else []
