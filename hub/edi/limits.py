"""How much of one file the codec holds in memory at once; what is larger becomes a finding, not memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the reader.

    `message_segments` and `message_bytes` bound what one message keeps (a longer one is counted and reported, its segments
    are not kept); `segment_bytes` bounds one segment; `junk_bytes` bounds how far the first header is searched for. A regular
    message of up to `quick_bytes` is split in one piece, a longer one is measured first.
    """

    message_segments: int = 120_000
    message_bytes: int = 24_000_000
    message_elements: int = 2_000_000
    segment_bytes: int = 4_000_000
    junk_bytes: int = 65_536
    quick_bytes: int = 1_000_000


DEFAULT = Limits()
