"""Acknowledgments written by hand from the message specifications, and what the hub makes of the same interchanges."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.edi.acknowledge import AckPolicy
from hub.testing.acknowledging import answered, taken_apart

FOLDER = Path(__file__).resolve().parents[3] / "fixtures" / "acknowledgments"
RELEASE_NOT_CARRIED = "EDI-232"
NAMES = sorted(path.name.removesuffix(".received.edi") for path in FOLDER.glob("*.received.edi"))


def lines(data: bytes) -> list[str]:
    """The segments of a file as lines, whatever stands between them."""
    text = data.decode("ascii")
    terminator = "'" if text.startswith("UN") else "~"
    una, text = (text[:9], text[9:]) if text.startswith("UNA") else ("", text)
    parts = [part.strip() for part in text.split(terminator)]
    return [una, *parts] if una else parts


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_is_the_one_written_by_hand(name) -> None:
    received, expected = ((FOLDER / f"{name}.{part}.edi").read_bytes() for part in ("received", "answer"))
    policy = AckPolicy(functional="999" if name.startswith("999") else "997")
    assert lines(b"".join(answer.data for answer in answered(received, policy))) == lines(expected)


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_written_by_hand_is_right_by_our_own_dictionary(name) -> None:
    found = taken_apart((FOLDER / f"{name}.answer.edi").read_bytes()).findings
    assert [each for each in found if each.code != RELEASE_NOT_CARRIED] == []


def test_every_kind_has_its_goldens() -> None:
    kinds = [name.partition("-")[0] for name in NAMES]
    assert kinds.count("contrl") >= 10
    assert {"997", "999", "ta1"} <= set(kinds)
