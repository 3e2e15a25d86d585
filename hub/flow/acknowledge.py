"""Answer the syntax of what arrived: TA1, 997, 999 or CONTRL, as the agreement wants it, queued where the message is judged."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub.edi.acknowledge import AckPolicy, Answer, Style, answers
from hub.edi.tree import PartyId
from hub.flow.clocks.deadlines import deadline, light_columns
from hub.flow.envelope import Address, scope_of, taken_both
from hub.flow.hub import Hub
from hub.flow.outbound import way_back
from hub.flow.reading import Reading
from hub.routing.acknowledging import ack_policy
from hub.routing.options import Acknowledge, Numbering
from hub.routing.site import Agreement, Partner
from hub.routing.writing import Writing
from hub.store.encoding import to_json
from hub.store.messages import body_of
from hub.store.numbers import Numbers
from hub.store.transaction import Transaction

_MEDIA = {"x12": "application/edi-x12", "edifact": "application/edifact"}
_ENDINGS = {"x12": "x12", "edifact": "edi"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What governs the acknowledgment of one interchange: the first message's agreement, else the partner's defaults."""

    source: Agreement | Partner
    acknowledge: Acknowledge
    numbering: Numbering
    writing: Writing
    partner: str
    agreement: str
    connection: str
    zone: str


def terms_of(reading: Reading) -> Terms | None:
    """The terms of an interchange; None where nobody knows whose it is."""
    agreement = reading.agreement
    if agreement is not None:
        return _terms(agreement, agreement.acknowledge.over or agreement.connection, agreement.id)
    if reading.partner is not None:
        return _terms(reading.partner, reading.partner.acknowledge.over or reading.partner.connection, "")
    return None


def policy_of(terms: Terms) -> AckPolicy:
    """What the standard's findings lead to: as the agreement says, else by the partner's defaults."""
    if isinstance(terms.source, Agreement):
        return ack_policy(terms.source)
    acknowledge = terms.acknowledge
    return AckPolicy(
        functional="999" if acknowledge.kind == "999" else "997",
        ta1=acknowledge.technical,
        detail=acknowledge.detail,
        directory=acknowledge.directory,
    )


def queue_acknowledgments(tx: Transaction, message_id: str, reading: Reading, terms: Terms, hub: Hub) -> list[str]:
    """Write the acknowledgments of an interchange to the outbox; the ids of their messages."""
    if not _is_due(reading, terms):
        return []
    numbers = _SiteNumbers(tx.numbers, reading, terms)
    writing = terms.writing
    style = Style(
        x12=writing.service_characters("x12", f"{reading.interchange.version}0"),
        edifact=writing.service_characters("edifact"),
        line_end=writing.segment_suffix,
        una=writing.una == "always",
    )
    at = hub.now().astimezone(ZoneInfo(writing.time_zone or terms.zone))
    made = answers(reading.report, policy_of(terms), numbers, at=at, style=style)
    wanted = [each for each in made if terms.acknowledge.when != "rejected" or each.verdict == "rejected"]
    return [_queue(tx, message_id, answer, reading, terms, hub) for answer in wanted]


def take_numbers_ahead(numbers: Numbers, reading: Reading, terms: Terms) -> None:
    """Take what the functional acknowledgment of an interchange without errors begins with, in one exchange with other questions."""
    if reading.interchange.standard == "x12" and _is_due(reading, terms) and terms.acknowledge.when != "rejected":
        _SiteNumbers(numbers, reading, terms).take_ahead()


def answer_again(tx: Transaction, first_message: str) -> int:
    """Send the stored acknowledgments of an earlier message once more, the same bytes under the same numbers."""
    again = [each for each in tx.messages.answers_to(first_message) if not tx.jobs.is_pending(each)]
    for message_id in again:
        connection = tx.messages.get(message_id).connection
        tx.jobs.discard(message_id)
        tx.jobs.add("deliver", "deliver", message_id, resource=connection)
    return len(again)


@dataclass(slots=True)
class _SiteNumbers:
    """The site's counters, as the agreement shares them, for the envelopes of answers."""

    numbers: Numbers
    reading: Reading
    terms: Terms
    messages: int = 0
    ahead: str = ""
    """The number of the interchange, taken with its first group's: a group is always in one."""

    def interchange(self) -> str:
        counter = self.terms.numbering.interchange
        number, self.ahead = self.ahead, ""
        if not number:
            number = str(self.numbers.take(self._interchanges, first=counter.first, last=counter.last))
        prefix = counter.prefix if self._standard == "edifact" else ""
        return prefix + number.zfill(counter.width or (9 if self._standard == "x12" else 0))

    def group(self) -> str:
        counter = self.terms.numbering.group
        groups = f"{self._standard}:group:{self._scope}"
        if self.ahead:
            number = str(self.numbers.take(groups, first=counter.first, last=counter.last))
        else:
            self.ahead, number = taken_both(self.numbers, self._interchanges, groups, self.terms.numbering)
        return number.zfill(counter.width or 0)

    def take_ahead(self) -> None:
        """Have what the first `group` takes at hand by then."""
        one, other = self.terms.numbering.interchange, self.terms.numbering.group
        if (one.first, one.last) == (other.first, other.last):
            self.numbers.ahead(self._interchanges, f"{self._standard}:group:{self._scope}", first=one.first, last=one.last)

    @property
    def _interchanges(self) -> str:
        return f"{self._standard}:interchange:{self._scope}"

    def message(self) -> str:
        self.messages += 1
        return str(self.messages).zfill(4)

    @property
    def _standard(self) -> str:
        return self.reading.interchange.standard

    @property
    def _scope(self) -> str:
        received = self.reading.interchange
        return scope_of(
            Address(
                sender=_plain(received.receiver),
                receiver=_plain(received.sender),
                group_sender="",
                group_receiver="",
                partner=self.terms.partner,
                agreement=self.terms.agreement,
                numbering=self.terms.numbering,
                writing=self.terms.writing,
                test=received.test,
                zone=self.terms.zone,
            )
        )


def _queue(tx: Transaction, message_id: str, answer: Answer, reading: Reading, terms: Terms, hub: Hub) -> str:
    interchange = reading.interchange
    connection = terms.connection or way_back(tx, message_id, hub)
    body = body_of(answer.data, hub.database.blobs)
    name = f"{answer.kind}_{terms.partner}_{answer.control_number}.{_ENDINGS[interchange.standard]}"
    state = "ready" if connection else "held"
    error = None if connection else _no_way(terms.partner)
    row = {
        "connection": connection,
        "channel": hub.channel(connection),
        "partner": terms.partner,
        "test": reading.is_test,
        "media_type": _MEDIA[interchange.standard],
        "evidence": to_json({"name": name}),
        "answer_to": message_id,
        "state": state,
        "error": None if error is None else to_json(error),
    }
    answer_id = tx.messages.put_out(row, body)
    # ours to leave, counted from when the interchange arrived
    own = deadline(tx.messages.arrived_at(message_id), terms.acknowledge.within, terms.partner, hub)
    tx.documents.add(
        [
            {
                "message_id": answer_id,
                "direction": "out",
                "kind": "acknowledgment",
                "standard": interchange.standard,
                "type": answer.kind,
                "version": interchange.version,
                "partner": terms.partner,
                "agreement": terms.agreement,
                "control_number": "" if answer.kind == "TA1" else "0001",
                "group_type": "FA" if answer.groups else "",
                "group_number": answer.groups[0] if answer.groups else "",
                "interchange_number": answer.control_number,
                "number": answer.answers,
                "test": reading.is_test,
                "state": "queued" if connection else "held",
                "error": None if error is None else to_json(error),
                "delivery": "waiting",
                **light_columns("delivery", own),
            }
        ]
    )
    if connection:
        tx.jobs.add("deliver", "deliver", answer_id, resource=connection)
    tx.audit.acknowledged(message_id, by=answer_id, kind=f"{answer.kind} {answer.verdict}")
    return answer_id


def _is_due(reading: Reading, terms: Terms) -> bool:
    is_x12 = reading.interchange.standard == "x12"
    when = terms.acknowledge.when or ("always" if is_x12 else "requested")
    if terms.acknowledge.kind == "none" or when == "never":
        return False
    return when != "requested" or is_x12 or reading.interchange.ack_requested


def _no_way(partner: str) -> dict[str, str]:
    return {
        "code": "RTE-333",
        "message": f"no connection carries acknowledgments to {partner}",
        "hint": "name one with `over:` in the partner's defaults, then `edihub resend`",
        "who": "admin",
    }


def _terms(source: Agreement | Partner, connection: str, agreement: str) -> Terms:
    return Terms(
        source=source,
        acknowledge=source.acknowledge,
        numbering=source.numbering,
        writing=source.writing,
        partner=source.partner if isinstance(source, Agreement) else source.id,
        agreement=agreement,
        connection=connection,
        zone=source.time_zone,
    )


def _plain(party: PartyId) -> PartyId:
    return PartyId(qualifier=party.qualifier.strip(), id=party.id.strip(), internal=party.internal.strip())
