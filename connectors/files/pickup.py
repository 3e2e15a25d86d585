"""Picking up: list, take what is complete, and remove or archive it once the hub has stored it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from connectors.files.completeness import Watch
from connectors.files.line import Line, folder_fault
from connectors.files.names import matcher, printable, problem_of
from connectors.files.remote import Entry, NotAllowed, NotThere, RemoteRefusal, Session, join
from connectors.files.settings import FileSettings
from connectors.files.spool import MoreThanListed, Taken, limit, take
from hub.errors import LeftBehind
from hub.ports import Arrival, InboundDocument, Services, Stored

_LISTED = 100
_LISTED_BUT_GONE = 3


@dataclass(frozen=True, slots=True)
class _Left:
    code: str
    name: bytes
    why: str

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "name": printable(self.name), "why": self.why}


class Pickup:
    """Polls one inbound folder.

    Keeps in memory what the last listing looked like and which files are stored but could not be removed: losing that costs
    one poll, or one download that the hub recognises by its key.
    """

    def __init__(self, line: Line, settings: FileSettings, services: Services, endpoint: str) -> None:
        self._line = line
        self._settings = settings
        self._services = services
        self._endpoint = endpoint
        self._folder = (settings.inbox or "").encode()
        self._marker = settings.done_marker.encode()
        self._wanted = matcher(settings.pattern, settings.ignore)
        self._watch = Watch(settings)
        self._stored: dict[bytes, tuple[Entry, str]] = {}
        self._spooled: dict[bytes, Path] = {}
        self._gone: dict[bytes, int] = {}
        self._kept_there: dict[bytes, str] = {}

    def poll(self) -> Iterator[Arrival]:
        """Yield each complete file, oldest first, then raise `LeftBehind` if any could not be taken."""
        left: list[_Left] = []
        with self._line.session() as session:
            entries = self._list(session, left)
        ripe, stuck = self._watch.sift(entries, self._services.now().timestamp())
        left += [_overdue(entry) for entry in stuck]
        largest = limit(self._services, self._settings.max_size)
        for entry in ripe:
            if self._stored.get(entry.name, (None, ""))[0] == entry:
                self._put_away_again(entry)
                continue
            if entry.size > largest:
                left.append(_Left("DLV-451", entry.name, f"{entry.size} bytes are more than the {largest} that may be taken"))
                continue
            arrival = self._arrival(entry, left)
            if arrival is not None:
                yield arrival
        listed = set(entries)
        self._gone = {entry.name: self._gone[entry.name] for entry in entries if entry.name in self._gone}
        for name in [name for name, kept in self._stored.items() if kept[0] not in listed]:
            self._forget(name)
        left += [
            _Left("DLV-445", name, f"it is stored but cannot be put away ({reason})")
            for name, reason in self._kept_there.items()
        ]
        if left:
            raise LeftBehind(
                f"{len(left)} files in the inbox could not be taken: "
                + "; ".join(f"{printable(item.name)}: {item.why}" for item in left[:3]),
                "ask the partner to remove or replace them; `detail` lists each with its reason",
                left=tuple(item.as_json() for item in left[:_LISTED]),
            )

    def forget_spool(self) -> None:
        """Delete downloads that nobody took."""
        while self._spooled:
            self._spooled.popitem()[1].unlink(missing_ok=True)

    def _list(self, session: Session, left: list[_Left]) -> list[Entry]:
        entries: list[Entry] = []
        try:
            with closing(session.entries(self._folder)) as listing:
                for entry in listing:
                    problem = problem_of(entry.name)
                    if problem:
                        left.append(_Left("DLV-450", entry.name, problem))
                    elif not self._concerns_us(entry):
                        continue
                    elif len(entries) == self._settings.max_files:
                        left.append(_Left("DLV-455", entry.name, f"more than {len(entries)} files are there; the rest waits"))
                        break
                    else:
                        entries.append(entry)
        except RemoteRefusal as refusal:
            raise folder_fault(self._line, "inbox", self._folder, refusal) from refusal
        return entries

    def _concerns_us(self, entry: Entry) -> bool:
        return self._wanted(entry.name.removesuffix(self._marker) if self._marker else entry.name)

    def _arrival(self, entry: Entry, left: list[_Left]) -> Arrival | None:
        try:
            taken = self._download(entry)
        except NotAllowed as refusal:
            left.append(_Left("DLV-452", entry.name, f"it may not be read ({refusal.reason})"))
            return None
        except NotThere:
            self._gone[entry.name] = self._gone.get(entry.name, 0) + 1
            if self._gone[entry.name] >= _LISTED_BUT_GONE:
                left.append(_Left("DLV-452", entry.name, "the host lists it and says that it is not there"))
            return None
        except RemoteRefusal as refusal:
            left.append(_Left("DLV-452", entry.name, f"the host will not send it ({refusal.reason})"))
            return None
        if taken is None:
            self._watch.forget(entry.name)
            return None
        return Arrival(document=self._document(entry, taken), release=partial(self._release, entry))

    def _download(self, entry: Entry) -> Taken | None:
        """The bytes, or None when the file changed or went while it was read: then nothing of it is used."""
        path = join(self._folder, entry.name)
        with self._line.session() as session:
            try:
                with closing(session.read(path, entry.size)) as pieces:
                    taken = take(pieces, entry.size, self._services)
            except MoreThanListed:
                return None
            after = session.find(path)
        if taken.size == entry.size and after is not None and same(after, entry):
            if taken.body is not None:
                self._discard(entry.name)
                self._spooled[entry.name] = taken.body
            return taken
        if taken.body is not None:
            taken.body.unlink(missing_ok=True)
        return None

    def _document(self, entry: Entry, taken: Taken) -> InboundDocument:
        path = join(self._folder, entry.name)
        return InboundDocument(
            payload=taken.payload,
            body=taken.body,
            idempotency_key=arrival_key(self._endpoint, path, taken, entry.modified),
            received_at=self._services.now(),
            name=printable(entry.name),
            evidence={
                "endpoint": self._endpoint,
                "path": printable(path),
                "size": taken.size,
                "sha256": taken.sha256,
                "modified": entry.modified,
            },
        )

    def _release(self, entry: Entry, stored: Stored) -> None:
        """Remove or archive what was stored, unless the partner has put another file in its place; safe to call twice."""
        self._discard(entry.name)
        self._stored[entry.name] = (entry, stored.message_id)
        try:
            with self._line.session() as session:
                self._put_away(session, entry, stored.message_id)
        except RemoteRefusal as refusal:
            # The poll that goes on, or the next one, says so: one file must not keep the others from being taken.
            self._kept_there[entry.name] = refusal.reason
            return
        self._forget(entry.name)

    def _put_away_again(self, entry: Entry) -> None:
        try:
            with self._line.session() as session:
                self._put_away(session, entry, self._stored[entry.name][1])
        except RemoteRefusal as refusal:
            self._kept_there[entry.name] = refusal.reason
            return
        self._forget(entry.name)

    def _forget(self, name: bytes) -> None:
        self._stored.pop(name, None)
        self._kept_there.pop(name, None)

    def _put_away(self, session: Session, entry: Entry, message_id: str) -> None:
        path = join(self._folder, entry.name)
        listed = session.find(path)
        if listed is None or not same(listed, entry):
            return
        if self._marker:
            # The marker goes first: one that outlives its file would vouch for the next upload of that name.
            self._remove_if_there(session, path + self._marker)
        if self._settings.archive is None:
            self._remove_if_there(session, path)
            return
        archived = join(self._settings.archive.encode(), b"%s-%s" % (message_id.encode(), entry.name[:200]))
        try:
            session.rename(path, archived)
        except RemoteRefusal:
            # Put there again under its old time: the same message, whose bytes are in the archive.
            there = session.find(archived)
            if there is None or there.size != entry.size:
                raise
            self._remove_if_there(session, path)

    @staticmethod
    def _remove_if_there(session: Session, path: bytes) -> None:
        try:
            session.remove(path)
        except RemoteRefusal:
            if session.find(path) is not None:
                raise

    def _discard(self, name: bytes) -> None:
        path = self._spooled.pop(name, None)
        if path is not None:
            path.unlink(missing_ok=True)


def same(one: Entry, other: Entry) -> bool:
    """Whether two listings of a name show the same file: equal size, and equal time where both say one."""
    return one.size == other.size and (one.modified == other.modified or None in (one.modified, other.modified))


def arrival_key(endpoint: str, path: bytes, taken: Taken, modified: int | None) -> str:
    """The key of an arrival: endpoint, path, time, size and content, folded to one length because paths have none.

    The time tells a file that could not be removed from one that the partner sends again: that one wants its answer again.
    """
    parts = json.dumps([endpoint, path.hex(), modified, taken.size, taken.sha256])
    return f"file:{hashlib.sha256(parts.encode()).hexdigest()}"


def _overdue(entry: Entry) -> _Left:
    if entry.size == 0:
        return _Left("DLV-453", entry.name, "it has stayed empty")
    return _Left("DLV-454", entry.name, f"it has never become complete; {entry.size} bytes so far")
