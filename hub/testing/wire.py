"""The body of one message in a right envelope, for tests that care about the body alone."""

from __future__ import annotations

from hub.edi.read import read
from hub.edi.tree import Message


def x12(kind: str, *segments: str, version: str = "004010") -> bytes:
    """One X12 interchange with one transaction set of these segments."""
    parts = (
        f"ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260924*1200*U*{version[:5]}*000000001*0*P*>",
        f"GS*PO*ACME*EDIHUB*20260924*1200*1*X*{version}",
        f"ST*{kind}*0001",
        *segments,
        f"SE*{len(segments) + 2}*0001",
        "GE*1*1",
        "IEA*1*000000001",
    )
    return ("~".join(parts) + "~").encode()


def edifact(kind: str, *segments: str, version: str = "D:96A:UN") -> bytes:
    """One EDIFACT interchange with one message of these segments."""
    parts = (
        "UNB+UNOC:3+5412345000013:14+5412345000020:14+260924:1200+7",
        f"UNH+1+{kind}:{version}",
        *segments,
        f"UNT+{len(segments) + 2}+1",
        "UNZ+1+7",
    )
    return ("'".join(parts) + "'").encode("iso8859-1")


def only_message(data: bytes) -> Message:
    """The one message of an interchange."""
    (message,) = (event for event in read(data) if isinstance(event, Message))
    return message
