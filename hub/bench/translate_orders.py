"""Orders for the benchmark of understanding: distinct, right in counts and check digits, of any number of lines."""

from __future__ import annotations

import random

from hub.guides.itemids import check_digit


def x12_order(number: int, lines: int) -> bytes:
    """One interchange with one 850."""
    chance = random.Random(number)
    body = [
        "ST*850*0001",
        f"BEG*00*SA*45{number:08}**20260924",
        "CUR*BY*USD",
        f"REF*DP*{chance.randrange(1000):03}",
        f"REF*IA*{chance.randrange(10**6):06}",
        "PER*BD*JANE DOE*TE*5550100",
        "FOB*CC",
        "ITD*08*3*2**10**30",
        "DTM*002*20261001",
        f"N1*ST*GREENFIELD STORE {chance.randrange(900)}*92*{chance.randrange(9999):04}",
        f"N3*{chance.randrange(9999)} MAIN STREET",
        "N4*PORTLAND*ME*04101*US",
        "N1*BY*GREENFIELD STORES INC*UL*0012345000058",
    ]
    for line in range(1, lines + 1):
        upc = f"07612{chance.randrange(10**6):06}"
        price = f"{chance.randrange(1, 99999) / 100:.2f}"
        quantity = chance.randrange(1, 500)
        body += [
            f"PO1*{line}*{quantity}*EA*{price}*PE*UP*{upc}{check_digit(upc)}*IN*BUY{chance.randrange(10**5):05}*VN*WID-{line:04}",
            f"PID*F*08***Widget number {chance.randrange(10**4)}, blue",
            f"PO4*{chance.randrange(1, 48)}*1*EA",
            "DTM*010*20260929",
        ]
    body += [f"CTT*{lines}"]
    text = "~".join(
        [
            f"ISA*00*          *00*          *ZZ*GREENFIELD     *ZZ*EDIHUB         *260924*1059*U*00401*{number:09}*0*P*>",
            f"GS*PO*GREENFIELD*EDIHUB*20260924*1059*{number}*X*004010",
            *body,
            f"SE*{len(body) + 1}*0001",
            f"GE*1*{number}",
            f"IEA*1*{number:09}",
        ]
    )
    return f"{text}~".encode()


def edifact_order(number: int, lines: int) -> bytes:
    """One interchange with one EANCOM ORDERS."""
    chance = random.Random(number)
    body = [
        "UNH+1+ORDERS:D:96A:UN:EAN008",
        f"BGM+220+45{number:08}+9",
        "DTM+137:20260924:102",
        "DTM+2:20261001:102",
        f"FTX+DEL+++Store {chance.randrange(900)}, ring the bell?: twice",
        f"RFF+CT:{chance.randrange(10**6):06}",
        "NAD+BY+5412345000013::9++Greenfield+Rue Haute 1+Bruxelles++1000+BE",
        "NAD+SU+5412345000020::9",
        f"NAD+DP+{chance.randrange(9999):04}::92++Store {chance.randrange(900)}",
        "CUX+2:EUR:9",
    ]
    for line in range(1, lines + 1):
        ean = f"541234{chance.randrange(10**6):06}"
        price = f"{chance.randrange(1, 99999) / 100:.2f}"
        body += [
            f"LIN+{line}++{ean}{check_digit(ean)}:EN",
            f"PIA+1+BUY{chance.randrange(10**5):05}:IN+WID-{line:04}:SA",
            f"IMD+F++:::Widget number {chance.randrange(10**4)}",
            f"QTY+21:{chance.randrange(1, 500)}",
            f"QTY+59:{chance.randrange(1, 48)}",
            f"PRI+AAA:{price}",
        ]
    body += ["UNS+S", f"CNT+2:{lines}"]
    head = f"UNA:+.? 'UNB+UNOC:3+5412345000013:14+5412345000020:14+260924:1059+{number}"
    return "'".join([head, *body, f"UNT+{len(body) + 1}+1", f"UNZ+1+{number}", ""]).encode("iso8859-1")
