"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`check` is stable and names what was looked at, `found` says what is there, `cure` what to do about it."""

    check: str
    verdict: Verdict
    found: str
    cure: str = ""
