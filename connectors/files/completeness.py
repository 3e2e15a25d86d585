"""When a listed file is complete: two listings alike, its marker is there, or at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.files.remote import Entry
from connectors.files.settings import FileSettings


@dataclass(slots=True)
class _Watched:
    size: int
    modified: int | None
    polls: int
    since: float
    first: float


@dataclass(slots=True)
class Watch:
    """What earlier polls saw. Without it (a new process) a file is taken one poll later, never too soon."""

    rule: FileSettings
    seen: dict[bytes, _Watched] = field(default_factory=dict)

    def sift(self, entries: Sequence[Entry], now: float) -> tuple[list[Entry], list[Entry]]:
        """The complete files, oldest first, and those that have been incomplete for longer than `stuck_after`.

        `now` is in seconds. A file of no bytes is never complete: it is an upload that has not begun, or a failed one.
        """
        marker = self.rule.done_marker.encode()
        names = {entry.name for entry in entries}
        ripe: list[Entry] = []
        stuck: list[Entry] = []
        seen: dict[bytes, _Watched] = {}
        for entry in entries:
            if marker and entry.name.endswith(marker) and entry.name.removesuffix(marker) in names:
                continue
            watched = seen[entry.name] = self._again(entry, now)
            if entry.size > 0 and self._complete(entry, watched, names, now):
                ripe.append(entry)
            elif now - watched.first >= self.rule.stuck_after:
                stuck.append(entry)
        self.seen = seen
        ripe.sort(key=lambda entry: (entry.modified or 0, entry.name))
        return ripe, stuck

    def forget(self, name: bytes) -> None:
        """Watch a file anew that changed while it was read."""
        self.seen.pop(name, None)

    def _again(self, entry: Entry, now: float) -> _Watched:
        before = self.seen.get(entry.name)
        if before is None:
            return _Watched(entry.size, entry.modified, 1, now, now)
        if (before.size, before.modified) != (entry.size, entry.modified):
            return _Watched(entry.size, entry.modified, 1, now, before.first)
        before.since = min(before.since, now)  # a clock set back delays a file, it does not hold it
        before.first = min(before.first, now)
        before.polls += 1
        return before

    def _complete(self, entry: Entry, watched: _Watched, names: set[bytes], now: float) -> bool:
        if self.rule.done_marker:
            return entry.name + self.rule.done_marker.encode() in names
        return self.rule.settle == 0 or (watched.polls > 1 and now - watched.since >= self.rule.settle)
