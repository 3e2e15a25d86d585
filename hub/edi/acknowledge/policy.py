"""What an agreement says about acknowledging: which findings reject, which are only noted, and which answers are sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from hub.edi.findings import Finding

Verdict = Literal["accepted", "accepted_with_errors", "rejected"]
Reaction = Literal["by_code", "accept", "accept_with_errors", "reject"]

TOLERATED = frozenset(
    {
        "EDI-103",  # something before the first header
        "EDI-104",  # something after the last trailer
        "EDI-201",  # a segment the standard does not have
        "EDI-202",  # a segment out of its place
        "EDI-203 UNS",  # the section control segment forgotten: nothing is lost by it
        "EDI-204",  # a loop or a segment too often: all of it is there
        "EDI-205",
        "EDI-206",  # a segment that other messages have
        "EDI-207",  # a segment of a loop that is not open
        "EDI-212",  # elements that go together, or exclude each other
        "EDI-220",
        "EDI-213",  # more elements, components or repetitions than defined
        "EDI-221",
        "EDI-222",
        "EDI-214",  # too short or too long: the value itself is there
        "EDI-215",
        "EDI-223",  # a decimal mark without a digit before it: the number is plain
    }
)
"""Findings that by default are noted and do not reject: what was sent can be understood. An entry is a code, or a code and
a segment tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AckPolicy:
    """How a partner's interchanges are acknowledged.

    `envelope` and `standard` say what an error of that layer leads to; `by_code` rejects unless `tolerated` has it. `ta1`:
    `requested` answers ISA14 = 1 only, `errors` also an envelope error. `detail`: `message` leaves out AK3, IK3 and UCS,
    `group` also AK2 and UCM. `receipt_only` sends a CONTRL that confirms arrival and judges nothing (0083 = 8).
    `unknown_types` is for messages that no dictionary has. `directory` is the CONTRL to write, such as `2:2:UN:EAN002`; empty:
    what the received syntax asks for.
    """

    functional: Literal["997", "999"] = "997"
    ta1: Literal["never", "requested", "errors", "always"] = "errors"
    detail: Literal["group", "message", "element"] = "element"
    envelope: Reaction = "by_code"
    standard: Reaction = "by_code"
    tolerated: frozenset[str] = field(default=TOLERATED)
    unknown_types: Literal["accept", "reject"] = "accept"
    receipt_only: bool = False
    directory: str = ""

    def rejects(self, found: Finding) -> bool:
        """Whether this finding alone rejects what it is about."""
        if found.severity != "error" or found.layer not in {"envelope", "standard"}:
            return False
        reaction = self.envelope if found.layer == "envelope" else self.standard
        if reaction != "by_code":
            return reaction == "reject"
        return found.code not in self.tolerated and f"{found.code} {found.where.segment}" not in self.tolerated

    def notes(self, found: Finding) -> bool:
        """Whether the acknowledgment mentions this finding at all."""
        reaction = {"envelope": self.envelope, "standard": self.standard}.get(found.layer, "by_code")
        return bool(found.wire) and reaction != "accept"

    def verdict(self, findings: Iterable[Finding]) -> Verdict:
        """What these findings of one message, group or interchange lead to."""
        worst: Verdict = "accepted"
        for found in findings:
            if self.rejects(found):
                return "rejected"
            if self.notes(found):
                worst = "accepted_with_errors"
        return worst
