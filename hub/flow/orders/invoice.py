"""Bill an order: what was invoiced goes into its line matrix, and the partner gets the 810 or INVOIC that was agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hub.errors import Conflict, Refused
from hub.flow.hub import Hub
from hub.flow.issue import Draft, draft
from hub.flow.orders.effects import move_on, send_drafts
from hub.flow.orders.invoice_fill import Billed, Promised, billed_orders, complete, demand_shape
from hub.flow.orders.matrix import add, count, plain, row_of, within
from hub.flow.orders.standing import demand_free
from hub.flow.orders.subjects import Subject, find_subjects, local_time, sending, tolerances_of
from hub.flow.orders.told import Told, told, told_before
from hub.flow.orders.told import keep as keep_told
from hub.flow.proofread import proofread
from hub.model import Invoice, OrderResponse, decode_document
from hub.routing.options import Tolerances
from hub.store.orders import STATUSES
from hub.store.transaction import Transaction

MESSAGES = frozenset({"810", "INVOIC"})
"""What bills."""
_BILLED_IN = frozenset(
    {"confirmed", "shipping", "delivered", "refund", "return", "return_pending", "partial_return", "partial_refund", "paid", "ready"}
)  # fmt: skip
_PUT_RIGHT_IN = _BILLED_IN | {"cancelled", "failed"}
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoicing:
    """An invoice that passed every guard, completed and written, before the transaction that makes it so.

    `quantities` is what it adds to `invoiced` by order id and line, less than nothing for what it credits.
    """

    subjects: tuple[Subject, ...]
    told: Told
    document: Invoice
    quantities: Mapping[str, Mapping[str, Decimal]]
    drafts: Sequence[Draft]
    actor: str
    is_known: bool = False

    @property
    def first(self) -> str:
        """The id of the order that was billed."""
        return self.subjects[0].row.id


def prepare_invoice(given: Invoice, raw: bytes, order_id: str, *, hub: Hub, actor: str) -> Invoicing:
    """Complete an invoice and check every guard; raises `NotFound`, `Refused`, `Conflict`, or `HeldForOperator`."""
    if not given.number:
        raise Refused("the invoice has no number", "give it one: by it a repetition is known", code="BUS-374")
    with hub.read() as view:
        subjects = find_subjects(view, order_id, billed_orders(given))
        what = told(given, raw, subjects[0], hub)
        if told_before(view, what) is not None:
            return Invoicing(subjects=subjects, told=what, document=given, quantities={}, drafts=(), actor=actor, is_known=True)
        promised = {each.row.id: _promised(view, each) for each in subjects}
        replaced = _replaced(view, given, what, subjects)
    agreements = sending(subjects[0], "invoiced", MESSAGES, hub)
    tolerances = tolerances_of(subjects[0], agreements, hub)
    demand_shape(given, tolerances)
    for subject in subjects:
        _demand_billable(subject, given)
    billed = complete(given, subjects, promised, now=local_time(subjects[0], hub), tolerances=tolerances)
    quantities = _effect(billed, replaced)
    for subject in subjects:
        _demand_shipped(subject, quantities.get(subject.row.id, {}), tolerances, billed.document)
    drafts = tuple(proofread(draft(billed.document, each, hub), hub) for each in agreements)
    return Invoicing(subjects=subjects, told=what, document=billed.document, quantities=quantities, drafts=drafts, actor=actor)


def bill(tx: Transaction, invoicing: Invoicing, hub: Hub) -> str:
    """Write the invoice, tell it and queue what the partner gets; the id of the order. Raises `Conflict`."""
    if invoicing.is_known:
        return invoicing.first
    if told_before(tx, invoicing.told) is not None:
        hint = "ask again: the same invoice is answered as before"
        raise Conflict(f"invoice {invoicing.told.number} was given meanwhile", hint)
    document = invoicing.document
    document_id = keep_told(tx, invoicing.told, document, invoicing.subjects, is_sent=bool(invoicing.drafts))
    totals = document.totals
    for subject in invoicing.subjects:
        quantities = invoicing.quantities.get(subject.row.id, {})
        row = move_on(tx, subject, add(subject.row.matrix, "invoiced", quantities))
        data = {
            "number": row.number,
            "partner": row.partner,
            "document_id": document_id,
            "invoice_number": document.number,
            "kind": document.kind,
            "currency": document.currency,
            "payable_amount": None if totals is None or totals.payable_amount is None else format(totals.payable_amount, "f"),
            "lines": [{"line": line, "quantity": format(quantity, "f")} for line, quantity in quantities.items()],
            "actor": invoicing.actor,
        }
        tx.events.tell("order.invoiced", order=row.id, test=row.test, data=data)
    send_drafts(tx, invoicing.drafts, invoicing.subjects, document_id, hub)
    return invoicing.first


def _promised(view: Transaction, subject: Subject) -> dict[str, Promised]:
    """The prices by line: as last confirmed, else as ordered."""
    found: dict[str, Promised] = {}
    for name, line in subject.lines():
        if line.price is not None:
            unit = line.price_base_unit or line.unit
            found[name] = Promised(price=line.price, per=line.price_base_quantity or Decimal(1), unit=unit)
    answers = [each for each in view.documents.of_order(subject.row.id) if each.kind == "order_response" and each.canonical]
    for answer in answers:
        document = decode_document(answer.canonical or b"")
        for said in document.lines if isinstance(document, OrderResponse) else ():
            if said.order_line and said.price is not None and said.status in {"accepted", "changed", "substituted"}:
                unit = said.price_base_unit or said.unit
                per = said.price_base_quantity or Decimal(1)
                found[said.order_line] = Promised(price=said.price, per=per, unit=unit)
    return found


def _replaced(
    view: Transaction, given: Invoice, what: Told, subjects: Sequence[Subject]
) -> Mapping[str, Mapping[str, Decimal]] | None:
    """What the invoice that a corrective one replaces had billed, by order id and line; raises `Refused` BUS-389 where it is unknown."""
    if given.kind != "corrective":
        return None
    number = next((each.value for each in given.references if each.type == "preceding_invoice" and each.value), None)
    before = view.documents.with_business_key(what.key_of(number), but="") if number else None
    document = decode_document(before.canonical) if before is not None and before.canonical else None
    if not isinstance(document, Invoice):
        hint = "name the invoice of ours that it replaces, as preceding_invoice"
        raise Refused(f"there is no invoice {number or 'named'} to correct", hint, code="BUS-389")
    ids = {each.number: each.row.id for each in subjects}
    found: dict[str, dict[str, Decimal]] = {}
    for line in document.lines:
        order_id = ids.get(line.order_number or document.order_number or "")
        if order_id is not None and line.order_line:
            of_order = found.setdefault(order_id, {})
            of_order[line.order_line] = of_order.get(line.order_line, ZERO) + (line.quantity or ZERO)
    return found


def _effect(billed: Billed, replaced: Mapping[str, Mapping[str, Decimal]] | None) -> Mapping[str, Mapping[str, Decimal]]:
    """What the invoice does to the invoiced quantities: more, less, what it differs by, or nothing (a debit note, a prepayment)."""
    kind = billed.document.kind
    if kind in {"invoice", "self_billed"}:
        return billed.quantities
    if kind == "credit_note":
        return {order: {line: -each for line, each in lines.items()} for order, lines in billed.quantities.items()}
    if kind == "corrective" and replaced is not None:
        orders = [*billed.quantities, *(each for each in replaced if each not in billed.quantities)]
        return {order: _difference(billed.quantities.get(order, {}), replaced.get(order, {})) for order in orders}
    return {}


def _difference(new: Mapping[str, Decimal], old: Mapping[str, Decimal]) -> dict[str, Decimal]:
    lines = [*new, *(line for line in old if line not in new)]
    return {line: new.get(line, ZERO) - old.get(line, ZERO) for line in lines}


def _demand_billable(subject: Subject, given: Invoice) -> None:
    demand_free(subject.row, "be invoiced")
    status, kind = STATUSES[subject.row.status], given.kind or "invoice"
    allowed = {"invoice": _BILLED_IN, "self_billed": _BILLED_IN, "prepayment": _BILLED_IN | {"pending_payment"}}
    if status not in allowed.get(kind, _PUT_RIGHT_IN):
        message = f"order {subject.number} is {status} and cannot be invoiced"
        raise Refused(message, "confirm it first; a cancelled order is only credited", code="BUS-395")


def _demand_shipped(subject: Subject, quantities: Mapping[str, Decimal], tolerances: Tolerances, document: Invoice) -> None:
    """No line bills more than was shipped, stayed and is not billed; none credits more than was billed."""
    percent = tolerances.over_invoicing
    for line, quantity in quantities.items():
        row = row_of(subject.row.matrix, line)
        before, base = count(row, "invoiced"), count(row, "shipped") - count(row, "returned")
        if before + quantity < 0:
            message = f"line {line}: {plain(-quantity)} cannot be credited, {plain(before)} are invoiced"
            raise Refused(message, "credit what was invoiced", code="BUS-389", detail={"line": line})
        if quantity > 0 and before + quantity > within(base, percent):
            told_so = f"{plain(before)} were invoiced before, " if before else ""
            tolerated = f" and {plain(percent)} % over are tolerated" if percent else ""
            message = f"line {line}: {plain(quantity)} cannot be invoiced: {told_so}{plain(base)} were shipped{tolerated}"
            hint = "invoice what was shipped, or let tolerances.over_invoicing of the agreement allow for it"
            if document.kind == "invoice" and not count(row, "shipped"):
                hint = "ship it first; what is paid in advance is invoiced as kind prepayment"
            raise Refused(message, hint, code="BUS-396", detail={"line": line})
