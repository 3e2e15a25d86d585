"""The SFTP version 3 client (draft-ietf-secsh-filexfer-02) over a paramiko channel.

paramiko's own client decodes every name of a listing as UTF-8 and fails the whole listing on the first that is not, and does
not wait for the answers to its last hundred writes. Here names are bytes, every write is confirmed, requests in flight and
memory are bounded, and the answer to each request has a time limit.
"""

from __future__ import annotations

import stat
import struct
import time
from collections import deque
from collections.abc import Generator, Iterator
from typing import NamedTuple

import paramiko

from connectors.files.remote import Entry, NoRoom, NotAllowed, NotDone, NotThere
from hub.errors import TemporaryDeliveryError

# What paramiko raises, its thread's surprises over garbled packets included.
FAILURES = (paramiko.SSHException, OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, struct.error)

_INIT, _VERSION = 1, 2
_OPEN, _CLOSE, _READ, _WRITE, _LSTAT = 3, 4, 5, 6, 7
_OPENDIR, _READDIR, _REMOVE, _STAT, _RENAME = 11, 12, 13, 17, 18
_STATUS, _HANDLE, _DATA, _NAME, _ATTRS = 101, 102, 103, 104, 105
_FOR_READING, _FOR_WRITING_ANEW = 0x01, 0x02 | 0x08 | 0x10
_OK, _EOF, _NO_SUCH_FILE, _PERMISSION_DENIED = 0, 1, 2, 3
_HAS_SIZE, _HAS_OWNER, _HAS_MODE, _HAS_TIMES, _HAS_MORE = 1, 2, 4, 8, 0x80000000
_BLOCK = 32 * 1024
_IN_FLIGHT = 32
_LONGEST_ANSWER = 1024 * 1024
_NO_ROOM_WORDS = ("no space", "quota", "disk full", "disc full")
# Status codes of later versions that servers of version 3 send all the same: 14 no space, 15 quota, 12 write protected.
_LATER = {14: NoRoom, 15: NoRoom, 12: NotAllowed}


class _EndOfFile(Exception):
    """The server's way to say that there is no more."""


class Attributes(NamedTuple):
    """What a server says about a file; None where it does not say."""

    size: int | None
    mode: int | None
    modified: int | None


class SftpChannel:
    """Requests and answers; not for several threads at once."""

    def __init__(self, channel: paramiko.Channel, timeout: float) -> None:
        self._channel = channel
        self._timeout = timeout
        self._next = 0
        self._early: dict[int, tuple[int, memoryview]] = {}
        self._fault: TemporaryDeliveryError | None = None
        self._send(_INIT, struct.pack(">I", 3))
        kind, body = self._receive()
        if kind != _VERSION or len(body) < 4:
            raise _garbled("no SFTP version")

    def listing(self, folder: bytes) -> Generator[tuple[bytes, Attributes], None, None]:
        """Each name of a folder with what the server says of it; `.` and `..` are left out."""
        handle = self._open(self._ask(_OPENDIR, _text(folder or b".")), folder)
        try:
            while True:
                try:
                    yield from self._names(self._answer(self._ask(_READDIR, _text(handle)), folder))
                except _EndOfFile:
                    return
        finally:
            self._shut(handle)

    def look(self, path: bytes, *, follow: bool = False) -> Attributes | None:
        """What is under the path, or None."""
        try:
            kind, body = self._answer(self._ask(_STAT if follow else _LSTAT, _text(path)), path)
        except NotThere:
            return None
        if kind != _ATTRS:
            raise _garbled("no attributes")
        return _Reader(body).attributes()

    def read(self, path: bytes, size: int) -> Generator[bytes, None, None]:
        """The bytes in order, asking at most 1 MiB ahead and never beyond one block after `size`; ends where the file does."""
        handle = self._open(self._ask(_OPEN, _text(path) + struct.pack(">II", _FOR_READING, 0)), path)
        waiting: deque[tuple[int, int, int]] = deque()
        try:
            asked = 0
            while True:
                while len(waiting) < _IN_FLIGHT and asked <= size:
                    waiting.append((self._ask_block(handle, asked, _BLOCK), asked, _BLOCK))
                    asked += _BLOCK
                if not waiting:
                    return
                number, offset, length = waiting.popleft()
                try:
                    data = self._data(number, path, length)
                except _EndOfFile:
                    return
                yield data
                if len(data) < length:
                    rest = offset + len(data)
                    waiting.appendleft((self._ask_block(handle, rest, length - len(data)), rest, length - len(data)))
        finally:
            self._forget(number for number, _, _ in waiting)
            self._shut(handle)

    def write(self, path: bytes, pieces: Iterator[bytes]) -> None:
        """Create or truncate, write, close; every block and the close are confirmed."""
        handle = self._open(self._ask(_OPEN, _text(path) + struct.pack(">II", _FOR_WRITING_ANEW, 0)), path)
        waiting: deque[int] = deque()
        offset = 0
        try:
            for piece in pieces:
                for start in range(0, len(piece), _BLOCK):
                    block = piece[start : start + _BLOCK]
                    if len(waiting) == _IN_FLIGHT:
                        self._answer(waiting.popleft(), path)
                    waiting.append(self._ask(_WRITE, _text(handle) + struct.pack(">Q", offset) + _text(block)))
                    offset += len(block)
            while waiting:
                self._answer(waiting.popleft(), path)
        except (NotAllowed, NotDone, NoRoom, NotThere):
            self._forget(waiting)
            self._shut(handle)
            raise
        self._answer(self._ask(_CLOSE, _text(handle)), path)

    def rename(self, old: bytes, new: bytes) -> None:
        """Rename as version 3 defines it: an existing `new` is refused by servers that keep to it."""
        self._answer(self._ask(_RENAME, _text(old) + _text(new)), old)

    def remove(self, path: bytes) -> None:
        """Delete a file."""
        self._answer(self._ask(_REMOVE, _text(path)), path)

    def _open(self, number: int, path: bytes) -> bytes:
        kind, body = self._answer(number, path)
        if kind != _HANDLE:
            raise _garbled("no handle")
        return _Reader(body).text()

    def _shut(self, handle: bytes) -> None:
        self._answer(self._ask(_CLOSE, _text(handle)), b"")

    def _ask_block(self, handle: bytes, offset: int, length: int) -> int:
        return self._ask(_READ, _text(handle) + struct.pack(">QI", offset, length))

    def _data(self, number: int, path: bytes, length: int) -> bytes:
        kind, body = self._answer(number, path)
        if kind != _DATA:
            raise _garbled("no data")
        data = _Reader(body).text()
        if not 0 < len(data) <= length:
            raise _garbled("data of another length than asked for")
        return data

    @staticmethod
    def _names(answer: tuple[int, memoryview]) -> Iterator[tuple[bytes, Attributes]]:
        kind, body = answer
        if kind != _NAME:
            raise _garbled("no names")
        reader = _Reader(body)
        for _ in range(reader.number()):
            name = reader.text()
            reader.text()  # the long form of `ls -l`, for people
            attributes = reader.attributes()
            if name not in (b".", b".."):
                yield name, attributes

    def _ask(self, kind: int, body: bytes) -> int:
        number = self._next = (self._next + 1) & 0xFFFFFFFF
        self._send(kind, struct.pack(">I", number) + body)
        return number

    def _answer(self, number: int, path: bytes) -> tuple[int, memoryview]:
        """The answer to a request; raises the refusal it carries. Answers to other requests are kept until asked for."""
        while number not in self._early:
            kind, body = self._receive()
            if len(body) < 4 or len(self._early) > 2 * _IN_FLIGHT:
                raise _garbled("an answer to nothing")
            self._early[int.from_bytes(body[:4], "big")] = (kind, body[4:])
        kind, body = self._early.pop(number)
        if kind == _STATUS:
            _raise_status(_Reader(body), path)
        return kind, body

    def _forget(self, numbers: Iterator[int] | deque[int]) -> None:
        """Wait for answers nobody needs any more, so that the next one asked for is not theirs."""
        for number in numbers:
            try:
                self._answer(number, b"")
            except (_EndOfFile, NotThere, NotAllowed, NotDone, NoRoom):
                continue

    def _broken(self, error: BaseException) -> TemporaryDeliveryError:
        """The fault that ended the session; what is still tried afterwards fails with the same one at once."""
        self._fault = self._fault or lost(error)
        return self._fault

    def _send(self, kind: int, body: bytes) -> None:
        if self._fault is not None:
            raise self._fault
        try:
            self._channel.settimeout(self._timeout)
            self._channel.sendall(struct.pack(">IB", len(body) + 1, kind) + body)
        except FAILURES as error:
            raise self._broken(error) from error

    def _receive(self) -> tuple[int, memoryview]:
        deadline = time.monotonic() + self._timeout
        length = int.from_bytes(self._exactly(4, deadline), "big")
        if not 0 < length <= _LONGEST_ANSWER:
            raise _garbled(f"an answer of {length} bytes")
        packet = self._exactly(length, deadline)
        return packet[0], memoryview(packet)[1:]

    def _exactly(self, count: int, deadline: float) -> bytes:
        if self._fault is not None:
            raise self._fault
        received = bytearray()
        while len(received) < count:
            left = deadline - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError
                self._channel.settimeout(left)
                piece = self._channel.recv(count - len(received))
            except FAILURES as error:
                raise self._broken(error) from error
            if not piece:
                raise self._broken(EOFError())
            received += piece
        return bytes(received)


class _Reader:
    """Takes an answer apart."""

    def __init__(self, body: memoryview) -> None:
        self._body = body
        self._at = 0

    def number(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def text(self) -> bytes:
        return bytes(self._take(self.number()))

    def attributes(self) -> Attributes:
        flags = self.number()
        size = int.from_bytes(self._take(8), "big") if flags & _HAS_SIZE else None
        if flags & _HAS_OWNER:
            self._take(8)
        mode = self.number() if flags & _HAS_MODE else None
        modified = None
        if flags & _HAS_TIMES:
            self._take(4)
            modified = self.number()
        for _ in range(self.number() if flags & _HAS_MORE else 0):
            self.text()
            self.text()
        return Attributes(size, mode, modified)

    def _take(self, count: int) -> memoryview:
        if self._at + count > len(self._body):
            raise _garbled("an answer that ends early")
        self._at += count
        return self._body[self._at - count : self._at]


def entry_of(name: bytes, attributes: Attributes) -> Entry | None:
    """The entry of a regular file whose size is known, or None."""
    if attributes.size is None or (attributes.mode is not None and not stat.S_ISREG(attributes.mode)):
        return None
    return Entry(name, attributes.size, attributes.modified)


def lost(error: BaseException) -> TemporaryDeliveryError:
    """The connection broke or a time limit passed."""
    what = "did not answer in time" if isinstance(error, TimeoutError) else "closed the connection"
    return TemporaryDeliveryError(f"the SFTP server {what}", "tried again; nothing is half done", code="DLV-437")


def _garbled(what: str) -> TemporaryDeliveryError:
    return TemporaryDeliveryError(
        f"the SFTP server sent {what}", "tried again; if it stays so, tell the partner what their server sends", code="DLV-438"
    )


def _text(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _raise_status(reader: _Reader, path: bytes) -> None:
    code = reader.number()
    if code == _OK:
        return
    if code == _EOF:
        raise _EndOfFile
    reason = reader.text().decode("utf-8", "replace")[:200]
    if code == _NO_SUCH_FILE:
        raise NotThere(path, reason)
    if code == _PERMISSION_DENIED:
        raise NotAllowed(path, reason)
    if code in _LATER:
        raise _LATER[code](path, reason)
    if any(word in reason.lower() for word in _NO_ROOM_WORDS):
        raise NoRoom(path, reason)
    raise NotDone(path, reason)
