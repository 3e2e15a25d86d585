"""The X12 interchange: ISA, TA1, GS, ST and their trailers (X12.5, X12.6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Any

from hub.edi.delimiters import Header, isa_header, with_repetition
from hub.edi.elements import is_date
from hub.edi.envelope_reader import EnvelopeReader, as_count, same_number, text
from hub.edi.lexer import Finds
from hub.edi.limits import Limits
from hub.edi.mapped import Buffer
from hub.edi.segments import Piece, text_of
from hub.edi.split import Splitter, X12Splitter
from hub.edi.tree import Group, Interchange, Message, PartyId, Segment, TestIndicator

_TEST: dict[str, TestIndicator] = {"T": "test", "P": "production", "I": "information"}
_AUTHORIZATION = re.compile("0[0-8]")
_QUALIFIER = re.compile("0[1-9]|[12][0-9]|3[0-8]|AM|NR|SA|SN|ZZ")
_VERSION = re.compile("[0-9]{5}")
_TA1_KEPT = 1_000
# Interchange service requests (X12.5) and security (X12.58) around groups and sets: kept in the count, nothing else.
_ACCEPTED = frozenset({"ISB", "ISE", "TA3", "S1S", "S1E", "S2S", "S2E", "S3S", "S3E", "S4S", "S4E", "SVA"})


class X12Reader(EnvelopeReader):
    """Reads one ISA..IEA."""

    standard = "x12"
    message_tags = ("ST", "SE")
    group_tags = ("GS", "GE")
    trailer_tag = "IEA"
    start_tag = "ISA"

    def __init__(self, data: Buffer, header: Header, limits: Limits, *, index: int, finds: Finds) -> None:
        elements = header.elements
        if len(elements) == 16:
            header.characters = with_repetition(header.characters, elements[10], elements[11])
        super().__init__(data, header, limits, index=index, finds=finds, declared="ascii")
        self.interchange = self._interchange(_texts(elements, header.characters.element))
        self._check_header()

    def _interchange(self, values: list[str]) -> Interchange:
        padded = [value.strip() for value in values] + [""] * 16
        return Interchange(
            standard="x12",
            sender=_party(padded[4], padded[5]),
            receiver=_party(padded[6], padded[7]),
            control_number=padded[12],
            version=padded[11],
            date=padded[8],
            time=padded[9],
            test=_TEST.get(padded[14].upper(), "production"),
            delimiters=self.characters.delimiters(),
            charset="ascii",
            ack_requested=padded[13] == "1",
            header=["ISA", *values] if values else [],
            offset=self.header.start,
            segment_count=1 if values else 0,
        )

    def _check_header(self) -> None:
        header, interchange, start = self.interchange.header, self.interchange, self.header.start
        if len(header) == 17 and not (_is_usual(_words(header)) and self._is_filled()):
            self._explain_header(header, interchange, start)
        delimiters = [value for value in (self.characters.segment, self.characters.element, self.characters.component) if value]
        if len(header) == 17 and len(set(delimiters)) != len(delimiters):
            self.note("EDI-113", "two service characters are the same", start, segment="ISA")

    def _is_filled(self) -> bool:
        """Whether who, when and which number are what they must be."""
        interchange = self.interchange
        date, number = interchange.date, interchange.control_number
        is_moment = len(date) == 6 and is_date(date) and _is_time(interchange.time)
        return bool(is_moment and number.isdecimal() and interchange.sender.id and interchange.receiver.id)

    def _explain_header(self, header: Segment, interchange: Interchange, start: int) -> None:
        """Say what is wrong with ISA, in the order of the catalogue."""
        faults = (
            (not _AUTHORIZATION.fullmatch(text(header, 1)), "EDI-126", 1, "the authorization qualifier is none of 00 to 08"),
            (text(header, 3) not in {"00", "01"}, "EDI-127", 3, "the security qualifier is neither 00 nor 01"),
            (not _QUALIFIER.fullmatch(interchange.sender.qualifier), "EDI-124", 5, "X12 has no such sender qualifier"),
            (not _QUALIFIER.fullmatch(interchange.receiver.qualifier), "EDI-125", 7, "X12 has no such receiver qualifier"),
            (
                interchange.version < "00402" and text(header, 11) != "U" and _is_word(text(header, 11)),
                "EDI-128",
                11,
                "ISA11 is not U",
            ),
            (not _VERSION.fullmatch(interchange.version), "EDI-123", 12, "the version is no five digits"),
            (not interchange.sender.id, "EDI-119", 6, "the sender is missing"),
            (not interchange.receiver.id, "EDI-120", 8, "the receiver is missing"),
            (len(interchange.date) != 6 or not is_date(interchange.date), "EDI-114", 9, "the date is no YYMMDD"),
            (not _is_time(interchange.time), "EDI-115", 10, "the time is no HHMM"),
            (not interchange.control_number.isdecimal(), "EDI-116", 13, "the control number is no number"),
            (text(header, 14) not in {"0", "1"}, "EDI-117", 14, "the acknowledgment request is neither 0 nor 1"),
            (text(header, 15) not in _TEST, "EDI-118", 15, "the usage indicator is none of I, P, T"),
        )
        for wrong, code, element, message in faults:
            if wrong:
                self.note(code, message, start, segment="ISA", element=element, value=text(header, element))

    def make_splitter(self, gap: str) -> Splitter:
        """X12 text is split at two characters only."""
        return X12Splitter(self.characters, gap)

    def open_group(self, segment: Segment, piece: Piece) -> Group:
        """GS; GS08 governs the version of its transaction sets."""
        values = [*map(str.strip, segment), *_NOTHING]  # type: ignore[arg-type]
        group = Group(
            interchange=self.interchange,
            type=values[1],
            sender=_party("", values[2]),
            receiver=_party("", values[3]),
            date=values[4],
            time=values[5],
            control_number=values[6],
            version=values[8],
            header=segment,
            offset=piece.start,
        )
        for element, name in ((1, "the functional identifier"), (8, "the version")):
            if not values[element]:
                said = f"GS0{element}, {name}, is missing"
                self.note("EDI-167", said, piece.start, segment="GS", element=element, group=group)
        number = group.control_number
        if not number.isdecimal():
            self.note("EDI-165", "GS06 is no number", piece.start, segment="GS", element=6, group=group, value=number)
        elif number in self.group_seen:
            text_ = f"group control number {number} occurs again"
            self.note("EDI-166", text_, piece.start, segment="GS", element=6, group=group, value=number)
        self.remember_group(number)
        return group

    def implicit_group(self) -> Group:
        """Transaction sets without a GS around them."""
        nobody = PartyId(qualifier="", id="")
        version = f"{self.interchange.version}0" if len(self.interchange.version) == 5 else ""
        group = Group(interchange=self.interchange, type="", sender=nobody, receiver=nobody, control_number="", version=version)
        if self.interchange.header:
            self.note("EDI-164", "ST stands outside a functional group", self.end, segment="ST", group=group)
        return group

    def close_group(self, group: Group, segment: Segment, piece: Piece) -> None:
        """GE01 counts the transaction sets, GE02 repeats GS06."""
        count, number = text(segment, 1), text(segment, 2)
        if as_count(count) != group.message_count:
            message = f"GE01 says {count or 'nothing'}, the group has {group.message_count} transaction sets"
            self.note("EDI-162", message, piece.start, segment="GE", element=1, group=group, value=count)
        if group.control_number and not same_number(number, group.control_number):
            message = f"GE02 is {number or 'empty'}, GS06 is {group.control_number or 'empty'}"
            self.note("EDI-161", message, piece.start, segment="GE", element=2, group=group, value=number)

    def close_interchange(self, segment: Segment, piece: Piece) -> None:
        """IEA01 counts the groups, IEA02 repeats ISA13."""
        if not self.interchange.header:
            self.note("EDI-104", "IEA closes an interchange that ISA did not open", piece.start, segment="IEA")
            return
        count, number = text(segment, 1), text(segment, 2)
        only_ta1 = bool(self.interchange.ta1) and not self.groups
        if only_ta1 and as_count(count) not in {0, None}:
            self.note("EDI-153", f"IEA01 says {count}, there is only TA1", piece.start, segment="IEA", element=1, value=count)
        elif as_count(count) != self.groups:
            message = f"IEA01 says {count or 'nothing'}, the interchange has {self.groups} groups"
            self.note("EDI-152", message, piece.start, segment="IEA", element=1, value=count)
        if not same_number(number, self.interchange.control_number):
            message = f"IEA02 is {number or 'empty'}, ISA13 is {self.interchange.control_number or 'empty'}"
            self.note("EDI-151", message, piece.start, segment="IEA", element=2, value=number)

    def message_header(self, message: Message) -> None:
        """ST01 and ST02; the version is the group's."""
        header = message.segments[0]
        message.type = header[1].strip() if len(header) > 1 else ""  # type: ignore[union-attr]
        message.control_number = header[2].strip() if len(header) > 2 else ""  # type: ignore[union-attr]
        message.version = message.group.version
        if not message.type:
            self.note("EDI-173", "ST01 is missing", message.offset, segment="ST", element=1, segment_index=1, message=message)
        if not message.control_number:
            self.note("EDI-174", "ST02 is missing", message.offset, segment="ST", element=2, segment_index=1, message=message)

    def check_message(self, message: Message, closed_by: Segment | None, offset: int) -> None:
        """SE01 counts ST to SE, SE02 repeats ST02 (an alphanumeric element: zeros count)."""
        index = message.segment_count
        if closed_by is None:
            self.note("EDI-170", "SE is missing", offset, segment="SE", segment_index=index + 1, message=message)
            return
        if closed_by[1:] == [str(index), message.control_number]:
            return
        count, number = text(closed_by, 1), text(closed_by, 2)
        if as_count(count) != message.segment_count:
            said = f"SE01 says {count or 'nothing'}, the transaction set has {message.segment_count} segments"
            self.note("EDI-172", said, offset, segment="SE", element=1, segment_index=index, message=message, value=count)
        if message.control_number and number != message.control_number:
            said = f"SE02 is {number or 'empty'}, ST02 is {message.control_number or 'empty'}"
            self.note("EDI-171", said, offset, segment="SE", element=2, segment_index=index, message=message, value=number)

    def begins_interchange(self, piece: Piece) -> bool:
        """ISA can occur as data: only sixteen elements make it a header."""
        if not piece.content.startswith(b"ISA"):
            return False
        header = isa_header(self.data, piece.start)
        return header is not None and len(header.elements) == 16

    def other(self, tag: str, piece: Piece) -> bool:
        """TA1 stands between ISA and the first GS, and sometimes alone; so do grade of service and security segments."""
        if tag in _ACCEPTED:
            return True
        if tag != "TA1":
            return False
        if len(self.interchange.ta1) < _TA1_KEPT:
            self.interchange.ta1.append(self.segment_of(piece))
        return True


@lru_cache(maxsize=1024)
def _party(qualifier: str, number: str) -> PartyId:
    """Who sends or receives: the same few all day."""
    return PartyId(qualifier=qualifier, id=number)


_NOTHING = ("",) * 9
_words: Callable[[Any], tuple[str, ...]] = itemgetter(1, 3, 5, 7, 11, 12, 14, 15)


@lru_cache(maxsize=256)
def _is_usual(words: tuple[str, ...]) -> bool:
    """Whether the coded elements of an ISA are right: ISA01, 03, 05, 07, 11, 12, 14 and 15, the same few all day."""
    authorization, security, sender, receiver, standards, version, wish, usage = map(str.strip, words)
    return bool(
        _AUTHORIZATION.fullmatch(authorization)
        and security in {"00", "01"}
        and _QUALIFIER.fullmatch(sender)
        and _QUALIFIER.fullmatch(receiver)
        and (version >= "00402" or standards == "U")
        and _VERSION.fullmatch(version)
        and wish in {"0", "1"}
        and usage in _TEST
    )


def _texts(elements: list[bytes], separator: bytes) -> list[str]:
    """The elements of ISA as text; they were split at `separator`."""
    whole = separator.join(elements)
    if elements and whole.isascii():
        return whole.decode("ascii").split(separator.decode("ascii"))
    return [text_of(value) for value in elements]


def _is_word(value: str) -> bool:
    """Nothing, or letters and digits: no separator that came too early for its version, as many write it."""
    return not value or value.isalnum()


def _is_time(value: str) -> bool:
    return len(value) in {4, 6} and value.isdecimal() and int(value[:2]) < 24 and int(value[2:4]) < 60
