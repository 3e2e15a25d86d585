"""JSON in columns: one encoder and one decoder, decimals as text."""

from __future__ import annotations

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="string")


def to_json(value: Any) -> str:
    """Compact JSON text of plain values, structs and dataclasses."""
    return _encoder.encode(value).decode()


def from_json(text: str | bytes) -> Any:
    """Plain values of JSON text."""
    return msgspec.json.decode(text)
