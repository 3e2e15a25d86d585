"""The canonical documents: frozen values in UBL and EN 16931 words, no I/O.

Quantities, prices and amounts are `Decimal` and travel as JSON strings with the digits that arrived. What did not arrive is
absent. No name here is a segment's, but in `extensions` and `source`.
"""

from hub.model.acknowledgment import (
    Acknowledgment,
    AnsweredDocument,
    ApplicationError,
    GroupAnswer,
    MessageAnswer,
    ReportedError,
)
from hub.model.common import (
    Address,
    AllowanceCharge,
    Contact,
    DateTimePeriod,
    Echo,
    EchoedId,
    Extension,
    Item,
    ItemId,
    LineTax,
    Note,
    Pack,
    Party,
    PartyId,
    PaymentTerm,
    Price,
    Quantity,
    Reference,
    Requested,
    Schedule,
    Source,
    Terms,
    Totals,
)
from hub.model.despatch import Carrier, DespatchAdvice, DespatchTotals, Package, PackedItem
from hub.model.document import Document, decode_document, document_types, encode_document, json_schema
from hub.model.inventory import InventoryLine, InventoryReport
from hub.model.invoice import Invoice, InvoiceLine, InvoiceTotals, PaymentMeans, TaxSubtotal
from hub.model.order import Order, OrderChange, OrderChangeLine, OrderLine
from hub.model.receiving import ReceivingAdvice, ReceivingLine
from hub.model.response import OrderResponse, OrderResponseLine

__all__ = [
    "Acknowledgment",
    "Address",
    "AllowanceCharge",
    "AnsweredDocument",
    "ApplicationError",
    "Carrier",
    "Contact",
    "DateTimePeriod",
    "DespatchAdvice",
    "DespatchTotals",
    "Document",
    "Echo",
    "EchoedId",
    "Extension",
    "GroupAnswer",
    "InventoryLine",
    "InventoryReport",
    "Invoice",
    "InvoiceLine",
    "InvoiceTotals",
    "Item",
    "ItemId",
    "LineTax",
    "MessageAnswer",
    "Note",
    "Order",
    "OrderChange",
    "OrderChangeLine",
    "OrderLine",
    "OrderResponse",
    "OrderResponseLine",
    "Pack",
    "Package",
    "PackedItem",
    "Party",
    "PartyId",
    "PaymentMeans",
    "PaymentTerm",
    "Price",
    "Quantity",
    "ReceivingAdvice",
    "ReceivingLine",
    "Reference",
    "ReportedError",
    "Requested",
    "Schedule",
    "Source",
    "TaxSubtotal",
    "Terms",
    "Totals",
    "decode_document",
    "document_types",
    "encode_document",
    "json_schema",
]
