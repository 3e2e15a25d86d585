"""The shape of `partners/NAME.yaml`: who a partner is, how it is reached, what is exchanged and by which rules."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from hub.config.check import mistake
from hub.config.spans import Span
from hub.routing.identities import Identities
from hub.routing.options import (
    Acknowledge,
    Block,
    Due,
    Duplicates,
    Expect,
    Findings,
    Numbering,
    OrderHandling,
    Retention,
    Tolerances,
)
from hub.routing.versions import parse_document_name
from hub.routing.writing import TimeZone, Writing

_SLUG = r"[a-z0-9][a-z0-9._-]{0,62}"
_NAME_HINT = "small letters, digits and . _ - such as acme-stores"


def _slug(value: str) -> str:
    if not re.fullmatch(_SLUG, value):
        raise mistake("CFG-113", f'"{value}" is not a name', _NAME_HINT)
    return value


def _connection_name(value: str) -> str:
    if not re.fullmatch(f"({_SLUG}/)?{_SLUG}", value):
        raise mistake("CFG-113", f'"{value}" is not the name of a connection', f"{_NAME_HINT}, or partner/name for another's")
    return value


Slug = Annotated[str, AfterValidator(_slug), WithJsonSchema({"type": "string", "pattern": f"^{_SLUG}$"})]
ConnectionName = Annotated[
    str, AfterValidator(_connection_name), WithJsonSchema({"type": "string", "pattern": f"^({_SLUG}/)?{_SLUG}$"})
]

Event: TypeAlias = Literal[
    "received", "confirmed", "changed", "backordered", "rejected", "cancelled", "shipped", "delivered", "invoiced", "returned"
]
"""What happens to an order and may send a document."""


def _document(value: str) -> str:
    parse_document_name(value)
    return value


DocumentName = Annotated[str, AfterValidator(_document)]
"""`x12/004010/850`, `edifact/D96A/ORDERS`, `edifact/D01B/EAN010/ORDERS`; `*` stands for any version."""


class Schedule(Block):
    """How often a connection is polled. `daily` keeps to hours of the partner's day, such as `06:00-22:00`."""

    every: Span = timedelta(seconds=30)
    daily: (
        Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$", examples=["06:00-22:00"])] | None
    ) = None


class Retry(Block):
    """How delivery is repeated: `first` pause, doubled up to `longest`, until `give_up` has passed since the first attempt."""

    first: Span = timedelta(seconds=30)
    longest: Span = timedelta(hours=1)
    give_up: Span = timedelta(hours=24)


class ConnectionFile(Block):
    """A configured connector. `settings` belong to the connector, which says what they may be."""

    connector: str
    settings: dict[str, Any] = Field(default_factory=dict)
    poll: Schedule = Schedule()
    retry: Retry = Retry()
    in_flight: Annotated[int, Field(ge=1, le=100)] = 4


class Groups(Block):
    """Group ids (GS02 and GS03, UNG) where they differ from the interchange ids."""

    ours: Annotated[str, Field(max_length=35)] = ""
    theirs: Annotated[str, Field(max_length=35)] = ""


class Options(Block):
    """Everything that may stand under `defaults:` and again in an agreement.

    `ordering: block` lets no document of an order leave before the one that was queued before it; `skip` does not wait.
    """

    over: ConnectionName | None = None
    ours: Slug | None = None
    groups: Groups = Groups()
    acknowledge: Acknowledge = Acknowledge()
    expect: Expect = Expect()
    due: Due = Due()
    duplicates: Duplicates = Duplicates()
    numbering: Numbering = Numbering()
    writing: Writing = Writing()
    findings: Findings = Findings()
    tolerances: Tolerances = Tolerances()
    ordering: Literal["block", "skip"] = "block"
    confirm: Literal["manual", "automatic"] = "manual"
    orders: OrderHandling = OrderHandling()
    tables: dict[str, str] = Field(default_factory=dict)
    values: dict[str, str] = Field(default_factory=dict)


class AgreementFile(Options):
    """One document in one direction. `receive` or `send` names what stands on the wire, `guide` how it is read and written.

    `keep: true` stores and acknowledges a document without reading it. `triggered_by` are the events that send it.
    """

    id: Slug | None = None
    receive: DocumentName | None = None
    send: DocumentName | None = None
    guide: str | None = None
    keep: bool = False
    test: Literal["any", "test", "production"] = "any"
    triggered_by: tuple[Event, ...] = ()
    theirs: str | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> AgreementFile:
        if (self.receive is None) == (self.send is None):
            raise mistake("CFG-302", "an agreement either receives or sends", "write `receive: x12/004010/850` or `send: ...`")
        if self.keep and (self.send or self.guide):
            raise mistake("CFG-303", "`keep` is for documents that are received and not read", "remove `keep` or the guide")
        if self.triggered_by and self.receive:
            raise mistake("CFG-304", "`triggered_by` belongs to a document we send", "move it to the `send:` agreement")
        if "*" in (self.send or ""):
            raise mistake("CFG-305", "what we send has one version", "name the version in place of *")
        if "*" in (self.receive or "") and not (self.keep or self.guide):
            raise mistake("CFG-306", "any version needs one guide that reads it", "add `guide: NAME` or `keep: true`")
        return self


class Mark(Block):
    """A party inside the message (N1, NAD) that tells apart partners who share one interchange id."""

    role: Annotated[str, Field(min_length=2, max_length=3)]
    id: Annotated[str, Field(min_length=1, max_length=80)]


class Calendar(Block):
    """Working days and hours on which deadlines run; local to the partner's time zone.

    usual_by  the hour of a working day by which the partner usually has sent something; if it has not, somebody is alerted
    """

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
    )
    hours: Annotated[
        str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$", examples=["08:00-18:00"])
    ] = "00:00-24:00"
    holidays: tuple[date, ...] = ()
    usual_by: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:30"])] | None = None

    @model_validator(mode="after")
    def _opens(self) -> Calendar:
        opens, closes = self.hours.split("-")
        if opens >= closes:
            raise mistake(
                "CFG-346", f"the hours {self.hours} end before they begin", "a day's hours lie within the day: 08:00-18:00"
            )
        if not self.days:
            raise mistake(
                "CFG-347", "a calendar without a working day never opens", "name days, such as [mon, tue, wed, thu, fri]"
            )
        return self


class Contact(Block):
    """A person at the partner."""

    name: str
    email: str = ""
    phone: str = ""


class PartnerFile(Block):
    """A whole partner file.

    state          production; test (everything exchanged is marked as test); off (held, nothing is sent)
    told_apart_by  parties that mean this partner where several share an interchange id (a VAN, a hub)
    """

    partner: Slug
    name: str = ""
    state: Literal["production", "test", "off"] = "production"
    identities: Identities = Identities()
    told_apart_by: tuple[Mark, ...] = ()
    time_zone: TimeZone = ""
    calendar: Calendar = Calendar()
    contacts: tuple[Contact, ...] = ()
    retention: Retention | None = None
    connections: dict[Slug, ConnectionFile] = Field(default_factory=dict)
    defaults: Options = Options()
    agreements: tuple[AgreementFile, ...] = ()
