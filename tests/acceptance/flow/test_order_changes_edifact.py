"""The same in EDIFACT: ORDCHG with functions 1, 4 and 5, answered by ORDRSP 29, 4 or 27."""

from __future__ import annotations

import pytest

from hub.bootstrap import open_hub
from hub.edi.dictionary import message_spec
from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import validate
from hub.ports import InboundDocument
from hub.store.instants import from_micros
from hub.store.order_resources import get_order
from hub.testing.flow_site import HUB_TOML, FarSide
from hub.worker.drain import drain

BELMART = """\
partner: belmart
name: Belmart
identities: {gln: "5412345000013"}
connections:
  main: {connector: folder, settings: {inbox: inbox, outbox: outbox}}
defaults:
  over: main
  confirm: automatic
agreements:
  - receive: edifact/D96A/ORDERS
  - receive: edifact/D96A/ORDCHG
  - send: edifact/D96A/ORDRSP
    triggered_by: [changed]
"""


def message(kind, *segments, control):
    parts = (
        f"UNB+UNOC:3+5412345000013:14+5412345000020:14+260924:1200+{control}",
        f"UNH+1+{kind}:D:96A:UN",
        *segments,
        f"UNT+{len(segments) + 2}+1",
        f"UNZ+1+{control}",
    )
    return ("'".join(parts) + "'").encode()


ORDERS = message(
    "ORDERS",
    "BGM+220+4500000042+9",
    "DTM+137:20260924:102",
    "NAD+BY+5412345000013::9",
    "NAD+SU+5412345000020::9",
    "LIN+1++4000862141404:EN",
    "QTY+21:100",
    "PRI+AAA:12.50",
    "LIN+2++4000862141411:EN",
    "QTY+21:20",
    "PRI+AAA:3",
    "UNS+S",
    "CNT+2:2",
    control=1,
)


def ordchg(*lines, function="4", number="CHG-1", control=2):
    head = [f"BGM+230+{number}+{function}", "DTM+137:20260926:102", "RFF+ON:4500000042", "NAD+BY+5412345000013::9"]
    count = sum(each.startswith("LIN") for each in lines)
    return message("ORDCHG", *head, *lines, "UNS+S", f"CNT+2:{count}", control=control)


class Belmart:
    def __init__(self, hub, far_side):
        self.hub, self.far_side, self.arrivals = hub, far_side, 0

    def take(self, payload):
        self.arrivals += 1
        document = InboundDocument(
            payload=payload, idempotency_key=f"a{self.arrivals}", received_at=self.hub.now(), name="o.edi"
        )
        stored = self.hub.accept(document, connection="belmart/main")
        drain(self.hub)
        with self.hub.read() as view:
            return view.documents.of_message(stored.message_id)[0]

    def order(self):
        with self.hub.read() as view:
            return get_order(view.connection, "4500000042")

    def answers(self):
        found = []
        for sent in self.far_side.received:
            for each in read(sent.payload):
                if isinstance(each, Message) and each.type == "ORDRSP":
                    spec = message_spec("edifact", "ORDRSP", "D96A")
                    assert [fault for fault in validate(each, spec).findings if fault.severity == "error"] == []
                    found.append(each.segments)
        return found


@pytest.fixture
def belmart(database_url, tmp_path, clock):
    site = tmp_path / "site"
    for name in ("partners", "var", "inbox", "outbox"):
        (site / name).mkdir(parents=True)
    (site / "hub.toml").write_text(HUB_TOML)
    (site / "partners" / "belmart.yaml").write_text(BELMART)
    hub = open_hub(site, clock=lambda: from_micros(clock()), database_url=database_url)
    far_side = FarSide()
    hub.build_connector = lambda name: far_side
    yield Belmart(hub, far_side)
    hub.stop()


def test_changed_lines_are_applied_and_answered_with_29_and_the_number_of_the_change(belmart):
    belmart.take(ORDERS)
    row = belmart.take(
        ordchg(
            "LIN+1+3+4000862141404:EN",
            "QTY+21:60",
            "DTM+2:20261002:102",
            "LIN+2+2",
            "LIN+3+1",
            "PIA+5+BUY00003:IN",
            "QTY+21:24:KGM",
        )
    )
    assert row.state == "done"
    order = belmart.order()
    assert [(line["number"], line["quantity"], line["unit"]) for line in order["order"]["lines"]] == [
        ("1", "60", "H87"),
        ("3", "24", "KGM"),
    ]
    assert order["order"]["lines"][0]["requested"]["delivery_on"] == "2026-10-02"
    (answer,) = belmart.answers()
    assert answer[1][0:2] == ["BGM", "231"]
    assert answer[1][3] == "29"
    assert ["RFF", ["ON", "4500000042"]] in answer
    assert ["RFF", ["PP", "CHG-1"]] in answer
    assert [segment[2] for segment in answer if segment[0] == "LIN"] == ["5", "5", "5"]
    assert [segment[1][1] for segment in answer if segment[0] == "RFF" and segment[1][0] == "LI"] == ["1", "2", "3"]


def test_a_change_that_names_its_lines_anew_means_them_by_the_reference_to_the_order(belmart):
    belmart.take(ORDERS)
    belmart.take(ordchg("LIN+1+3+4000862141411:EN", "QTY+21:30", "RFF+LI:2"))
    assert [row["ordered"] for row in belmart.order()["matrix"]] == ["100", "30"]


def test_a_line_numbered_anew_is_found_by_its_item(belmart):
    belmart.take(ORDERS)
    belmart.take(ordchg("LIN+1+3+4000862141411:EN", "QTY+21:30"))
    assert [row["ordered"] for row in belmart.order()["matrix"]] == ["100", "30"]


def test_a_cancellation_is_answered_with_29_and_the_order_cancelled(belmart):
    belmart.take(ORDERS)
    belmart.take(ordchg(function="1"))
    assert belmart.order()["status"]["slug"] == "cancelled"
    (answer,) = belmart.answers()
    assert answer[1][3] == "29"


def test_a_replacement_keeps_the_lines_it_calls_unchanged(belmart):
    belmart.take(ORDERS)
    belmart.take(ordchg("LIN+1+3+4000862141404:EN", "QTY+21:10", "PRI+AAA:11.90", "LIN+2+4", function="5"))
    lines = belmart.order()["order"]["lines"]
    assert [(line["quantity"], line["price"]) for line in lines] == [("10", "11.90"), ("20", "3")]


def test_an_unknown_line_is_answered_with_27_and_the_reason(belmart):
    belmart.take(ORDERS)
    row = belmart.take(ordchg("LIN+9+3+4000862149999:EN", "QTY+21:10"))
    assert (row.state, row.error["code"]) == ("rejected", "BUS-405")
    (answer,) = belmart.answers()
    assert answer[1][3] == "27"
    assert any(segment[0] == "FTX" and segment[1] == "ACD" and "line 9" in str(segment[4]) for segment in answer)


def test_the_same_number_with_other_content_waits_for_a_person(belmart):
    belmart.take(ORDERS)
    belmart.take(ordchg("LIN+1+3+4000862141404:EN", "QTY+21:60"))
    belmart.take(ordchg("LIN+1+3+4000862141404:EN", "QTY+21:50", control=3))
    assert [row["ordered"] for row in belmart.order()["matrix"]] == ["60", "20"]
    assert [each["state"] for each in belmart.order()["changes"]] == ["applied", "pending"]
