"""`edihub validate` and `edihub ack`: shapes, exit codes, and nothing on stdout but data."""

from __future__ import annotations

import json
import sys

import pytest

from hub.cli.frame import run
from hub.testing.acknowledging import taken_apart


@pytest.fixture
def edihub(capsysbinary, monkeypatch, tmp_path):
    """Runs one command line outside any site; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EDIHUB_SITE", raising=False)

    def call(*arguments: str) -> tuple[int, bytes, bytes]:
        code = run([str(argument) for argument in arguments])
        sys.stderr.flush()
        out, err = capsysbinary.readouterr()
        return code, out, err

    return call


@pytest.fixture
def file(tmp_path):
    """Writes bytes to a file and returns its path."""

    def write(data: bytes):
        path = tmp_path / "sample.edi"
        path.write_bytes(data)
        return path

    return write


def test_validate_prints_what_inspect_prints_and_the_findings(edihub, file, samples) -> None:
    path = file(samples.x12(samples.order_850.replace("BEG", "BEG*XX*SA*1**20260105")))
    code, out, _ = edihub("validate", path, "--json")
    shown = json.loads(out)
    finding = next(each for each in shown["findings"] if each["code"] == "EDI-217")
    assert code == 1
    assert shown["interchanges"][0]["messages"][0]["type"] == "850"
    assert (finding["severity"], finding["layer"]) == ("error", "standard")
    assert {"ack": "997", "segment": "AK4", "code": "7"} in finding["wire"]
    where = finding["where"]
    assert (where["interchange"], where["group"], where["message"]) == ("000000101", "77", "0001")
    assert (where["segment_index"], where["segment"], where["element"]) == (2, "BEG", 1)
    assert path.read_bytes()[where["offset"] :].startswith(b"XX*SA")
    assert where["component"] is None  # what does not apply is there too, so that a script may ask for it
    inspected = json.loads(edihub("inspect", path, "--json")[1])
    assert shown["interchanges"] == inspected["interchanges"]


def test_a_component_s_offset_points_at_the_component(edihub, file, samples) -> None:
    path = file(samples.edifact(samples.orders.replace("QTY+21:48", "QTY+21:many")))
    shown = json.loads(edihub("validate", path, "--json")[1])
    finding = next(each for each in shown["findings"] if each["code"] == "EDI-216")
    assert path.read_bytes()[finding["where"]["offset"] :].startswith(b"many'")
    assert (finding["where"]["component"], finding["value"]) == (2, "many")


def test_warnings_alone_are_no_failure(edihub, file, samples) -> None:
    path = file(samples.x12(samples.order_850).replace(b"ST*850*", b"ST*864*"))
    code, out, _ = edihub("validate", path, "--json")
    assert code == 0
    assert [(each["code"], each["severity"], each["wire"]) for each in json.loads(out)["findings"]] == [
        ("EDI-233", "warning", [])
    ]


def test_what_is_neither_x12_nor_edifact_exits_3_and_still_prints_its_shape(edihub, file) -> None:
    path = file(b"once upon a time")
    for verb, member in (("validate", "interchanges"), ("ack", "answers"), ("translate", "documents")):
        code, out, _ = edihub(verb, path, "--json")
        shown = json.loads(out)
        assert (code, shown[member]) == (3, [])
        assert [each["code"] for each in shown["findings"]] == ["EDI-001"]


def test_a_guide_that_does_not_exist_exits_7(edihub, file, samples) -> None:
    code, out, _ = edihub("validate", file(samples.x12(samples.order_850)), "--guide", "x12/004010/999")
    assert (code, out) == (7, b"")


def test_ack_prints_the_interchanges_it_would_send(edihub, file, samples) -> None:
    code, out, _ = edihub("ack", file(samples.x12(samples.order_850, requested="1")))
    seen = taken_apart(out)
    assert code == 0
    assert seen.findings == []
    assert [segment[0] for segment in seen.ta1] == ["TA1"]
    assert [message[0][1] for message in seen.messages] == ["997"]


def test_ack_as_999_and_as_json(edihub, file, samples) -> None:
    path = file(samples.x12(samples.order_850, version="005010", isa="00501"))
    assert b"ST*999*" in edihub("ack", path, "--as", "999")[1]
    code, out, _ = edihub("ack", path, "--json")
    (answer,) = json.loads(out)["answers"]
    assert code == 0
    assert (answer["kind"], answer["answers"], answer["verdict"]) == ("997", "000000101", "accepted")
    assert edihub("ack", path, "--as", "998")[0] == 2


def test_ack_of_acknowledgments_prints_nothing_and_is_fine(edihub, file, samples) -> None:
    _, answer, _ = edihub("ack", file(samples.edifact(samples.orders)))
    assert b"CONTRL" in answer
    assert edihub("ack", file(answer))[:2] == (0, b"")


def test_ack_twice_gives_the_same_numbers(edihub, file, samples) -> None:
    path = file(samples.x12(samples.order_850))
    first, second = (edihub("ack", path)[1].split(b"*")[13] for _ in range(2))
    assert first == second == b"000000001"


def test_an_unknown_partner_needs_a_site(edihub, file, samples) -> None:
    assert edihub("ack", file(samples.x12(samples.order_850)), "--partner", "nobody")[0] == 7


def test_a_partner_s_agreement_decides_the_kind(edihub, file, samples, tmp_path) -> None:
    assert edihub("init", tmp_path / "site")[0] == 0
    partner = tmp_path / "site" / "partners" / "acme.yaml"
    text = partner.read_text(encoding="utf-8")
    agreed = "acknowledge: {kind: 997, within: 1h}"
    assert agreed in text
    partner.write_text(text.replace(agreed, "acknowledge: {kind: 999, detail: message}"), encoding="utf-8")
    path = file(samples.x12(samples.order_850.replace("BEG", "BEG*XX*SA*1**20260105")))
    code, out, err = edihub("--site", tmp_path / "site", "ack", path, "--partner", "acme")
    assert (code, err) == (0, b"")
    assert b"ST*999*" in out
    assert b"IK3" not in out
