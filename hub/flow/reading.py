"""Read a stored file, judge each message, and find who and what governs it: values only, no transaction.

The first messages of a file are kept as read, so that step two need not read them again; of all others only what step one must
remember.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from mmap import mmap

import structlog

from hub.edi.acknowledge import ACKNOWLEDGMENTS, Collector, InterchangeReport, MessageReport
from hub.edi.dictionary import message_spec
from hub.edi.findings import Finding
from hub.edi.limits import DEFAULT, Limits
from hub.edi.place import Placement
from hub.edi.read import read
from hub.edi.structure import MessageSpec
from hub.edi.tree import Event, Group, Interchange, InterchangeEnd, Message
from hub.edi.validate import validate
from hub.flow.hub import Hub
from hub.flow.payload import digest_of, thrifty
from hub.flow.remembered import Remembered, Remembrance
from hub.routing.agreements import Envelope
from hub.routing.refusals import Refusal, partner_is_off
from hub.routing.site import Agreement, Partner

log = structlog.get_logger(__name__)

KEPT_SEGMENTS = 20_000
"""How many segments of one file are kept in memory between the two steps; long ones count for more."""
_OCTETS_PER_SEGMENT = 128


@dataclass(slots=True, kw_only=True)
class Judged:
    """One message with what was found in it. `placement` is None where no dictionary knows it or its segments were let go.

    `bug` says what went wrong in us while judging it: such a message is set aside, the others go on.
    """

    message: Message
    spec: MessageSpec | None
    findings: list[Finding]
    agreement: Agreement | None
    refusal: Refusal | None
    content_sha256: str
    placement: Placement | None = None
    bug: str = ""

    @property
    def is_acknowledgment(self) -> bool:
        """Whether it answers something that we sent."""
        return self.message.type in ACKNOWLEDGMENTS

    @property
    def told(self) -> list[Finding]:
        """What validation found, beside what the envelope's reader had put on the message already."""
        return self.findings[len(self.message.findings) :]


@dataclass(slots=True, kw_only=True)
class Reading:
    """One interchange, read to its end: its header, what is remembered of its messages, and whose it is.

    `agreement` is the one of its first message that has one, `unknown` why the first without one has none; `named` are the partners
    of all of them. `kept` are messages with their segments, by their place in the file.
    """

    interchange: Interchange
    position: int
    messages: Remembrance
    sha256: str = ""
    partner: Partner | None = None
    refusal: Refusal | None = None
    agreement: Agreement | None = None
    unknown: Refusal | None = None
    named: set[str] = field(default_factory=set)
    kept: dict[int, Judged] = field(default_factory=dict, repr=False)
    collector: Collector = field(default_factory=Collector, repr=False)
    _report: InterchangeReport | None = None

    @property
    def report(self) -> InterchangeReport:
        """What the acknowledgment is made of; there only once the interchange was read to its end."""
        assert self._report is not None
        return self._report

    def add(self, event: Event, judged: Judged | None = None) -> bool:
        """Take the next event of this interchange, with what a message was judged; whether it was the last."""
        told = () if judged is None else judged.told
        report = self.collector.add(event, told, is_known=judged is None or judged.spec is not None)
        if judged is not None:
            self._remember(judged)
        if not isinstance(event, InterchangeEnd):
            return False
        self._report = report
        return True

    def beside(self) -> Iterator[tuple[Remembered, Group, MessageReport]]:
        """Every message with its functional group and with what its acknowledgment is made of."""
        reports = ((group.group, each) for group in self.report.groups for each in group.messages)
        for message, (group, report) in zip(self.messages, reports, strict=True):
            yield message, group, report

    @property
    def is_test(self) -> bool:
        """Whether it is test traffic; ISA15 I (information) is no business either."""
        return self.interchange.test != "production" or (self.partner is not None and self.partner.state == "test")

    def _remember(self, judged: Judged) -> None:
        message = judged.message
        if judged.agreement is not None:
            self.named.add(judged.agreement.partner)
            self.agreement = self.agreement or judged.agreement
        self.unknown = self.unknown or judged.refusal
        columns = {
            "place": message.index,
            "type": message.type,
            "version": message.version,
            "association": message.association,
            "control_number": message.control_number,
            "agreement": "" if judged.agreement is None else judged.agreement.id,
            "content_sha256": judged.content_sha256,
            "bug": judged.bug,
        }
        self.messages.append(judged.findings, columns)


def read_file(payload: bytes | mmap, hub: Hub, *, keep: int = KEPT_SEGMENTS) -> Iterator[Reading]:
    """Yield each interchange of a file once it is read to its end; raises `InputError` for what is neither X12 nor EDIFACT."""
    reading: Reading | None = None
    kept = position = 0
    for event in thrifty(read(payload, limits_of(hub)), payload):
        if isinstance(event, Interchange):
            reading = _begin(event, position, hub)
            position += 1
        assert reading is not None
        judged: Judged | None = None
        if isinstance(event, Message):
            judged = judge(event, hub)
            kept += len(event.segments) + len(event.raw) // _OCTETS_PER_SEGMENT
            if kept <= keep and (judged.placement is not None or judged.spec is None):
                reading.kept[event.index] = judged
        if reading.add(event, judged):
            reading.sha256 = digest_of(payload, reading.interchange.offset, reading.interchange.end)
            _settle_partner(reading, hub)
            yield reading


def messages_of(payload: bytes | mmap, hub: Hub) -> Iterator[Message]:
    """The messages of a file once more, one in memory at a time."""
    for event in thrifty(read(payload, limits_of(hub)), payload):
        if isinstance(event, Message):
            yield event


def limits_of(hub: Hub) -> Limits:
    """How long a message may be on this site; its bytes and elements grow with its segments."""
    most = hub.site.file.limits.segments
    share = max(1, most // DEFAULT.message_segments)
    return replace(
        DEFAULT,
        message_segments=most,
        message_bytes=DEFAULT.message_bytes * share,
        message_elements=DEFAULT.message_elements * share,
    )


def judge(message: Message, hub: Hub) -> Judged:
    """Validate one message against its standard and find the agreement that governs it."""
    found = hub.directory.find(Envelope.of(message))
    judged = Judged(
        message=message,
        spec=message_spec(message.interchange.standard, message.type, message.version, message.association),
        findings=list(message.findings),
        agreement=found if isinstance(found, Agreement) else None,
        refusal=found if isinstance(found, Refusal) else None,
        content_sha256=content_hash(message),
    )
    if judged.spec is not None and message.complete:
        try:
            validation = validate(message, judged.spec)
        except Exception as bug:  # boundary: one message that we stumble over must not stop the hundreds beside it
            log.exception("validation failed", message=message.control_number, type=message.type)
            judged.bug = f"{type(bug).__name__}: {bug}"[:500]
        else:
            judged.placement = validation.placement
            judged.findings += validation.findings
    return judged


def content_hash(message: Message) -> str:
    """SHA-256 over what a message says: everything between its header and its trailer, without their control numbers."""
    digest = hashlib.sha256(f"{message.type} {message.version} {message.association}\n".encode())
    terminator, element = message.interchange.delimiters.segment, message.interchange.delimiters.element
    body = message.raw.partition(terminator)[2]
    end = body.rstrip("\r\n \x1a").removesuffix(terminator).rfind(terminator)
    digest.update(body[: end + 1].encode("utf-8", "surrogateescape"))
    digest.update(element.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _begin(interchange: Interchange, position: int, hub: Hub) -> Reading:
    found = hub.directory.partner(interchange)
    return Reading(
        interchange=interchange,
        position=position,
        messages=Remembrance(hub.site.file.limits.findings),
        partner=None if isinstance(found, Refusal) else found,
        refusal=found if isinstance(found, Refusal) else None,
    )


def _settle_partner(reading: Reading, hub: Hub) -> None:
    """Partners that share an interchange id are told apart by what stands inside it; one that is off is held."""
    if (
        reading.partner is None
        and len(reading.named) == 1
        and reading.refusal is not None
        and reading.refusal.code == "RTE-306"
    ):
        reading.partner, reading.refusal = hub.site.partners[next(iter(reading.named))], None
    if reading.partner is not None and reading.partner.state == "off":
        reading.refusal = partner_is_off(_envelope(reading.interchange), reading.partner.id)


def _envelope(interchange: Interchange) -> Envelope:
    return Envelope(
        standard=interchange.standard,
        sender=interchange.sender,
        receiver=interchange.receiver,
        message="the interchange",
        version="",
    )
