"""What is wrong at which place of an interchange: a value, never an exception.

A finding carries its place to the byte and the code its standard has for it on the wire, so that TA1, 997, 999 and CONTRL
are made from findings alone.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["error", "warning"]
Layer = Literal["envelope", "standard", "guide", "table", "business"]
Who = Literal["partner", "admin", "operator", "developer"]


class Where(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The place of a finding.

    `segment_index` counts from 1 at ST or UNH (X12 AK302, EDIFACT 0096); `element`, `component` and `repetition` count from 1;
    `offset` counts bytes from the start of the file. `loop` is the loop's id (X12 `PO1`, EDIFACT `SG25`), `data_element` the
    element's number in its standard's dictionary (`353`, `2380`). What does not apply is absent.
    """

    interchange: str | None = None
    group: str | None = None
    message: str | None = None
    segment_index: int | None = None
    segment: str | None = None
    element: int | None = None
    component: int | None = None
    repetition: int | None = None
    offset: int | None = None
    loop: str | None = None
    data_element: str | None = None


class WireCode(msgspec.Struct, frozen=True):
    """How an acknowledgment says it: for example 997, AK4, 7."""

    ack: Literal["TA1", "997", "999", "CONTRL"]
    segment: str
    code: str


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong: a stable `code`, what, where, why, who acts (`who`) and how to mend it (`hint`).

    Only the layers `envelope` and `standard` lead to a TA1, 997 or CONTRL. `value` is the bad value, at most 99 characters.
    """

    code: str
    severity: Severity
    layer: Layer
    message: str
    where: Where = Where()
    wire: tuple[WireCode, ...] = ()
    hint: str = ""
    who: Who = "partner"
    value: str | None = None
