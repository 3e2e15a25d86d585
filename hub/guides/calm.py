"""Large messages without passes of the garbage collector: nothing read from a message refers back to itself.

Every value kept of a long message survives; each pass over the oldest generation would look at all of them again, and
time would grow with the square of the lines.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the collector back meanwhile. Where another thread holds it back already, that thread lets it go again."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle_down() -> None:
    """For a process that serves for long, once it is set up: what is there now stays, and the collector looks at what comes.

    A document's dicts and lists go as soon as nobody holds them; the collector's passes over them find nothing. Measured: a pass
    every 700 objects and now and then one over a whole site with its guides cost an order some 120 us, of which this saves most.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@contextmanager
def settled() -> Iterator[None]:
    """The collector as in a process that serves, and afterwards as it was: for measuring in any other process what one does."""
    before = gc.get_threshold()
    settle_down()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
