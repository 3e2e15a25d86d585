"""The envelopes of every public sample against the facts of the corpus index, disagreements listed with their reason."""

import csv
import functools
import re

import pytest

from hub.edi.read import read
from hub.edi.tree import Group, Interchange, Message
from hub.errors import InputError

# What the index calls an error, and the codes that say it.
CODES = {
    "UNT-count": {"EDI-172"},
    "UNT-ref": {"EDI-171"},
    "UNZ-ref": {"EDI-151"},
    "UNZ-count": {"EDI-152"},
    "missing-UNZ": {"EDI-150"},
    "missing-UNT": {"EDI-170"},
    "UNT-without-UNH": {"EDI-176"},
    "segment-outside-message": {"EDI-175"},
    "segment-outside-ST": {"EDI-175"},
    "SE01-count": {"EDI-172"},
    "SE02-control": {"EDI-171"},
    "GE01-count": {"EDI-162"},
    "GE02-control": {"EDI-161"},
    "GE-without-GS": {"EDI-163"},
    "missing-GE": {"EDI-160"},
    "missing-IEA": {"EDI-150"},
    "IEA01-count": {"EDI-152"},
    "IEA02-control": {"EDI-151"},
    "trailing-garbage": {"EDI-104"},
    # A bad tag is no matter of the envelope: the segment is read and the dictionary does not know it.
    "bad-tag:'PRICE'": set(),
}

# Where this reader and the index differ, and why: file, then the codes found instead of the index's errors.
DISAGREEMENTS = {
    "x12/850/X12Parser__Example4_Adobe_ShrinkWrapped.txt": (
        {"EDI-122"},
        "every line ends in a blank and a line end: taken together as the terminator, counts and control numbers are right",
    ),
    "x12/850/EDI.Net__x12.850.issue135.edi": (
        {"EDI-142"},
        "ISA16 is missing and `~` ends the lines: one line lost it; control numbers are right",
    ),
    "x12/855/stupidedi__fail_2.edi": ({"EDI-111"}, "ISA is broken by the line end that terminates segments; the rest is right"),
    "x12/856/stupidedi__fail_2.edi": (
        {"EDI-142"},
        "segments that lost their terminator are told apart by line; SE01 is then right",
    ),
    "x12/860/X12Parser__Example1.txt": ({"EDI-142"}, "N1 lost its terminator; told apart by line, SE01 is right"),
    "x12/_envelope/edi-debatcher__InvalidDataSeparator.txt": (
        {"EDI-111"},
        "ISA has fifteen elements; its line end is the terminator and the rest is read",
    ),
    "x12/_envelope/edi-debatcher__InvalidISAEnd.txt": (
        {"EDI-142", "EDI-146"},
        "the terminator of ISA occurs nowhere else; every line end is taken for one",
    ),
    "x12/_envelope/edi-x12__inconsistent-element-separator-isa-heading.edi": (
        {"EDI-111", "EDI-150"},
        "the first separator of ISA differs from the other fifteen",
    ),
}

# Errors the index does not name and that are there: file, codes, why.
MORE = {
    "edifact/APERAK/EDI.Net__Apperak_edi_out_issue235.edi": ({"EDI-133"}, "the first UNB has nothing but a reference"),
    "edifact/_envelope/edifact_converter__DIS20_ERROR_UNH1.edi": ({"EDI-154"}, "without UNH there is no message in it"),
    "x12/820/X12Parser__Example3_HomeDepot.txt": ({"EDI-165"}, "GS06 is a placeholder, not a number"),
}


def rows(shared):
    with (shared / "corpus" / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@functools.cache
def read_file(path):
    events = list(read(path.read_bytes()))
    interchanges = [event for event in events if isinstance(event, Interchange)]
    groups = [event for event in events if isinstance(event, Group)]
    messages = [event for event in events if isinstance(event, Message)]
    findings = [found for holder in (*interchanges, *groups, *messages) for found in holder.findings]
    return interchanges, messages, findings


def number(row, name):
    return int(re.search(rf"{name}=(\d+)", row["notes"]).group(1))


@pytest.fixture(scope="module")
def files(shared):
    return [(row, shared / "corpus" / row["file"]) for row in rows(shared) if row["standard"] in {"x12", "edifact"}]


def test_interchanges_messages_segments_and_types_are_those_of_the_index(files):
    wrong = []
    for row, path in files:
        if row["file"] in DISAGREEMENTS:
            continue
        interchanges, messages, _ = read_file(path)
        found = (
            sum(bool(interchange.header) for interchange in interchanges),
            len(messages),
            sum(interchange.segment_count for interchange in interchanges),
            "+".join(sorted({message.type for message in messages})) or "-",
        )
        expected = (*(number(row, name) for name in ("inter", "msgs", "segs")), row["message_types"])
        if found != expected:
            wrong.append((row["file"], found, expected))
    assert not wrong


def test_a_file_with_a_valid_envelope_has_no_error_and_one_with_a_broken_envelope_has_the_errors_of_the_index(files):
    wrong = []
    for row, path in files:
        _, _, findings = read_file(path)
        found = {finding.code for finding in findings if finding.severity == "error"}
        if row["file"] in DISAGREEMENTS:
            expected = DISAGREEMENTS[row["file"]][0]
        else:
            named = re.search(r"err=(\S+)", row["notes"])
            expected = set().union(*(CODES[error] for error in named.group(1).split(","))) if named else set()
            expected |= (found & implied(expected)) | MORE.get(row["file"], (set(), ""))[0]
        if found != expected:
            wrong.append((row["file"], sorted(found), sorted(expected)))
    assert not wrong


def implied(expected):
    """What goes with an error that the index names once: a missing message trailer, a cut file, an empty interchange."""
    more = set()
    if "EDI-170" in expected or "EDI-150" in expected:
        more |= {"EDI-145", "EDI-170", "EDI-160"}
    return more


def test_every_error_is_placed_inside_the_file_and_named_with_its_segment(files):
    for row, path in files:
        _, _, findings = read_file(path)
        size = path.stat().st_size
        for finding in findings:
            assert finding.where.offset is not None, row["file"]
            assert 0 <= finding.where.offset <= size, row["file"]


def test_every_trailer_error_points_at_its_trailer(files):
    for row, path in files:
        data = path.read_bytes()
        for finding in read_file(path)[2]:
            if finding.code in {"EDI-151", "EDI-152", "EDI-161", "EDI-162", "EDI-171", "EDI-172"}:
                place = finding.where.offset
                assert data[place : place + 2] == finding.where.segment.encode()[:2], (row["file"], finding)


def test_a_tradacoms_file_is_refused_by_its_name(shared):
    refused = [shared / "corpus" / row["file"] for row in rows(shared) if row["standard"] == "tradacoms"]
    assert refused
    for path in refused:
        with pytest.raises(InputError) as caught:
            list(read(path.read_bytes()))
        assert caught.value.code == "EDI-003"
        assert caught.value.hint
