"""One contender of the codec's benchmark in a process of its own: `python -m hub.bench.edi_contender NAME FILE`.

Prints its CPU seconds, peak memory, messages and elements as JSON. Every contender makes every element of every message, one
message at a time, and counts them.
"""

from __future__ import annotations

import json
import mmap
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hub.edi.read import read
from hub.edi.tree import Message


def ours(data: mmap.mmap) -> tuple[int, int]:
    """The hub's reader: envelope validated, positions known."""
    messages = elements = 0
    for event in read(data):
        if isinstance(event, Message):
            messages += 1
            elements += sum(map(len, event.segments))
            if event.findings:
                raise AssertionError(event.findings)
    return messages, elements


def x12_floor(data: mmap.mmap) -> tuple[int, int]:
    """Split on terminator and element separator, one transaction set at a time: nothing is checked."""
    messages = elements = 0
    start = data.find(b"ST*")
    while start > 0:
        following = data.find(b"~ST*", start)
        end = following if following > 0 else len(data)
        segments = [segment.split("*") for segment in data[start:end].decode("latin-1").split("~")]
        messages += 1
        elements += sum(map(len, segments))
        start = following + 1
    return messages, elements


_SWAP = (("??", "\x01"), ("?'", "\x02"), ("?+", "\x03"), ("?:", "\x04"))
_BACK = str.maketrans({"\x01": "?", "\x02": "'", "\x03": "+", "\x04": ":"})


def edifact_floor(data: mmap.mmap) -> tuple[int, int]:
    """Split on terminator, element and component separators with release handling, one message at a time: nothing is checked."""
    messages = elements = 0
    start = data.find(b"UNH+")
    while start > 0:
        following = data.find(b"'UNH+", start)
        end = following if following > 0 else len(data)
        text = data[start:end].decode("latin-1")
        if "?" in text:
            for released, stand_in in _SWAP:
                text = text.replace(released, stand_in)
        segments = [
            [element.split(":") for element in segment.split("+")]
            if segment.isprintable()
            else [[one.translate(_BACK) for one in element.split(":")] for element in segment.split("+")]
            for segment in text.split("'")
        ]
        messages += 1
        elements += sum(map(len, segments))
        start = following + 1
    return messages, elements


CONTENDERS: dict[str, Callable[[mmap.mmap], tuple[int, int]]] = {
    "ours": ours,
    "x12-floor": x12_floor,
    "edifact-floor": edifact_floor,
}


def main(name: str, path: str) -> None:
    """Measure one contender on one file and print the figures."""
    contender = CONTENDERS[name]
    with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        began = time.process_time()
        messages, elements = contender(data)
        seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform != "darwin" else 1024 * 1024)
    print(json.dumps({"seconds": seconds, "messages": messages, "elements": elements, "peak_mb": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
