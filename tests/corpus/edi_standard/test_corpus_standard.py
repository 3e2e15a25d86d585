"""Real files: nobody's right order is rejected, and every answer the hub gives is right itself."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import check
from hub.errors import InputError
from hub.testing.acknowledging import answered, taken_apart

# Envelope-valid files that their standard does reject: file name -> what is mandatory, or impossible, and why.
DEMANDED = {
    "module-ballerina-edi__order-batch.edi": "the third message has no BGM, which every directory makes mandatory",
    "X12Parser__Example2.txt": "an 856 whose BSN02, the number of the shipment, is empty: mandatory in every release",
    **{
        f"edifact_mapper__invoic_{number}.edi": 'its amounts are the letter "X", no number in any release'
        for number in range(31001, 31005)
    },
}
NOT_OUR_FAULT = {"EDI-123", "EDI-124", "EDI-125", "EDI-232"}
"""Versions and qualifiers that X12 does not have, releases that are not carried: warnings that an answer inherits, since it
echoes the names and versions of what it answers."""


def rows(shared: Path, *standards: str) -> list[dict[str, str]]:
    with (shared / "corpus" / "INDEX.tsv").open(encoding="utf-8") as index:
        return [row for row in csv.DictReader(index, delimiter="\t") if row["standard"] in standards]


def test_no_file_with_a_valid_envelope_is_rejected_unless_its_standard_demands_it(shared) -> None:
    rejected = {}
    for row in rows(shared, "x12", "edifact"):
        if row["valid_or_broken"] != "valid":
            continue
        for answer in answered((shared / "corpus" / row["file"]).read_bytes()):
            if answer.verdict == "rejected":
                rejected[Path(row["file"]).name] = answer.data[-200:]
    assert set(rejected) == set(DEMANDED), rejected


def test_every_answer_to_a_real_file_is_clean_under_our_own_reader_and_dictionary(shared) -> None:
    wrong = []
    for row in rows(shared, "x12", "edifact"):
        try:
            made = answered((shared / "corpus" / row["file"]).read_bytes())
        except InputError:
            continue
        for answer in made:
            if not answer.data:
                continue
            found = [each for each in taken_apart(answer.data).findings if each.code not in NOT_OUR_FAULT]
            wrong += [(row["file"], answer.kind, each.code, each.message) for each in found]
    assert wrong == []


@pytest.mark.parametrize(("standard", "types"), [("x12", {"850", "855"}), ("edifact", {"ORDERS", "ORDRSP"})])
def test_nearly_every_segment_of_real_orders_has_its_place(shared, standard, types) -> None:
    counts: Counter[str] = Counter()
    for row in rows(shared, standard):
        if row["valid_or_broken"] != "valid":
            continue
        for event in read((shared / "corpus" / row["file"]).read_bytes()):
            if isinstance(event, Message) and event.type in types:
                validation = check(event).validation
                assert validation is not None
                counts["placed"] += sum(1 for node in validation.placement.nodes if node >= 0)
                counts["all"] += len(validation.placement.nodes)
    assert counts["all"] > 1000
    assert counts["placed"] / counts["all"] > 0.99


def test_findings_of_real_files_point_into_the_file(shared) -> None:
    checked = 0
    for row in rows(shared, "x12", "edifact"):
        data = (shared / "corpus" / row["file"]).read_bytes()
        try:
            events = list(read(data))
        except InputError:
            continue
        for event in events:
            if not isinstance(event, Message):
                continue
            for found in check(event).findings:
                if found.where.offset is not None:
                    assert event.offset <= found.where.offset <= len(data)
                    checked += 1
    assert checked > 100
