"""Header fields of a MIME entity: read within bounds, values with their parameters."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

MAX_HEAD = 64 * 1024
MAX_FIELDS = 100
MAX_VALUE = 4096

_FOLD = re.compile(r"\r?\n[ \t]+")
_FIELD = re.compile(r"^([!-9;-~]+)[ \t]*:[ \t]*([^\n]*)$", re.MULTILINE)
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))', re.DOTALL)
_ENCODED_WORD = re.compile(r"=\?([A-Za-z0-9_-]{1,40})(?:\*[A-Za-z-]{1,20})?\?([BbQq])\?([^?\s]*)\?=")
_CHARSET = re.compile(
    r"(?i:us-ascii|utf-?8|iso-8859-\d{1,2}|(windows-|cp)125\d|koi8-r|shift_jis|euc-jp|euc-kr|gb2312|gbk|gb18030|big5)\Z"
)
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?)")


class MimeError(ValueError):
    """Not MIME, or beyond a bound."""


class Head(NamedTuple):
    """The header fields of an entity, by lower-case name; `raw` is how they arrived, with the blank line after them."""

    raw: bytes
    fields: Mapping[str, str]

    def get(self, name: str) -> str:
        """The value of a field, "" where it is absent."""
        return self.fields.get(name, "")


class Value(NamedTuple):
    """A structured field: `text/plain; charset=utf-8` has main `text/plain` and one parameter. Main and names are lower case."""

    main: str
    parameters: Mapping[str, str]

    def get(self, name: str) -> str:
        """A parameter, "" where it is absent."""
        return self.parameters.get(name, "")


def read_head(pieces: Iterator[bytes]) -> tuple[Head, Iterator[bytes]]:
    """The header fields at the start of a stream, and the rest of it."""
    buffer = b""
    for piece in pieces:
        buffer = buffer + piece if buffer else piece
        end = _end_of_head(buffer)
        if end >= 0:
            return parse_head(buffer[:end]), chain((buffer[end:],), pieces)
        if len(buffer) > MAX_HEAD:
            raise MimeError(f"more than {MAX_HEAD} bytes of header fields")
    raise MimeError("no blank line ends the header fields")


def split_head(data: bytes) -> tuple[Head, bytes]:
    """The header fields and the body of an entity that is in memory."""
    end = _end_of_head(data)
    if end < 0:
        raise MimeError("no blank line ends the header fields")
    return parse_head(data[:end]), data[end:]


def _end_of_head(data: bytes) -> int:
    if data.startswith(b"\r\n"):
        return 2
    if data.startswith(b"\n"):
        return 1
    # two plain searches: an expression with an optional CR costs several times as much
    crlf = data.find(b"\n\r\n", 0, MAX_HEAD + 4)
    bare = data.find(b"\n\n", 0, MAX_HEAD + 4 if crlf < 0 else crlf + 1)
    if bare >= 0:
        return bare + 2
    return crlf + 3 if crlf >= 0 else -1


def parse_head(raw: bytes, *, is_strict: bool = False) -> Head:
    """The fields of a header block; a field that says what the content is may stand once only, a strict block no field twice."""
    if len(raw) > MAX_HEAD + 4:
        raise MimeError(f"more than {MAX_HEAD} bytes of header fields")
    return _parse_known(raw, is_strict) if len(raw) <= _SMALL_HEAD else _parse(raw, is_strict)


def _parse(raw: bytes, is_strict: bool) -> Head:  # noqa: FBT001  a cached function takes no keywords cheaply
    text = raw.decode("latin-1").rstrip("\r\n")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    found = _FIELD.findall(text)
    if len(found) != (text.count("\n") + 1 if text else 0):
        raise MimeError("a line of the header is no field")
    if len(found) > MAX_FIELDS:
        raise MimeError(f"more than {MAX_FIELDS} header fields")
    fields: dict[str, str] = {}
    for name, value in found:
        lower = name.lower()
        if lower not in fields:
            fields[lower] = value.rstrip(" \t\r")
        elif is_strict or lower.startswith("content-"):
            raise MimeError(f"{lower} stands twice")
    return Head(raw, fields)


_SMALL_HEAD = 512
#: the heads of a partner's parts are the same in every message
_parse_known = lru_cache(maxsize=256)(_parse)


@lru_cache(maxsize=128)
def parse_value(text: str) -> Value:
    """A structured value and its parameters (RFC 2045 5.1, RFC 2231)."""
    if len(text) > MAX_VALUE:
        raise MimeError(f"a header field of more than {MAX_VALUE} characters")
    main, semicolon, _ = text.partition(";")
    if not semicolon:
        return Value(main.strip().lower(), {})
    plain: dict[str, str] = {}
    for found in _PARAMETER.finditer(text, len(main)):
        name, quoted, token = found.groups()
        value = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted is not None else token.strip()
        plain.setdefault(name.lower(), value)
    if any("*" in name for name in plain):
        plain = _extended(plain)
    return Value(main.strip().lower(), plain)


def _extended(plain: dict[str, str]) -> dict[str, str]:
    """Join `name*0`, `name*1*` and decode `name*` (RFC 2231 3, 4)."""
    result = {name: value for name, value in plain.items() if "*" not in name}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for name, value in plain.items():
        base, star, rest = name.partition("*")
        if not star:
            continue
        number = rest.rstrip("*")
        encoded = rest == "" or rest.endswith("*")
        pieces.setdefault(base, []).append((int(number) if number.isdecimal() and len(number) < 4 else 0, encoded, value))
    for base, parts in pieces.items():
        parts.sort(key=lambda part: part[0])
        result[base] = _join_extended(parts)
    return result


def _join_extended(parts: list[tuple[int, bool, str]]) -> str:
    charset = "utf-8"
    data = b""
    for position, (_, encoded, value) in enumerate(parts):
        text = value
        if position == 0 and encoded and value.count("'") >= 2:
            charset, _, text = value.split("'", 2)
        data += unquote_to_bytes(text) if encoded else text.encode("latin-1", "replace")
    return _decode(data, charset)


def _decode(data: bytes, charset: str) -> str:
    """Text in one of the character sets that mail uses; Python's other codecs are no business of a stranger's header."""
    try:
        return data.decode(charset) if _CHARSET.match(charset) else data.decode()
    except (LookupError, UnicodeDecodeError):
        return data.decode("latin-1")


def decode_words(text: str) -> str:
    """Encoded words (RFC 2047) and raw UTF-8 as text; anything that is neither stays as it is."""
    if "=?" in text:
        return _ENCODED_WORD.sub(_decode_word, _BETWEEN_WORDS.sub(r"\1\2", text))
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _decode_word(found: re.Match[str]) -> str:
    charset, how, text = found.groups()
    try:
        data = (
            binascii.a2b_base64(text, strict_mode=True) if how in "Bb" else binascii.a2b_qp(text.encode("latin-1"), header=True)
        )
    except (binascii.Error, ValueError):
        return found.group(0)
    return _decode(data, charset)


def quote(text: str) -> str:
    """A parameter value in quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
