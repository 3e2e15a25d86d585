"""A partner's variant is short, shows only what differs, and leaves the rest as it is."""

from __future__ import annotations

from pathlib import Path

from hub.edi.validate import check
from hub.guides.guide import guide
from hub.guides.library import Library
from hub.guides.run import Context
from hub.guides.shape import Loop, Segment
from hub.model import Order
from hub.testing.wire import only_message, x12

BODY = (
    "BEG*00*SA*1**20260924",
    "REF*IA*12345",
    "REF*ZZ*PROMO7",
    "DTM*038*20261002",
    "N1*ST**92*1",
    "PO1*1*10*KT*5*PE*VN*W-1",
    "CTT*1",
)

VARIANT = """
guide: acme/850
extends: x12/004010/850
title: Purchase order, ACME
segments:
  - BEG: {02: {only: [SA]}}
  - REF: {01: "=ZZ", 02: {to: delivery_terms.text}}
  - DTM: {01: "=038", remove: true}
  - loop: PO1
    segments:
      - PO1: {03: {table: acme/units}}
tests: []
"""

UNITS = "table: acme/units\nextends: uom/x12\nrows: {KT: XPK}\nprefer: {XPK: KT}\n"


def variant(tmp_path: Path, text: str = VARIANT) -> Library:
    for path, content in (("guides/acme/850.yaml", text), ("tables/acme/units.yaml", UNITS)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    return Library(tmp_path)


def read(library: Library, name: str, *body: str) -> Order:
    message = only_message(x12("850", *body))
    validation = check(message).validation
    assert validation is not None
    document = guide(name, library).read(message, validation.placement).document
    assert isinstance(document, Order)
    return document


def test_an_entry_overrides_the_one_of_its_tag_and_qualifier(tmp_path: Path) -> None:
    library = variant(tmp_path)
    stock, own = read(library, "x12/004010/850", *BODY), read(library, "acme/850", *BODY)
    assert [each.code for each in stock.references] == ["IA", "ZZ"]
    assert [each.code for each in own.references] == ["IA"]
    assert own.delivery_terms is not None
    assert own.delivery_terms.text == "PROMO7"


def test_an_entry_taken_out_falls_to_the_general_one(tmp_path: Path) -> None:
    library = variant(tmp_path)
    stock, own = read(library, "x12/004010/850", *BODY), read(library, "acme/850", *BODY)
    assert stock.requested is not None
    assert str(stock.requested.ship_not_after) == "2026-10-02"
    assert own.requested is None
    assert [(each.code, str(each.on)) for each in own.dates] == [("038", "2026-10-02")]


def test_a_table_of_the_partner_lies_over_the_stock(tmp_path: Path) -> None:
    library = variant(tmp_path)
    assert read(library, "x12/004010/850", *BODY).lines[0].unit == "KT"
    own = read(library, "acme/850", *BODY)
    assert own.lines[0].unit == "XPK"
    written = guide("acme/850", library).write(own, Context())
    assert [segment[3] for segment in written.segments if segment[0] == "PO1"] == ["KT"]


def test_an_agreement_may_put_a_table_in_the_place_of_another(tmp_path: Path) -> None:
    library = variant(tmp_path)
    message = only_message(x12("850", *BODY))
    validation = check(message).validation
    assert validation is not None
    chosen = guide("x12/004010/850", library, {"uom/x12": "acme/units"})
    document = chosen.read(message, validation.placement).document
    assert isinstance(document, Order)
    assert document.lines[0].unit == "XPK"
    assert read(library, "x12/004010/850", *BODY).lines[0].unit == "KT"


def test_a_code_the_partner_does_not_use_is_a_finding(tmp_path: Path) -> None:
    library = variant(tmp_path)
    message = only_message(x12("850", "BEG*00*DS*1**20260924", *BODY[1:]))
    validation = check(message).validation
    assert validation is not None
    found = guide("acme/850", library).read(message, validation.placement).findings
    assert [(each.code, each.severity, each.value) for each in found] == [("MAP-204", "warning", "DS")]


def test_what_is_not_overridden_stays(tmp_path: Path) -> None:
    library = variant(tmp_path)
    own = read(library, "acme/850", *BODY)
    assert own.ship_to is not None
    assert (own.number, own.ship_to.ids[0].value, str(own.lines[0].price)) == ("1", "1", "5")


DEMANDING = """
guide: acme/850
extends: x12/004010/850
segments:
  - REF: {01: "=IA", use: M}
"""


def test_what_a_variant_only_asks_for_is_read_and_written_as_before(tmp_path: Path) -> None:
    library = variant(tmp_path, DEMANDING)
    own = read(library, "acme/850", *BODY)
    assert [(each.code, each.value) for each in own.references] == [("IA", "12345"), ("ZZ", "PROMO7")]
    assert own.extensions == ()
    written = guide("acme/850", library).write(own, Context())
    assert [segment[1:] for segment in written.segments if segment[0] == "REF"] == [["IA", "12345"], ["ZZ", "PROMO7"]]


def test_what_a_variant_asks_for_and_does_not_get_is_a_finding(tmp_path: Path) -> None:
    library = variant(tmp_path, DEMANDING)
    message = only_message(x12("850", BODY[0], *BODY[2:]))
    validation = check(message).validation
    assert validation is not None
    found = guide("acme/850", library).read(message, validation.placement).findings
    assert [(each.code, each.severity) for each in found] == [("MAP-230", "error")]


def test_an_entry_of_the_extended_guide_can_be_left_to_one_direction(tmp_path: Path) -> None:
    text = VARIANT.replace("    segments:\n", '    segments:\n      - MSG: {direction: read, why: "ACME reads MTX"}\n', 1)
    line = next(each for each in variant(tmp_path, text).text("acme/850").segments if each.tag == "PO1")
    assert isinstance(line, Loop)
    note = next(each for each in line.segments if each.tag == "MSG")
    assert isinstance(note, Segment)
    assert (note.direction, note.why, note.each) == ("read", "ACME reads MTX", "notes")
