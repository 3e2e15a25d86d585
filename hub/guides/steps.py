"""What the list of verbs cannot say: named, typed functions that a guide refers to under `steps:`.

Each has a reading side, run over the plain document after the last segment, and a writing side, run over a copy before the
first. A step works in place and knows no segment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.guides import despatch_steps, invoice_steps, receiving_steps
from hub.guides.run import Frame, Note


@dataclass(frozen=True, slots=True)
class DocumentStep:
    """One named step; `read` may add notes."""

    read: Callable[[Frame, list[Note]], None]
    write: Callable[[Frame], None]


def _number_lines_read(document: Frame, _notes: list[Note]) -> None:
    """Lines keep their place; one that came without a number gets it as its number."""
    for position, line in enumerate(document.get("lines", ()), 1):
        line["position"] = position
        if "number" not in line:
            line["number"] = str(position)


def _number_lines_write(document: Frame) -> None:
    for position, line in enumerate(document.get("lines", ()), 1):
        if not line.get("number"):
            line["number"] = str(line.get("position") or position)


def _net_price_read(document: Frame, _notes: list[Note]) -> None:
    """`price` is the net unit price: from the preferred place, else the net price of the list.

    A gross price is net where nothing is to be deducted: the line has no allowance and no other price.
    """
    for line in document.get("lines", ()):
        net = _net_of(line) if "prices" in line else None
        if net is None:
            continue
        line.setdefault("price", net["amount"])
        for name, member in _BASIS:
            if name in net:
                line.setdefault(member, net[name])


_BASIS = (("basis_quantity", "price_base_quantity"), ("basis_unit", "price_base_unit"))


def _net_of(line: Frame) -> Frame | None:
    """The listed price that is the line's net price."""
    prices: list[Frame] = line["prices"]
    price = line.get("price")
    for each in prices:
        if each["type"] == "net" and (price is None or price == each["amount"]):
            return each
    if price is not None:
        return None
    is_net = len(prices) == 1 and prices[0]["type"] == "gross" and "allowances_charges" not in line
    return prices[0] if is_net else None


def _net_price_write(document: Frame) -> None:
    """A price that no list names is written as the net one."""
    for line in document.get("lines", ()):
        if line.get("price") is None or any(each["amount"] == line["price"] for each in line.get("prices", ())):
            continue
        net: dict[str, Any] = {"type": "net", "amount": line["price"]}
        for name, member in _BASIS:
            if line.get(member) is not None:
                net[name] = line[member]
        line["prices"] = [net, *line.get("prices", ())]


def _only_price_read(document: Frame, notes: list[Note]) -> None:
    """`prices` lists prices where more than one came, or where the one is not the net price."""
    _net_price_read(document, notes)
    for line in document.get("lines", ()):
        prices = line.get("prices")
        if prices and len(prices) == 1 and prices[0]["type"] == "net" and prices[0].get("code", "AAA") == "AAA":
            del line["prices"]


def _schedule_read(document: Frame, notes: list[Note]) -> None:
    """What is scheduled must add up to what is ordered; a line whose quantity is only scheduled gets the sum."""
    for line in document.get("lines", ()):
        if "schedule" not in line:
            continue
        parts = [each["quantity"] for each in line["schedule"] if "quantity" in each]
        if not parts:
            continue
        total = sum(parts, Decimal(0))
        if "quantity" not in line:
            line["quantity"] = total
            units = {each.get("unit") for each in line["schedule"]}
            if len(units) == 1 and None not in units:
                line.setdefault("unit", units.pop())
        elif total != line["quantity"]:
            notes.append(
                Note(
                    code="MAP-220",
                    message=f"line {line.get('number', '?')}: {total} scheduled, {line['quantity']} ordered",
                    index=-1,
                    severity="warning",
                    layer="guide",
                    hint="ask the partner which of the two holds",
                )
            )


def _order_totals_read(document: Frame, _notes: list[Note]) -> None:
    """A single total without tax is the net one."""
    totals = document.get("totals")
    if (
        totals
        and "payable_amount" in totals
        and "amount" not in totals
        and "tax_amount" not in totals
        and not document.get("taxes")
    ):
        totals["amount"] = totals["payable_amount"]


_ONE = Decimal(1)
_COUNT_UNITS = frozenset({"EA", "H87", "C62", "PR"})


def _pack_read(document: Frame, _notes: list[Note]) -> None:
    """Units per pack, where the pack says it: PO401 alone, one inner pack of counted size, or inner packs times their units."""
    for line in document.get("lines", ()):
        pack = line.get("pack")
        if not pack or "inner_packs" not in pack:
            continue
        if "units_per_pack" in pack:
            continue
        if "size" not in pack or pack.get("size_unit", "EA") not in _COUNT_UNITS:
            pack["units_per_pack"] = pack["inner_packs"]
        elif pack["inner_packs"] == _ONE:
            pack["units_per_pack"] = pack["size"]


def _pack_write(document: Frame) -> None:
    for line in document.get("lines", ()):
        pack = line.get("pack")
        if pack and "units_per_pack" in pack and "inner_packs" not in pack:
            pack["inner_packs"] = pack["units_per_pack"]


def _error_levels_read(document: Frame, _notes: list[Note]) -> None:
    """Every reported error says its level: that of the answer it stands in, or the segment or element it points at."""
    _levels(document.get("errors", ()), "interchange")
    for group in document.get("groups", ()):
        _levels(group.get("errors", ()), "group")
        for message in group.get("messages", ()):
            _levels(message.get("errors", ()), "message")


def _levels(errors: Any, around: str) -> None:
    for error in errors:
        if "segment_index" in error or (around == "message" and "segment" in error):
            error["level"] = "element" if "element" in error else "segment"
        else:
            error["level"] = around


def _tag_counts_read(document: Frame, _notes: list[Note]) -> None:
    """S011 counts the segment's tag as position 1; the document counts elements, as X12 does."""
    for error in _all_errors(document):
        if "element" in error:
            error["element"] -= 1


def _tag_counts_write(document: Frame) -> None:
    for error in _all_errors(document):
        if error.get("element") is not None:
            error["element"] += 1


def _all_errors(document: Frame) -> list[Frame]:
    groups = document.get("groups") or []
    messages = [message for group in groups for message in group.get("messages") or []]
    return [error for each in (document, *groups, *messages) for error in each.get("errors") or []]


_UNDECIDED = "AH"


def _answer_status_read(document: Frame, _notes: list[Note]) -> None:
    """BAK02 AH decides nothing yet: detail follows."""
    if document.get("status_code") == _UNDECIDED:
        document["detail_follows"] = True


def _answer_status_write(document: Frame) -> None:
    """Without lines the verdict stands alone: AK and RJ, not AD and RD."""
    if document.get("status_code"):
        return
    if document.get("detail_follows"):
        document["status_code"] = _UNDECIDED
    elif not document.get("lines"):
        alone = {"accepted": "AK", "rejected": "RJ"}.get(document.get("status", ""))
        if alone:
            document["status_code"] = alone


_LINE_CHANGES = {"IP": ("price",), "IQ": ("quantity",), "DR": ("date",), "IC": ()}


def _answer_lines_read(document: Frame, _notes: list[Note]) -> None:
    """An outcome's own ids are a substitute only where it says so; what changed follows from its code.

    Lines without an outcome confirm the quantity they repeat.
    """
    for line in document.get("lines", ()):
        if "substitute" in line and line.get("status") != "substituted":
            line.setdefault("item", line["substitute"])
            del line["substitute"]
        changes = _LINE_CHANGES.get(line.get("status_code", ""))
        if changes:
            line["changed"] = list(changes)
        if "status_code" not in line and "quantity" not in line and "ordered_quantity" in line:
            line["quantity"] = line["ordered_quantity"]


def _answer_lines_write(document: Frame) -> None:
    """A changed line says what changed; why lines are not accepted stands at the head, as a line of an 855 has no place for it."""
    reasons = [
        f"line {line.get('order_line', '?')}: {line['reason']}" for line in document.get("lines", ()) if line.get("reason")
    ]
    if reasons:
        document["reason"] = "; ".join([*filter(None, [document.get("reason")]), *reasons])
    codes = {changes: code for code, changes in _LINE_CHANGES.items() if changes}
    for line in document.get("lines", ()):
        if line.get("status") == "changed" and not line.get("status_code"):
            line["status_code"] = codes.get(tuple(line.get("changed") or ()), "IC")
        if not line.get("status") and line.get("quantity") is not None:
            if line.get("ordered_quantity") is None:
                line["ordered_quantity"] = line["quantity"]
            elif line["quantity"] != line["ordered_quantity"]:
                line.update(status="changed", status_code="IQ")


def _split_lines_read(document: Frame, _notes: list[Note]) -> None:
    """ORDRSP: the line answered is the one referred to, else the one of the same number; the confirmed quantity likewise."""
    for position, line in enumerate(document.get("lines", ()), 1):
        line.setdefault("number", str(position))
        line.setdefault("order_line", line["number"])
        if "quantity" not in line and "ordered_quantity" in line and line.get("status") != "rejected":
            line["quantity"] = line["ordered_quantity"]


def _describe_read(document: Frame, _notes: list[Note]) -> None:
    """Where no text is the description as such, the first one of any kind is."""
    for line in document.get("lines", ()):
        item = line.get("item", {})
        if item.get("descriptions") and "description" not in item:
            item["description"] = item["descriptions"].pop(0)
            if not item["descriptions"]:
                del item["descriptions"]


def _split_lines_write(document: Frame) -> None:
    """An answer line without a number of its own takes the order's, and a running one where outcomes share a line."""
    lines = document.get("lines", ())
    asked = [line.get("order_line") for line in lines]
    is_plain = len(set(asked)) == len(asked) and None not in asked
    for position, line in enumerate(lines, 1):
        if not line.get("number"):
            line["number"] = line["order_line"] if is_plain else str(position)


def _nothing(_document: Frame) -> None:
    """Writing needs nothing of the kind."""


def _nothing_read(_document: Frame, _notes: list[Note]) -> None:
    """Reading needs nothing of the kind."""


STEPS: dict[str, DocumentStep] = {
    "number_lines": DocumentStep(_number_lines_read, _number_lines_write),
    "net_price": DocumentStep(_net_price_read, _nothing),
    "listed_price": DocumentStep(_only_price_read, _net_price_write),
    "pack": DocumentStep(_pack_read, _pack_write),
    "check_schedule": DocumentStep(_schedule_read, _nothing),
    "order_totals": DocumentStep(_order_totals_read, _nothing),
    "describe": DocumentStep(_describe_read, _nothing),
    "error_levels": DocumentStep(_error_levels_read, _nothing),
    "shipment_level": DocumentStep(despatch_steps.read_shipment_level, despatch_steps.write_shipment_level),
    "shipped_orders": DocumentStep(_nothing_read, despatch_steps.write_orders),
    "despatch_moment": DocumentStep(despatch_steps.read_despatch_moment, despatch_steps.write_despatch_moment),
    "tag_counts": DocumentStep(_tag_counts_read, _tag_counts_write),
    "answer_status": DocumentStep(_answer_status_read, _answer_status_write),
    "answer_lines": DocumentStep(_answer_lines_read, _answer_lines_write),
    "change_number": DocumentStep(receiving_steps.read_change_number, _nothing),
    "line_numbers": DocumentStep(receiving_steps.read_line_numbers, receiving_steps.write_line_numbers),
    "variances": DocumentStep(receiving_steps.read_variances, _nothing),
    "listed_orders": DocumentStep(receiving_steps.read_listed_orders, receiving_steps.write_listed_orders),
    "invoice_lines": DocumentStep(invoice_steps.read_invoice_lines, invoice_steps.write_invoice_lines),
    "order_lines": DocumentStep(invoice_steps.read_order_lines, invoice_steps.write_order_lines),
    "whole_amount": DocumentStep(_nothing_read, invoice_steps.write_whole_amount),
    "discount_terms": DocumentStep(invoice_steps.read_discount_terms, invoice_steps.write_discount_terms),
    "net_terms": DocumentStep(_nothing_read, invoice_steps.write_net_terms),
    "line_tax": DocumentStep(_nothing_read, invoice_steps.write_line_tax),
    "party_registers": DocumentStep(_nothing_read, invoice_steps.write_party_registers),
    "party_vat": DocumentStep(_nothing_read, invoice_steps.write_party_vat),
    "amount_due": DocumentStep(invoice_steps.read_amount_due, invoice_steps.write_amount_due),
    "preceding_invoice": DocumentStep(invoice_steps.read_preceding_invoice, invoice_steps.write_preceding_invoice),
    "due_date": DocumentStep(invoice_steps.read_due_date, invoice_steps.write_due_date),
    "positive_credits": DocumentStep(invoice_steps.read_positive_credits, _nothing),
    "negative_credits": DocumentStep(invoice_steps.read_positive_credits, invoice_steps.write_negative_credits),
    "split_lines": DocumentStep(_split_lines_read, _split_lines_write),
}
