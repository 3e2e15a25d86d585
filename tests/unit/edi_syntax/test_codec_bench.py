"""The benchmark's own files are right, and its frame prints what it measured."""

import json

import pytest

from hub.bench import edi, edi_files
from hub.bench.edi_contender import CONTENDERS
from hub.cli.frame import run
from hub.edi.read import read
from hub.edi.tree import Group, Interchange, Message


@pytest.mark.parametrize("write", [edi_files.write_x12, edi_files.write_edifact])
def test_the_files_are_free_of_findings_and_their_messages_differ(write, tmp_path):
    path = tmp_path / "file.edi"
    count = write(path, 100_000)
    events = list(read(path.read_bytes()))
    messages = [event for event in events if isinstance(event, Message)]
    assert len(messages) == count
    assert not [found for event in events if isinstance(event, (Interchange, Group, Message)) for found in event.findings]
    assert len({message.raw for message in messages}) == count


@pytest.mark.parametrize(("standard", "floor"), [("x12", "x12-floor"), ("edifact", "edifact-floor")])
def test_the_floor_and_the_reader_make_the_same_messages(standard, floor, tmp_path):
    path = tmp_path / "file.edi"
    edi._WRITERS[standard](path, 50_000)
    import mmap

    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        ours, floors = CONTENDERS["ours"](data), CONTENDERS[floor](data)
    assert ours[0] == floors[0]
    # The floor's last chunk runs on into the trailers of group and interchange.
    assert 0 <= floors[1] - ours[1] <= 10


def test_bench_edi_prints_figures_and_bars(tmp_path, capfd):
    code = run(
        ["bench", "edi", "--json", "--set", "size=1", "--set", "runs=1", "--set", "peers=no", "--set", f"folder={tmp_path}"]
    )
    result = json.loads(capfd.readouterr().out)
    assert code in {0, 1}
    assert result["x12"]["ours"]["messages"] == result["x12"]["floor"]["messages"]
    assert {bar["what"].split(":")[0] for bar in result["bars"]} == {"x12", "edifact"}
    assert all({"value", "bar", "met"} <= set(bar) for bar in result["bars"])
    assert len(result["notes"]) == 2


def test_an_unknown_benchmark_is_a_usage_error(capfd):
    assert run(["bench", "nonsense"]) == 2
    assert "nonsense" in capfd.readouterr().err
