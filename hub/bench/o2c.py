"""Order to cash: 850 in, 997 and 855 out, shipped (856 out), billed (810 out), the partner's 997s in; one process, a real disk.

The hub is embedded: this process opens it, sets its threads to work, and plays the partner (who writes files and reads the
outbox) and the ERP (which ships and bills through the same functions as the API). A batch is a number of cycles, every step of
which is done for all before the next; cycles per second count the whole batch, from its first order to the last light. The
collector of garbage is set as in the processes that serve (`hub.guides.calm`).
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from hub.bench.flow import order
from hub.bench.flow_floors import floors
from hub.guides.calm import settled

if TYPE_CHECKING:
    from hub.flow.hub import Hub

LINES = 5
CLIENTS = 8
ANSWERS = 4
"""Files the partner gets in one cycle: 997, 855, 856, 810."""
ACKNOWLEDGED = ("855", "856", "810")
BAR = 40.0
FLAT = 1.15
PATIENCE = 600.0
GROUPS = {"PR": "855", "SH": "856", "IN": "810"}

HUB_TOML = """\
name = "bench"
[identities.main]
x12 = "ZZ:EDIHUB"
[limits]
workers = {workers}
[sscc]
prefix = "5412345"
"""
PARTNER = """\
partner: acme
identities: {x12: "ZZ:ACME"}
connections:
  out: {connector: folder, settings: {outbox: outbox}, in_flight: 40}
defaults: {over: out, confirm: automatic, expect: {syntax: 24h}}
agreements:
  - receive: x12/004010/850
  - send: x12/004010/855
    triggered_by: [confirmed]
  - send: x12/004010/856
    triggered_by: [shipped]
  - send: x12/004010/810
    triggered_by: [invoiced]
"""


def run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: `cycles` in a batch (200), `batches` (4), `lines` of an order (5), `workers` (2), `folder`."""
    with settled():
        return _run(options)


def _run(options: Mapping[str, Any]) -> dict[str, Any]:
    from hub.bootstrap import open_hub
    from hub.routing.load import load_site

    cycles, batches = int(options.get("cycles") or 200), int(options.get("batches") or 4)
    lines = int(options.get("lines") or LINES)
    folder = Path(options.get("folder") or tempfile.mkdtemp(prefix="edihub-bench-"))
    _write_site(folder, workers=int(options.get("workers") or 2))
    hub = open_hub(load_site(folder))
    found: dict[str, Any] = {"bench": "o2c", "lines": lines, "cycles": cycles, "batches": []}
    try:
        hub.start()
        with ThreadPoolExecutor(CLIENTS) as clients:
            play = _Play(hub, folder / "outbox", clients, lines)
            play.batch(min(20, cycles))
            for _ in range(batches):
                found["batches"].append(play.batch(cycles))
    finally:
        hub.stop()
        if not options.get("folder"):
            shutil.rmtree(folder, ignore_errors=True)
    first, last = found["batches"][0], found["batches"][-1]
    found["growth"] = round(last["cpu_us_per_cycle"] / first["cpu_us_per_cycle"], 3)
    # Six documents are read or written in a cycle; a floor is what one of them cannot do without.
    found["floor_us_per_cycle"] = 6 * (floors(order(1, lines))["sum_us"])
    found["over_the_floor"] = round(first["cpu_us_per_cycle"] / found["floor_us_per_cycle"], 1)
    return {**found, "table": _table(found), "bars": _bars(found)}


class _Play:
    """Plays partner and ERP; `done` cycles are behind it."""

    def __init__(self, hub: Hub, outbox: Path, clients: ThreadPoolExecutor, lines: int) -> None:
        self.hub = hub
        self.outbox = outbox
        self.clients = clients
        self.lines = lines
        self.done = 0
        self.read: set[str] = set()
        self.arrivals = 0

    def batch(self, cycles: int) -> dict[str, Any]:
        """So many whole cycles; their figures."""
        numbers = range(self.done + 1, self.done + cycles + 1)
        begun, cpu = time.perf_counter(), time.process_time()
        self.each(self.send, [order(number, self.lines) for number in numbers])
        self.wait("997 and 855", lambda: self.files() >= self.done * ANSWERS + 2 * cycles)
        ids = self.orders(numbers)
        self.each(self.ship, list(zip(numbers, ids, strict=True)))
        self.each(self.bill, list(zip(numbers, ids, strict=True)))
        self.wait("856 and 810", lambda: self.files() >= (self.done + cycles) * ANSWERS)
        self.each(self.send, self.acknowledgments())
        self.wait("lights", lambda: self.lit() >= (self.done + cycles) * len(ACKNOWLEDGED))
        self.done += cycles
        seconds, used = time.perf_counter() - begun, time.process_time() - cpu
        return {
            "cycles_per_second": round(cycles / seconds, 1),
            "cycles_per_cpu_second": round(cycles / used, 1),
            "cpu_us_per_cycle": round(used / cycles * 1e6),
        }

    def each(self, act: Callable[[Any], None], things: Sequence[Any]) -> None:
        """Do it for every thing, several at once."""
        for _ in self.clients.map(act, things):
            pass

    def wait(self, what: str, is_there: Callable[[], bool]) -> None:
        """Until it is there."""
        ends = time.monotonic() + PATIENCE
        while not is_there():
            if time.monotonic() > ends:
                raise TimeoutError(f"{what}: not there after {PATIENCE:.0f} s")
            time.sleep(0.05)

    def send(self, wire: bytes) -> None:
        """What the partner sends."""
        from hub.ports import InboundDocument

        self.arrivals += 1
        key = f"{self.arrivals}-{hash(wire)}"
        self.hub.accept(
            InboundDocument(payload=wire, idempotency_key=key, received_at=self.hub.now(), name=key), connection="acme/out"
        )

    def ship(self, numbered: tuple[int, str]) -> None:
        """The ERP ships everything, in one carton of which the hub gives the SSCC."""
        from hub.flow.orders.despatch import prepare_shipment, ship
        from hub.model import DespatchAdvice

        number, order_id = numbered
        items = [{"order_line": row["line"], "quantity": row["confirmed"]} for row in self.matrix(order_id)]
        given, raw = _document(DespatchAdvice, {"type": "despatch_advice", "number": f"D{number}", "items": items})
        prepared = prepare_shipment(given, raw, order_id, hub=self.hub, actor="erp")
        with self.hub.transaction() as tx:
            ship(tx, prepared, self.hub)

    def bill(self, numbered: tuple[int, str]) -> None:
        """The ERP bills what was shipped at its price; amounts and totals are computed."""
        from hub.flow.orders.invoice import bill, prepare_invoice
        from hub.model import Invoice

        number, order_id = numbered
        lines = [{"order_line": row["line"], "quantity": row["shipped"], "price": "12.50"} for row in self.matrix(order_id)]
        given, raw = _document(Invoice, {"type": "invoice", "number": f"I{number}", "lines": lines})
        prepared = prepare_invoice(given, raw, order_id, hub=self.hub, actor="erp")
        with self.hub.transaction() as tx:
            bill(tx, prepared, self.hub)

    def matrix(self, order_id: str) -> list[dict[str, Any]]:
        """The counts of an order."""
        with self.hub.read() as view:
            return view.orders.get(order_id).matrix

    def orders(self, numbers: range) -> list[str]:
        """The ids of the orders of a batch."""
        with self.hub.read() as view:
            found = [view.orders.numbered(f"PO{number:08}", "acme") for number in numbers]
        return [each.id for each in found if each is not None]

    def acknowledgments(self) -> list[bytes]:
        """A 997 for every document the partner got and has not answered."""
        made: list[bytes] = []
        for path in sorted(self.outbox.iterdir()):
            if path.name in self.read or path.suffix == ".part":
                continue
            self.read.add(path.name)
            group = next(each for each in path.read_text().split("~") if each.startswith("GS*")).split("*")
            if group[1] in GROUPS:
                made.append(_functional(group[1], group[6], self.done * len(ACKNOWLEDGED) + len(made) + 1))
        return made

    def files(self) -> int:
        """How many files the partner has got."""
        return sum(1 for path in self.outbox.iterdir() if path.suffix != ".part") if self.outbox.is_dir() else 0

    def lit(self) -> int:
        """How many documents were acknowledged."""
        from sqlalchemy import func, select

        from hub.store.tables import document

        with self.hub.read() as view:
            return view.connection.scalar(select(func.count()).where(document.c.syntax == "ok")) or 0


def _functional(group: str, number: str, control: int) -> bytes:
    kind = GROUPS[group]
    body = [f"AK1*{group}*{number}", f"AK2*{kind}*0001", "AK5*A", "AK9*A*1*1*1"]
    segments = [
        f"ISA*00*          *00*          *ZZ*ACME           *ZZ*EDIHUB         *260924*1200*U*00401*{500_000_000 + control:09}*0*P*>",
        f"GS*FA*ACME*EDIHUB*20260924*1200*{control}*X*004010",
        "ST*997*0001",
        *body,
        f"SE*{len(body) + 2}*0001",
        f"GE*1*{control}",
        f"IEA*1*{500_000_000 + control:09}",
    ]
    return "".join(f"{each}~" for each in segments).encode()


def _document(kind: Any, members: dict[str, Any]) -> tuple[Any, bytes]:
    raw = msgspec.json.encode(members)
    return msgspec.json.decode(raw, type=kind), raw


def _write_site(folder: Path, *, workers: int) -> None:
    for name in ("partners", "var", "outbox"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "hub.toml").write_text(HUB_TOML.format(workers=workers))
    (folder / "partners" / "acme.yaml").write_text(PARTNER)


def _table(found: Mapping[str, Any]) -> dict[str, Any]:
    columns = ["batch", "cycles/s", "cycles per CPU second", "CPU us per cycle"]
    rows = [
        [place, each["cycles_per_second"], each["cycles_per_cpu_second"], each["cpu_us_per_cycle"]]
        for place, each in enumerate(found["batches"], 1)
    ]
    rows.append(["floor", "", "", found["floor_us_per_cycle"]])
    return {"columns": columns, "rows": rows}


def _bars(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    slowest = min(each["cycles_per_second"] for each in found["batches"])
    return [
        {"what": "cycles per second, slowest batch", "value": slowest, "bar": f">= {BAR:.0f}", "met": slowest >= BAR},
        {"what": "CPU of the last batch over the first", "value": found["growth"], "bar": f"<= {FLAT}", "met": found["growth"] <= FLAT},
    ]  # fmt: skip
