"""A progress bar on stderr for long files, and nothing where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_STEPS = 200


@contextmanager
def reading(total: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """Show how far into `total` bytes the reader is; yields the function that takes its offset."""
    if not shown or not sys.stderr.isatty():
        yield lambda _offset: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=total)
        step, due = max(total // _STEPS, 1), 0

        def advance(offset: int) -> None:
            nonlocal due
            if offset >= due:
                bar.update(task, completed=offset)
                due = offset + step

        yield advance


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how much of something is done; yields the function that takes how much, and of how much."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
