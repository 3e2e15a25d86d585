"""How the hub logs: one line per event on stderr, never a payload, a local variable or the text of an exception.

The text of an exception may quote a partner's data; it is kept with the message in the store, where the same rights guard it.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

FRAMES = 12


def configure_logging() -> None:
    """Set the hub's way of logging, once; a program that configured structlog itself keeps its own."""
    if structlog.is_configured():
        return
    renderer: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            renderer,
        ],
        # asked for at every line: the stream may be another one by then
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    if not any(isinstance(each, _Library) for each in root.handlers):
        root.addHandler(_Library(logging.WARNING))


class _Library(logging.Handler):
    """What a library warns of, as a line like ours; the text of an exception is left out of it as well."""

    def emit(self, record: logging.LogRecord) -> None:
        """Hand one record on."""
        raised = record.exc_info[1] if record.exc_info else None
        structlog.get_logger().log(record.levelno, record.getMessage(), library=record.name, exc_info=raised)


def _without_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its type and the places it passed, without its text."""
    given = event.pop("exc_info", None)
    if not given:
        return event
    failure = given if isinstance(given, BaseException) else sys.exc_info()[1]
    if failure is not None:
        event["exception"] = type(failure).__name__
        event["at"] = _places(failure.__traceback__)
    return event


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-FRAMES:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
