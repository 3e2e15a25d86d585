"""A process that opens a hub loads nothing that only a terminal needs, and takes no heap for every thread."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = """
import sys
from hub.cli.frugal import frugally
with frugally():
    import hub.bootstrap, hub.web.server, connectors.http.connector
print(sorted(name for name in sys.modules if name.partition(".")[0] in {"rich", "pygments"}))
import rich.progress
print(rich.progress.Progress.__name__)
"""
HEAPS = """
import re, sys, threading
from hub.cli.frugal import frugally

def heaps():
    return len(re.findall(r"^[0-9a-f]+000000-[0-9a-f]+ rw-p", open("/proc/self/maps").read(), re.MULTILINE))

if sys.argv[1:]:
    with frugally():
        pass
begin, end = threading.Barrier(9), threading.Barrier(9)

def work():
    kept = [bytes(5000) for _ in range(50)]
    begin.wait()
    end.wait()

for _ in range(8):
    threading.Thread(target=work).start()
begin.wait()
print(heaps())
end.wait()
"""


def _said(program: str, *arguments: str) -> str:
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True).stdout


def test_what_is_for_terminals_is_not_loaded_with_a_hub_and_can_be_loaded_afterwards():
    assert _said(LOADED).split("\n")[:2] == ["[]", "Progress"]


@pytest.mark.skipif(sys.platform != "linux", reason="the C library's heaps are counted in /proc")
def test_threads_share_one_heap():
    assert int(_said(HEAPS, "frugally")) < int(_said(HEAPS))
