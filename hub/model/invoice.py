"""Invoice and credit note, in EN 16931 terms; amounts are positive, `kind` says what they are."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from hub.model.common import (
    AllowanceCharge,
    Contact,
    DateTimePeriod,
    Echo,
    Extension,
    Item,
    LineTax,
    Note,
    Pack,
    Part,
    Party,
    PaymentTerm,
    Price,
    Quantity,
    Reference,
    Source,
    Terms,
)
from hub.model.despatch import Carrier


class PaymentMeans(Part, frozen=True, kw_only=True):
    """How to pay: `code` is UN/ECE 4461 (30 credit transfer), with the account."""

    code: str | None = None
    iban: str | None = None
    bic: str | None = None
    account_name: str | None = None
    reference: str | None = None


class TaxSubtotal(Part, frozen=True, kw_only=True):
    """One row of the tax breakdown (EN 16931 BG-23)."""

    category: str | None = None
    type: str | None = None
    percent: Decimal | None = None
    taxable_amount: Decimal | None = None
    amount: Decimal | None = None
    exemption_reason: str | None = None
    exemption_code: str | None = None


class InvoiceTotals(Part, frozen=True, kw_only=True):
    """Document totals (EN 16931 BG-22)."""

    line_count: int | None = None
    quantity: Decimal | None = None
    lines_amount: Decimal | None = None
    allowances_amount: Decimal | None = None
    charges_amount: Decimal | None = None
    tax_exclusive_amount: Decimal | None = None
    tax_amount: Decimal | None = None
    tax_amount_in_tax_currency: Decimal | None = None
    tax_inclusive_amount: Decimal | None = None
    prepaid_amount: Decimal | None = None
    rounding_amount: Decimal | None = None
    payable_amount: Decimal | None = None
    discountable_amount: Decimal | None = None


class InvoiceLine(Part, frozen=True, kw_only=True):
    """One invoiced line; `amount` is net of tax."""

    number: str | None = None
    position: int | None = None
    order_number: str | None = None
    order_line: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    price: Decimal | None = None
    price_base_quantity: Decimal | None = None
    price_base_unit: str | None = None
    prices: tuple[Price, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    amount: Decimal | None = None
    item: Item | None = None
    pack: Pack | None = None
    tax: LineTax | None = None
    taxes: tuple[LineTax, ...] = ()
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[DateTimePeriod, ...] = ()
    notes: tuple[Note, ...] = ()
    echo: Echo | None = None


class Invoice(Part, frozen=True, kw_only=True, tag_field="type", tag="invoice"):
    """810 or INVOIC, UBL Invoice or CreditNote."""

    kind: Literal["invoice", "credit_note", "debit_note", "corrective", "self_billed", "prepayment", "other"] | None = None
    kind_code: str | None = None
    number: str | None = None
    purpose: str | None = None
    purpose_code: str | None = None
    order_number: str | None = None
    order_issued_on: dt.date | None = None
    release: str | None = None
    issued_on: dt.date | None = None
    issued_time: str | None = None
    due_on: dt.date | None = None
    tax_point_on: dt.date | None = None
    currency: str | None = None
    tax_currency: str | None = None
    exchange_rate: Decimal | None = None
    supplier: Party | None = None
    buyer: Party | None = None
    ship_to: Party | None = None
    bill_to: Party | None = None
    ship_from: Party | None = None
    remit_to: Party | None = None
    parties: tuple[Party, ...] = ()
    contacts: tuple[Contact, ...] = ()
    carrier: Carrier | None = None
    references: tuple[Reference, ...] = ()
    dates: tuple[DateTimePeriod, ...] = ()
    delivery_terms: Terms | None = None
    payment_terms: tuple[PaymentTerm, ...] = ()
    payment_means: tuple[PaymentMeans, ...] = ()
    prepaid_amount: Decimal | None = None
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: tuple[InvoiceLine, ...] = ()
    taxes: tuple[TaxSubtotal, ...] = ()
    totals: InvoiceTotals | None = None
    extensions: tuple[Extension, ...] = ()
    source: Source | None = None
