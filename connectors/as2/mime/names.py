"""File names that travel with a part: read in every spelling, and made harmless. A name is a label, never a path."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote as percent

from connectors.as2.mime.fields import Head, decode_words, parse_value, quote

MAX_NAME = 200
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,198}[A-Za-z0-9_-]\Z")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\Z")


def file_name(head: Head) -> str:
    """The file name of a part: Content-Disposition's, else the old `name` of Content-Type, made harmless; "" where there is none."""
    return _name_in(head.get("content-disposition"), head.get("content-type"))


@lru_cache(maxsize=256)
def _name_in(disposition_field: str, content_type: str) -> str:
    for value, parameter in ((disposition_field, "filename"), (content_type, "name")):
        if value and (found := parse_value(value).get(parameter)):
            return harmless(decode_words(found))
    return ""


def harmless(name: str) -> str:
    """The last component of a name, without control and formatting characters, at most 200 characters; "" where nothing is left."""
    if _PLAIN.match(name) and not _RESERVED.match(name):
        return name
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    shown = shown.replace(":", "_").strip(" .")[:MAX_NAME]
    if _RESERVED.match(shown):
        return f"_{shown}"
    return shown


def disposition(name: str) -> str:
    """A Content-Disposition with that file name (RFC 6266 for what is not ASCII)."""
    if not name:
        return "attachment"
    if name.isascii():
        return f"attachment; filename={quote(name)}"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename={quote(plain)}; filename*=UTF-8''{percent(name, safe='')}"
