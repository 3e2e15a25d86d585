"""Which release serves which version, what the schema files must look like, and what a site may add."""

from __future__ import annotations

import pytest

from hub.edi.dictionary import carried_releases, message_spec, nearest_release, segment_spec
from hub.edi.schema_text import read_names
from hub.errors import ConfigError
from hub.stock import stock_root


@pytest.mark.parametrize(
    ("version", "release", "exact"),
    [
        ("004010", "004010", True),
        ("004010VICS", "004010", True),
        ("4010", "004010", True),
        ("00401", "004010", True),
        ("003010", "004010", False),
        ("004060", "004010", False),
        ("005010", "005010", True),
        ("005010X231A1", "005010", True),
        ("008060", "005010", False),
        ("21", "004010", False),
        ("", "004010", False),
    ],
)
def test_an_x12_version_is_served_by_the_nearest_release(version, release, exact) -> None:
    assert nearest_release("x12", version) == (release, exact)


@pytest.mark.parametrize(
    ("version", "release", "exact"),
    [
        ("D96A", "D96A", True),
        ("D.96A", "D96A", True),
        ("D:96A", "D96A", True),
        ("D. 96A", "D96A", True),
        ("D93A", "D96A", False),
        ("S93A", "D96A", False),
        ("D97A", "D96A", False),
        ("D98B", "D01B", False),
        ("D01B", "D01B", True),
        ("D24A", "D01B", False),
        ("", "D96A", False),
    ],
)
def test_an_edifact_version_is_served_by_the_nearest_directory(version, release, exact) -> None:
    assert nearest_release("edifact", version) == (release, exact)


@pytest.mark.parametrize(("version", "release"), [("22", "S3"), ("D3", "S3"), ("41", "S4"), ("D93A", "S3"), ("4:2", "S4")])
def test_a_contrl_is_served_by_the_directory_of_its_syntax(version, release) -> None:
    spec = message_spec("edifact", "CONTRL", version)
    assert spec is not None
    assert spec.release == release


@pytest.mark.parametrize("name", ["850", "855", "997"])
@pytest.mark.parametrize("version", carried_releases("x12"))
def test_every_promised_set_is_carried_in_every_promised_release(name, version) -> None:
    spec = message_spec("x12", name, version)
    assert spec is not None
    assert (spec.nodes[0].tag, spec.nodes[-1].tag, spec.exact) == ("ST", "SE", True)


@pytest.mark.parametrize("name", ["ORDERS", "ORDRSP"])
@pytest.mark.parametrize("version", carried_releases("edifact"))
def test_every_promised_message_is_carried_in_every_promised_directory(name, version) -> None:
    spec = message_spec("edifact", name, version)
    assert spec is not None
    assert (spec.nodes[0].tag, spec.nodes[-1].tag, spec.exact) == ("UNH", "UNT", True)


@pytest.mark.parametrize("name", ["", "XXX", "../850", "850.txt", "ORDERSS"])
def test_a_type_that_is_carried_nowhere_has_no_specification(name) -> None:
    assert message_spec("x12", name, "004010") is None
    assert message_spec("edifact", name, "D96A") is None


def test_the_same_question_has_the_same_answer() -> None:
    assert message_spec("x12", "850", "004010") is message_spec("x12", "850", "004010VICS")


def test_ta1_stands_in_no_set_but_is_described() -> None:
    spec = segment_spec("x12", "TA1", "004010")
    assert spec is not None
    assert [element.use for element in spec.elements] == ["M"] * 5


def test_nodes_know_their_loop_and_what_is_around_it() -> None:
    spec = message_spec("x12", "850", "004010")
    assert spec is not None
    line = next(node for node in spec.nodes if node.path == "PO1" and node.is_trigger)
    party = next(node for node in spec.nodes if node.path == "PO1/N1" and node.is_trigger)
    city = next(node for node in spec.nodes if node.path == "PO1/N1" and node.tag == "N4")
    assert (line.parent, line.min, line.loop_max, line.loop) == (-1, 1, 100000, "PO1")
    assert (party.parent, party.is_trigger, party.loop_max) == (line.index, True, 200)
    assert (city.parent, city.loop, city.is_trigger) == (party.index, "N1", False)
    assert line.index < party.index < city.index < party.end <= line.end


def test_elements_carry_their_place_number_type_and_list() -> None:
    spec = message_spec("x12", "850", "004010")
    assert spec is not None
    purpose = spec.segments["BEG"].elements[0]
    assert (purpose.ref, purpose.number, purpose.type, purpose.min, purpose.max, purpose.use) == (
        "BEG01",
        "353",
        "ID",
        2,
        2,
        "M",
    )
    assert purpose.codes is not None
    assert purpose.codes.closed
    assert purpose.codes.values["00"] == "original"
    unit = spec.segments["CTP"].elements[4]
    assert (unit.number, unit.components[0].ref, unit.components[0].number) == ("C001", "CTP05.1", "355")


@pytest.mark.parametrize("standard", ["x12", "edifact"])
def test_everything_that_is_described_has_a_name(standard) -> None:
    folder = stock_root() / "schemas" / standard
    names = read_names(folder / "names.txt")
    described = set()
    for path in folder.glob("*/*.txt"):
        if path.name in {"elements.txt", "composites.txt", "segments.txt"}:
            lines = path.read_text(encoding="utf-8").splitlines()
            described |= {line.split()[0].rstrip(":") for line in lines if line and not line.startswith("#")}
    assert described - names.keys() == set()


@pytest.mark.parametrize(
    "path", sorted((stock_root() / "schemas").glob("*/*/messages/*.txt")), ids=lambda path: "/".join(path.parts[-3:])
)
def test_every_message_file_is_read_and_its_loops_nest(path) -> None:
    standard, release = path.parts[-4], path.parts[-3]
    version = {"S3": "D3", "S4": "41"}.get(release, release)
    spec = message_spec(standard, path.stem, version)
    assert spec is not None
    for node in spec.nodes:
        assert node.max >= 1
        assert node.loop_max >= 1
        assert node.spec.tag == node.tag
        if node.parent >= 0:
            around = spec.nodes[node.parent]
            assert around.is_trigger
            assert around.index < node.index < around.end


def test_a_site_may_describe_a_message_of_its_own(tmp_path) -> None:
    folder = tmp_path / "x12" / "004010" / "messages"
    folder.mkdir(parents=True)
    (folder / "864.txt").write_text("name: Text\ngroup: TX\nST!\nMSG *\nSE!\n", encoding="utf-8")
    spec = message_spec("x12", "864", "004010", roots=(tmp_path,))
    assert spec is not None
    assert [node.tag for node in spec.nodes] == ["ST", "MSG", "SE"]
    assert message_spec("x12", "864", "004010") is None


def test_a_site_s_file_stands_in_for_the_shipped_one(tmp_path) -> None:
    folder = tmp_path / "x12" / "004010" / "messages"
    folder.mkdir(parents=True)
    (folder / "850.txt").write_text("name: Ours\nST!\nBEG!\nXPO 3\nSE!\n", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        message_spec("x12", "850", "004010", roots=(tmp_path,))
    (mistake,) = raised.value.diagnostics
    assert (mistake.line, mistake.code) == (4, "CFG-190")
    assert "XPO" in mistake.message


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("elements.txt", "# heading\n353 ID 2\n", 2),
        ("segments.txt", "BEG: 353! nothing\n", 1),
        ("segments.txt", "BEG: 353!; Q0102\n", 1),
    ],
)
def test_a_schema_that_is_not_in_its_form_is_named_by_its_line(tmp_path, name, text, line) -> None:
    folder = tmp_path / "x12" / "004010"
    (folder / "messages").mkdir(parents=True)
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        message_spec("x12", "850", "004010", roots=(tmp_path,))
    assert raised.value.diagnostics[0].line == line


@pytest.mark.parametrize(
    ("association", "codes"),
    [("EAN008", ["EDI-235"]), ("", []), ("A1", [])],
)
def test_what_only_the_profile_of_eancom_forbids_is_a_warning(samples, association, codes) -> None:
    from hub.testing.acknowledging import answered, taken_apart

    header = f"UNH+1+ORDERS:D:96A:UN:{association}" if association else "UNH+1+ORDERS:D:96A:UN"
    data = samples.edifact(samples.orders.replace("UNH", header).replace("BGM", "BGM+220+128576"))
    found = taken_apart(data).findings
    assert [each.code for each in found] == codes
    assert all(each.severity == "warning" and not each.wire for each in found)
    assert answered(data)[0].verdict == "accepted"


def test_a_segment_that_eancom_does_not_use_is_a_warning_at_its_place(samples) -> None:
    from hub.testing.acknowledging import taken_apart

    message = samples.orders.before("LOC", "PAI+::42").remove("PAI").after("QTY+21:48", "PCD+12:5").counted()
    (found,) = taken_apart(samples.edifact(message)).findings
    assert (found.code, found.severity, found.where.segment, found.where.segment_index) == ("EDI-236", "warning", "PCD", 23)
