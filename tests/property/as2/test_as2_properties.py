"""Done right 9, 11, 12 and 13: anything in, a value or a documented error out; payloads come out as they went in."""

from __future__ import annotations

import base64
import sys
import time
from pathlib import Path

import pytest
from as2_partner import as_request, at, connector, document, person, station
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.as2.asn1 import writer
from connectors.as2.asn1.reader import BerError, decode_oid, walk
from connectors.as2.attachments import documents
from connectors.as2.building import Content, Plan, build
from connectors.as2.cms.sign import Signing
from connectors.as2.mime import transfer
from connectors.as2.mime.fields import Head, MimeError, parse_value, read_head
from connectors.as2.mime.multipart import Parts, split_whole
from connectors.as2.mime.names import file_name, harmless
from connectors.as2.source import MemorySource
from connectors.as2.unwrapping import Relation, unwrap
from hub.ports import HttpRequest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import fuzz_as2

HUB, ACME = person("HUB"), person("ACME")
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PAYLOADS = st.one_of(
    st.binary(max_size=3000),
    st.sampled_from([b"", b"\n", b"\r", b"\r\n", b"\x00", b"a\nb\r\nc\r", b"--", b"\r\n--", b"\xff\xfe", "ăâîșț".encode()]),
)
SECURITY = st.sampled_from(["plain", "signed", "encrypted", "both", "gcm"])


@FEW
@given(PAYLOADS, SECURITY, st.sampled_from(["none", "before_signing", "after_signing"]), st.sampled_from(["application/edi-x12", "text/plain", "application/xml", "application/octet-stream"]))  # fmt: skip
def test_payload_bytes_are_identical_end_to_end(payload: bytes, security: str, compression: str, media_type: str) -> None:
    plan = Plan(
        signing=Signing(ACME.pair) if security in {"signed", "both", "gcm"} else None,
        recipient=HUB.certificate if security in {"encrypted", "both", "gcm"} else None,
        cipher="aes128_gcm" if security == "gcm" else "aes256_cbc",
        compression=compression,
    )
    cuts = (payload[: len(payload) // 3], payload[len(payload) // 3 :])
    built = build((Content(cuts, len(payload), media_type, "x.edi"),), plan, at(0))
    wire = b"".join(built.pieces)
    assert len(wire) == built.size
    head = Head(b"", {name.lower(): value for name, value in built.fields.items()})
    opened = unwrap(head, MemorySource(wire), Relation(keys=(HUB.pair,), signers=(ACME.certificate,)), at=at(0))
    (found,) = documents(opened, folder=None, limit=1 << 24)
    assert b"".join(found.body.pieces()) == payload
    assert (found.media_type, found.name) == (media_type, "x.edi")
    assert opened.mic("sha256").matches(built.mic())
    opened.discard()


def test_a_payload_that_needs_a_file_comes_out_as_it_went_in() -> None:
    payload = bytes(range(256)) * 5000
    built = build((Content((payload,), len(payload)),), Plan(signing=Signing(ACME.pair), recipient=HUB.certificate), at(0))
    head = Head(b"", {name.lower(): value for name, value in built.fields.items()})
    wire = b"".join(built.pieces)
    opened = unwrap(head, MemorySource(wire), Relation(keys=(HUB.pair,), signers=(ACME.certificate,)), at=at(0))
    path = opened.body.path
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_bytes() == payload
    opened.discard()
    assert not path.exists()


@FEW
@given(st.lists(st.tuples(PAYLOADS, st.sampled_from(["application/edifact", "application/pdf"])), min_size=2, max_size=6))
def test_several_attachments_arrive_in_their_order(contents: list[tuple[bytes, str]]) -> None:
    made = tuple(Content((data,), len(data), kind, f"{n}.x") for n, (data, kind) in enumerate(contents))
    built = build(made, Plan(signing=Signing(ACME.pair), recipient=HUB.certificate), at(0))
    wire = b"".join(built.pieces)
    assert len(wire) == built.size
    head = Head(b"", {name.lower(): value for name, value in built.fields.items()})
    opened = unwrap(head, MemorySource(wire), Relation(keys=(HUB.pair,), signers=(ACME.certificate,)), at=at(0))
    found = documents(opened, folder=None, limit=1 << 24)
    assert [(b"".join(one.body.pieces()), one.media_type, one.name) for one in found] == [
        (data, kind, f"{n}.x") for n, (data, kind) in enumerate(contents)
    ]
    assert opened.mic("sha256").matches(built.mic())
    opened.discard()


@MANY
@given(st.binary(max_size=400))
@example(b"\x30\x80" * 200)
@example(b"\x24\x80" * 200 + b"\x00" * 400)
@example(b"\x30\x84\xff\xff\xff\xff")
@example(b"\x30\x88" + b"\xff" * 8)
def test_the_ber_readers_survive_anything(data: bytes) -> None:
    fuzz_as2.ber(data)


@MANY
@given(st.binary(max_size=600))
def test_the_mime_readers_survive_anything(data: bytes) -> None:
    fuzz_as2.mime(data)


def _samples(name: str) -> list[bytes]:
    """Every input the long fuzzing run found worth keeping."""
    folder = Path(__file__).resolve().parents[3] / "fixtures" / "as2" / "fuzz"
    return [base64.b64decode(line) for line in (folder / f"{name}.txt").read_text().split()]


@pytest.mark.parametrize("name", fuzz_as2.TARGETS)
def test_what_fuzzing_found_is_survived_in_no_time(name: str) -> None:
    samples = _samples(name)
    assert len(samples) > 50
    target = {"ber": fuzz_as2.ber, "mime": fuzz_as2.mime}[name]
    for data in samples:
        begun = time.process_time()
        target(data)
        assert time.process_time() - begun < 0.5


@FEW
@given(st.sampled_from(fuzz_as2.TARGETS), st.data())
def test_mutations_of_what_fuzzing_found_are_survived(name: str, data: st.DataObject) -> None:
    sample = bytearray(data.draw(st.sampled_from(_samples(name))))
    for _ in range(data.draw(st.integers(1, 6))):
        if not sample:
            break
        at_octet = data.draw(st.integers(0, len(sample) - 1))
        how = data.draw(st.sampled_from(["set", "cut", "insert", "double"]))
        if how == "set":
            sample[at_octet] = data.draw(st.integers(0, 255))
        elif how == "cut":
            del sample[at_octet : at_octet + data.draw(st.integers(1, 40))]
        elif how == "insert":
            sample[at_octet:at_octet] = data.draw(st.binary(max_size=20))
        else:
            sample[at_octet:at_octet] = sample[at_octet : at_octet + 64]
    {"ber": fuzz_as2.ber, "mime": fuzz_as2.mime}[name](bytes(sample))


@pytest.mark.parametrize(
    "data",
    [
        b"\x24\x80" + b"\x04\x00" * 500_000 + b"\x00\x00",
        b"\x30\x80" * 500_000,
        b"\x30\x82\xff\xff" + b"\x05\x00" * 500_000,
        b"\x24\x84\x00\x1e\x84\x80" + b"\x04\x00" * 1_000_000,
    ],
    ids=["empty pieces", "nesting", "members", "definite pieces"],
)
def test_structures_without_measure_end_in_time(data: bytes) -> None:
    begun = time.process_time()
    fuzz_as2.ber(data)
    assert time.process_time() - begun < 1


@MANY
@given(st.integers(-(2**80), 2**80), st.binary(max_size=300), st.lists(st.integers(0, 2**40), min_size=1, max_size=8))
def test_what_the_writer_writes_the_reader_reads(number: int, octets: bytes, arcs: list[int]) -> None:
    dotted = ".".join(map(str, [2, 999, *arcs]))
    der = writer.sequence(writer.integer(number), writer.octet_string(octets), writer.oid(dotted))
    cursor = walk(der)
    inner = cursor.enter(cursor.next())
    assert inner.integer() == number
    assert inner.value(inner.next()) == octets
    assert inner.oid() == dotted
    inner.finish()
    assert cursor.peek() is None


@MANY
@given(st.binary(max_size=12))
def test_an_object_identifier_is_read_or_refused(content: bytes) -> None:
    try:
        dotted = decode_oid(content)
    except BerError:
        return
    assert all(part.isdecimal() for part in dotted.split("."))


@MANY
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.integers(1, 50), st.booleans())
def test_parts_are_the_bytes_between_delimiters_however_the_stream_is_cut(parts: list[bytes], step: int, crlf: bool) -> None:
    end = b"\r\n" if crlf else b"\n"
    clean = [part for part in parts if b"--mark" not in part and not part.endswith((b"\r", b"\n"))] or [b"x"]
    body = b"".join(b"--mark" + end + part + end for part in clean) + b"--mark--" + end + b"epilogue"
    pieces = (body[i : i + step] for i in range(0, len(body), step))
    reader, found = Parts(pieces, b"mark"), []
    while (part := reader.next_part()) is not None:
        found.append(b"".join(part))
    assert found == clean


PIECES_OF_MULTIPART = st.lists(
    st.sampled_from(
        [b"--mark", b"--", b"\r\n", b"\n", b"\r", b"x", b" ", b"\t", b"--markx", b"mark", b"\r\n--mark\r\n", b"--mark--"]
    ),
    max_size=24,
)


@settings(max_examples=600, deadline=None)
@given(PIECES_OF_MULTIPART, st.integers(1, 9))
def test_a_body_in_memory_is_cut_exactly_as_a_stream_is(pieces: list[bytes], step: int) -> None:
    body = b"".join(pieces)

    def streamed() -> list[bytes] | str:
        reader, found = Parts((body[i : i + step] for i in range(0, len(body), step)), b"mark"), []
        try:
            while (part := reader.next_part()) is not None:
                found.append(b"".join(part))
        except MimeError as fault:
            return str(fault)
        return found

    def whole() -> list[bytes] | str:
        try:
            return split_whole(body, b"mark")
        except MimeError as fault:
            return str(fault)

    assert whole() == streamed()


@MANY
@given(st.binary(max_size=3000), st.integers(1, 997), st.integers(4, 76))
def test_base64_is_decoded_however_the_stream_is_cut(payload: bytes, step: int, width: int) -> None:
    encoded = base64.b64encode(payload)
    lines = b"\r\n".join(encoded[i : i + width] for i in range(0, len(encoded), width)) + b"\r\n"
    pieces = (lines[i : i + step] for i in range(0, len(lines), step))
    assert b"".join(transfer.decode("Base64", pieces)) == payload


@MANY
@given(st.text(max_size=300))
def test_a_label_is_never_a_path(name: str) -> None:
    label = harmless(name)
    assert not set(label) & set("/\\\0\r\n:")
    assert label not in {".", ".."}
    assert not label.startswith(".")
    assert len(label) <= 201
    assert harmless(label) == label


HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "as2-from", "as2-to", "as2-version", "message-id", "content-type", "content-transfer-encoding", "content-disposition",
            "disposition-notification-to", "disposition-notification-options", "receipt-delivery-option", "subject", "date",
            "ediint-features", "mime-version", "x-anything",
        ]
    ),
    st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            [
                "ACME", "HUB", '"ACME"', "<1@a>", "application/pkcs7-mime; smime-type=enveloped-data", "multipart/signed; boundary=b",
                "multipart/report; report-type=disposition-notification; boundary=b", "multipart/mixed; boundary=b", "base64", "binary",
                "quoted-printable", "uuencode", "signed-receipt-protocol=required, pkcs7-signature", "signed-receipt-micalg=required, x",
                "http://127.0.0.1/", "\udcff", "\x00", "=?utf-8?B?AAAA?=", "attachment; filename*=x''%", "a" * 5000, ";" * 3000, '"' * 3000,
            ]
        ),
    ),
    max_size=12,
)  # fmt: skip
BODIES = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([b"", b"--b\r\n\r\nx\r\n--b--", b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\n\r\nAA\r\n--b--"]),
)


def _answered(headers: dict[str, str], body: bytes) -> None:
    receiver = station(acme=connector(HUB, ACME, require={"signed": False, "encrypted": False}))
    answer = receiver.receive(HttpRequest(method="POST", path="/as2", headers=headers, body=body))
    assert answer.status in {200, 400, 403, 409, 413}
    (call,) = receiver.calls
    assert (call.rejection is None) == bool(call.documents or call.proofs)
    for name, value in answer.headers.items():
        assert "\r" not in name + value
        assert "\n" not in name + value


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HEADERS, BODIES)
def test_no_header_and_no_body_ends_in_anything_but_an_mdn_or_a_4xx(headers: dict[str, str], body: bytes) -> None:
    """The short form; `test_five_thousand_requests_...` is the long one."""
    _answered(headers, body)


@pytest.mark.long
@settings(max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HEADERS, BODIES)
def test_five_thousand_requests_end_in_an_mdn_or_a_4xx(headers: dict[str, str], body: bytes) -> None:
    _answered({"as2-from": "ACME", "as2-to": "HUB", "message-id": "<1@a>", **headers}, body)


@FEW
@given(st.data())
def test_a_damaged_message_is_refused_and_never_delivered_changed(data: st.DataObject) -> None:
    ready = connector(ACME, HUB).prepare(document(b"ISA*00*payload~"))
    request = as_request(ready.wire)
    body = bytearray(request.body)
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    receiver = station(acme=connector(HUB, ACME))
    receiver.receive(HttpRequest(method="POST", path="/as2", headers=request.headers, body=bytes(body)))
    assert receiver.payloads in ([], [b"ISA*00*payload~"])


@MANY
@given(st.text(alphabet=st.characters(codec="latin-1"), max_size=200))
def test_a_structured_field_is_read_or_refused(text: str) -> None:
    try:
        value = parse_value(text)
    except MimeError:
        return
    assert value.main == value.main.lower()


@MANY
@given(st.binary(max_size=300))
def test_a_head_is_read_or_refused(data: bytes) -> None:
    try:
        head, rest = read_head(iter((data,)))
    except MimeError:
        return
    assert head.raw + b"".join(rest) == data
    try:
        assert "/" not in file_name(head)
    except MimeError:
        return
