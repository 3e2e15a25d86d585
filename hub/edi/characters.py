# ruff: noqa: RUF001 - the table below is about characters that look alike
"""What a partner's character set lacks: transliterate free text, refuse to change an identifier, a code or an amount."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Self

from hub.edi.charset import CODECS

# Letters and signs that Unicode does not decompose, in the spelling that trade documents use.
_SPELLED = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
    "ł": "l", "Ł": "L", "þ": "th", "Þ": "Th", "ħ": "h", "Ħ": "H", "ı": "i", "ŋ": "n", "Ŋ": "N", "ĸ": "k",
    "€": "EUR", "£": "GBP", "¥": "JPY", "©": "(c)", "®": "(R)", "§": "S", "°": " deg", "µ": "u", "×": "x", "÷": "/", "·": ".",
    "‘": "'", "’": "'", "‚": ",", "‛": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‹": "'", "›": "'",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "•": "-", "´": "'", "`": "'", "¿": "?", "¡": "!",
}  # fmt: skip


class FreeText(str):
    """Text for people: the writer may transliterate, replace and shorten it to `limit` characters. A plain `str` it may not."""

    __slots__ = ("limit",)
    limit: int | None

    def __new__(cls, value: str, limit: int | None = None) -> Self:
        """Mark `value` as free text of at most `limit` characters."""
        text = super().__new__(cls, value)
        text.limit = limit
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterPolicy:
    """What an agreement says about free text: `lacking` letters, and service characters X12 cannot escape (`blocked`).

    `upper` writes free text in capitals, for partners that read level A (UNOA) to the letter.
    """

    lacking: Literal["transliterate", "replace", "refuse"] = "transliterate"
    blocked: Literal["replace", "refuse"] = "replace"
    replacement: str = "?"
    blank: str = " "
    upper: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    """A value as it can be written, and what was done to it: `done` is empty where nothing was; `refused` holds the bad character."""

    text: str
    done: tuple[Literal["transliterated", "replaced", "unblocked", "shortened", "capitals"], ...] = ()
    refused: str = ""


def _is_writable(character: str, codec: str, blocked: frozenset[str]) -> bool:
    if character in blocked or unicodedata.category(character) in {"Cc", "Cs"}:
        return False
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


_LONG = 60
_ASCII = frozenset(map(chr, range(0x20, 0x7F)))


@lru_cache(maxsize=256)
def _printable(codec: str, blocked: frozenset[str]) -> tuple[frozenset[str], bool]:
    """The printable characters of ASCII that can be written: known from the start, as nearly every value has no others.

    Nearly always they are all but the blocked ones, as the second value tells: a long text is then looked at in one go.
    """
    good = frozenset(character for character in _ASCII if _is_writable(character, codec, blocked))
    return good, (good | blocked) >= _ASCII


class Repertoire:
    """The characters one interchange can carry: a codec, without control characters and without the `blocked` ones."""

    def __init__(self, charset: str, blocked: str, policy: CharacterPolicy) -> None:
        self.codec = CODECS.get(charset, charset)
        self.policy = policy
        self._blocked = frozenset(blocked)
        good, self._is_simple = _printable(self.codec, self._blocked)
        self._good = set(good)

    def holds(self, value: str) -> bool:
        """Whether every character of `value` can be written as it is."""
        if len(value) > _LONG and self._is_simple and value.isascii() and value.isprintable():
            return not any(map(value.__contains__, self._blocked))
        # Measured: the set's own loop is ten times as fast as one of ours, and nearly every value is of known characters.
        if self._good.issuperset(value):
            return True
        for character in set(value) - self._good:
            if not self._holds_one(character):
                return False
            self._good.add(character)
        return True

    def _holds_one(self, character: str) -> bool:
        return _is_writable(character, self.codec, self._blocked)

    def fit(self, value: str) -> Fitted:
        """`value` as it can be written. A plain `str` is either written as it is or refused."""
        if not isinstance(value, FreeText):
            return Fitted(value) if self.holds(value) else Fitted("", (), next(one for one in value if not self.holds(one)))
        text: str = unicodedata.normalize("NFC", value)
        done: list[str] = []
        if self.policy.upper and text != text.upper():
            text = text.upper()
            done.append("capitals")
        if not self.holds(text):
            pieces = []
            for character in text:
                piece, how = (character, "") if self.holds(character) else self._substitute(character)
                if how == "refused":
                    return Fitted("", (), character)
                pieces.append(piece)
                if how and how not in done:
                    done.append(how)
            text = "".join(pieces)
        limit = value.limit
        if limit is not None and len(text) > limit:
            text = text[:limit].rstrip()
            done.append("shortened")
        return Fitted(text, tuple(done))  # type: ignore[arg-type]

    def _substitute(self, character: str) -> tuple[str, str]:
        policy = self.policy
        if character in self._blocked or unicodedata.category(character) == "Cc":
            fallback = policy.blank if self.holds(policy.blank) else ""
            return (fallback, "unblocked") if policy.blocked == "replace" else ("", "refused")
        if policy.lacking == "refuse":
            return "", "refused"
        if policy.lacking == "transliterate":
            spelled = _SPELLED.get(character) or "".join(
                one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one)
            )
            if spelled and spelled != character and self.holds(spelled):
                return spelled, "transliterated"
        replacement = policy.replacement if self.holds(policy.replacement) else policy.blank
        return replacement, "replaced"
