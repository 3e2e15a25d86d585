"""What a caller says beyond the action: the status to move to, what becomes of lines, a response as it should read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from hub.errors import InputError
from hub.model import OrderResponse, OrderResponseLine


class Confirming(OrderResponse, frozen=True, kw_only=True, tag=False, tag_field=None):
    """What becomes of the lines: a canonical order_response, or only its `reason` and the `lines` that are not as usual.

    A line that is not named is accepted as it was ordered (`confirm`), or waits for goods (`backorder`).
    """

    type: Literal["order_response"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """`to` is the status to move to; `lines` are outcomes; `response` what the answer is to say for itself."""

    to: str = ""
    lines: Sequence[OrderResponseLine] = ()
    response: OrderResponse | None = None


def given_in(body: OrderResponse | None) -> Given:
    """What a body says of the lines."""
    return Given() if body is None else Given(lines=body.lines, response=body)


def read_confirming(raw: bytes) -> Confirming:
    """A response, or a bare list of its lines, as JSON; raises `InputError` BUS-367 with the place of what does not fit."""
    text = raw.strip()
    try:
        if text.startswith(b"["):
            return Confirming(lines=msgspec.json.decode(text, type=tuple[OrderResponseLine, ...]))
        return msgspec.json.decode(text, type=Confirming)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        hint = 'such as {"lines": [{"order_line": "1", "status": "backordered"}]}'
        raise InputError(f"no outcomes of lines: {wrong}", hint, code="BUS-367") from wrong
