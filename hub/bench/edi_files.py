"""Files for the codec's benchmark: orders that differ, with right counts and control numbers, of any size."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

_BODIES = 200


def write_x12(path: Path, size: int) -> int:
    """Write an interchange of 850s of about `size` bytes; returns the number of transaction sets."""
    bodies = [_x12_body(number) for number in range(_BODIES)]
    with path.open("wb") as file:
        file.write(
            b"ISA*00*          *00*          *ZZ*GREENFIELD     *ZZ*EDIHUB         *260924*1059*U*00401*000000001*0*P*>~"
            b"GS*PO*GREENFIELD*EDIHUB*20260924*1059*1*X*004010~"
        )
        count = 0
        while file.tell() < size:
            count += 1
            body, segments = bodies[count % _BODIES]
            file.write(b"ST*850*%04d~%sSE*%d*%04d~" % (count, body, segments + 2, count))
        file.write(b"GE*%d*1~IEA*1*000000001~" % count)
    return count


def write_edifact(path: Path, size: int) -> int:
    """Write an interchange of ORDERS of about `size` bytes, some texts with release characters; returns the messages."""
    bodies = [_edifact_body(number) for number in range(_BODIES)]
    with path.open("wb") as file:
        file.write(b"UNA:+.? 'UNB+UNOC:3+5412345000013:14+5412345000020:14+260924:1059+1'")
        count = 0
        while file.tell() < size:
            count += 1
            body, segments = bodies[count % _BODIES]
            file.write(b"UNH+%d+ORDERS:D:96A:UN:EAN008'%sUNT+%d+%d'" % (count, body, segments + 2, count))
        file.write(b"UNZ+%d+1'" % count)
    return count


def _x12_body(number: int) -> tuple[bytes, int]:
    segments = list(_x12_segments(random.Random(number)))
    return "".join(segment + "~" for segment in segments).encode(), len(segments)


def _x12_segments(chance: random.Random) -> Iterator[str]:
    yield f"BEG*00*SA*45{chance.randrange(10**8):08}**20260924"
    yield "CUR*BY*USD"
    yield f"REF*IA*{chance.randrange(10**6):06}"
    yield "DTM*002*20261001"
    yield "DTM*010*20260929"
    yield "TD5**2*UPSN*M*GROUND"
    yield f"N1*ST*GREENFIELD STORE {chance.randrange(900)}*92*{chance.randrange(9999):04}"
    yield f"N3*{chance.randrange(9999)} MAIN STREET"
    yield "N4*PORTLAND*ME*04101*US"
    yield "N1*BY*GREENFIELD STORES INC*UL*0012345000058"
    for line in range(1, 21):
        price = f"{chance.randrange(1, 99999) / 100:.2f}"
        codes = f"UP*{chance.randrange(10**12):012}*IN*{chance.randrange(10**8)}*VN*ITEM-{chance.randrange(999)}"
        yield f"PO1*{line}*{chance.randrange(1, 500)}*EA*{price}*PE*{codes}"
        yield f"PID*F****KITCHEN SHEARS {chance.randrange(9999)} STAINLESS STEEL"
        yield "PO4*12*1*EA*CT**10.5*LB"
        if line % 3 == 0:
            yield f"DTM*002*202610{chance.randrange(1, 31):02}"
    yield "CTT*20"


def _edifact_body(number: int) -> tuple[bytes, int]:
    segments = list(_edifact_segments(random.Random(number)))
    return "".join(segment + "'" for segment in segments).encode(), len(segments)


def _edifact_segments(chance: random.Random) -> Iterator[str]:
    yield f"BGM+220+45{chance.randrange(10**8):08}+9"
    yield "DTM+137:20260924:102"
    yield "DTM+2:20261001:102"
    yield f"RFF+CT:{chance.randrange(10**6):06}"
    yield f"NAD+BY+5412345000013::9++L?'ATELIER {chance.randrange(99)}+RUE HAUTE {chance.randrange(99)}+BRUXELLES++1000+BE"
    yield "CTA+OC+:J. MARTIN"
    yield "COM+?+3225550100:TE"
    yield "NAD+SU+5412345000020::9"
    yield f"NAD+DP+5412345{chance.randrange(10**6):06}::9"
    yield "CUX+2:EUR:9"
    for line in range(1, 31):
        yield f"LIN+{line}++{chance.randrange(10**13):013}:EN"
        yield f"PIA+1+{chance.randrange(10**7)}:IN+A-{chance.randrange(10**4)}:SA"
        yield f"IMD+F++:::CISEAUX DE CUISINE {chance.randrange(9999)}" + (" 12?'" if line % 5 == 0 else "")
        yield f"QTY+21:{chance.randrange(1, 500)}:PCE"
        yield f"PRI+AAA:{chance.randrange(1, 99999) / 100:.2f}:CT::1:PCE"
        yield f"DTM+2:202610{chance.randrange(1, 31):02}:102"
        yield "TAX+7+VAT+++:::19+S"
    yield "UNS+S"
    yield "CNT+2:30"
