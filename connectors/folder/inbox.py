"""The polling side: take whole files only, oldest first, and put them away after the hub has them."""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from connectors.folder.files import READ_FLAGS, copy_durably, has_writer, move_without_overwrite, read_pieces, write_durably
from connectors.folder.settings import FolderSettings
from hub.errors import DeliveryError, LeftBehind, PermanentDeliveryError, TemporaryDeliveryError
from hub.ports import Arrival, InboundDocument, Services, Spooling, Stored

_RELEASING = ".releasing"
_NAME_BYTES = 255
_NAMED = 100
_IN_MEMORY = 4 << 20


@dataclass(frozen=True, slots=True)
class _Sight:
    """What identifies one state of one file: a file replaced or written to is another sight."""

    inode: int
    size: int
    modified: int

    @classmethod
    def of(cls, found: os.stat_result) -> _Sight:
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)


class FolderPoller:
    """Polls one inbox folder; not its subfolders, no symbolic links, no hidden names."""

    def __init__(self, settings: FolderSettings, services: Services) -> None:
        if settings.inbox is None:
            raise ValueError("a poller needs an inbox")
        self._settings = settings
        self._services = services
        self._inbox = settings.inbox
        self._seen: dict[str, tuple[_Sight, float]] = {}

    def check(self) -> None:
        """Raise unless the inbox can be listed and files can be taken out of it."""
        if not self._inbox.is_dir() or not os.access(self._inbox, os.R_OK | os.W_OK | os.X_OK):
            raise _gone(self._inbox)

    def close(self) -> None:
        """Forget what was seen; nothing is held open."""
        self._seen.clear()

    def poll(self, cursor: str | None = None) -> Iterator[Arrival]:
        """Yield every whole file, oldest first, then raise `LeftBehind` if there were files that could not be taken.

        The folder itself is the cursor: what is released is gone from it.
        """
        del cursor
        left: list[dict[str, str]] = []
        for name in self._ready():
            try:
                document = self._take(name)
            except DeliveryError as failure:
                left.append({"code": failure.code, "name": _readable(name), "why": failure.message})
                continue
            if document is None:
                continue
            try:
                yield Arrival(document=document[0], release=_Release(self._settings, self._inbox, name, document[1]))
            finally:
                if document[0].body is not None:
                    document[0].body.unlink(missing_ok=True)
        if left:
            message = f"{len(left)} file(s) could not be taken, first: {left[0]['why']}"
            raise LeftBehind(message, "mend or take away what is named; everything else was taken", left=tuple(left[:_NAMED]))

    def _ready(self) -> list[str]:
        """Names of the files that are complete as far as can be seen from outside, in a stable order."""
        try:
            with os.scandir(self._inbox) as entries:
                found = {entry.name: entry.stat(follow_symlinks=False) for entry in entries}
        except OSError as fault:
            raise _gone(self._inbox) from fault
        self._restore_interrupted(found)
        files = {name: _Sight.of(state) for name, state in found.items() if stat.S_ISREG(state.st_mode)}
        wanted = {name: sight for name, sight in files.items() if self._is_wanted(name)}
        now = self._services.now().timestamp()
        before, self._seen = self._seen, {}
        ready = []
        for name, sight in wanted.items():
            known = before.get(name)
            since = known[1] if known is not None and known[0] == sight else now
            self._seen[name] = (sight, since)
            if self._is_complete(name, since, now, files):
                ready.append(name)
        return sorted(ready, key=lambda name: (wanted[name].modified, name))

    def _is_complete(self, name: str, since: float, now: float, files: dict[str, _Sight]) -> bool:
        marker = self._settings.done_marker
        if marker:
            return name + marker in files
        # A clock set back must not hold a file for ever: its wait starts again.
        if now < since:
            self._seen[name] = (self._seen[name][0], now)
        return now - since >= self._settings.settle

    def _is_wanted(self, name: str) -> bool:
        settings = self._settings
        endings = (*settings.ignore, settings.done_marker) if settings.done_marker else settings.ignore
        if name.startswith(".") or name.lower().endswith(tuple(ending.lower() for ending in endings)):
            return False
        return fnmatch.fnmatchcase(name, settings.pattern)

    def _restore_interrupted(self, found: dict[str, os.stat_result]) -> None:
        """Show files again whose release was cut short: their key is the same, so the hub knows them."""
        for hidden in [name for name in found if name.startswith(".") and name.endswith(_RELEASING)]:
            name = hidden[1 : -len(_RELEASING)]
            if move_without_overwrite(self._inbox / hidden, self._inbox / name):
                found[name] = found.pop(hidden)

    def _take(self, name: str) -> tuple[InboundDocument, _Sight] | None:
        """Read one file whole; None when it changed, vanished or is still being written."""
        path = self._inbox / name
        try:
            handle = os.open(path, READ_FLAGS)
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise TemporaryDeliveryError(
                f"the file {_readable(name)!r} in the inbox cannot be opened: {fault.strerror}",
                "give the hub's user the right to read it, or take it away",
                code="DLV-415",
            ) from fault
        with os.fdopen(handle, "rb") as file:
            before = _Sight.of(os.fstat(file.fileno()))
            if before != self._seen[name][0] or has_writer(file.fileno()):
                return None
            self._refuse_oversized(name, before.size)
            payload, body, digest = self._read(file, before.size)
            if _Sight.of(os.fstat(file.fileno())) != before:
                if body is not None:
                    body.unlink()
                return None
        document = InboundDocument(
            payload=payload,
            body=body,
            idempotency_key=f"{quote(os.fsencode(name))}:{before.modified}:{before.size}:{digest}",
            received_at=self._services.now(),
            name=_readable(name),
            evidence={"file": _readable(name), "size": before.size, "sha256": digest},
        )
        return document, before

    def _read(self, file: BinaryIO, size: int) -> tuple[bytes, Path | None, str]:
        """The bytes, or for a large file a copy of it in the hub's spool, and the digest."""
        if size <= _IN_MEMORY or not isinstance(self._services, Spooling):
            payload = file.read()
            return payload, None, hashlib.sha256(payload).hexdigest()
        copy = self._services.spool() / f"folder-{secrets.token_hex(8)}"
        return b"", copy, write_durably(copy, read_pieces(file))

    def _refuse_oversized(self, name: str, size: int) -> None:
        limit = self._settings.max_size
        if size > limit:
            raise PermanentDeliveryError(
                f"the file {_readable(name)!r} has {size} bytes, more than the {limit} this connection takes",
                "raise `max_size` of the connection, or take the file away",
                code="DLV-413",
            )


@dataclass(frozen=True, slots=True)
class _Release:
    """Puts one taken file away; a newer file under the same name is left alone."""

    settings: FolderSettings
    inbox: Path
    name: str
    sight: _Sight

    def __call__(self, stored: Stored) -> None:
        """Archive or delete; a second call finds nothing to do."""
        path = self.inbox / self.name
        held = self.inbox / f".{_shorten(self.name, len(_RELEASING) + 1)}{_RELEASING}"
        try:
            if _Sight.of(path.lstat()) != self.sight:
                return
            path.rename(held)
            # The partner may have replaced the file between the look and the rename: then it is the new one that we hold.
            if _Sight.of(held.lstat()) != self.sight:
                move_without_overwrite(held, path)
                return
            self._put_away(held, stored.message_id)
            self._drop_marker()
        except FileNotFoundError:
            return
        except OSError as fault:
            raise TemporaryDeliveryError(
                f"the file {_readable(self.name)!r} is stored but cannot be put away: {fault.strerror}",
                "look at the rights and the space of the inbox and its archive; the hub knows the file and takes it once only",
                code="DLV-416",
            ) from fault

    def _put_away(self, held: Path, message_id: str) -> None:
        if self.settings.after == "delete":
            held.unlink()
            return
        archive = self.settings.archive_folder
        archive.mkdir(exist_ok=True)
        prefix = f"{message_id}-"
        target = archive / f"{prefix}{_shorten(self.name, len(prefix))}"
        try:
            held.rename(target)
        except OSError as fault:
            if fault.errno != errno.EXDEV:
                raise
            copy_durably(held, target)
            held.unlink()

    def _drop_marker(self) -> None:
        if self.settings.done_marker:
            (self.inbox / (self.name + self.settings.done_marker)).unlink(missing_ok=True)


def _shorten(name: str, reserved: int) -> str:
    """Keep the end of a name that would not fit beside `reserved` more bytes."""
    return os.fsdecode(os.fsencode(name)[-(_NAME_BYTES - reserved) :])


def _readable(name: str) -> str:
    """The name as text: UTF-8 where it is, else Latin-1, which every byte has."""
    raw = os.fsencode(name)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _gone(folder: Path) -> TemporaryDeliveryError:
    return TemporaryDeliveryError(
        f"the inbox {folder} is not there or may not be read and emptied",
        "create the folder, mount the share, or mend its rights for the hub's user",
        code="DLV-410",
    )
