"""Puts messages into an interchange as the agreement writes it, with control numbers taken in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.edi.characters import CharacterPolicy
from hub.edi.tree import PartyId, Segment, TestIndicator
from hub.edi.write import Body, EdifactEnvelope, GroupBody, Written, X12Envelope, write_edifact, write_x12
from hub.routing.options import Counter, Numbering
from hub.routing.site import Agreement
from hub.routing.writing import Writing
from hub.store.numbers import Numbers

FUNCTIONAL_GROUPS = {
    "810": "IN", "820": "RA", "824": "AG", "846": "IB", "850": "PO", "855": "PR", "856": "SH", "857": "BS", "860": "PC", "861": "RC",
    "864": "TX", "865": "CA", "867": "PT", "875": "OG", "880": "GP", "940": "OW", "945": "SW", "997": "FA", "999": "FA",
}  # fmt: skip
"""GS01 by transaction set (X12 data element 479)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """From whom to whom, and whose counters: what an envelope needs beside its content. `zone` is of its date and time."""

    sender: PartyId
    receiver: PartyId
    group_sender: str
    group_receiver: str
    partner: str
    agreement: str
    numbering: Numbering
    writing: Writing
    test: TestIndicator
    zone: str

    @property
    def is_test(self) -> bool:
        """Whether the interchange is marked as test."""
        return self.test != "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """The control numbers of one interchange with one group or message sequence."""

    interchange: str
    group: str
    messages: tuple[str, ...]


def address_of(agreement: Agreement, *, test: bool) -> Address:
    """The address that an outbound agreement writes to."""
    sender, receiver = agreement.our_party(), agreement.their_party()
    return Address(
        sender=sender,
        receiver=receiver,
        group_sender=agreement.group_ours or sender.id,
        group_receiver=agreement.group_theirs or receiver.id,
        partner=agreement.partner,
        agreement=agreement.id,
        numbering=agreement.numbering,
        writing=agreement.writing,
        test="test" if test else "production",
        zone=agreement.writing.time_zone or agreement.time_zone,
    )


def scope_of(address: Address) -> str:
    """The counters an interchange takes its numbers from, as the agreement shares them."""
    numbering = address.numbering
    names = {
        "pair": f"{_name(address.sender)}>{_name(address.receiver)}",
        "partner": address.partner,
        "agreement": address.agreement,
    }
    split = ":test" if numbering.test == "split" and address.is_test else ""
    return names[numbering.scope] + split


def take_numbers(numbers: Numbers, address: Address, standard: str, messages: int) -> Numbered:
    """Take the control numbers of one interchange; GS06 and UNG 0048 never repeat within their scope."""
    numbering, scope = address.numbering, scope_of(address)
    interchange, group = taken_both(numbers, f"{standard}:interchange:{scope}", f"{standard}:group:{scope}", numbering)
    interchange = _shown(numbering.interchange, interchange, 9 if standard == "x12" else 0)
    group = _shown(numbering.group, group, 0)
    if numbering.message == "running":
        running = Counter(first=1, last=999_999_999)
        taken = (numbers.take(f"{standard}:message:{scope}", first=running.first, last=running.last) for _ in range(messages))
        each = tuple(_shown(running, str(number), 4) for number in taken)
    else:
        each = tuple(str(place).zfill(4) for place in range(1, messages + 1))
    return Numbered(interchange=interchange, group=group, messages=each)


def wrap_x12(
    address: Address, numbered: Numbered, bodies: Sequence[Body], *, version: str, at: datetime, ta1: Sequence[Segment] = ()
) -> Written:
    """One interchange with at most one functional group; `version` is GS08's six digits, `bodies` are of one type."""
    writing, local = address.writing, at.astimezone(ZoneInfo(address.zone))
    interchange_version = writing.interchange_version or version[:5]
    envelope = X12Envelope(
        sender=address.sender,
        receiver=address.receiver,
        control_number=numbered.interchange,
        date=f"{local:%y%m%d}",
        time=f"{local:%H%M}",
        version=interchange_version,
        test=address.test,
        ack_requested=writing.technical_request,
        delimiters=writing.service_characters("x12", f"{interchange_version}0"),
        charset=writing.charset or "ascii",
        line_end=writing.segment_suffix,
        policy=CharacterPolicy(lacking=writing.unmappable),
    )
    groups = [_group(address, numbered, bodies, version=version, local=local)] if bodies else []
    return write_x12(envelope, groups, ta1=ta1)


def wrap_edifact(address: Address, numbered: Numbered, bodies: Sequence[Body], *, at: datetime) -> Written:
    """One interchange of messages without groups."""
    writing, local = address.writing, at.astimezone(ZoneInfo(address.zone))
    syntax, _, version = (writing.syntax or "UNOC:3").partition(":")
    envelope = EdifactEnvelope(
        sender=address.sender,
        receiver=address.receiver,
        control_number=numbered.interchange,
        date=f"{local:%Y%m%d}" if version == "4" else f"{local:%y%m%d}",
        time=f"{local:%H%M}",
        syntax=syntax,
        version=version,
        password=writing.password,
        application_reference=writing.application_reference,
        priority=writing.priority,
        ack_requested=writing.acknowledgment_request,
        agreement=writing.agreement_id,
        test=address.test,
        una=writing.una == "always",
        delimiters=writing.service_characters("edifact"),
        line_end=writing.segment_suffix,
        policy=CharacterPolicy(lacking=writing.unmappable),
    )
    return write_edifact(envelope, bodies)


def numbered_bodies(bodies: Sequence[Body], numbered: Numbered) -> list[Body]:
    """The same messages with their control numbers."""
    return [replace(body, control_number=number) for body, number in zip(bodies, numbered.messages, strict=True)]


def _group(address: Address, numbered: Numbered, bodies: Sequence[Body], *, version: str, local: datetime) -> GroupBody:
    return GroupBody(
        type=FUNCTIONAL_GROUPS.get(bodies[0].type, ""),
        sender=_named(address.sender, address.group_sender),
        receiver=_named(address.receiver, address.group_receiver),
        control_number=numbered.group,
        date=f"{local:%Y%m%d}" if version >= "004010" else f"{local:%y%m%d}",
        time=f"{local:%H%M}",
        version=address.writing.group_version or version,
        messages=bodies,
    )


def _named(party: PartyId, number: str) -> PartyId:
    """The party as its group names it, mostly as its interchange does."""
    return party if party.id == number else replace(party, id=number)


def _shown(counter: Counter, number: str, width: int) -> str:
    return counter.prefix + number.zfill(counter.width or width)


def taken_both(numbers: Numbers, interchange: str, group: str, numbering: Numbering) -> tuple[str, str]:
    """The next number of an interchange and of its group, without prefix or leading zeros; in one step where both count alike."""
    one, other = numbering.interchange, numbering.group
    if (one.first, one.last) == (other.first, other.last):
        found = numbers.take_both(interchange, group, first=one.first, last=one.last)
    else:
        found = (
            numbers.take(interchange, first=one.first, last=one.last),
            numbers.take(group, first=other.first, last=other.last),
        )
    return str(found[0]), str(found[1])


def _name(party: PartyId) -> str:
    return f"{party.qualifier}:{party.id}:{party.internal}"
