"""Steps of invoices: lines that return the order's line ids, the due date, and the sign of credit notes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hub.guides.run import Frame, Note


def read_invoice_lines(document: Frame, _notes: list[Note]) -> None:
    """The id of an invoice line is the line of the order, unless the line says that elsewhere; its order is the invoice's."""
    for line in document.get("lines", ()):
        if "number" in line:
            line.setdefault("order_line", line["number"])
        _without_own_order(line, document)


def write_invoice_lines(document: Frame) -> None:
    """Where the message has one id per line, the buyer's is the one that must come back; an order is named where it differs."""
    for line in document.get("lines", ()):
        if line.get("order_line"):
            line["number"] = line["order_line"]
        _without_own_order(line, document)


def _without_own_order(line: Frame, document: Frame) -> None:
    if "order_number" in line and line["order_number"] == document.get("order_number"):
        del line["order_number"]


def read_order_lines(document: Frame, _notes: list[Note]) -> None:
    """A line that names the buyer's line without its order means the order of the invoice."""
    for line in document.get("lines", ()):
        if line.get("order_line") and not line.get("order_number") and document.get("order_number"):
            line["order_number"] = document["order_number"]


def write_order_lines(document: Frame) -> None:
    """A line of an order is nothing without its order: RFF+ON has both."""
    read_order_lines(document, [])


def write_line_tax(document: Frame) -> None:
    """The one tax of a line is the first of its taxes on the wire."""
    for line in document.get("lines", ()):
        tax = line.pop("tax", None)
        if tax and not line.get("taxes"):
            line["taxes"] = [tax]


_PARTIES = ("buyer", "supplier", "ship_to", "bill_to", "ship_from", "remit_to")
_REGISTERS = {"vat": "vat", "legal": "company_registration"}
"""Numbers that no qualifier of a party's id means, and the reference of the party that carries them (RFF+VA, RFF+XA)."""


def write_party_registers(document: Frame) -> None:
    """VAT and company numbers stand as references of their party; its id is what it is traded by."""
    _as_references(document, _REGISTERS, keeps_only=False)


def write_party_vat(document: Frame) -> None:
    """As `write_party_registers` for an N1 loop (REF VX), which says a VAT number itself where the party has no other."""
    _as_references(document, {"vat": "vat"}, keeps_only=True)


def _as_references(document: Frame, registers: dict[str, str], *, keeps_only: bool) -> None:
    parties = [document[name] for name in _PARTIES if document.get(name)] + list(document.get("parties") or ())
    for party in parties:
        ids = party.get("ids") or []
        moved = [each for each in ids if each.get("scheme") in registers]
        if not moved or (keeps_only and len(moved) == len(ids)):
            continue
        references = list(party.get("references") or ())
        told = {(each.get("type"), each.get("value")) for each in references}
        new = [{"type": registers[each["scheme"]], "value": each["value"]} for each in moved]
        party["ids"] = [each for each in ids if each not in moved]
        party["references"] = [*(each for each in new if (each["type"], each["value"]) not in told), *references]


def read_preceding_invoice(document: Frame, _notes: list[Note]) -> None:
    """An invoice that names an invoice names the one before it: what it credits, corrects or adds to."""
    _rename_references(document, "invoice", "preceding_invoice")


def write_preceding_invoice(document: Frame) -> None:
    """On the wire it is the number of an invoice."""
    _rename_references(document, "preceding_invoice", "invoice")


def _rename_references(document: Frame, before: str, after: str) -> None:
    for frame in (document, *document.get("lines", ())):
        references = frame.get("references")
        if references:
            frame["references"] = [{**each, "type": after} if each.get("type") == before else each for each in references]


def read_amount_due(document: Frame, _notes: list[Note]) -> None:
    """What is to be paid is the amount of the invoice, unless another amount is said to be due."""
    totals = document.get("totals") or {}
    if totals.get("payable_amount") in {None, totals.get("tax_inclusive_amount")} and "tax_inclusive_amount" in totals:
        totals["payable_amount"] = totals.pop("tax_inclusive_amount")


def write_amount_due(document: Frame) -> None:
    """The amount of the invoice stands always; what is due beside it only where it is another amount."""
    totals = document.get("totals") or {}
    if totals.get("tax_inclusive_amount") in {None, totals.get("payable_amount")} and totals.get("payable_amount") is not None:
        document["totals"] = {**totals, "tax_inclusive_amount": totals["payable_amount"], "payable_amount": None}


def write_whole_amount(document: Frame) -> None:
    """TDS01 is the amount of the invoice, which its lines, charges and taxes add up to: before what was prepaid."""
    totals = document.get("totals") or {}
    if totals.get("tax_inclusive_amount") is not None:
        document["totals"] = {**totals, "payable_amount": totals["tax_inclusive_amount"]}


_DISCOUNT = "22"


def read_discount_terms(document: Frame, _notes: list[Note]) -> None:
    """The days and the date of a discount (EDIFACT element 4279, 22) are those until which it may be taken, not when all is due."""
    terms = [term for term in document.get("payment_terms", ()) if term.get("type") == _DISCOUNT]
    for term in terms:
        for net, discount in (("net_days", "discount_days"), ("net_on", "discount_on")):
            if net in term and discount not in term:
                term[discount] = term.pop(net)


def write_discount_terms(document: Frame) -> None:
    """A discount within days is a term of its own (PAT has one number of days), before the one that says when all is due."""
    terms = [part for term in document.get("payment_terms") or () for part in _apart(term)]
    if terms:
        document["payment_terms"] = terms


def _apart(term: Frame) -> list[Frame]:
    days, kind = term.get("discount_days"), term.get("type")
    if days is None:
        is_discount = term.get("discount_on") is not None and not kind
        return [{**term, "type": _DISCOUNT} if is_discount else term]
    discount = {name: term.get(name) for name in ("basis", "percent", "discount_on")} | {"type": _DISCOUNT, "net_days": days}
    net = {name: term.get(name) for name in ("basis", "net_days", "net_on")} | {"type": None if kind == _DISCOUNT else kind}
    return [discount, net] if term.get("net_days") is not None or term.get("net_on") is not None else [discount]


_INVOICE_DATE = "5"


def write_net_terms(document: Frame) -> None:
    """Net days count from the date of the invoice (EDIFACT element 2475), unless the term says from where: PAT has to say it."""
    for term in document.get("payment_terms") or ():
        if term.get("net_days") is not None and not term.get("basis"):
            term["basis"] = _INVOICE_DATE


def read_due_date(document: Frame, _notes: list[Note]) -> None:
    """The first fixed date of the payment terms is when the invoice is due."""
    if "due_on" not in document:
        found = next((term["net_on"] for term in document.get("payment_terms", ()) if "net_on" in term), None)
        if found is not None:
            document["due_on"] = found


def write_due_date(document: Frame) -> None:
    """A due date that no payment term says becomes the date of the first, or a term of its own."""
    terms: list[Frame] = list(document.get("payment_terms") or ())
    if not document.get("due_on") or any(term.get("net_on") for term in terms):
        return
    if terms:
        terms[0] = {**terms[0], "net_on": document["due_on"]}
    else:
        terms = [{"net_on": document["due_on"]}]
    document["payment_terms"] = terms


def read_positive_credits(document: Frame, _notes: list[Note]) -> None:
    """A credit note whose total came negative is turned round: its kind says what its amounts are."""
    if document.get("kind") == "credit_note" and _total(document) < 0:
        negate(document)


def write_negative_credits(document: Frame) -> None:
    """For partners who expect the amounts of a credit note negative."""
    if document.get("kind") == "credit_note" and _total(document) > 0:
        negate(document)


def negate(document: Frame) -> None:
    """Turn round totals, taxes, line amounts and quantities; an allowance keeps its direction, which its indicator says."""
    for frame, name in _amounts(document):
        if isinstance(frame.get(name), Decimal):
            frame[name] = -frame[name]
    lines = document.get("lines", ())
    net = sum((line["quantity"] * line.get("price", Decimal(1)) for line in lines if "quantity" in line), Decimal(0))
    if (net < 0) != (_total(document) < 0):
        for line in lines:
            if "quantity" in line:
                line["quantity"] = -line["quantity"]
    for frame in (document, *lines):
        for each in frame.get("allowances_charges", ()):
            if isinstance(each.get("amount"), Decimal):
                each["amount"] = abs(each["amount"])


_TOTALS = (
    "lines_amount", "allowances_amount", "charges_amount", "tax_exclusive_amount", "tax_amount", "tax_amount_in_tax_currency",
    "tax_inclusive_amount", "prepaid_amount", "payable_amount", "discountable_amount",
)  # fmt: skip


def _amounts(document: Frame) -> Iterator[tuple[Frame, str]]:
    totals: Frame = document.get("totals") or {}
    yield from ((totals, name) for name in _TOTALS)
    for tax in document.get("taxes", ()):
        yield from ((tax, name) for name in ("amount", "taxable_amount"))
    for line in document.get("lines", ()):
        yield line, "amount"
        yield from ((tax, "amount") for tax in line.get("taxes", ()))


def _total(document: Frame) -> Decimal:
    totals: dict[str, Any] = document.get("totals") or {}
    found = totals.get("payable_amount")
    return found if isinstance(found, Decimal) else Decimal(0)
