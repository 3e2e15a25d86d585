"""`edihub inspect`: the shape scripts rely on, the exit codes, and files that are no files."""

import json
from pathlib import Path

import pytest

from hub.cli.frame import run
from hub.edi.catalogue_envelope import CATALOGUE, finding
from hub.edi.findings import Where
from hub.edi.inspect import FINDINGS_LISTED, inspected, when

SYNTAX = Path(__file__).resolve().parents[3] / "fixtures" / "syntax"
ISA = b"ISA*00*          *00*          *ZZ*GREENFIELD     *01*049876543      *260924*1059*U*00401*000000101*0*P*>~"


def inspect(path, capfdbinary, *options):
    code = run(["inspect", str(path), *options])
    return code, capfdbinary.readouterr().out


def test_json_has_the_members_that_scripts_rely_on(capfdbinary):
    code, out = inspect(SYNTAX / "edifact" / "groups.edi", capfdbinary, "--json")
    document = json.loads(out)
    assert code == 0
    assert set(document) == {"interchanges", "findings", "findings_omitted"}
    (interchange,) = document["interchanges"]
    assert {"standard", "sender", "receiver", "control_number", "date", "test", "delimiters", "charset", "ack_requested"} < set(
        interchange
    )
    assert {"application_reference", "agreement", "groups", "messages", "segments"} < set(interchange)
    assert interchange["groups"][0]["version"] == "D96A"
    first = interchange["messages"][0]
    assert (first["type"], first["version"], first["association"], first["control_number"], first["segments"]) == (
        "ORDERS",
        "D96A",
        "EAN008",
        "1",
        12,
    )
    assert interchange["date"] == "2026-09-24T10:59"


def test_an_error_exits_1_and_a_warning_0(capfdbinary):
    assert inspect(SYNTAX / "x12" / "se01-wrong.edi", capfdbinary, "--json")[0] == 1
    assert inspect(SYNTAX / "x12" / "bom.edi", capfdbinary, "--json")[0] == 0


@pytest.mark.parametrize("content", [b"", b"hello", b"<xml/>"])
def test_an_unreadable_file_exits_3_and_still_prints_the_shape(tmp_path, capfdbinary, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    code, out = inspect(path, capfdbinary, "--json")
    document = json.loads(out)
    assert code == 3
    assert document["interchanges"] == []
    assert document["findings"][0]["hint"]
    assert document["findings_omitted"] == 0


def test_a_missing_file_and_a_folder_exit_3(tmp_path, capfdbinary):
    for path in (tmp_path / "none", tmp_path):
        code, out = inspect(path, capfdbinary, "--json")
        assert code == 3
        assert json.loads(out)["findings"][0]["code"] == "EDI-004"


def test_the_table_names_messages_and_findings(capfdbinary):
    code, out = inspect(SYNTAX / "x12" / "ge01-wrong.edi", capfdbinary)
    text = out.decode()
    assert code == 1
    assert "X12 00401 interchange 000000101" in text
    assert "850" in text
    assert "EDI-162" in text
    assert "\x1b" not in text


def test_at_most_a_thousand_findings_are_listed_and_the_rest_counted():
    stray = b"ST*850*0001~" * 1500
    data = ISA + b"GS*PO*A*B*20260924*1059*1*X*004010~" + stray
    document = json.loads(b"".join(piece for piece, _ in inspected(data)))
    assert len(document["findings"]) == FINDINGS_LISTED
    assert document["findings_omitted"] > 1500
    assert len(document["interchanges"][0]["messages"]) == 1500


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("260924", "1059", "2026-09-24T10:59"),
        ("20260924", "105930", "2026-09-24T10:59:30"),
        ("990101", "", "1999-01-01"),
        ("ABC", "1", "ABC 1"),
        ("", "", ""),
    ],
)
def test_a_date_is_printed_without_inventing_an_offset(date, time, expected):
    assert when(date, time) == expected


def test_every_code_of_the_catalogue_has_a_cure_and_wire_codes_of_its_standard_only():
    for code, entry in CATALOGUE.items():
        assert entry.hint, code
        x12 = {wire.ack for wire in finding(code, "x12", "", Where()).wire}
        edifact = {wire.ack for wire in finding(code, "edifact", "", Where()).wire}
        assert x12 <= {"TA1", "997", "999"}
        assert edifact <= {"CONTRL"}


def test_every_code_of_the_catalogue_is_used():
    hub = Path(__file__).resolve().parents[3] / "hub"
    files = [path for folder in ("edi", "flow") for path in (hub / folder).glob("*.py") if path.name != "catalogue_envelope.py"]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [code for code in CATALOGUE if code not in text] == []
