"""The parts that documents share: parties, items, references, prices, allowances, dates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

import msgspec

PartyScheme = Literal["gln", "duns", "duns4", "vat", "legal", "scac", "buyer", "supplier", "mutual", "other"]
ItemScheme = Literal[
    "gtin",
    "upc",
    "ean",
    "isbn",
    "issn",
    "buyer",
    "supplier",
    "manufacturer",
    "colour",
    "size",
    "style",
    "serial",
    "lot",
    "other",
]
PartyRole = Literal[
    "buyer", "supplier", "ship_to", "bill_to", "ship_from", "final_consignee", "payer", "carrier", "manufacturer", "agent", "other",
    "store", "warehouse", "remit_to", "freight_forwarder", "ordered_by", "marked_for",
]  # fmt: skip


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """Base of every canonical value: frozen, absent when not given, an unknown member is an error.

    A value refers to nothing that could refer back to it, so that the collector of garbage need not know it.
    """


class PartyId(Part, frozen=True, kw_only=True):
    """An identification with its scheme; `code` is the qualifier as it arrived where the scheme alone does not say it."""

    value: str
    scheme: PartyScheme = "other"
    code: str | None = None


class Address(Part, frozen=True, kw_only=True):
    """A postal address; `lines` carries what does not fit `street`; `country` is ISO 3166-1 alpha-2 where it is known."""

    street: str | None = None
    lines: tuple[str, ...] = ()
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Contact(Part, frozen=True, kw_only=True):
    """A person or department and how to reach them; `role` is the standard's code (PER01, CTA 3139)."""

    name: str | None = None
    role: str | None = None
    phone: str | None = None
    fax: str | None = None
    email: str | None = None
    url: str | None = None


class Reference(Part, frozen=True, kw_only=True):
    """A number of another document or thing. `type` is our word where we have one, else `other` with its `code`."""

    type: str
    value: str | None = None
    code: str | None = None
    line: str | None = None
    release: str | None = None
    version: str | None = None
    issued_on: dt.date | None = None
    text: str | None = None


class Party(Part, frozen=True, kw_only=True):
    """One party. `role` is used inside `parties`; `role_code` keeps the code as it arrived (N101, NAD 3035)."""

    role: PartyRole | None = None
    role_code: str | None = None
    name: str | None = None
    names: tuple[str, ...] = ()
    ids: tuple[PartyId, ...] = ()
    address: Address | None = None
    contact: Contact | None = None
    contacts: tuple[Contact, ...] = ()
    references: tuple[Reference, ...] = ()


class ItemId(Part, frozen=True, kw_only=True):
    """An item number as it arrived; `code` is the qualifier (UP, EN, IN, SA), `scheme` whose number it is."""

    value: str
    scheme: ItemScheme = "other"
    code: str | None = None


class Item(Part, frozen=True, kw_only=True):
    """What is bought. `gtin` has fourteen digits and comes only from an id whose check digit holds."""

    gtin: str | None = None
    buyer_id: str | None = None
    supplier_id: str | None = None
    manufacturer_id: str | None = None
    ids: tuple[ItemId, ...] = ()
    description: str | None = None
    descriptions: tuple[str, ...] = ()
    colour: str | None = None
    size: str | None = None


class Quantity(Part, frozen=True, kw_only=True):
    """A quantity with its meaning: ordered, free, catch weight; `unit` is UN/ECE Rec 20, `code` the qualifier."""

    type: Literal[
        "ordered", "free", "per_pack", "minimum", "maximum", "confirmed", "shipped", "weight", "invoiced", "returned", "other"
    ]
    quantity: Decimal
    unit: str | None = None
    code: str | None = None


class Price(Part, frozen=True, kw_only=True):
    """One of several prices; `type` net is the unit price paid. `code` is the qualifier as it arrived."""

    type: Literal["net", "gross", "retail", "suggested_retail", "catalogue", "contract", "promotional", "information", "other"]
    amount: Decimal
    basis_quantity: Decimal | None = None
    basis_unit: str | None = None
    currency: str | None = None
    code: str | None = None


class LineTax(Part, frozen=True, kw_only=True):
    """A tax: `category` is UN/ECE 5305 (S, Z, E, AE...), `type` 5153 (VAT)."""

    category: str | None = None
    type: str | None = None
    percent: Decimal | None = None
    amount: Decimal | None = None
    exemption_reason: str | None = None
    jurisdiction: str | None = None


class AllowanceCharge(Part, frozen=True, kw_only=True):
    """An allowance, or with `charge` a charge. `settlement` says how it is paid: off the invoice, billed back, or told only."""

    charge: bool | None = None
    reason: str | None = None
    code: str | None = None
    agency: str | None = None
    agency_code: str | None = None
    amount: Decimal | None = None
    base_amount: Decimal | None = None
    percent: Decimal | None = None
    rate: Decimal | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    sequence: str | None = None
    settlement: Literal["off_invoice", "bill_back", "information", "paid", "other"] | None = None
    settlement_code: str | None = None
    indicator: str | None = None
    reference: str | None = None
    tax: LineTax | None = None


class Note(Part, frozen=True, kw_only=True):
    """Free text; `code` is the subject code as it arrived."""

    type: str = "general"
    text: str
    code: str | None = None
    language: str | None = None


class DateTimePeriod(Part, frozen=True, kw_only=True):
    """A date, local time, window or period that has no member of its own; `code` is the qualifier as it arrived.

    `value` keeps what arrived where it is no plain date (week 202539, month 202509).
    """

    type: str
    code: str | None = None
    on: dt.date | None = None
    at: str | None = None
    until_on: dt.date | None = None
    until_at: str | None = None
    value: str | None = None
    format: str | None = None


class Requested(Part, frozen=True, kw_only=True):
    """When the buyer wants it. Dates are dates; a time that arrived beside one stands in the matching `*_time` as HH:MM[:SS]."""

    delivery_on: dt.date | None = None
    delivery_time: str | None = None
    delivery_not_before: dt.date | None = None
    delivery_not_before_time: str | None = None
    delivery_not_after: dt.date | None = None
    delivery_not_after_time: str | None = None
    ship_on: dt.date | None = None
    ship_time: str | None = None
    ship_not_before: dt.date | None = None
    ship_not_before_time: str | None = None
    ship_not_after: dt.date | None = None
    ship_not_after_time: str | None = None
    cancel_after: dt.date | None = None


class Terms(Part, frozen=True, kw_only=True):
    """Delivery terms: who pays the freight, from where; `code` is Incoterms or the standard's code."""

    code: str | None = None
    method: str | None = None
    location_qualifier: str | None = None
    location: str | None = None
    text: str | None = None
    transport_mode: str | None = None
    routing: str | None = None


class PaymentTerm(Part, frozen=True, kw_only=True):
    """One payment term: discount percent within days, net days, fixed due date."""

    type: str | None = None
    basis: str | None = None
    percent: Decimal | None = None
    amount: Decimal | None = None
    discount_on: dt.date | None = None
    discount_days: int | None = None
    net_on: dt.date | None = None
    net_days: int | None = None
    text: str | None = None


class Pack(Part, frozen=True, kw_only=True):
    """How it is packed: inner units of a pack, size, weight, volume."""

    units_per_pack: Decimal | None = None
    inner_packs: Decimal | None = None
    size: Decimal | None = None
    size_unit: str | None = None
    packaging_code: str | None = None
    weight: Decimal | None = None
    weight_unit: str | None = None
    volume: Decimal | None = None
    volume_unit: str | None = None


class Schedule(Part, frozen=True, kw_only=True):
    """A part of a line's quantity: to a store, on a date, from a window."""

    quantity: Decimal | None = None
    unit: str | None = None
    delivery_on: dt.date | None = None
    ship_on: dt.date | None = None
    delivery_not_before: dt.date | None = None
    delivery_not_after: dt.date | None = None
    ship_to: Party | None = None
    code: str | None = None


class EchoedId(Part, frozen=True, kw_only=True):
    """An item id exactly as the buyer sent it, in the order sent; `place` says where the message has several (LIN, PIA5)."""

    qualifier: str
    value: str
    place: str | None = None


class Echo(Part, frozen=True, kw_only=True):
    """What the buyer sent on a line, letter for letter, because the answers must return it so."""

    number: str | None = None
    unit: str | None = None
    price_basis: str | None = None
    ids: tuple[EchoedId, ...] = ()
    references: tuple[EchoedId, ...] = ()


class Extension(Part, frozen=True, kw_only=True):
    """What no guide maps: the address (`PO1[2]/CTP[1]`), the place and the elements as they arrived."""

    at: str
    segment_index: int
    elements: tuple[Any, ...]


class Source(Part, frozen=True, kw_only=True):
    """Where the document came from."""

    channel: str | None = None
    external_id: str | None = None
    partner: str | None = None
    standard: str | None = None
    version: str | None = None
    association: str | None = None
    sender: str | None = None
    receiver: str | None = None
    interchange: str | None = None
    group: str | None = None
    message: str | None = None
    message_type: str | None = None
    guide: str | None = None
    test: bool | None = None


class Totals(Part, frozen=True, kw_only=True):
    """Sums of an order: `amount` is net of tax, `payable_amount` gross."""

    line_count: int | None = None
    quantity: Decimal | None = None
    amount: Decimal | None = None
    allowances_amount: Decimal | None = None
    charges_amount: Decimal | None = None
    tax_amount: Decimal | None = None
    payable_amount: Decimal | None = None
    weight: Decimal | None = None
    weight_unit: str | None = None
    volume: Decimal | None = None
    volume_unit: str | None = None
