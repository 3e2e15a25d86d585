"""Done right 8 and the words on the wire: header fields, AS2 names, file names, dispositions, MICs."""

from __future__ import annotations

import pytest

from connectors.as2.disposition import Disposition, parse_disposition
from connectors.as2.headers import HeaderError, read_address, read_name, read_receipt_request, write_name
from connectors.as2.mic import parse_mic
from connectors.as2.mime.fields import MimeError, decode_words, parse_head, parse_value
from connectors.as2.mime.names import disposition, file_name, harmless


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("/etc/shadow", "shadow"), ("C:\\x.edi", "x.edi"), ("..", ""),
        (".", ""), ("", ""), (".ssh", "ssh"), ("a\x00b", "ab"), ("a\r\nX: y", "aX_ y"), ("CON", "_CON"), ("nul.edi", "_nul.edi"),
        ("x" * 300, "x" * 200), ("\u202egpj.exe", "gpj.exe"), ("a/../b", "b"), ("order 1.edi ", "order 1.edi"), ("a:b", "a_b"),
        ("%2e%2e%2fx", "%2e%2e%2fx"), ("naïve.edi", "naïve.edi"), ("~root", "~root"), ("a\u2028b", "ab".replace("ab", "a\u2028b")),
    ],
)  # fmt: skip
def test_a_file_name_is_a_label_and_never_a_path(name: str, label: str) -> None:
    assert harmless(name) == label


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ('attachment; filename="a b.edi"', "a b.edi"),
        ("attachment; filename=a.edi", "a.edi"),
        ('attachment; filename="a\\"b;c.edi"', 'a"b;c.edi'),
        ("attachment; filename*=UTF-8''na%C3%AFve.edi; filename=naive.edi", "naïve.edi"),
        ("attachment; filename*=iso-8859-1'en'na%EFve.edi", "naïve.edi"),
        ('attachment; filename*0="long"; filename*1="name.edi"', "longname.edi"),
        ("attachment; filename*0*=UTF-8''%C3%A9; filename*1=x.edi", "éx.edi"),
        ('attachment; filename="=?utf-8?B?bmHDr3ZlLmVkaQ==?="', "naïve.edi"),
        ('attachment; filename="=?iso-8859-1?Q?na=EFve=2Eedi?="', "naïve.edi"),
        ('attachment; filename="nai\u0308ve.edi"'.encode().decode("latin-1"), "naïve.edi"),
        ('attachment; filename="../x.edi"', "x.edi"),
        ("attachment; filename*=unknown-charset''%FF.edi", "ÿ.edi"),
        ("attachment", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_file_names_are_read_in_every_spelling(field: str, found: str) -> None:
    head = parse_head(
        f"Content-Disposition: {field}\r\n\r\n".encode("latin-1", "replace")
        if field.isascii()
        else b"Content-Disposition: " + field.encode("latin-1") + b"\r\n\r\n"
    )
    assert file_name(head) == found


def test_the_name_of_the_content_type_serves_where_there_is_no_disposition() -> None:
    assert file_name(parse_head(b'Content-Type: application/edi-x12; name="old.edi"\r\n\r\n')) == "old.edi"


@pytest.mark.parametrize("name", ["a.edi", "a b.edi", 'a"b.edi', "naïve.edi", "注文.xml", "x;y.edi", "a'b%.edi"])
def test_a_file_name_comes_back_as_it_was_sent(name: str) -> None:
    assert file_name(parse_head(f"Content-Disposition: {disposition(name)}\r\n\r\n".encode())) == name


@pytest.mark.parametrize(
    "name", ["ACME", "Acme Stores", 'A"B', "a\\b", "ZZ:ACME", "a,b;c", " lead", "x" * 128, "4012345000016", "<a>@b"]
)
def test_as2_names_survive_being_written_and_read(name: str) -> None:
    assert read_name(write_name(name)) == name


@pytest.mark.parametrize("text", ["", '""', "x" * 129, "naïve", "a\tb", "a\x00"])
def test_what_is_no_as2_name_is_refused(text: str) -> None:
    with pytest.raises(HeaderError):
        read_name(text)


def test_a_missing_version_means_one_point_zero() -> None:
    address = read_address({"as2-from": "A", "as2-to": "B", "message-id": "<1@a>"})
    assert address.version == "1.0"
    assert address.message_id == "<1@a>"


@pytest.mark.parametrize("missing", ["as2-from", "as2-to", "message-id"])
def test_without_its_three_headers_it_is_no_as2_message(missing: str) -> None:
    headers = {"as2-from": "A", "as2-to": "B", "message-id": "<1@a>"}
    del headers[missing]
    with pytest.raises(HeaderError, match=missing):
        read_address(headers)


def test_the_wish_for_a_receipt_is_read_in_every_spelling() -> None:
    options = 'SIGNED-RECEIPT-PROTOCOL = Required , "pkcs7-signature" ;signed-receipt-micalg=optional,SHA256 , sha-1,md5;x=y'
    wish = read_receipt_request(
        {
            "disposition-notification-to": "a",
            "disposition-notification-options": options,
            "receipt-delivery-option": " http://x ",
        }
    )
    assert (wish.wanted, wish.signed, wish.protocol_required, wish.mic_required) == (True, True, True, False)
    assert wish.micalgs == ("SHA256", "sha-1", "md5")
    assert wish.mic() == ("sha256", "SHA256")
    assert wish.url == "http://x"
    assert not read_receipt_request({"disposition-notification-options": options}).wanted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("automatic-action/MDN-sent-automatically; processed", Disposition()),
        ("automatic-action/MDN-sent-automatically;processed", Disposition()),
        ("manual-action/mdn-sent-manually ; PROCESSED", Disposition()),
        ("automatic-action/MDN-sent-automatically; processed/error: decryption-failed", Disposition("processed", "error", "decryption-failed")),
        ("automatic-action/MDN-sent-automatically; processed/Error:authentication-failed", Disposition("processed", "error", "authentication-failed")),
        ("automatic-action/MDN-sent-automatically; failed/Failure: unsupported format", Disposition("failed", "failure", "unsupported format")),
        ("automatic-action/MDN-sent-automatically; processed/warning: duplicate-document", Disposition("processed", "warning", "duplicate-document")),
        ("automatic-action/MDN-sent-automatically; processed/error", Disposition("processed", "error", "")),
        ("automatic-action/MDN-sent-automatically; failed", Disposition("failed", "", "")),
    ],
)  # fmt: skip
def test_dispositions_are_read_in_every_spelling(text: str, found: Disposition) -> None:
    assert parse_disposition(text) == found
    assert parse_disposition(str(found)) == found


@pytest.mark.parametrize(("text", "accepted"), [("processed", True), ("processed/warning: x", True), ("processed/error: x", False), ("failed", False), ("failed/failure: x", False), ("displayed", False)])  # fmt: skip
def test_only_processed_with_at_most_a_warning_is_acceptance(text: str, accepted: bool) -> None:
    assert parse_disposition(f"automatic-action/MDN-sent-automatically; {text}").is_accepted is accepted


@pytest.mark.parametrize(
    "text", ["", "processed", "a/b; c", "a/b;", "; processed", "automatic-action/MDN-sent-automatically; processed extra"]
)
def test_what_is_no_disposition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="disposition"):
        parse_disposition(text)


@pytest.mark.parametrize("text", ["", "abc", "????, sha256", "YWJj, crc32", "YWJj sha256", "YWJ, sha256"])
def test_what_is_no_mic_is_none(text: str) -> None:
    assert parse_mic(text) is None


@pytest.mark.parametrize(
    "raw",
    [b"no colon\r\n\r\n", b": no name\r\n\r\n", b"a b: c\r\n\r\n", b"Content-Type: a\r\ncontent-type: b\r\n\r\n", b"\xff: x\r\n\r\n", b"a: b\r\n" * 101 + b"\r\n"],
)  # fmt: skip
def test_a_head_that_cannot_be_read_one_way_only_is_refused(raw: bytes) -> None:
    with pytest.raises(MimeError):
        parse_head(raw)


def test_folded_fields_are_one_value() -> None:
    head = parse_head(b'Content-Type: multipart/signed;\r\n\tboundary="a b";\r\n micalg=sha1\r\n\r\n')
    value = parse_value(head.get("content-type"))
    assert (value.main, value.get("boundary"), value.get("micalg")) == ("multipart/signed", "a b", "sha1")


def test_encoded_words_that_are_none_stay_as_they_are() -> None:
    for text in ("=?utf-8?B?!!!?=", "=?x?Z?a?=", "=??=", "plain", "=?utf-8?Q?a"):
        assert decode_words(text) == text
