"""A small site with one X12 retailer and one EDIFACT retailer, orders as they send them, and a far side that keeps what it gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hub.errors import DeliveryError
from hub.ports import OutboundDocument, Receipt

HUB_TOML = """\
name = "test"
time_zone = "UTC"
[identities.main]
x12 = "ZZ:EDIHUB"
gln = "5412345000020"
[limits]
workers = 2
"""

GROUPS = {
    "810": "IN", "824": "AG", "846": "IB", "850": "PO", "855": "PR", "856": "SH", "860": "PC", "861": "RC", "864": "TX", "865": "CA", "997": "FA",
}  # fmt: skip

ACME = """\
partner: acme
name: ACME Stores
state: {state}
identities: {{x12: "ZZ:ACME"}}
connections:
  main: {{connector: folder, settings: {{inbox: inbox, outbox: outbox}}, in_flight: 8}}
defaults:
  over: main
  confirm: {confirm}
  expect: {{syntax: 24h}}
{defaults}
agreements:
  - receive: x12/004010/850
{agreements}
"""


def write_site(
    folder: Path, *, confirm: str = "manual", state: str = "production", defaults: str = "", agreements: str = ""
) -> Path:
    """Write a site folder; `defaults` and `agreements` are further lines of the partner file, indented as they stand there."""
    for name in ("partners", "var", "inbox", "outbox"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "hub.toml").write_text(HUB_TOML)
    text = ACME.format(confirm=confirm, state=state, defaults=defaults, agreements=agreements)
    (folder / "partners" / "acme.yaml").write_text(text)
    return folder


def order_850(
    number: str = "4500000042", *, lines: int = 2, unit: str = "EA", purpose: str = "00", quantity: str = "10"
) -> list[str]:
    """The segments of an 850 between ST and SE."""
    body = [f"BEG*{purpose}*SA*{number}**20260924", "REF*DP*099", "DTM*002*20261001", "N1*ST*STORE 42*92*0042"]
    body += [f"PO1*{n}*{quantity}*{unit}*12.5**BP*BUY{n:05}*VP*WIDGET-{n:03}" for n in range(1, lines + 1)]
    return [*body, f"CTT*{lines}"]


def interchange(
    messages: Sequence[Sequence[str]],
    *,
    control: int = 1,
    between: tuple[str, str] = ("ACME", "EDIHUB"),
    type_: str = "850",
    test: str = "P",
    ta1: Sequence[str] = (),
) -> bytes:
    """One X12 interchange with one group; every message is what stands between ST and SE."""
    sender, receiver = between
    out = [
        f"ISA*00*          *00*          *ZZ*{sender:<15}*ZZ*{receiver:<15}*260924*1200*U*00401*{control:09}*0*{test}*>",
        *ta1,
    ]
    if messages:
        out.append(f"GS*{GROUPS[type_]}*{sender}*{receiver}*20260924*1200*{control}*X*004010")
        for place, message in enumerate(messages, 1):
            out += [f"ST*{type_}*{place:04}", *message, f"SE*{len(message) + 2}*{place:04}"]
        out.append(f"GE*{len(messages)}*{control}")
    out.append(f"IEA*{1 if messages else 0}*{control:09}")
    return "".join(f"{segment}~" for segment in out).encode()


@dataclass(slots=True)
class FarSide:
    """Keeps every copy it is sent, in order; `failures` are raised one after another before it begins to take anything."""

    received: list[OutboundDocument] = field(default_factory=list)
    failures: list[DeliveryError] = field(default_factory=list)

    def check(self) -> None:
        """There is nothing that could be down."""

    def close(self) -> None:
        """There is nothing to let go of."""

    def send(self, document: OutboundDocument) -> Receipt:
        """Take a document, or fail as told."""
        if self.failures:
            raise self.failures.pop(0)
        self.received.append(document)
        return Receipt(reference=f"receipt-{len(self.received)}")
