"""Tables of what comes back: changes of orders, work for people, stock as partners report it. See `hub.store.tables`."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, text

from hub.store.columns import at_column as _at
from hub.store.columns import flag_column as _flag
from hub.store.columns import id_column as _id
from hub.store.columns import metadata
from hub.store.columns import text_column as _text

order_change = Table(
    "order_change",
    metadata,
    _id(),  # the document that asks for the change
    Column("order_id", Text, nullable=False),
    _text("number"),
    _text("sequence"),
    _text("purpose"),
    _text("state"),  # pending, applied, rejected, superseded
    _text("lines", default="[]"),  # what it does to each line: before and after
    Column("problem", Text),  # why it waits or was rejected, as JSON
    _at("created_at"),
    _at("decided_at", null=True),
    _text("decided_by"),
    _text("reason"),
)
_PENDING = text("state = 'pending'")
Index("ix_order_change_order", order_change.c.order_id, order_change.c.id)
Index("ix_order_change_pending", order_change.c.id, sqlite_where=_PENDING, postgresql_where=_PENDING)

work_item = Table(
    "work_item",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),  # the message, document or order that it is about
    _text("code"),
    _text("message"),
    _text("hint"),
    _text("who"),
    _text("partner"),
    Column("order_id", Text),
    Column("document_id", Text),
    _flag("test"),
    _text("detail", default="{}"),
    _at("opened_at"),
    _at("handled_at", null=True),
    _text("handled_by"),
    _text("note"),
)
_OPEN = text("handled_at is null")
Index("uq_work_item_open", work_item.c.subject, work_item.c.kind, work_item.c.code, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)  # fmt: skip
Index("ix_work_item_opened", work_item.c.opened_at, work_item.c.id, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("ix_work_item_handled", work_item.c.handled_at, work_item.c.id)
Index("ix_work_item_subject", work_item.c.subject, work_item.c.kind)

stock_figure = Table(
    "stock_figure",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("location", Text, primary_key=True),  # the place's id as the partner says it; empty where the report names none
    Column("scheme", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("type", Text, primary_key=True),  # the canonical kind of quantity
    _text("code"),
    _text("quantity", default="0"),
    _text("unit"),
    _text("kind"),  # whose stock the report speaks of
    _text("reported_on"),
    _text("document_id"),
    _at("updated_at"),
)
Index("ix_stock_figure_item", stock_figure.c.item, stock_figure.c.scheme)
