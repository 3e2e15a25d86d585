"""What must hold for any data, any service characters and any damage."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hub.edi.inspect import inspected
from hub.edi.limits import Limits
from hub.edi.locate import locate
from hub.edi.read import read
from hub.edi.transcode import transcoded
from hub.edi.tree import Delimiters, Group, Interchange, Message, PartyId, Repeats
from hub.edi.write import Body, EdifactEnvelope, GroupBody, X12Envelope, write_edifact, write_x12
from hub.errors import InputError

FIXTURES = sorted((Path(__file__).resolve().parents[3] / "fixtures" / "syntax").rglob("*.edi"))
BETWEEN = b" \t\r\n\x0b\x0c\x00\x1a"
US = PartyId(qualifier="ZZ", id="EDIHUB")
THEM = PartyId(qualifier="14", id="5412345000013")
# Characters that occur in data and could serve as separators all the same.
SERVICE = "*~>^|!'+:?#=_;\x1c\x1d\x1e\x1f\x15$%&"
# A control character is a separator or nothing: the writer refuses it as data.
TEXT = st.text(st.sampled_from("ABCXYZabc0123456789 .,-/()ÉßÅ" + "".join(filter(str.isprintable, SERVICE))), max_size=12)


def trimmed(values):
    """A list without trailing empty members."""
    values = list(values)
    while values and not values[-1]:
        values.pop()
    return values


@st.composite
def delimiters(draw, count):
    return draw(st.lists(st.sampled_from(SERVICE), min_size=count, max_size=count, unique=True))


def messages(events):
    return [event for event in events if isinstance(event, Message)]


def errors(events):
    holders = [event for event in events if isinstance(event, (Interchange, Group, Message))]
    return [found for holder in holders for found in holder.findings if found.severity == "error"]


TAGS = st.sampled_from(["BEG", "REF", "N1", "PO1", "DTM", "LIN", "ISB", "UNS", "SES", "STC"])


@given(delimiters(4), st.lists(st.tuples(TAGS, st.lists(TEXT, max_size=6)), max_size=8), st.sampled_from(["", "\n", "\r\n"]))
def test_what_is_written_as_x12_is_read_back_for_any_delimiters_and_data(chosen, bodies, line_end):
    segment, element, component, repetition = chosen
    body = []
    for tag, values in bodies:
        clean = ["".join(character for character in value if character not in chosen) for value in values]
        body.append([tag, *trimmed(clean)])
    envelope = X12Envelope(
        sender=US,
        receiver=THEM,
        control_number="17",
        date="260924",
        time="1059",
        version="00501",
        delimiters=Delimiters(segment=segment, element=element, component=component, repetition=repetition),
        charset="iso8859-1",
        line_end=line_end,
    )
    group = GroupBody(
        type="PO",
        sender=US,
        receiver=THEM,
        control_number="3",
        date="20260924",
        time="1059",
        version="005010",
        messages=[Body(type="850", control_number="0001", segments=body), Body(type="850", control_number="0002", segments=[])],
    )
    written = write_x12(envelope, [group])
    assert not written.refused
    events = list(read(written.data))
    assert not errors(events)
    first, second = messages(events)
    assert first.segments[1:-1] == body
    assert second.segments == [["ST", "850", "0002"], ["SE", "2", "0002"]]
    assert first.interchange.delimiters == envelope.delimiters


COMPOSITE = st.lists(TEXT, min_size=2, max_size=4).map(trimmed).map(lambda parts: parts if len(parts) > 1 else "".join(parts))
ELEMENT = st.one_of(TEXT, COMPOSITE)
REPEATED = st.lists(ELEMENT, min_size=2, max_size=3).filter(lambda values: bool(values[-1])).map(Repeats)


@given(
    delimiters(5),
    st.lists(st.tuples(TAGS, st.lists(st.one_of(ELEMENT, REPEATED), max_size=5)), max_size=8),
    st.sampled_from(["", "\n", "\r\n"]),
)
def test_what_is_written_as_edifact_is_read_back_for_any_delimiters_and_data(chosen, bodies, line_end):
    segment, element, component, repetition, release = chosen
    body = [[tag, *trimmed(values)] for tag, values in bodies]
    envelope = EdifactEnvelope(
        sender=THEM,
        receiver=US,
        control_number="000017",
        date="20260924",
        time="1059",
        version="4",
        delimiters=Delimiters(segment=segment, element=element, component=component, repetition=repetition, release=release),
        line_end=line_end,
        test="test",
    )
    message = Body(type="ORDERS", version="D", release="01B", control_number="A1", association="EAN010", segments=body)
    written = write_edifact(envelope, [message, message])
    assert not written.refused
    events = list(read(written.data))
    assert not errors(events)
    for one in messages(events):
        assert one.segments[1:-1] == body
        assert (one.type, one.version, one.association) == ("ORDERS", "D01B", "EAN010")
    interchange = events[0]
    assert (interchange.control_number, interchange.test, interchange.delimiters) == ("000017", "test", envelope.delimiters)


def damaged(data, seed):
    """One to three random damages of a file."""
    choose = random.Random(seed)
    for _ in range(choose.randrange(1, 4)):
        if not data:
            return data
        at = choose.randrange(len(data))
        to = min(len(data), at + choose.randrange(1, 200))
        way = choose.randrange(8)
        if way == 0:
            data = data[:at]
        elif way == 1:
            data = data[:at] + bytes([choose.randrange(256)]) + data[at + 1 :]
        elif way == 2:
            data = data[:at] + data[to:]
        elif way == 3:
            data = data[:to] + data[at:]
        elif way == 4:
            one, other = choose.sample(list(b"*~+:'?>^|\n\r \x00"), 2)
            data = data.translate(bytes.maketrans(bytes([one, other]), bytes([other, one])))
        elif way == 5:
            flat = data.replace(b"\r", b"").replace(b"\n", b"")
            data = b"\n".join(flat[place : place + 80] for place in range(0, len(flat), 80))
        elif way == 6:
            data += data
        else:
            data = data[at:]
    return data


def unaccounted(data, events, spans):
    """The first byte that belongs to no segment, no separator and no finding; None where all are accounted for."""
    data = transcoded(data)[0]
    holders = [event for event in events if isinstance(event, (Interchange, Group, Message))]
    found = {finding.where.offset for holder in holders for finding in holder.findings}
    terminators = set()
    for event in events:
        if isinstance(event, Interchange):
            character = event.delimiters.segment
            terminators |= {character.encode("utf-8"), character.encode("iso8859-1", "replace")}
    place = 0
    for start, stop in [*sorted(spans), (len(data), len(data))]:
        at = place
        while at < start:
            step = next((len(one) for one in terminators if one and data.startswith(one, at)), int(data[at] in BETWEEN))
            if not step:
                if not any(place <= offset <= at for offset in found):
                    return at
                break
            at += step
        place = max(place, stop)
    return None


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FIXTURES), st.integers(0, 2**32))
def test_damage_never_raises_and_every_byte_belongs_to_a_segment_a_separator_or_a_finding(path, seed):
    data = damaged(path.read_bytes(), seed)
    spans = []
    try:
        events = list(read(data, spans=spans))
    except InputError:
        return
    assert unaccounted(data, events, spans) is None
    document = b"".join(piece for piece, _ in inspected(data))
    assert document.startswith(b'{"interchanges":[')


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_every_byte_of_an_undamaged_file_is_accounted_for(path):
    data, spans = path.read_bytes(), []
    events = list(read(data, spans=spans))
    assert unaccounted(data, events, spans) is None
    for one, other in zip(sorted(spans), sorted(spans)[1:], strict=False):
        assert one[1] <= other[0]


@given(st.sampled_from(FIXTURES), st.integers(0, 2**32))
def test_the_quick_way_and_the_slow_way_read_the_same(path, seed):
    data = damaged(path.read_bytes(), seed)
    try:
        quick = list(read(data))
        slow = list(read(data, Limits(quick_bytes=0)))
    except InputError:
        assume(False)
        return
    assert [(one.type, one.segments, one.raw, one.offset) for one in messages(quick)] == [
        (one.type, one.segments, one.raw, one.offset) for one in messages(slow)
    ]
    assert errors(quick) == errors(slow)


def resolved(value, release):
    out, at = [], 0
    while at < len(value):
        if release and value[at] == release and at + 1 < len(value):
            at += 1
        out.append(value[at])
        at += 1
    return "".join(out)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_locate_points_at_the_first_byte_of_every_element_and_component(path):
    data = transcoded(path.read_bytes())[0]
    for message in messages(read(data)):
        release = message.interchange.delimiters.release
        for number, segment in enumerate(message.segments, 1):
            place = locate(message, number)
            assert unwrapped(data[place : place + 9]).startswith(segment[0].encode())
            for element, value in enumerate(segment[1:], 1):
                parts = value if isinstance(value, list) and not isinstance(value, Repeats) else [value]
                for component, part in enumerate(parts, 1):
                    if isinstance(part, str) and part:
                        at = locate(message, number, element, component)
                        text = resolved(unwrapped(data[at : at + 99]).decode(message.codec, "ignore"), release)
                        assert text.startswith(part[:30])


def unwrapped(piece):
    return piece.replace(b"\r", b"").replace(b"\n", b"")
