"""A bounded list of findings that never loses a kind of finding: what decides a verdict is always among those kept."""

from __future__ import annotations

from collections.abc import Iterable

from hub.edi.findings import Finding

MOST_FINDINGS = 1000
"""How many findings of one message are kept in full."""


class Kept:
    """The first `most` findings, and beyond them the first of every code and segment; `omitted` counts the rest."""

    def __init__(self, findings: Iterable[Finding] = (), *, most: int = MOST_FINDINGS) -> None:
        self.findings: list[Finding] = []
        self.omitted = 0
        self._most = most
        self._seen: set[tuple[str, str | None]] = set()
        for found in findings:
            self.add(found)

    def add(self, found: Finding) -> None:
        """Keep the finding, or count it."""
        key = (found.code, found.where.segment)
        if len(self.findings) < self._most or key not in self._seen:
            self._seen.add(key)
            self.findings.append(found)
        else:
            self.omitted += 1
