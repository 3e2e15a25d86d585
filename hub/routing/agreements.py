"""Which agreement governs what arrived: one, or a refusal that says what was looked for and what comes near.

A tie is refused like a miss: nothing is guessed, nothing is sent (`HeldForOperator`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from hub.edi.tree import Interchange, Message, PartyId, Standard, TestIndicator
from hub.routing.identities import Identity
from hub.routing.refusals import (
    Refusal,
    no_agreement,
    not_agreed_as_test,
    partner_is_off,
    tie,
    unknown_receiver,
    unknown_sender,
    version_not_agreed,
    wrong_groups,
)
from hub.routing.site import Agreement, Partner, Site
from hub.routing.versions import ANY, normalise_version

Party = tuple[str, str]
"""Role and id of a party inside the message: ("BY", "5412345000013")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What is known of a message before it is understood.

    `parties` (or those that `source` names) are only looked at where several partners share an interchange id.
    """

    standard: Standard
    sender: PartyId
    receiver: PartyId
    message: str
    version: str
    association: str = ""
    test: TestIndicator = "production"
    group_sender: str = ""
    group_receiver: str = ""
    parties: tuple[Party, ...] = ()
    source: Message | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, message: Message) -> Envelope:
        """The envelope around a message that was read."""
        interchange, group = message.interchange, message.group
        return cls(
            standard=interchange.standard,
            sender=interchange.sender,
            receiver=interchange.receiver,
            message=message.type,
            version=message.version,
            association=message.association,
            test=interchange.test,
            group_sender=group.sender.id if group.type else "",
            group_receiver=group.receiver.id if group.type else "",
            source=message,
        )


def parties_of(message: Message) -> tuple[Party, ...]:
    """Role and id of every party a message names: X12 N101 and N104, EDIFACT NAD 3035 and C082.3039."""
    found: list[Party] = []
    for segment in message.segments:
        if segment[0] == "N1" and len(segment) > 4:
            found.append((str(segment[1]), str(segment[4])))
        elif segment[0] == "NAD" and len(segment) > 2:
            id_ = segment[2][0] if isinstance(segment[2], list) and segment[2] else segment[2]
            found.append((str(segment[1]), str(id_)))
    return tuple(dict.fromkeys(found))


class Directory:
    """The agreements of a site, indexed by what stands on an envelope. Build it once per site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._partners: dict[tuple[Standard, str], list[tuple[Identity, Partner]]] = {}
        for partner in site.partners.values():
            for identity in partner.identities:
                if identity.standard is not None:
                    self._partners.setdefault((identity.standard, identity.id), []).append((identity, partner))
        self._inbound: dict[tuple[str, Standard, str], list[Agreement]] = {}
        for agreement in site.agreements.values():
            if agreement.direction == "inbound":
                key = (agreement.partner, agreement.standard, agreement.message)
                self._inbound.setdefault(key, []).append(agreement)

    def partners(self, standard: Standard, sender: PartyId) -> tuple[Partner, ...]:
        """Every partner the sender of an interchange may be; the most exactly named ones only."""
        named = [pair for pair in self._partners.get((standard, sender.id.strip()), ()) if pair[0].means(standard, sender)]
        exactness = max((_exactness(identity) for identity, _ in named), default=0)
        kept = {partner.id: partner for identity, partner in named if _exactness(identity) == exactness}
        return tuple(kept.values())

    def partner(self, interchange: Interchange) -> Partner | Refusal:
        """Who sent an interchange, by its header alone; partners that share the id are a tie."""
        envelope = Envelope(
            standard=interchange.standard,
            sender=interchange.sender,
            receiver=interchange.receiver,
            message="",
            version="",
            test=interchange.test,
        )
        partners = self._known(envelope)
        if isinstance(partners, Refusal):
            return partners
        return partners[0] if len(partners) == 1 else tie(envelope, [partner.id for partner in partners])

    def find(self, envelope: Envelope) -> Agreement | Refusal:
        """The inbound agreement for a message, or why there is none."""
        partners = self._known(envelope)
        if isinstance(partners, Refusal):
            return partners
        partners = _told_apart(partners, envelope)
        if all(partner.state == "off" for partner in partners):
            return partner_is_off(envelope, partners[0].id)
        here = [
            each for partner in partners for each in self._inbound.get((partner.id, envelope.standard, envelope.message), ())
        ]
        if not here:
            names = [partner.id for partner in partners]
            agreed = [each for name in names for each in self.site.agreements_of(name, direction="inbound")]
            return no_agreement(envelope, names, agreed)
        fitting = [each for each in here if _fits_version(each, envelope)]
        if not fitting:
            return version_not_agreed(envelope, here)
        addressed = [each for each in fitting if _fits_parties(each, envelope)]
        if not addressed:
            return wrong_groups(envelope, fitting)
        allowed = [each for each in addressed if each.test in {"any", "test" if _is_test(envelope) else "production"}]
        if not allowed:
            return not_agreed_as_test(envelope, addressed)
        best = max(map(_rank, allowed))
        first, *others = [each for each in allowed if _rank(each) == best]
        return tie(envelope, [first.id, *(each.id for each in others)]) if others else first

    def demand(self, envelope: Envelope) -> Agreement:
        """Like `find`, but a refusal is raised as `HeldForOperator`."""
        found = self.find(envelope)
        if isinstance(found, Refusal):
            raise found.error()
        return found

    def _known(self, envelope: Envelope) -> tuple[Partner, ...] | Refusal:
        if not any(identity.means(envelope.standard, envelope.receiver) for identity in self.site.identities):
            return unknown_receiver(envelope, self.site.identities)
        partners = self.partners(envelope.standard, envelope.sender)
        if not partners:
            known = [identity for partner in self.site.partners.values() for identity in partner.identities]
            return unknown_sender(envelope, known)
        return partners


@lru_cache(maxsize=4)
def directory(site: Site) -> Directory:
    """The index of a site, built once."""
    return Directory(site)


def find_agreement(site: Site, envelope: Envelope) -> Agreement | Refusal:
    """The inbound agreement for a message, or why there is none."""
    return directory(site).find(envelope)


def demand_agreement(site: Site, envelope: Envelope) -> Agreement:
    """The inbound agreement for a message; raises `HeldForOperator` with code, reason and cure."""
    return directory(site).demand(envelope)


def _exactness(identity: Identity) -> int:
    return 2 * bool(identity.internal) + bool(identity.qualifier or identity.scheme == "gln")


def _told_apart(partners: Sequence[Partner], envelope: Envelope) -> tuple[Partner, ...]:
    """Partners behind one interchange id, narrowed by group ids and by the parties inside the message."""
    if len(partners) == 1:
        return tuple(partners)
    groups = [each for each in partners if _has_group(each, envelope.group_sender)]
    partners = groups or partners
    parties = envelope.parties or (parties_of(envelope.source) if envelope.source is not None else ())
    named = [each for each in partners if any((mark.role, mark.id) in parties for mark in each.told_apart_by)]
    return tuple(named or partners)


def _has_group(partner: Partner, group_sender: str) -> bool:
    return any(each.scheme in {"x12_group", "edifact_group"} and each.id == group_sender for each in partner.identities)


def _fits_version(agreement: Agreement, envelope: Envelope) -> bool:
    document = agreement.document
    if document.association and document.association != envelope.association.strip().upper():
        return False
    if document.version.base == ANY:
        return True
    arrived = normalise_version(envelope.standard, envelope.version)
    return arrived.base == document.version.base and document.version.suffix in {"", arrived.suffix}


def _fits_parties(agreement: Agreement, envelope: Envelope) -> bool:
    """Whether the sender, the receiver and the group ids are those of the agreement."""
    if agreement.group_theirs and agreement.group_theirs != envelope.group_sender.strip():
        return False
    if agreement.group_ours and agreement.group_ours != envelope.group_receiver.strip():
        return False
    return _means_one(agreement.ours, envelope.standard, envelope.receiver) and _means_one(
        agreement.theirs, envelope.standard, envelope.sender
    )


def _means_one(identities: Iterable[Identity], standard: Standard, party: PartyId) -> bool:
    return any(identity.means(standard, party) for identity in identities)


def _is_test(envelope: Envelope) -> bool:
    """ISA15 I (information) is no business either: it goes the way of test traffic."""
    return envelope.test != "production"


def _rank(agreement: Agreement) -> tuple[bool, bool, bool, bool, bool]:
    """How exactly an agreement names what arrived; the most exact one governs."""
    document = agreement.document
    return (
        bool(document.association),
        document.version.base != ANY,
        bool(document.version.suffix),
        bool(agreement.group_theirs or agreement.group_ours),
        agreement.test != "any",
    )
