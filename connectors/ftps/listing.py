"""Reading directory listings: MLSD facts where the server has them (RFC 3659 7), else names."""

from __future__ import annotations

from calendar import timegm
from collections.abc import Iterator
from datetime import datetime

from connectors.files.remote import Entry

_LONGEST_LINE = 64 * 1024


def lines_of(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of a listing as they come; one longer than 64 KiB is a fault (ValueError)."""
    kept = b""
    for piece in pieces:
        *lines, kept = (kept + piece).split(b"\n")
        if len(kept) > _LONGEST_LINE:
            raise ValueError("a line of the listing does not end")
        yield from (line.removesuffix(b"\r") for line in lines)
    if kept:
        yield kept.removesuffix(b"\r")


def facts_of(line: bytes) -> tuple[dict[str, str], bytes]:
    """The facts, names in lower case, and the path of an MLSD or MLST line."""
    facts, _, name = line.partition(b" ")
    pairs = (fact.partition("=") for fact in facts.decode("latin-1").split(";") if "=" in fact)
    return {key.lower(): value for key, _, value in pairs}, name


def entry_of(facts: dict[str, str], name: bytes) -> Entry | None:
    """The entry of a regular file whose size is known, or None."""
    if facts.get("type", "").lower() != "file" or not facts.get("size", "").isdecimal():
        return None
    return Entry(name, int(facts["size"]), time_of(facts.get("modify", "")))


def time_of(text: str) -> int | None:
    """Epoch seconds of `YYYYMMDDHHMMSS`, which is in UTC (RFC 3659 2.3); None where it is no time."""
    try:
        moment = datetime.strptime(text[:14], "%Y%m%d%H%M%S")  # noqa: DTZ007 - a UTC wall clock by definition
    except ValueError:
        return None
    return timegm(moment.timetuple())
