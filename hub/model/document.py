"""Any canonical document: decode, encode, and the JSON Schema of the types."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from hub.model.acknowledgment import Acknowledgment, ApplicationError
from hub.model.despatch import DespatchAdvice
from hub.model.inventory import InventoryReport
from hub.model.invoice import Invoice
from hub.model.order import Order, OrderChange
from hub.model.receiving import ReceivingAdvice
from hub.model.response import OrderResponse

Document: TypeAlias = (
    Order
    | OrderChange
    | OrderResponse
    | DespatchAdvice
    | ReceivingAdvice
    | InventoryReport
    | Invoice
    | Acknowledgment
    | ApplicationError
)

document_types: dict[str, type[Any]] = {
    "order": Order,
    "order_change": OrderChange,
    "order_response": OrderResponse,
    "despatch_advice": DespatchAdvice,
    "receiving_advice": ReceivingAdvice,
    "inventory_report": InventoryReport,
    "invoice": Invoice,
    "acknowledgment": Acknowledgment,
    "application_error": ApplicationError,
}

_decoder: msgspec.json.Decoder[Document] = msgspec.json.Decoder(Document)
_encoder = msgspec.json.Encoder(decimal_format="string")


def decode_document(data: bytes | str) -> Document:
    """Read one canonical document from JSON; raises `msgspec.ValidationError` with the path of the first mistake."""
    return _decoder.decode(data)


def encode_document(document: Document) -> bytes:
    """Write one canonical document as JSON: decimals as strings, absent members left out."""
    return _encoder.encode(document)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of every canonical document, with each closed set of values listed."""
    (schema,), components = msgspec.json.schema_components([Document], ref_template="#/$defs/{name}")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "$defs": components}
