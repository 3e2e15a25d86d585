"""Orders, confirmations, shipments, invoices, changes, receipts and acknowledgments in any order: the line matrix always adds up."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from hub.bootstrap import open_hub
from hub.edi.dictionary import message_spec
from hub.edi.read import read
from hub.edi.tree import Message
from hub.edi.validate import validate
from hub.errors import Conflict, HeldForOperator, Refused
from hub.flow.orders.act import carry_out
from hub.flow.orders.change_decision import Said, carry_out_change_decision, prepare_change_decision
from hub.flow.orders.despatch import prepare_shipment, ship
from hub.flow.orders.invoice import bill, prepare_invoice
from hub.flow.orders.matrix import COLUMNS, problems
from hub.flow.orders.steps import prepare_step
from hub.model import DespatchAdvice, Invoice, InvoiceLine, Package, PackedItem, encode_document
from hub.ports import InboundDocument
from hub.store.instants import from_micros
from hub.store.order_resources import get_order
from hub.testing.flow_site import FarSide, interchange, order_850, write_site
from hub.worker.drain import drain

AGREED = """\
  - receive: x12/004010/860
  - receive: x12/004010/861
  - send: x12/004010/855
    triggered_by: [confirmed, backordered, cancelled]
  - send: x12/004010/865
    triggered_by: [changed]
  - send: x12/004010/856
    triggered_by: [shipped]
  - send: x12/004010/810
    triggered_by: [invoiced]
"""
REFUSALS = (Refused, Conflict, HeldForOperator)
LINES = st.sampled_from(["1", "2", "3"])
QUANTITIES = st.integers(min_value=0, max_value=14).map(str)


class World:
    """One hub for all orders; every example has an order of its own."""

    def __init__(self, hub, far_side):
        self.hub, self.far_side = hub, far_side
        self.numbers = itertools.count(1)
        self.looked_at = 0

    def take(self, body, type_):
        control = next(self.numbers)
        document = InboundDocument(
            payload=interchange([body], control=control, type_=type_),
            idempotency_key=f"arrival-{control}",
            received_at=self.hub.now(),
            name="in.x12",
        )
        self.hub.accept(document, connection="acme/main")
        drain(self.hub)

    def order(self, number):
        with self.hub.read() as view:
            return get_order(view.connection, number)

    def new_messages(self) -> Iterator[Message]:
        """Everything that was sent since the last look."""
        fresh = self.far_side.received[self.looked_at :]
        self.looked_at = len(self.far_side.received)
        for payload in fresh:
            yield from (each for each in read(payload.payload) if isinstance(each, Message))


@pytest.fixture
def world(tmp_path):
    site = write_site(tmp_path / "site", confirm="automatic", agreements=AGREED)
    moment = itertools.count(1_790_244_000_000_000, 1000)
    hub = open_hub(site, clock=lambda: from_micros(next(moment)))
    far_side = FarSide()
    hub.build_connector = lambda name: far_side
    yield World(hub, far_side)
    hub.stop()


def machine(world: World) -> type[RuleBasedStateMachine]:
    """The machine of one world."""

    class Orders(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.number = f"PO-{next(world.numbers)}"

        @initialize(quantity=st.integers(min_value=1, max_value=12).map(str))
        def arrive(self, quantity):
            world.take(order_850(self.number, quantity=quantity), "850")
            self.shown = world.order(self.number)

        def attempt(self, act):
            """Do something; refused, it changes nothing."""
            before = world.order(self.number)
            try:
                act(before["id"])
            except REFUSALS:
                after = world.order(self.number)
                assert (after["matrix"], after["order"]) == (before["matrix"], before["order"])
            drain(world.hub)

        @rule(line=LINES, quantity=QUANTITIES, code=st.sampled_from(["CA", "QI", "QD", "DI", "AI", "NC"]))
        def change(self, line, quantity, code):
            item = f"BUY0000{line}"
            poc = f"POC*{line}*{code}*{quantity}**EA*12.5**BP*{item}" if code != "DI" else f"POC*{line}*DI******BP*{item}"
            sequence = next(world.numbers)
            world.take([f"BCH*04*SA*{self.number}**{sequence}*20260924*****20260926", poc, "CTT*1"], "860")

        @rule(purpose=st.sampled_from(["01", "05"]), quantity=QUANTITIES)
        def cancel_or_replace(self, purpose, quantity):
            sequence = next(world.numbers)
            head = f"BCH*{purpose}*SA*{self.number}**{sequence}*20260924*****20260926"
            lines = [] if purpose == "01" else [f"POC*1*RZ*{quantity}**EA*12.5**BP*BUY00001"]
            if purpose == "05" or int(quantity) > 11:
                world.take([head, *lines, f"CTT*{len(lines)}"], "860")

        @rule(choice=st.sampled_from(["accept", "reject"]))
        def decide(self, choice):
            waiting = [each for each in world.order(self.number)["changes"] if each["state"] == "pending"]

            def act(order_id):
                decision = prepare_change_decision(
                    choice, order_id, waiting[0]["document"], hub=world.hub, actor="test", said=Said()
                )
                with world.hub.transaction() as tx:
                    carry_out_change_decision(tx, decision, world.hub)

            if waiting:
                self.attempt(act)

        @rule(action=st.sampled_from(["confirm", "backorder", "hold", "release", "ready"]))
        def step(self, action):
            def act(order_id):
                prepared = prepare_step(action, order_id, hub=world.hub, actor="test", reason="test")
                with world.hub.transaction() as tx:
                    carry_out(tx, prepared, world.hub)

            self.attempt(act)

        @rule(line=LINES, quantity=QUANTITIES)
        def ship(self, line, quantity):
            def act(order_id):
                item = PackedItem(order_line=line, quantity=Decimal(quantity))
                advice = DespatchAdvice(
                    number=f"DES-{next(world.numbers)}", packages=(Package(id="1", kind="carton", items=(item,)),)
                )
                prepared = prepare_shipment(advice, encode_document(advice), order_id, hub=world.hub, actor="test")
                with world.hub.transaction() as tx:
                    ship(tx, prepared, world.hub)

            self.attempt(act)

        @rule(line=LINES, quantity=QUANTITIES)
        def invoice(self, line, quantity):
            def act(order_id):
                lines = (InvoiceLine(order_line=line, quantity=Decimal(quantity)),)
                document = Invoice(number=f"INV-{next(world.numbers)}", lines=lines)
                prepared = prepare_invoice(document, encode_document(document), order_id, hub=world.hub, actor="test")
                with world.hub.transaction() as tx:
                    bill(tx, prepared, world.hub)

            self.attempt(act)

        @rule(line=LINES, quantity=QUANTITIES, returned=QUANTITIES)
        def receive(self, line, quantity, returned):
            body = [f"BRA*RA-{next(world.numbers)}*20261006*00*2", "DTM*050*20261005", f"PRF*{self.number}"]
            body += [f"RCD*{line}*{quantity}*EA*{returned}*EA", f"LIN*{line}*BP*BUY0000{line}", "CTT*1"]
            world.take(body, "861")

        @rule(verdict=st.sampled_from(["A", "R", "E"]))
        def acknowledge(self, verdict):
            sent = [
                each for each in world.order(self.number)["documents"] if each["direction"] == "out" and each["group_number"]
            ]
            groups = {"855": "PR", "865": "CA", "856": "SH", "810": "IN"}
            for each in sent[-1:]:
                if each["message"] in groups:
                    world.take([f"AK1*{groups[each['message']]}*{each['group_number']}", f"AK9*{verdict}*1*1*1"], "997")

        @invariant()
        def the_matrix_adds_up(self):
            shown = world.order(self.number)
            assert problems(shown["matrix"]) == []
            assert [set(row) for row in shown["matrix"]] == [{"line", *COLUMNS}] * len(shown["matrix"])
            assert len({row["line"] for row in shown["matrix"]}) == len(shown["matrix"])

        @invariant()
        def the_order_says_what_the_matrix_says(self):
            shown = world.order(self.number)
            rows = {row["line"]: row for row in shown["matrix"]}
            if shown["status"]["slug"] != "cancelled":
                for line in shown["order"]["lines"]:
                    assert Decimal(line["quantity"]) == Decimal(rows[line["number"]]["ordered"])
                gone = set(rows) - {line["number"] for line in shown["order"]["lines"]}
                assert all(Decimal(rows[line]["ordered"]) == Decimal(rows[line]["cancelled"]) for line in gone)

        @invariant()
        def counts_of_what_happened_never_shrink(self):
            shown = world.order(self.number)
            before = {row["line"]: row for row in self.shown["matrix"]}
            for row in shown["matrix"]:
                for column in ("shipped", "received", "invoiced", "returned"):
                    assert Decimal(row[column]) >= Decimal(before.get(row["line"], {}).get(column, "0"))
            assert len(shown["history"]) >= len(self.shown["history"])
            self.shown = shown

        @invariant()
        def whatever_was_sent_is_clean(self):
            for message in world.new_messages():
                spec = message_spec("x12", message.type, message.version)
                assert spec is not None
                faults = [each for each in validate(message, spec).findings if each.severity == "error"]
                assert [*message.findings, *faults] == []

    return Orders


def test_an_order_adds_up_whatever_happens_to_it(world):
    run_state_machine_as_test(machine(world), settings=settings(max_examples=4, stateful_step_count=8, deadline=None))


@pytest.mark.long
def test_an_order_adds_up_whatever_happens_to_it_for_long(world):
    run_state_machine_as_test(machine(world), settings=settings(max_examples=150, stateful_step_count=30, deadline=None))
