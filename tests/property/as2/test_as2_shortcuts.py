"""Where a common shape is read by a shortcut, the general reader says the same about every input."""

from __future__ import annotations

import re

import pytest
from as2_partner import connector, person, secrets_of
from hypothesis import given
from hypothesis import strategies as st

from connectors.as2 import wire
from connectors.as2.asn1 import writer
from connectors.as2.asn1.reader import CONTEXT_0, SEQUENCE, BerError, walk
from connectors.as2.cms.envelope import content_type
from connectors.as2.mime.fields import MimeError, split_head
from hub.ports import OutboundDocument
from hub.testing.services import FakeServices

HUB, ACME = person("HUB"), person("ACME")
_SENDER = connector(ACME, HUB, FakeServices(secrets=secrets_of(HUB, ACME)))
ENVELOPE = wire.split(_SENDER.prepare(OutboundDocument(payload=b"ISA*" * 200, idempotency_key="k", name="a.edi")).wire or b"")[
    1
]
KINDS = tuple(
    writer.sequence(writer.oid(dotted), writer.explicit(0, writer.sequence(writer.octet_string(bytes(size)))))
    for dotted in ("1.2.840.113549.1.7.2", "1.2.840.113549.1.7.3", "1.2.840.113549.1.7.1", "1.2.840.113549.1.9.16.1.9")
    for size in (0, 3, 220, 240, 300, 5000)
)
PLACES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=3)
LINE_ENDS = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a: b", b" c"]), max_size=14).map(b"".join)


def _general(data):
    """What the reader for every shape finds: the kind, and the elements inside."""
    outer = walk(data)
    info = outer.enter(outer.next(SEQUENCE))
    dotted = info.oid()
    return dotted, _elements(info.enter(info.next(CONTEXT_0)))


def _elements(cursor):
    found = []
    while (item := cursor.peek()) is not None:
        found.append((item[0], cursor.raw(item)))
        cursor.next()
    return found


def _outcome(read):
    try:
        return read()
    except BerError:
        return "not BER"


@given(st.sampled_from((ENVELOPE, *KINDS)), PLACES, st.integers(0, 3))
def test_what_a_content_info_holds_is_the_same_however_it_is_read(data, places, cut):
    changed = bytearray(data)
    for place, value in places:
        if place < len(changed):
            changed[place] = value
    data = bytes(changed[: len(changed) - cut])

    def shortcut():
        dotted, cursor = content_type(data)
        return dotted, _elements(cursor)

    assert _outcome(shortcut) == _outcome(lambda: _general(data))


@given(LINE_ENDS)
def test_a_head_ends_at_the_first_blank_line_whatever_ends_its_lines(data):
    found = re.search(rb"\A\r?\n|\r?\n\r?\n", data)
    try:
        _, body = split_head(data)
    except MimeError:
        return
    assert found is not None
    assert body == data[found.end() :]


@given(LINE_ENDS.filter(lambda data: re.search(rb"\A\r?\n|\r?\n\r?\n", data) is None))
def test_a_head_without_a_blank_line_is_refused(data):
    with pytest.raises(MimeError, match="no blank line"):
        split_head(data)
