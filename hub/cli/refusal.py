"""The JSON of a file that cannot be read: the shape a verb promises, empty, with the refusal as its finding."""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from hub.cli.boundary import say
from hub.edi.inspect import Findings, finding_json
from hub.edi.read import fault
from hub.errors import InputError


def say_unreadable(findings: Findings) -> None:
    """Say on stderr, as for any refusal, why a file could not be read; the JSON has said it to the script."""
    found = findings.listed[-1]
    say(InputError(found.message, found.hint, code=found.code))


def print_refusal(refused: InputError, member: str) -> None:
    """Print `{member: [], "findings": [...], "findings_omitted": 0}`."""
    empty: dict[str, Any] = {member: [], "findings": [finding_json(fault(refused))], "findings_omitted": 0}
    sys.stdout.write(msgspec.json.encode(empty).decode() + "\n")
