"""Files made to hurt: time grows with their size and memory stays bounded."""

import resource
import subprocess
import sys
import time

import pytest

from hub.edi.inspect import inspected

ISA = b"ISA*00*          *00*          *ZZ*GREENFIELD     *01*049876543      *260924*1059*U*00401*000000101*0*P*>~"
X12 = ISA + b"GS*PO*A*B*20260924*1059*1*X*004010~"
UNB = b"UNB+UNOA:3+A:14+B:14+260924:1059+1'"
UNH = b"UNH+1+ORDERS:D:96A:UN'"

HOSTILE = {
    "no terminator": lambda size: X12 + b"A" * size,
    "lines and no terminator": lambda size: X12 + b"a*bc\n" * (size // 5),
    "lines like segments and no terminator": lambda size: X12 + b"ST*850*1~" + b"PO1*BC\n" * (size // 7),
    "only terminators": lambda size: X12 + b"~" * size,
    "released terminators": lambda size: UNB + UNH + b"FTX+" + b"?'" * (size // 2) + b"'UNT+3+1'UNZ+1+1'",
    "a run of release characters": lambda size: UNB + UNH + b"FTX+" + b"?" * size + b"'UNT+3+1'UNZ+1+1'",
    "headers without trailers": lambda size: X12 + b"ST*850*1~" * (size // 9),
    "headers without trailers, and one": lambda size: X12 + b"ST*850*1~" * (size // 9) + b"SE*1*1~",
    "trailers without headers": lambda size: X12 + b"SE*1*1~" * (size // 7),
    "separators only": lambda size: X12 + b"ST*850*1~BEG" + b"*" * size + b"~SE*3*1~GE*1*1~IEA*1*000000101~",
    "interchanges without end": lambda size: (UNB + UNH) * (size // 58),
    "headers in junk": lambda size: X12 + b"IEA*1*101~" + b"xISA*00" * (size // 7),
    "blanks": lambda size: X12 + b" " * size,
}


def seconds(data):
    began = time.process_time()
    for _ in inspected(data):
        pass
    return time.process_time() - began


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_time_grows_with_the_size_and_not_with_its_square(name):
    make = HOSTILE[name]
    small, large = make(50_000), make(400_000)
    seconds(small)
    # Eight times the size may take sixteen times as long; a square would take 64 times.
    base = max(min(seconds(small) for _ in range(3)), 0.002)
    assert min(seconds(large) for _ in range(2)) < 16 * base + 0.1


@pytest.mark.long
@pytest.mark.parametrize("kind", ["one message of 6,000,000 segments", "40,000 messages"])
def test_a_file_of_200_mb_is_inspected_in_bounded_memory(kind, tmp_path):
    path = tmp_path / "large.edi"
    line = b"PO1*1*10*EA*12.5**UP*123456789012~"
    with path.open("wb") as file:
        file.write(X12)
        if kind.startswith("one"):
            file.write(b"ST*850*0001~")
            for _ in range(200):
                file.write(line * 30_000)
            file.write(b"SE*6000002*0001~GE*1*1~")
        else:
            for number in range(40_000):
                file.write(b"ST*850*%05d~%sSE*152*%05d~" % (number, line * 150, number))
            file.write(b"GE*40000*1~")
        file.write(b"IEA*1*000000101~")
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", "inspect", str(path), "--json"], stdout=subprocess.PIPE, check=False, timeout=300
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    assert done.returncode == (1 if kind.startswith("one") else 0)
    assert (b'"segments":6000002' if kind.startswith("one") else b'"segments":6080004') in done.stdout
    assert peak < 400
