"""A partner file as far as it could be understood, so that one mistake in it does not hide the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.config import Document, check
from hub.config.document import Path
from hub.diagnostics import Diagnostic
from hub.routing.partner_file import AgreementFile, ConnectionFile, PartnerFile

UNNAMED = "unnamed"
"""Stands for a partner whose own name is wrong, so that the rest of its file can be looked at."""


@dataclass(frozen=True, slots=True)
class Written:
    """A partner file with the document that knows the places.

    `indexes` are the places of its agreements in the file; `broken` the top-level keys that were left out because something
    in them is wrong, about which nothing more can be said.
    """

    document: Document
    partner: PartnerFile
    indexes: tuple[int, ...]
    broken: frozenset[str] = frozenset()
    is_whole: bool = True

    @property
    def connections(self) -> list[str]:
        """The names of its connections, also of those whose description is wrong."""
        named = self.document.get(("connections",))
        return list(named) if isinstance(named, dict) else []

    def path(self, index: int) -> Path:
        """The path of an agreement in the file."""
        return ("agreements", self.indexes[index])


def read_partner(document: Document) -> tuple[Written | None, tuple[Diagnostic, ...]]:
    """A partner file and everything wrong with its shape; None where it is no partner file at all."""
    checked = check(document, PartnerFile)
    if checked.value is not None:
        return Written(document, checked.value, tuple(range(len(checked.value.agreements)))), checked.diagnostics
    return _salvage(document), checked.diagnostics


def _salvage(document: Document) -> Written | None:
    value = document.value
    if not isinstance(value, dict):
        return None
    broken: set[str] = set()
    kept: dict[str, Any] = {}
    for key, part in value.items():
        if key not in PartnerFile.model_fields:
            continue
        if key == "connections" and isinstance(part, dict):
            good = {name: each for name, each in part.items() if check(document, ConnectionFile, (key, name)).value}
            broken |= {key} if len(good) < len(part) else set()
            kept[key] = good
        elif key != "agreements":
            kept[key] = part
    if check(Document(file=document.file, value={"partner": kept.get("partner", "")}), PartnerFile).value is None:
        kept["partner"] = UNNAMED
    agreements = value.get("agreements")
    listed = agreements if isinstance(agreements, list) else []
    indexes = tuple(at for at in range(len(listed)) if check(document, AgreementFile, ("agreements", at)).value is not None)
    kept["agreements"] = [listed[at] for at in indexes]
    trial = Document(file=document.file, value=kept)
    for key in list(kept):
        alone = {"partner": UNNAMED, key: kept[key]}
        if key != "partner" and check(Document(file=document.file, value=alone), PartnerFile).value is None:
            del kept[key]
            broken.add(key)
    checked = check(trial, PartnerFile)
    return None if checked.value is None else Written(document, checked.value, indexes, frozenset(broken), is_whole=False)
