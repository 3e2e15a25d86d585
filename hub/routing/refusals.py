"""Why no agreement governs a message: each reason with a code, what was looked for, what comes near, and the cure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from hub.errors import HeldForOperator
from hub.routing.identities import Identity

if TYPE_CHECKING:
    from hub.routing.agreements import Envelope
    from hub.routing.site import Agreement

NEAREST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A miss or a tie. `candidates` are the nearest names there are; an admin acts, then the message is replayed."""

    code: str
    message: str
    hint: str
    candidates: tuple[str, ...] = ()

    def error(self) -> HeldForOperator:
        """The refusal as the exception that holds the message."""
        return HeldForOperator(self.message, self.hint, code=self.code, detail={"candidates": list(self.candidates)})


def unknown_sender(envelope: Envelope, known: Iterable[Identity]) -> Refusal:
    """RTE-301: no partner has the sender's id."""
    near = _near(_sender(envelope), _of_standard(known, envelope))
    return Refusal(
        code="RTE-301",
        message=f"the sender {_sender(envelope)} is no partner of ours",
        hint=_cure(near, "add it to the identities of a partner file"),
        candidates=near,
    )


def unknown_receiver(envelope: Envelope, ours: Iterable[Identity]) -> Refusal:
    """RTE-302: the interchange is addressed to somebody else."""
    receiver = _written(envelope.receiver.qualifier, envelope.receiver.id)
    near = _near(receiver, _of_standard(ours, envelope))
    return Refusal(
        code="RTE-302",
        message=f"the receiver {receiver} is not us",
        hint=_cure(near, "add it to [identities.NAME] in hub.toml, or tell the sender"),
        candidates=near,
    )


def no_agreement(envelope: Envelope, partners: Sequence[str], agreed: Sequence[Agreement]) -> Refusal:
    """RTE-303: the partner is known, the message is not agreed."""
    names = tuple(dict.fromkeys(str(each.document) for each in agreed))
    return Refusal(
        code="RTE-303",
        message=f"nothing is agreed with {' or '.join(partners)} about {envelope.message}",
        hint=f"add `receive: {_document(envelope)}` to the partner's agreements (`keep: true` to store it unread)",
        candidates=names,
    )


def version_not_agreed(envelope: Envelope, here: Sequence[Agreement]) -> Refusal:
    """RTE-304: the message is agreed in another version or under another association code."""
    names = tuple(dict.fromkeys(str(each.document) for each in here))
    association = f" ({envelope.association})" if envelope.association else ""
    return Refusal(
        code="RTE-304",
        message=f"{envelope.message} in version {envelope.version}{association} is not agreed with {here[0].partner}",
        hint=f"agreed: {', '.join(names)}; add `receive: {_document(envelope)}`",
        candidates=names,
    )


def not_agreed_as_test(envelope: Envelope, here: Sequence[Agreement]) -> Refusal:
    """RTE-305: the agreement is for the other kind of traffic."""
    kind = "production" if envelope.test == "production" else "test"
    return Refusal(
        code="RTE-305",
        message=f"{envelope.message} arrived as {kind}, which is not agreed with {here[0].partner}",
        hint="set `test: any` in the agreement, or ask the partner for the right test indicator (ISA15, UNB 0035)",
        candidates=tuple(each.id for each in here),
    )


def tie(envelope: Envelope, names: Sequence[str]) -> Refusal:
    """RTE-306: more than one partner or agreement fits equally well."""
    return Refusal(
        code="RTE-306",
        message=f"{envelope.message or 'the interchange'} from {_sender(envelope)} fits {' and '.join(names)} equally well",
        hint="tell them apart: `told_apart_by:` for partners, version, association, group ids or `test:` for agreements",
        candidates=tuple(names),
    )


def partner_is_off(envelope: Envelope, partner: str) -> Refusal:
    """RTE-307: the partner is switched off."""
    return Refusal(
        code="RTE-307",
        message=f"{envelope.message} came from {partner}, which is switched off",
        hint="set `state: production` (or test) in its partner file, then replay",
        candidates=(partner,),
    )


def wrong_groups(envelope: Envelope, here: Sequence[Agreement]) -> Refusal:
    """RTE-308: the ids of sender, receiver or group are not those of the agreement."""
    arrived = f"{envelope.group_sender or _sender(envelope)} to {envelope.group_receiver or envelope.receiver.id}"
    expected = "; ".join(
        f"{each.id}: {each.group_theirs or '/'.join(map(str, each.theirs))} to {each.group_ours or '/'.join(map(str, each.ours))}"
        for each in here
    )
    return Refusal(
        code="RTE-308",
        message=f"{envelope.message} from {arrived} is addressed otherwise than agreed",
        hint=f"agreed is {expected}; correct `groups:`, `ours:` or `theirs:`, or tell the sender",
        candidates=tuple(each.id for each in here),
    )


def _sender(envelope: Envelope) -> str:
    return _written(envelope.sender.qualifier, envelope.sender.id)


def _written(qualifier: str, name: str) -> str:
    return f"{qualifier.strip()}:{name.strip()}" if qualifier.strip() else name.strip()


def _document(envelope: Envelope) -> str:
    from hub.routing.versions import DocumentName, normalise_version

    version = normalise_version(envelope.standard, envelope.version)
    return str(DocumentName(envelope.standard, version, envelope.message))


def _of_standard(identities: Iterable[Identity], envelope: Envelope) -> list[str]:
    return [_written(each.party.qualifier, each.party.id) for each in identities if each.standard == envelope.standard]


def _near(wanted: str, known: list[str]) -> tuple[str, ...]:
    """Known names with the same id first (the qualifier is often what differs), then those spelled alike."""
    same = [name for name in known if name.rpartition(":")[2] == wanted.rpartition(":")[2]]
    return tuple(dict.fromkeys([*same, *get_close_matches(wanted, known, n=NEAREST, cutoff=0.6)]))[:NEAREST]


def _cure(near: Sequence[str], otherwise: str) -> str:
    return f"near it: {', '.join(near)}; {otherwise}" if near else otherwise
