"""File names: what a partner's may contain, how they are shown, and what ours look like."""

from __future__ import annotations

import fnmatch
import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

_LABEL = 200
_LONGEST = 200
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def text_of(name: bytes) -> str:
    """The name as text; bytes that are not UTF-8 survive as surrogates (PEP 383)."""
    return name.decode("utf-8", "surrogateescape")


def printable(name: bytes) -> str:
    r"""The name as a label for people: controls, bidirectional overrides and stray bytes shown as `\x..`, at most 200 long."""
    shown = "".join(_shown(letter) for letter in text_of(name))
    return shown if len(shown) <= _LABEL else f"{shown[: _LABEL - 1]}…"


def _shown(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(letter)[0] == "C" or letter in "\u2028\u2029":
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return letter


def problem_of(name: bytes) -> str:
    """Why a listed name must not be used in a path, or "": a host could otherwise point a removal at another file."""
    if name in (b"", b".", b".."):
        return "the name is not a file's"
    if b"/" in name:
        return "the name leads out of the folder"
    if any(byte < 0x20 or byte == 0x7F for byte in name):
        return "the name holds control characters"
    return ""


def matcher(pattern: str, ignored: Sequence[str]) -> Callable[[bytes], bool]:
    """A test whether a name is wanted: it matches the shell pattern, is not hidden and has none of the ignored endings."""
    wanted = re.compile(fnmatch.translate(pattern))
    endings = tuple(ending.lower() for ending in ignored)

    def matches(name: bytes) -> bool:
        text = text_of(name)
        return not text.startswith(".") and wanted.match(text) is not None and not text.lower().endswith(endings or ("\0",))

    return matches


def outgoing(template: str, suggested: str, key: str) -> str:
    """The name to write: plain, visible, one path component, the same for every attempt.

    Where the suggested name had to be changed it carries the digest of the document's key, so that no two documents share one.
    Raises ValueError where no file system would take the name.
    """
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    plain = _UNSAFE.sub("_", suggested).lstrip(".")[:150]
    if plain != suggested or not plain:
        whole = PurePosixPath(plain or "document.edi")
        plain = f"{whole.stem}-{digest}{whole.suffix}"
    path = PurePosixPath(plain)
    made = template.format(name=plain, stem=path.stem, suffix=path.suffix, key=digest).lstrip(".")
    if not made or len(made) > _LONGEST or _DEVICES.fullmatch(made):
        raise ValueError(made)
    return made
