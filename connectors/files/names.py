"""File names: what a partner's may contain, how they are shown, and what ours look like."""

from __future__ import annotations

import fnmatch
import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence

_LABEL = 200
_SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


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


def matcher(patterns: Sequence[str], ignored: Sequence[str]) -> Callable[[bytes], bool]:
    """A test whether a name is wanted: it matches one of the shell patterns and none of the ignored ones; case is ignored."""
    wanted = _alternatives(patterns)
    unwanted = _alternatives(ignored)

    def matches(name: bytes) -> bool:
        text = text_of(name)
        return wanted.match(text) is not None and unwanted.match(text) is None

    return matches


def _alternatives(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{fnmatch.translate(pattern)})" for pattern in patterns) or r"(?!)", re.IGNORECASE)


def marker_of(template: str, name: bytes) -> bytes:
    """The name of the done-marker that belongs to a file; `{name}` and `{stem}` stand for it."""
    stem = name.rsplit(b".", 1)[0] if b"." in name[1:] else name
    marker = template.encode()
    return marker.replace(b"{name}", name).replace(b"{stem}", stem)


def outgoing(suggested: str, key: str) -> bytes:
    """The name to write: the suggested one where it is plain, else a plain form made unique by the document's key."""
    if _SAFE.fullmatch(suggested):
        return suggested.encode()
    digest = hashlib.sha256(key.encode()).hexdigest()
    plain = _UNSAFE.sub("_", suggested).lstrip(".")[:100].strip("_")
    if not plain:
        return f"{digest[:16]}.edi".encode()
    stem, dot, suffix = plain.rpartition(".")
    return (f"{stem}-{digest[:8]}.{suffix}" if dot and stem else f"{plain}-{digest[:8]}").encode()
