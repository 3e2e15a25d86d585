"""How the interchanges we write for a partner look: delimiters, line ends, header elements, characters."""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from hub.config.check import mistake
from hub.edi.tree import Delimiters, Standard
from hub.routing.options import Block

_NAMED = {"LF": "\n", "CR": "\r", "TAB": "\t", "GS": "\x1d", "FS": "\x1c", "RS": "\x1e", "US": "\x1f"}
_HEX = re.compile(r"0[xX]([0-9A-Fa-f]{2})")


def _delimiter(value: object) -> object:
    """One character: written as itself, by name (`LF`, `GS`) or in hexadecimal (`0x1D`)."""
    if not isinstance(value, str):
        return value
    found = _HEX.fullmatch(value)
    character = chr(int(found[1], 16)) if found else _NAMED.get(value, value)
    if len(character) != 1 or character.isalnum() or character == " ":
        raise mistake("CFG-113", f'"{value}" is not a delimiter', "one character that is no letter, digit or blank; 0x1D; LF")
    return character


def time_zone(value: str) -> str:
    """A name of the IANA time zone database, or empty."""
    try:
        if value:
            ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise mistake("CFG-113", f'"{value}" is not a time zone', "an IANA name such as Europe/Bucharest or UTC") from None
    return value


def _charset(value: str) -> str:
    try:
        if value:
            codecs.lookup(value)
    except (LookupError, ValueError):
        raise mistake("CFG-113", f'"{value}" is not a character set', "ascii, iso8859-1, iso8859-2, utf-8, ...") from None
    return value


Delimiter = Annotated[str, BeforeValidator(_delimiter)]
TimeZone = Annotated[str, AfterValidator(time_zone)]


class DelimiterChoice(Block):
    """Service characters that differ from the usual ones of the standard."""

    segment: Delimiter | None = None
    element: Delimiter | None = None
    component: Delimiter | None = None
    repetition: Delimiter | None = None
    release: Delimiter | None = None
    decimal: Literal[".", ","] | None = None

    @model_validator(mode="after")
    def _all_different(self) -> DelimiterChoice:
        chosen = [value for name, value in self if value is not None and name != "decimal"]
        if len(chosen) != len(set(chosen)):
            raise mistake("CFG-301", "two delimiters are the same character", "every service character needs one of its own")
        return self


class Writing(Block):
    """The wire form of what we send.

    syntax                  UNB 0001 and 0002, such as `UNOC:3`; empty: UNOC:3
    interchange_version     ISA12; empty: the five places that go with the version
    group_version           GS08 where it carries an industry suffix, such as 004010VICS; empty: the version
    acknowledgment_request  UNB 0031
    technical_request       ISA14
    application_reference   UNB 0026; agreement_id UNB 0032; priority UNB 0029; password UNB 0022
    time_zone               of ISA09/10 and the dates of UNB and GS; empty: the partner's
    charset                 empty: what the syntax allows; X12: ascii
    unmappable              a letter the character set lacks, in free text; in identifiers and amounts it is always refused
    too_long                free text longer than its element
    """

    delimiters: DelimiterChoice = DelimiterChoice()
    line_end: Literal["none", "lf", "crlf"] = "none"
    una: Literal["always", "needed", "never"] = "always"
    syntax: Annotated[str, Field(pattern=r"^(UNO[A-LWXY]:[1-4])?$", examples=["UNOA:2", "UNOC:3"])] = ""
    interchange_version: Annotated[str, Field(pattern=r"^(\d{5})?$", examples=["00401", "00501"])] = ""
    group_version: Annotated[str, Field(max_length=12, pattern=r"^[A-Z0-9]*$", examples=["004010", "004010VICS"])] = ""
    acknowledgment_request: bool = False
    technical_request: bool = False
    application_reference: Annotated[str, Field(max_length=14)] = ""
    agreement_id: Annotated[str, Field(max_length=35)] = ""
    priority: Annotated[str, Field(max_length=1)] = ""
    password: Annotated[str, Field(max_length=14)] = ""
    time_zone: TimeZone = ""
    charset: Annotated[str, AfterValidator(_charset)] = ""
    unmappable: Literal["transliterate", "replace", "refuse"] = "transliterate"
    too_long: Literal["truncate", "split", "refuse"] = "truncate"

    def service_characters(self, standard: Standard, version: str = "") -> Delimiters:
        """The delimiters to write with: the usual ones of the standard, but for those the agreement names."""
        chosen = {name: value for name, value in self.delimiters if value is not None}
        if standard == "x12":
            repetition = "^" if version >= "00402" else ""
            usual = {"segment": "~", "element": "*", "component": ">" if version < "00402" else ":", "repetition": repetition}
        else:
            repetition = "*" if self.syntax.endswith(":4") else ""
            usual = {"segment": "'", "element": "+", "component": ":", "repetition": repetition, "release": "?"}
        return Delimiters(**{**usual, **chosen})

    @property
    def segment_suffix(self) -> str:
        """What follows every segment terminator."""
        return {"none": "", "lf": "\n", "crlf": "\r\n"}[self.line_end]
