"""Every member of a document can say where it came from; the traced reading is the same reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import check
from hub.guides.guide import guide
from hub.guides.library import choose_guide, stock_library
from hub.model import encode_document
from hub.testing.wire import only_message, x12


def test_a_member_names_its_byte_its_element_its_line_and_its_row(root: Path) -> None:
    data = x12("850", "BEG*00*SA*4711**20260924", "PO1*1*10*CA*5.10*PE*VN*W-1", "CTT*1")
    message = only_message(data)
    validation = check(message).validation
    assert validation is not None
    chosen = guide("x12/004010/850", stock_library())
    rows = {row.member: row for row in chosen.read(message, validation.placement, trace=True).trace}
    number, unit = rows["number"], rows["lines[0].unit"]
    assert data[number.offset :].startswith(b"4711*")
    assert (number.segment, number.segment_index, number.element) == ("BEG", 2, "03")
    assert data[unit.offset :].startswith(b"CA*")
    assert (unit.raw, unit.value) == ("CA", "XCS")
    file, line = unit.guide.rsplit(":", 1)
    assert "table: uom/x12" in (root / file).read_text().splitlines()[int(line) - 1]
    assert unit.table is not None
    file, line = unit.table.rsplit(":", 1)
    assert (root / file).read_text().splitlines()[int(line) - 1].strip().startswith("CA: XCS")


def wires(root: Path) -> list[Path]:
    return [path for folder in ("x12", "edifact") for path in sorted((root / "fixtures" / folder).rglob("*.edi"))]


ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("path", wires(ROOT), ids=lambda path: "/".join(path.parts[-3:]))
def test_the_traced_reading_reads_the_same(path: Path) -> None:
    library = stock_library()
    for message in (event for event in read(path.read_bytes()) if isinstance(event, Message)):
        name, _ = choose_guide(library, message.interchange.standard, message.type, message.version, message.association)
        validation = check(message).validation
        if name is None or validation is None:
            continue
        chosen = guide(name, library)
        plain = chosen.read(message, validation.placement)
        traced = chosen.read(message, validation.placement, trace=True)
        assert encode_document(traced.document) == encode_document(plain.document)
        assert traced.findings == plain.findings
        assert traced.trace
        assert plain.trace == []


@pytest.mark.parametrize(
    "line",
    [
        "PO1*1*10*EA*5.10**VN*W-1",
        "PO1*1*10*EA*5.10*RT*VN*W-1",
        "PO1*1*10*EA*5.10*XX*VN*W-1",
        "PO1*1*10*EA*five*PE*VN*W-1",
        "PO1*1*10*EA**PE*VN*W-1",
        "PO1*1*10*EA*5.10*HP*VN*W-1",
        "PO1*1*10*DZ*5.10*PD*VN*W-1",
        "PO1*1*10*EA*5.10",
    ],
)
def test_a_price_written_out_is_read_as_by_itself(line: str) -> None:
    both_ways(line)


@pytest.mark.parametrize("pack", ["PO4*2*3*EA", "PO4*2*3*EA**G*7.5*LB", "PO4*2*3*EA**N*7.5*LB", "PO4*2**EA**G"])
def test_a_constant_beside_a_value_written_out_is_read_as_by_itself(pack: str) -> None:
    both_ways(f"PO1*1*10*EA*5.10*PE*VN*W-1~{pack}")


@pytest.mark.parametrize(
    "ids",
    [
        "UP*076120304144*IN*B-1*VN*W-1",
        "UP*076120304145*EN*5412345000013*UK*00012345678905",
        "VN* W-1 *VN*W-2*VN*W-3",
        "IN*B-1*IN",
        "*4711*VN*W-1",
        'QQ*it\'s \\ "odd"*ZZ*{x}*VN*W-1',
        "*UP*076120304144",
        "VN*   *UP*076120304144",
        "IB*3598215088*IB*9783598215087",
    ],
)
def test_ids_read_together_are_read_as_one_by_one(ids: str) -> None:
    line = f"PO1*1*10*EA*5.10*PE*{ids}"
    both_ways(line, line.replace("B-1", "B-2"))


def both_ways(*lines: str) -> None:
    """What is written out for speed and the closures of the trace read the same document, with the same findings."""
    segments = [segment for line in lines for segment in line.split("~")]
    message = only_message(x12("850", "BEG*00*SA*4711**20260924", *segments, f"CTT*{len(lines)}"))
    validation = check(message).validation
    assert validation is not None
    chosen = guide("x12/004010/850", stock_library())
    plain, single = (chosen.read(message, validation.placement, trace=trace) for trace in (False, True))
    assert encode_document(plain.document) == encode_document(single.document)
    assert plain.findings == single.findings


def test_ids_beside_what_other_segments_say_of_the_item() -> None:
    line = "PO1*1*10*EA*5.10*PE*UP*076120304144*VN*W-1*BO*red*IZ*XL"
    both_ways(f"{line}~PID*F*75***blue~PID*F*91***M~PID*F*08***Widget", "PO1*2*1*EA*5.10*PE*IN*B-1~PID*F*75***blue")
