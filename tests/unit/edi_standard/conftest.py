"""Right messages to put one fault into, and what makes whole interchanges of them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

ORDER_850 = """\
ST*850*0001
BEG*00*SA*4500012345**20260105
CUR*BY*USD
REF*DP*042
REF*IA*V1234
PER*BD*Ann Buyer*TE*5551234
FOB*PP
SAC*A*C310***1000
ITD*01*3*2**30**31
DTM*002*20260120
DTM*010*20260115
TD5**2*UPSN*M
N9*ZZ*NOTES
MSG*Deliver to dock 4
N1*ST*Store 7*92*0007
N3*1 Main Street
N4*Springfield*IL*62701*US
N1*BY*Buyer Inc*9*123456789
PO1*1*10*EA*9.25*PE*UP*012345678905*IN*A100
CTP**UCP*9.25
PID*F****Blue widget
PO4*10*1*EA
SDQ*EA*92*0007*4*0008*6
PO1*2*5*CA*100**UP*012345678912*VN*B200
PID*F****Red widget
QTY*21*5
CTT*2*15
SE*28*0001"""

ORDERS = """\
UNH+1+ORDERS:D:96A:UN:EAN008
BGM+220+128576+9
DTM+137:20260105:102
DTM+2:20260120:102
FTX+ZZZ+++Deliver to dock 4
RFF+CT:652744
DTM+171:20251215:102
NAD+BY+5412345000013::9
RFF+VA:87765432
CTA+OC+:P FORGET
COM+0044715632478:TE
NAD+SU+4012345500004::9
NAD+DP+5412345678908::9
CUX+2:EUR:9
PAT+1++5:3:D:30
TDT+20++30+31
ALC+A+++1+DI
PCD+1:10
LIN+1++4000862141404:SRS
PIA+1+ABC1234:IN
IMD+C++TU::9
QTY+21:48
PRI+AAA:14.58:CT:AAE:1:KGM
LOC+7+3312345502000::9
QTY+11:24
LIN+2++5412345111115:EN
QTY+21:4
PRI+AAA:100.75
UNS+S
MOA+79:1102.82
CNT+2:2
UNT+32+1"""


@dataclass(frozen=True)
class Edited:
    """A message as text segments that a fault can be put into. Positions count from 1 at the header."""

    lines: tuple[str, ...]
    mark: str

    def at(self, prefix: str, count: int = 1) -> int:
        """The position of the `count`th segment that begins with `prefix`."""
        found = [place for place, line in enumerate(self.lines, 1) if line.startswith(prefix)]
        return found[count - 1]

    def replace(self, prefix: str, line: str, count: int = 1) -> Edited:
        place = self.at(prefix, count) - 1
        return Edited((*self.lines[:place], line, *self.lines[place + 1 :]), self.mark)

    def remove(self, prefix: str, count: int = 1) -> Edited:
        place = self.at(prefix, count) - 1
        return Edited((*self.lines[:place], *self.lines[place + 1 :]), self.mark)

    def before(self, prefix: str, *lines: str, count: int = 1) -> Edited:
        place = self.at(prefix, count) - 1
        return Edited((*self.lines[:place], *lines, *self.lines[place:]), self.mark)

    def after(self, prefix: str, *lines: str, count: int = 1) -> Edited:
        place = self.at(prefix, count)
        return Edited((*self.lines[:place], *lines, *self.lines[place:]), self.mark)

    def counted(self) -> Edited:
        """The same with the right count in its trailer."""
        trailer = self.lines[-1].split(self.mark)
        trailer[1] = str(len(self.lines))
        return Edited((*self.lines[:-1], self.mark.join(trailer)), self.mark)


def x12(*messages: Edited, version: str = "004010", isa: str = "00401", requested: str = "0") -> bytes:
    """An interchange around transaction sets."""
    sets = "".join(line + "~" for message in messages for line in message.lines)
    repetition = "^" if isa >= "00402" else "U"
    head = f"ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260105*1200*{repetition}*{isa}*000000101*{requested}*T*>~"
    group = f"GS*PO*ACMEPO*EDIHUBPO*20260105*1200*77*X*{version}~{sets}GE*{len(messages)}*77~"
    return f"{head}{group}IEA*1*000000101~".encode()


def edifact(*messages: Edited, syntax: str = "UNOC:3") -> bytes:
    """An interchange around messages."""
    body = "".join(line + "'" for message in messages for line in message.lines)
    head = f"UNB+{syntax}+5412345000013:14+5412345000020:14+260105:1200+REF42++++1'"
    return f"{head}{body}UNZ+{len(messages)}+REF42'".encode()


@dataclass(frozen=True)
class Samples:
    """What tests take from here (test files cannot import one another)."""

    order_850: Edited
    orders: Edited

    x12 = staticmethod(x12)
    edifact = staticmethod(edifact)


@pytest.fixture(scope="session")
def samples() -> Samples:
    """A right 850 and a right ORDERS, and the interchanges around them."""
    return Samples(Edited(tuple(ORDER_850.splitlines()), "*"), Edited(tuple(ORDERS.splitlines()), "+"))
