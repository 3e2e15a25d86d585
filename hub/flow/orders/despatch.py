"""Ship goods of an order: what left goes into its line matrix, and the partner gets the 856 or DESADV that was agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from hub.errors import Conflict, Refused
from hub.flow.hub import Hub
from hub.flow.issue import Draft, draft
from hub.flow.orders import sscc
from hub.flow.orders.despatch_fill import (
    STRUCTURES,
    Shipped,
    complete,
    demand_shape,
    items_of,
    named_orders,
    wanted_ssccs,
    with_ssccs,
)
from hub.flow.orders.effects import move_on, send_drafts
from hub.flow.orders.matrix import add, count, plain, row_of, within
from hub.flow.orders.standing import demand_free
from hub.flow.orders.subjects import Subject, find_subjects, local_time, sending, tolerances_of
from hub.flow.orders.told import Told, keep, told, told_before
from hub.flow.proofread import proofread
from hub.flow.statuses import status_table
from hub.model import DespatchAdvice
from hub.routing.site import Agreement
from hub.store.orders import STATUSES
from hub.store.transaction import Transaction

MESSAGES = frozenset({"856", "DESADV"})
"""What tells of a shipment."""
_SHIPPING = "shipping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipping:
    """A shipment that passed every guard, completed and written, before the transaction that makes it so.

    `first` is the order it was asked for; `is_known` says that the same despatch advice had its effect before.
    """

    subjects: tuple[Subject, ...]
    told: Told
    document: DespatchAdvice
    quantities: Mapping[str, Mapping[str, Decimal]]
    drafts: Sequence[Draft]
    actor: str
    is_known: bool = False

    @property
    def first(self) -> str:
        """The id of the order that the shipment was asked for."""
        return self.subjects[0].row.id


def prepare_shipment(given: DespatchAdvice, raw: bytes, order_id: str, *, hub: Hub, actor: str) -> Shipping:
    """Complete a despatch advice and check every guard; raises `NotFound`, `Refused`, `Conflict`, or `HeldForOperator`."""
    demand_shape(given)
    sscc.demand_sound(given.packages)
    with hub.read() as view:
        subjects = find_subjects(view, order_id, named_orders(given))
        what = told(given, raw, subjects[0], hub)
        if told_before(view, what) is not None:
            return Shipping(subjects=subjects, told=what, document=given, quantities={}, drafts=(), actor=actor, is_known=True)
        view.units.demand_unused(sscc.numbers_of(given.packages))
    agreements = sending(subjects[0], "shipped", MESSAGES, hub)
    for subject in subjects:
        _demand_shippable(subject, hub)
    now = local_time(subjects[0], hub)
    shipped = complete(given, subjects, now=now, is_packing=hub.site.file.sscc is not None)
    for subject in subjects:
        _demand_confirmed(subject, shipped, tolerances_of(subject, agreements, hub).over_shipment)
    document = shipped.document
    if hub.site.file.sscc is not None:
        document = with_ssccs(document, sscc.allocate(hub, wanted_ssccs(document)))
    drafts = tuple(proofread(draft(_built(document, each), each, hub), hub) for each in agreements)
    return Shipping(subjects=subjects, told=what, document=document, quantities=shipped.quantities, drafts=drafts, actor=actor)


def ship(tx: Transaction, shipping: Shipping, hub: Hub) -> str:
    """Write the shipment, tell it and queue what the partner gets; the id of the order. Raises `Conflict` or `Refused`."""
    if shipping.is_known:
        return shipping.first
    if told_before(tx, shipping.told) is not None:
        hint = "ask again: the same despatch advice is answered as before"
        raise Conflict(f"despatch advice {shipping.told.number} was given meanwhile", hint)
    document_id = keep(tx, shipping.told, shipping.document, shipping.subjects, is_sent=bool(shipping.drafts))
    tx.units.use(sscc.numbers_of(shipping.document.packages), document_id)
    for subject in shipping.subjects:
        quantities = shipping.quantities.get(subject.row.id, {})
        row = move_on(tx, subject, add(subject.row.matrix, "shipped", quantities))
        reason = f"despatch advice {shipping.told.number}"
        if STATUSES[row.status] != _SHIPPING:
            after = STATUSES.index(_SHIPPING)
            tx.orders.move(row, after, actor=shipping.actor, reason=reason)
            tx.audit.status_changed(row.id, actor=shipping.actor, before=row.status, after=after, reason=reason)
        data = {
            "number": row.number,
            "partner": row.partner,
            "document_id": document_id,
            "despatch_number": shipping.told.number,
            "lines": [{"line": line, "quantity": format(quantity, "f")} for line, quantity in quantities.items()],
            "actor": shipping.actor,
        }
        tx.events.tell("order.shipped", order=row.id, test=row.test, data=data)
    send_drafts(tx, shipping.drafts, shipping.subjects, document_id, hub)
    return shipping.first


def _demand_shippable(subject: Subject, hub: Hub) -> None:
    demand_free(subject.row, "be shipped")
    before = STATUSES[subject.row.status]
    if before != _SHIPPING:
        status_table(hub).demand(before, _SHIPPING, by_person=False)


def _demand_confirmed(subject: Subject, shipped: Shipped, tolerance: Decimal) -> None:
    """No line ships more than was confirmed and not shipped, with the tolerance of the agreement."""
    quantities = shipped.quantities.get(subject.row.id)
    if not quantities:
        message = f"nothing of order {subject.number} is shipped"
        raise Refused(message, "leave the order out, or name its goods", code="BUS-375")
    for line, quantity in quantities.items():
        row = row_of(subject.row.matrix, line)
        before, confirmed = count(row, "shipped"), count(row, "confirmed")
        if before + quantity > within(confirmed, tolerance):
            told_so = f"{plain(before)} were shipped before, " if before else ""
            tolerated = f" and {plain(tolerance)} % over are tolerated" if tolerance else ""
            message = f"line {line}: {plain(quantity)} cannot be shipped: {told_so}{plain(confirmed)} are confirmed{tolerated}"
            hint = "ship what is confirmed, or let tolerances.over_shipment of the agreement allow for it"
            raise Refused(message, hint, code="BUS-382", detail={"line": line})


def _built(document: DespatchAdvice, agreement: Agreement) -> DespatchAdvice:
    """The despatch advice with the structure that was asked for, that the partner wants (`values: {structure: "0002"}`), or that fits."""
    if not document.packages:
        return msgspec.structs.replace(document, structure="0004")
    structure = document.structure or agreement.values.get("structure", "0001")
    if structure not in STRUCTURES:
        raise Refused(f"structure {structure} is not written", f"use {' or '.join(STRUCTURES)}", code="BUS-375")
    if structure == "0004":
        return msgspec.structs.replace(document, structure=structure, packages=(), items=tuple(items_of(document)))
    return msgspec.structs.replace(document, structure=structure)
