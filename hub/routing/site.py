"""A site as one frozen value: who we are, our partners, their connections and agreements, ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from hub.edi.tree import PartyId, Standard
from hub.ports import ConnectorSettings, ConnectorSpec
from hub.routing.hub_file import HubFile
from hub.routing.identities import Identity
from hub.routing.options import (
    FOREIGN_KINDS,
    Acknowledge,
    Due,
    Duplicates,
    Expect,
    Findings,
    Numbering,
    OrderHandling,
    Retention,
    Tolerances,
)
from hub.routing.partner_file import Calendar, Contact, Mark, Retry, Schedule
from hub.routing.rules import Rules
from hub.routing.versions import DocumentName
from hub.routing.writing import Writing

Direction: TypeAlias = Literal["inbound", "outbound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A configured connector; `id` is `partner/name`, or `name` where partners share it. Relative paths in `settings` have been joined to the site folder."""

    id: str
    partner: str
    spec: ConnectorSpec
    settings: ConnectorSettings
    poll: Schedule = field(default_factory=Schedule)
    retry: Retry = field(default_factory=Retry)
    in_flight: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One document exchanged with one partner in one direction, with every rule filled in.

    id          `partner/name`, unique in the site
    document    what stands on the wire
    guide       how it is read or written; empty where the document is only kept
    ours        our identities that may stand on the envelope, the preferred one first
    theirs      the partner's, likewise
    connection  id of the connection that carries it; empty where nothing is sent
    tables      table name in the guide -> table that stands in for it
    lists       `prices` and `stock` -> the list that automatic confirmation looks into
    orders      what becomes of orders by themselves
    values      what the guide takes from the agreement, such as a vendor number
    """

    id: str
    partner: str
    direction: Direction
    document: DocumentName
    guide: str
    ours: tuple[Identity, ...]
    theirs: tuple[Identity, ...]
    group_ours: str = ""
    group_theirs: str = ""
    connection: str = ""
    test: Literal["any", "test", "production"] = "any"
    triggered_by: tuple[str, ...] = ()
    confirm: Literal["manual", "automatic"] = "manual"
    acknowledge: Acknowledge = field(default_factory=Acknowledge)
    expect: Expect = field(default_factory=Expect)
    due: Due = field(default_factory=Due)
    duplicates: Duplicates = field(default_factory=Duplicates)
    numbering: Numbering = field(default_factory=Numbering)
    writing: Writing = field(default_factory=Writing)
    findings: Findings = field(default_factory=Findings)
    tolerances: Tolerances = field(default_factory=Tolerances)
    ordering: Literal["block", "skip"] = "block"
    tables: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    orders: OrderHandling = field(default_factory=OrderHandling)
    values: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "UTC"
    file: str = ""
    line: int = 1

    @property
    def standard(self) -> Standard:
        """The standard of the document."""
        return self.document.standard

    @property
    def message(self) -> str:
        """The transaction set or message type: 850, ORDERS."""
        return self.document.message

    @property
    def is_kept_only(self) -> bool:
        """Whether the document is stored and acknowledged but not read."""
        return not self.guide

    @property
    def acknowledged_as(self) -> Literal["997", "999", "contrl", "none"]:
        """What answers an inbound document: as agreed, else 997 for X12 (005010 too) and CONTRL for EDIFACT."""
        kind = self.acknowledge.kind
        if kind is None or kind in FOREIGN_KINDS[self.standard]:
            return "997" if self.standard == "x12" else "contrl"
        return kind

    @property
    def acknowledged_when(self) -> Literal["always", "requested", "rejected", "never"]:
        """When it is answered: as agreed, else always for X12 and for EDIFACT on request (UNB 0031)."""
        return self.acknowledge.when or ("always" if self.standard == "x12" else "requested")

    def our_party(self) -> PartyId:
        """We, as the interchange header names us."""
        return self.ours[0].party

    def their_party(self) -> PartyId:
        """The partner, as the interchange header names it."""
        return self.theirs[0].party


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How orders of a channel are handled that came by no agreement: over the API, from a store."""

    confirm: Literal["manual", "automatic"] = "manual"
    orders: OrderHandling = field(default_factory=OrderHandling)
    tolerances: Tolerances = field(default_factory=Tolerances)
    lists: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A trading partner."""

    id: str
    name: str
    state: Literal["production", "test", "off"]
    identities: tuple[Identity, ...]
    told_apart_by: tuple[Mark, ...] = ()
    time_zone: str = "UTC"
    calendar: Calendar = field(default_factory=Calendar)
    contacts: tuple[Contact, ...] = ()
    retention: Retention | None = None
    acknowledge: Acknowledge = field(default_factory=Acknowledge)
    numbering: Numbering = field(default_factory=Numbering)
    duplicates: Duplicates = field(default_factory=Duplicates)
    writing: Writing = field(default_factory=Writing)
    connection: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """Everything a hub knows about itself and its partners.

    `roots` are the folders to look in for `mappings/` and `schemas/`, the site before the stock. `ours` maps the names of our
    identities in `hub.toml` to the identities. `rules` decide on approval and first status of orders.
    """

    root: Path
    roots: tuple[Path, ...]
    file: HubFile
    ours: Mapping[str, tuple[Identity, ...]]
    partners: Mapping[str, Partner]
    connections: Mapping[str, Connection]
    agreements: Mapping[str, Agreement]
    channels: Mapping[str, Channel] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    by_partner: Mapping[str, tuple[Agreement, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found: dict[str, tuple[Agreement, ...]] = {}
        for agreement in self.agreements.values():
            found[agreement.partner] = (*found.get(agreement.partner, ()), agreement)
        object.__setattr__(self, "by_partner", found)

    @property
    def identities(self) -> tuple[Identity, ...]:
        """All our identities, in the order of `hub.toml`."""
        return tuple(identity for group in self.ours.values() for identity in group)

    @property
    def var(self) -> Path:
        """Where the embedded database and stored payloads live."""
        return self.root / "var"

    def agreements_of(
        self, partner: str, *, direction: Direction | None = None, message: str | None = None
    ) -> tuple[Agreement, ...]:
        """The agreements of a partner, in the order of its file."""
        return tuple(
            agreement
            for agreement in self.by_partner.get(partner, ())
            if direction in {None, agreement.direction} and message in {None, agreement.message}
        )

    def triggered(self, partner: str, event: str) -> tuple[Agreement, ...]:
        """Every outbound agreement of a partner that an event sends a document by.

        Where one message is agreed in several standards or versions, all are here: which fits is for who knows what it answers.
        """
        return tuple(each for each in self.agreements_of(partner, direction="outbound") if event in each.triggered_by)
