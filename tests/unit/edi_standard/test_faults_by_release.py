"""What is a fault in one release and none in the next, or has another name: each message is held to its own directory."""

from __future__ import annotations

import pytest

from hub.testing.acknowledging import answered, taken_apart

# segment, element, its number, the longest value in 004010 and in 005010
LENGTHS = [
    ("BEG", 3, "324", 22, 22),
    ("REF*DP", 2, "127", 30, 50),
    ("PER", 4, "364", 80, 256),
    ("N1*ST", 2, "93", 60, 60),
    ("N3", 1, "166", 55, 55),
    ("PO1*1", 7, "234", 48, 48),
    ("MSG", 1, "933", 264, 264),
]
RELEASES = {"004010": ("00401", "330"), "005010": ("00501", "380")}


def notes(data: bytes, *tags: str) -> list:
    """The segments with these tags in the one answer to `data`, which our own dictionary finds nothing wrong with."""
    (answer,) = answered(data)
    seen = taken_apart(answer.data)
    assert seen.findings == []
    return [segment for message in seen.messages for segment in message if segment[0] in tags]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(("segment", "place", "number", "in_4010", "in_5010"), LENGTHS)
def test_a_text_is_as_long_as_its_release_allows(samples, release, segment, place, number, in_4010, in_5010) -> None:
    isa, _ = RELEASES[release]
    longest = in_4010 if release == "004010" else in_5010
    elements = samples.order_850.lines[samples.order_850.at(segment) - 1].split("*")
    for length, wanted in ((longest, []), (longest + 1, [["AK4", str(place), number, "5", ("A" * (longest + 1))[:99]]])):
        elements[place] = "A" * length
        message = samples.order_850.replace(segment, "*".join(elements)).counted()
        assert notes(samples.x12(message, version=release, isa=isa), "AK4") == wanted


@pytest.mark.parametrize("release", RELEASES)
def test_an_ordered_quantity_has_the_number_of_its_release(samples, release) -> None:
    isa, number = RELEASES[release]
    message = samples.order_850.replace("PO1*1", "PO1*1*ten*EA*9.25*PE*UP*012345678905")
    assert notes(samples.x12(message, version=release, isa=isa), "AK4") == [["AK4", "2", number, "6", "ten"]]


# name: (how it gets in, UCS and UCD rows in D.96A, the same in D.01B)
DIRECTORIES = {
    "a quantity in letters": (
        lambda m: m.replace("QTY+21:48", "QTY+21:many"), [["UCS", "22"], ["UCD", "37", ["2", "2"]]], [],
    ),
    "a document number with a version": (
        lambda m: m.replace("BGM", "BGM+220+128576:2+9"), [["UCS", "2"], ["UCD", "16", ["3", "2"]]], [],
    ),
    "a document number of thirty-six characters": (
        lambda m: m.replace("BGM", f"BGM+220+{'1' * 36}+9"),
        [["UCS", "2"], ["UCD", "39", "3"]],
        [["UCS", "2"], ["UCD", "39", ["3", "1"]]],
    ),
    "a sixth element in a text": (
        lambda m: m.replace("FTX", "FTX+ZZZ+++Fish++chips"),
        [["UCS", "5"], ["UCD", "16", "7"]],
        [["UCS", "5"], ["UCD", "39", "7"]],
    ),
    "an eleventh reference": (
        lambda m: m.before("NAD+BY", *["RFF+CT:1"] * 10).counted(), [["UCS", "17", "36"]], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DIRECTORIES)
def test_a_message_is_held_to_its_own_directory(samples, name) -> None:
    put, in_d96a, in_d01b = DIRECTORIES[name]
    message = put(samples.orders)
    newer = message.replace("UNH", "UNH+1+ORDERS:D:01B:UN:EAN010").replace("IMD", "IMD+C++TU::9")
    assert notes(samples.edifact(message), "UCS", "UCD") == in_d96a
    assert notes(samples.edifact(newer), "UCS", "UCD") == in_d01b
