"""When a listed file is complete: two listings alike, its marker is there, or at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.files.names import marker_of
from connectors.files.remote import Entry
from connectors.files.settings import Inbound


@dataclass(slots=True)
class _Watched:
    size: int
    modified: int | None
    polls: int
    since: float


@dataclass(slots=True)
class Watch:
    """What earlier polls saw. Without it (a new process) a file under the stable rule is taken one poll later, never too soon."""

    rule: Inbound
    seen: dict[bytes, _Watched] = field(default_factory=dict)

    def sift(self, entries: Sequence[Entry], now: float) -> tuple[list[Entry], list[Entry]]:
        """The complete files, oldest first, and those that have been incomplete for longer than `stuck_after`.

        `now` is in seconds on a clock that does not jump. A file of no bytes is never complete: it is an upload that has not
        begun, or a failed one.
        """
        names = {entry.name for entry in entries}
        markers = {marker_of(self.rule.marker, name) for name in names} & names if self.rule.marker else set()
        ripe: list[Entry] = []
        stuck: list[Entry] = []
        seen: dict[bytes, _Watched] = {}
        for entry in entries:
            if entry.name in markers:
                continue
            watched = self._again(entry, now)
            seen[entry.name] = watched
            if entry.size > 0 and self._complete(entry, watched, names):
                ripe.append(entry)
            elif now - watched.since >= self.rule.stuck_after:
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
            return _Watched(entry.size, entry.modified, 1, now)
        if (before.size, before.modified) == (entry.size, entry.modified):
            before.polls += 1
            return before
        return _Watched(entry.size, entry.modified, 1, before.since)

    def _complete(self, entry: Entry, watched: _Watched, names: set[bytes]) -> bool:
        if self.rule.marker is not None:
            return marker_of(self.rule.marker, entry.name) in names
        return self.rule.complete == "renamed" or watched.polls >= self.rule.polls
