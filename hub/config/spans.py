"""Time spans and sizes as people write them: `30m`, `24h`, `90d`, `2w`; `64KB`, `20MB`."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from hub.config.check import mistake

_SPAN = re.compile(r"(\d{1,6}(?:\.\d{1,3})?) ?(ms|s|m|h|d|w)")
_SPAN_UNITS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}
_SPAN_UNITS["w"] = 7 * _SPAN_UNITS["d"]
_SIZE = re.compile(r"(\d{1,12}) ?(B|KB|MB|GB)?")
_SIZE_UNITS = {None: 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?%")


def _span(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise mistake("CFG-113", f'"{value}" is not a span of time', "a number and a unit: 30s, 15m, 24h, 90d, 2w")
    milliseconds = Decimal(found[1]) * _SPAN_UNITS[found[2]] * 1000
    return timedelta(milliseconds=int(milliseconds))


def _size(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise mistake("CFG-113", f'"{value}" is not a size', "a whole number and a unit: 512KB, 20MB, 2GB")
    return int(found[1]) * _SIZE_UNITS[found[2]]


def _percent(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value
    found = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise mistake("CFG-113", f'"{value}" is not a percentage', "a number and a percent sign: 5%, 0.5%")
    return Decimal(found[1])


Span = Annotated[timedelta, BeforeValidator(_span), WithJsonSchema({"type": "string", "pattern": f"^{_SPAN.pattern}$"})]
Size = Annotated[int, BeforeValidator(_size), WithJsonSchema({"type": ["string", "integer"], "pattern": f"^{_SIZE.pattern}$"})]
Percent = Annotated[Decimal, BeforeValidator(_percent), WithJsonSchema({"type": "string", "pattern": f"^{_PERCENT.pattern}$"})]
