"""A mapped file is searched like the same bytes in memory, and does not become the process's memory."""

from __future__ import annotations

import mmap
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.edi import mapped
from hub.edi.mapped import Mapped, matches, run_end

MIB = 1 << 20
LOOK = """
import mmap, re, sys
from hub.edi.mapped import Mapped
from hub.edi.read import read
from hub.errors import InputError

def resident(name):
    return int(re.search(name + r":\\s+(\\d+)", open("/proc/self/status").read())[1]) >> 10

with open(sys.argv[1], "rb") as file, Mapped(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
    before = resident("VmHWM")
    try:
        for event in read(data):
            pass
    except InputError as fault:
        print(fault.code)
    print(resident("VmHWM") - before)
"""


def _map(path: Path, content: bytes) -> Mapped:
    path.write_bytes(content)
    with path.open("rb") as file:
        return Mapped(file.fileno(), 0, access=mmap.ACCESS_READ)


@pytest.fixture
def small_windows(monkeypatch):
    monkeypatch.setattr(mapped, "WINDOW", 8)


@given(
    content=st.text("ab~", min_size=1, max_size=60),
    sub=st.text("ab~", min_size=1, max_size=4),
    part=st.tuples(st.integers(0, 61), st.integers(0, 70)),
)
def test_find_and_rfind_answer_as_bytes_do(content, sub, part, tmp_path_factory):
    data, needle = content.encode(), sub.encode()
    with pytest.MonkeyPatch.context() as patch, _map(tmp_path_factory.mktemp("map") / "file", data) as found:
        patch.setattr(mapped, "WINDOW", 8)
        assert found.find(needle, *part) == data.find(needle, *part)
        assert found.find(needle) == data.find(needle)
        assert found.rfind(needle, *part) == data.rfind(needle, *part)


def test_a_run_ends_where_it_ends_however_many_windows_it_takes(tmp_path, small_windows):
    blank = re.compile(rb"[\x00 ]*")
    for length in range(40):
        with _map(tmp_path / "file", bytes(length) + b"x" + bytes(9)) as data:
            assert run_end(blank.match, data, 0) == length
            assert run_end(blank.match, data, length + 1) == length + 10


def test_a_match_across_two_windows_is_found(tmp_path, small_windows):
    for at in range(30):
        with _map(tmp_path / "file", b"." * at + b"UNB+" + b"." * 9) as data:
            assert {match.start() for match in matches(re.compile(rb"UNB\+"), data, 0)} == {at}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="resident memory is read from /proc")
@pytest.mark.parametrize("kind", ["blanks", "junk", "one message", "one segment", "blanks inside"])
def test_a_hundred_mib_of_anything_take_few_of_memory(kind, tmp_path):
    header = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'A':15}*ZZ*{'B':15}*240101*1200*U*00401*000000001*0*P*>~GS*TX*A*B*20240101*1200*1*X*004010~ST*864*0001~".encode()
    trailer = b"SE*2*0001~GE*1*1~IEA*1*000000001~"
    bodies = {
        "blanks": (b"", bytes(MIB), b""),
        "junk": (header + trailer, b"no segment here\n" * (MIB // 16), b""),
        "one message": (header, b"MSG*words that a buyer sends~" * (MIB // 29), trailer),
        "one segment": (header + b"MSG*", b"a" * MIB, b"~" + trailer),
        "blanks inside": (header, bytes(MIB), trailer),
    }
    first, middle, last = bodies[kind]
    path = tmp_path / "large.edi"
    with path.open("wb") as file:
        file.write(first)
        file.writelines([middle] * 100)
        file.write(last)
    done = subprocess.run([sys.executable, "-c", LOOK, str(path)], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) < 40, done.stdout
