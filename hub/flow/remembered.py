"""What step one remembers of the messages of an interchange until its trailer was read: little, whatever their number.

Only the end of an interchange tells whether it is accepted, and with it what becomes of each message. Until then the segments of a
long file are let go, and what its documents are made of is kept packed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from hub.edi.blocks import Blocks
from hub.edi.findings import Finding
from hub.store.encoding import to_json

_findings = msgspec.json.Decoder(list[Finding])


class Remembered(NamedTuple):
    """One message: the columns of its document. `findings` are those that are stored, as JSON; `beyond` the first of each other kind.

    `place` is where it stands in the file, from 0.
    """

    place: int
    type: str
    version: str
    association: str
    control_number: str
    agreement: str
    content_sha256: str
    findings: str
    beyond: str
    bug: str

    def found(self) -> list[Finding]:
        """Its findings, at least one of every kind."""
        return [*_findings.decode(self.findings), *(_findings.decode(self.beyond) if self.beyond else ())]


class Remembrance:
    """The messages of one interchange, in their order, read from front to back.

    `errors` counts what was found in all of them; `first` and `last` are the places of the outermost in the file.
    """

    def __init__(self, most: int) -> None:
        """`most` is how many findings of each message are stored."""
        self.errors = 0
        self.first = self.last = 0
        self._most = most
        self._packed = Blocks()

    def append(self, findings: list[Finding], columns: dict[str, Any]) -> None:
        """Remember one message; `columns` are all but its findings."""
        self.last = columns["place"]
        if not self._packed:
            self.first = self.last
        self.errors += sum(1 for found in findings if found.severity == "error")
        stored = findings[: self._most]
        beyond = _kinds(findings[self._most :], stored) if len(findings) > self._most else []
        self._packed.append(tuple(Remembered(findings=to_json(stored), beyond=to_json(beyond) if beyond else "", **columns)))

    def __len__(self) -> int:
        return len(self._packed)

    def __iter__(self) -> Iterator[Remembered]:
        return map(Remembered._make, self._packed)


def _kinds(findings: Iterable[Finding], stored: Iterable[Finding]) -> list[Finding]:
    """The first finding of every code and segment that is not among those stored: a verdict looks at no more."""
    seen = {(each.code, each.where.segment) for each in stored}
    kept = []
    for found in findings:
        kind = (found.code, found.where.segment)
        if kind not in seen:
            seen.add(kind)
            kept.append(found)
    return kept
