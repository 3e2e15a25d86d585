"""Versions and document names in one spelling: `004010VICS` is 004010, `D:96A` is D96A."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from hub.config.check import mistake
from hub.edi.tree import Standard

ANY = "*"

_NAME = re.compile(r"(x12)/([^/]+)/([A-Z0-9]{3})|(edifact)/([^/]+)/(?:([^/]+)/)?([A-Z]{6})")


@dataclass(frozen=True, slots=True)
class Version:
    """A version and what a partner or an industry added to it (GS08 `004010VICS`, `005010X231A1`)."""

    base: str
    suffix: str = ""

    def __str__(self) -> str:
        return self.base + self.suffix


@dataclass(frozen=True, slots=True)
class DocumentName:
    """What a document is on the wire; `association` is empty where any will do, `version` is `*` likewise."""

    standard: Standard
    version: Version
    message: str
    association: str = ""

    def __str__(self) -> str:
        parts = [self.standard, str(self.version), self.association, self.message]
        return "/".join(part for part in parts if part)


def normalise_version(standard: Standard, version: str) -> Version:
    """The one spelling of a version as it arrives.

    X12 (GS08, element 480): version, release and subrelease in six digits, then an industry's suffix; `4010` and `00401` are
    004010. EDIFACT (0052 and 0054): `D:96A`, `D.96A` and `D96A` are D96A.
    """
    version = version.strip().upper()
    if standard == "edifact":
        return Version(re.sub(r"[:.\s]", "", version))
    digits = re.match(r"\d+", version)
    if digits is None:
        return Version(version)
    base, suffix = digits[0], version[digits.end() :]
    if len(base) > 6:
        base, suffix = base[:6], base[6:] + suffix
    if len(base) == 5:  # ISA12 (I11) has no subrelease
        base += "0"
    return Version(base.zfill(6), suffix.strip())


def parse_document_name(name: str) -> DocumentName:
    """Read `x12/004010/850`, `edifact/D96A/ORDERS` or `edifact/D01B/EAN010/ORDERS`; a mistake says how it is written."""
    found = _NAME.fullmatch(name)
    if not found:
        hint = "x12/004010/850, edifact/D96A/ORDERS or edifact/D01B/EAN010/ORDERS"
        raise mistake("CFG-113", f'"{name}" is not the name of a document', hint)
    if found[1]:
        return DocumentName("x12", normalise_version("x12", found[2]), found[3])
    standard = cast("Standard", found[4])
    return DocumentName(standard, normalise_version(standard, found[5]), found[7], found[6] or "")
