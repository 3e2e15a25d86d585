"""What may stand in one simple element: by its type, its lengths and its code list.

Two views of the same rules: `faults` explains a value, `accepting` is a pattern that accepts right values only (it may miss a
right one; then `faults` decides). Types are those of X12.6 3.5 and ISO 9735-1 annex A.
"""

from __future__ import annotations

import datetime as dt
import re

from hub.edi.structure import ElementSpec

INVALID_CHARACTER = "EDI-216"
INVALID_CODE = "EDI-217"
INVALID_DATE = "EDI-218"
INVALID_TIME = "EDI-219"
NO_DIGIT_BEFORE_MARK = "EDI-223"
TOO_LONG = "EDI-215"
TOO_SHORT = "EDI-214"
UNLISTED_CODE = "EDI-231"

_INTEGER = re.compile(r"-?[0-9]+")
_REAL = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:E-?[0-9]+)?")
_EDIFACT_NUMBER = re.compile(r"-?[0-9]*(?:[.,][0-9]+)?(?:E-?[0-9]+)?")
_DIGITS = re.compile(r"[0-9]+")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9][0-9]{0,2})?")

_ACCEPTED_DATE = r"[0-9]{4}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)"
_ACCEPTED_TIME = r"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9]){0,2}"


def is_date(value: str) -> bool:
    """Whether six or eight digits are a day of the calendar (YYMMDD, CCYYMMDD)."""
    if not _DIGITS.fullmatch(value) or len(value) not in {6, 8}:
        return False
    full = value if len(value) == 8 else "20" + value
    try:
        dt.date(int(full[:4]), int(full[4:6]), int(full[6:]))
    except ValueError:
        return False
    return True


def faults(value: str, spec: ElementSpec, *, six_digit_dates: bool = False) -> list[str]:
    """The codes of what is wrong with a value that is not empty; empty when it is right.

    `six_digit_dates` accepts YYMMDD where the element asks for CCYYMMDD (X12 before 004010).
    """
    found = []
    kind = spec.type
    content = _content_fault(value, kind)
    if kind == "DT" and six_digit_dates and len(value) == 6:
        return [content] if content else []
    least, most = _sizes(value, kind)
    if least > spec.max:
        found.append(TOO_LONG)
    elif most < spec.min:
        found.append(TOO_SHORT)
    if content and not (found and content in {INVALID_DATE, INVALID_TIME}):
        found.append(content)
    codes = spec.codes
    if codes is not None and not found and value.rstrip(" ") not in codes.values:
        found.append(INVALID_CODE if codes.closed else UNLISTED_CODE)
    return found


def _sizes(value: str, kind: str) -> tuple[int, int]:
    """The length without and with padding. Sign, decimal mark and exponent mark do not count (X12.6 3.5.1.2)."""
    if kind in {"R", "n"} or kind.startswith("N"):
        size = len(value.translate(_UNCOUNTED))
        return size, size
    return len(value.rstrip(" ")), len(value)


_UNCOUNTED = str.maketrans("", "", "-.,E")


def _content_fault(value: str, kind: str) -> str:
    if kind in {"AN", "ID", "an"}:
        return ""
    if kind == "R":
        return "" if _REAL.fullmatch(value) else INVALID_CHARACTER
    if kind.startswith("N"):
        return "" if _INTEGER.fullmatch(value) else INVALID_CHARACTER
    if kind == "n":
        if value.lstrip("-")[:1] in {".", ","}:
            return NO_DIGIT_BEFORE_MARK
        return "" if _EDIFACT_NUMBER.fullmatch(value) and value != "-" else INVALID_CHARACTER
    if kind == "DT":
        return "" if is_date(value) else INVALID_DATE
    if kind == "TM":
        return "" if _TIME.fullmatch(value) else INVALID_TIME
    if kind == "a":
        return INVALID_CHARACTER if any(character.isdigit() for character in value) else ""
    return ""


def accepting(spec: ElementSpec, excluded: str) -> str:
    """A pattern for right values of a simple element; `excluded` are the separators, escaped for a character class."""
    least, most, kind = spec.min, spec.max, spec.type
    if kind in {"AN", "ID", "an", "B"}:
        return f"[^{excluded}]{{{least},{most}}}+"
    if kind == "a":
        return f"[^{excluded}0-9]{{{least},{most}}}+"
    if kind == "DT" and least == most == 8:
        return _ACCEPTED_DATE
    if kind == "TM":
        return _ACCEPTED_TIME if (least, most) == (4, 8) else "(?!)"
    if kind in {"R", "n"}:
        fraction = min(4, most // 3)
        return f"-?[0-9]{{{least},{most - fraction}}}+" + (f"(?:[.][0-9]{{1,{fraction}}}+)?+" if fraction else "")
    return f"-?[0-9]{{{least},{most}}}+" if kind.startswith("N") else "(?!)"
