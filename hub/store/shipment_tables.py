"""Tables of what leaves: logistic units by their SSCC, and documents that belong to several orders. See `hub.store.tables`."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from hub.store.columns import at_column as _at
from hub.store.columns import metadata

logistic_unit = Table(
    "logistic_unit",
    metadata,
    Column("id", Text, primary_key=True),  # the eighteen digits of the SSCC
    Column("document_id", Text, nullable=False),  # the despatch advice it left with
    _at("used_at"),
)
Index("ix_logistic_unit_document", logistic_unit.c.document_id)

order_document = Table(
    "order_document",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("document_id", Text, primary_key=True),  # a document of another order's chain that speaks of this order too
)
