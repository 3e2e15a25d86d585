"""A certificate change without a gap: rehearsed with real messages before the day, then written down as two dates.

Both sides list the new certificate beside the old one. From its first day the new one signs and is encrypted for; the old one
is still accepted until the overlap ends. Nothing here reads a clock or a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from connectors.as2.building import Content, Plan, build
from connectors.as2.certificates import Certificate, KeyPair
from connectors.as2.cms.sign import Signing
from connectors.as2.faults import Fault
from connectors.as2.mime.fields import Head
from connectors.as2.policy import MINIMUM_BITS, Policy
from connectors.as2.source import MemorySource
from connectors.as2.unwrapping import Relation, unwrap
from hub.errors import HubError

_SAMPLE = b"ISA*rehearsal~"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a rehearsal tried, and whether it held; `why` is empty where it did."""

    what: str
    holds: bool
    why: str = ""


def rehearse_ours(old: KeyPair, new: KeyPair, *, on: datetime, overlap: timedelta) -> tuple[Step, ...]:
    """Whether messages of either side get through before, on and after the day our certificate changes.

    The partner is played with both certificates: before the change it knows the old one only, after it both, at the end the new.
    """
    steps = [_fits(new.certificate, on, overlap), _outlives(old.certificate, on, overlap)]
    for name, own in (("old", old), ("new", new)):
        moment = on - timedelta(days=1) if own is old else on + timedelta(days=1)
        both = (old.certificate, new.certificate)
        steps.append(
            _exchange(f"what we sign with the {name} one verifies at a partner who lists both", own, own, both, moment)
        )
    for name, own in (("old", old), ("new", new)):
        relation = Relation(keys=(old, new), signers=(own.certificate,), policy=Policy())
        steps.append(_received(f"what is encrypted for the {name} one can be read while both are listed", own, relation, on))
    return tuple(steps)


def rehearse_theirs(old: Certificate, new: Certificate, own: KeyPair, *, on: datetime, overlap: timedelta) -> tuple[Step, ...]:
    """Whether the partner's new certificate can be used from that day on: in force, strong, and encryptable for."""
    steps = [_fits(new, on, overlap), _outlives(old, on, overlap)]
    for name, certificate in (("old", old), ("new", new)):
        try:
            _wire(own, certificate, on)
        except (HubError, ValueError) as fault:
            steps.append(Step(f"we can encrypt for the {name} one", holds=False, why=str(fault)))
        else:
            steps.append(Step(f"we can encrypt for the {name} one", holds=True))
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class Window:
    """The dates to write into the connection: when the new certificate starts to be used, when the old one stops."""

    new_starts: date
    old_ends: date


def window(*, on: date, overlap_days: int, old: Certificate, new: Certificate) -> Window:
    """The dates of a change; refused where a certificate is not in force when it must be."""
    old_ends = on + timedelta(days=overlap_days)
    if overlap_days < 1:
        raise RotationRefused("the overlap must be at least one day")
    if new.not_before.date() > on:
        raise RotationRefused(f"the new certificate is not valid before {new.not_before:%Y-%m-%d}")
    if new.not_after.date() <= old_ends:
        raise RotationRefused(f"the new certificate ends on {new.not_after:%Y-%m-%d}, within the overlap")
    if old.not_after.date() < on:
        raise RotationRefused(f"the old certificate ends on {old.not_after:%Y-%m-%d}, before the new one starts")
    return Window(on, min(old_ends, old.not_after.date()))


class RotationRefused(HubError):
    """A certificate change that would leave a gap."""

    code = "AS2-202"


def _fits(new: Certificate, on: datetime, overlap: timedelta) -> Step:
    what = "the new certificate is strong, and in force from that day on"
    if new.bits < MINIMUM_BITS:
        return Step(what, holds=False, why=f"its key has {new.bits} bits")
    if not new.is_active(on):
        return Step(what, holds=False, why=f"it is in force from {new.not_before:%Y-%m-%d} to {new.not_after:%Y-%m-%d}")
    if not new.is_active(on + overlap):
        return Step(what, holds=False, why=f"it ends on {new.not_after:%Y-%m-%d}, within the overlap")
    return Step(what, holds=True)


def _outlives(old: Certificate, on: datetime, overlap: timedelta) -> Step:
    what = "the old certificate is in force until the end of the overlap"
    if old.is_active(on + overlap):
        return Step(what, holds=True)
    return Step(what, holds=False, why=f"it ends on {old.not_after:%Y-%m-%d}")


def _wire(own: KeyPair, recipient: Certificate, at: datetime) -> tuple[dict[str, str], bytes]:
    content = Content((_SAMPLE,), len(_SAMPLE), "application/edi-x12", "rehearsal.edi")
    built = build((content,), Plan(signing=Signing(own), recipient=recipient), at)
    body = b"".join(built.pieces)
    return built.fields, body


def _exchange(what: str, signer: KeyPair, reader: KeyPair, known: tuple[Certificate, ...], at: datetime) -> Step:
    fields, body = _wire(signer, reader.certificate, at)
    return _opened(what, fields, body, Relation(keys=(reader,), signers=known, policy=Policy()), at)


def _received(what: str, own: KeyPair, relation: Relation, at: datetime) -> Step:
    fields, body = _wire(own, own.certificate, at)
    return _opened(what, fields, body, relation, at)


def _opened(what: str, fields: dict[str, str], body: bytes, relation: Relation, at: datetime) -> Step:
    head = Head(b"", {name.lower(): value for name, value in fields.items()})
    try:
        opened = unwrap(head, MemorySource(body), relation, at=at)
    except Fault as fault:
        return Step(what, holds=False, why=fault.message)
    got = opened.body.read(0, opened.body.size)
    return Step(what, holds=got == _SAMPLE, why="" if got == _SAMPLE else "the content is another one")
