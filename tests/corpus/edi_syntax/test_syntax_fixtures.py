"""Every oddity of syntax that partners are known to send, one small file each, with the facts written down by hand."""

import json
from pathlib import Path

import pytest

from hub.edi.inspect import inspected

FOLDER = Path(__file__).resolve().parents[3] / "fixtures" / "syntax"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())


def inspect(name):
    pieces = list(inspected((FOLDER / name).read_bytes()))
    return json.loads(b"".join(piece for piece, _ in pieces)), pieces[-1][1]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_fixture_is_read_as_its_facts_say(name):
    facts = EXPECTED[name]
    document, findings = inspect(name)
    interchanges = document["interchanges"]
    messages = [message for interchange in interchanges for message in interchange["messages"]]
    assert [f"{one['type']} {one['control_number']} {one['segments']}" for one in messages] == facts["messages"]
    assert len(interchanges) == facts["interchanges"]
    assert sum(interchange["segments"] for interchange in interchanges) == facts["segments"]
    assert sorted({found["code"] for found in document["findings"]}) == facts["findings"]
    assert findings.exit_code == facts["exit_code"]
    for code, wires in facts.get("wire", {}).items():
        found = next(found for found in document["findings"] if found["code"] == code)
        assert [" ".join(wire.values()) for wire in found["wire"]] == wires
    if "charset" in facts:
        assert interchanges[0]["charset"] == facts["charset"]


def test_every_fixture_has_its_facts():
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.edi")}
    assert files == set(EXPECTED)
