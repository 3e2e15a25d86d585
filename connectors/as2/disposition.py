"""The Disposition field of an MDN (RFC 8098 3.2.6, RFC 4130 7.4.3): written, read in every spelling, judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_DISPOSITION = re.compile(
    r"\s*([A-Za-z-]+)\s*/\s*([A-Za-z-]+)\s*;\s*(processed|failed|displayed|dispatched|deleted|denied)"
    r"\s*(?:/\s*(error|failure|warning)\s*(?:[:/]\s*(.*?))?)?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)

#: every modifier RFC 4130 7.4.3 and 7.5.4 name, and those products send
MODIFIERS: Final = (
    "authentication-failed",
    "decompression-failed",
    "decryption-failed",
    "duplicate-document",
    "insufficient-message-security",
    "integrity-check-failed",
    "unexpected-processing-error",
    "unknown-trading-partner",
    "sender-equals-receiver",
    "unsupported format",
    "unsupported MIC-algorithms",
)


@dataclass(frozen=True, slots=True)
class Disposition:
    """`type` is processed or failed; `kind` error, failure, warning or ""; `modifier` its text as it stands."""

    type: str = "processed"
    kind: str = ""
    modifier: str = ""

    @property
    def is_accepted(self) -> bool:
        """Whether the far side took the message: processed, at most with a warning."""
        return self.type == "processed" and self.kind in {"", "warning"}

    @property
    def is_duplicate(self) -> bool:
        """Whether the far side says it has the message already: it was delivered, by an earlier attempt."""
        return "duplicate" in self.modifier.lower()

    def __str__(self) -> str:
        text = f"automatic-action/MDN-sent-automatically; {self.type}"
        if not self.kind:
            return text
        return f"{text}/{self.kind}: {self.modifier}" if self.modifier else f"{text}/{self.kind}"


def parse_disposition(text: str) -> Disposition:
    """Read a Disposition; `ValueError` where it is none."""
    found = _DISPOSITION.match(text[:1000])
    if found is None:
        raise ValueError("this is not a disposition")
    _, _, kind_of, kind, modifier = found.groups()
    return Disposition(kind_of.lower(), (kind or "").lower(), (modifier or "").strip())


def from_modifier(kind_of: str, modifier: str) -> Disposition:
    """The disposition of a fault: its type, and `error: decryption-failed`."""
    kind, _, text = modifier.partition(":")
    return Disposition(kind_of, kind.strip(), text.strip())
