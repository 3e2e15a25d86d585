"""The tables of deadlines, of subscribers to our events, and of alerts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from hub.store.columns import at_column as _at
from hub.store.columns import count_column as _count
from hub.store.columns import flag_column as _flag
from hub.store.columns import id_column as _id
from hub.store.columns import metadata
from hub.store.columns import text_column as _text

OPEN_DEADLINE = text("order_deadline.state in ('running', 'due_soon', 'overdue')")
_OPEN_INDEX = text("state in ('running', 'due_soon', 'overdue')")
order_deadline = Table(
    "order_deadline",
    metadata,
    _id(),
    Column("order_id", Text, nullable=False),
    Column("document_id", Text, nullable=False),  # the document that set it: the order, or a change to it
    Column("kind", Text, nullable=False),  # response, despatch, invoice
    _text("partner"),
    _flag("test"),
    _at("start_at"),
    _at("due_at"),
    _at("next_at"),  # when the clock looks again: the warning, then the deadline
    _text("state", default="running"),  # running, due_soon, overdue; met, late, void once it is over
    _at("checked_at"),
    _at("closed_at", null=True),
)
Index("uq_order_deadline", order_deadline.c.order_id, order_deadline.c.kind, order_deadline.c.document_id, unique=True)
Index("ix_order_deadline_open", order_deadline.c.next_at, sqlite_where=_OPEN_INDEX, postgresql_where=_OPEN_INDEX)

clock_mark = Table(
    "clock_mark",
    metadata,
    Column("name", Text, primary_key=True),  # what was decided once and for all, such as "silence acme 2026-09-24"
    _at("at"),
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("name", Text, primary_key=True),
    _at("cursor"),  # the last event that is done with
    _text("state", default="ok"),  # ok, failing
    _count("failures"),  # in a row
    _at("failing_since", null=True),
    Column("due_at", BigInteger, nullable=False, server_default=text("0")),  # no attempt before
    _text("lease_token"),
    _at("lease_until", null=True),
    _at("delivered_at", null=True),
    Column("error", Text),
)

_OPEN_ALERT = text("cleared_at is null")
alert = Table(
    "alert",
    metadata,
    _id(),
    Column("code", Text, nullable=False),
    Column("subject", Text, nullable=False),
    _text("partner"),
    Column("order_id", Text),
    Column("message_id", Text),
    _flag("test"),
    _text("words", default="{}"),  # what, where, why, who, cure, link
    Column("count", Integer, nullable=False, server_default=text("1")),
    _at("opened_at"),
    _at("last_at"),
    _at("checked_at"),
    _at("cleared_at", null=True),
    _flag("to_mail"),
    _at("mailed_at", null=True),
    _text("mail"),  # the Message-ID of the mail that told it
)
Index("uq_alert_open", alert.c.code, alert.c.subject, unique=True, sqlite_where=_OPEN_ALERT, postgresql_where=_OPEN_ALERT)
Index("ix_alert_checked", alert.c.checked_at, sqlite_where=_OPEN_ALERT, postgresql_where=_OPEN_ALERT)
Index("ix_alert_to_mail", alert.c.id, sqlite_where=text("to_mail"), postgresql_where=text("to_mail"))
Index("ix_alert_mailed", alert.c.mailed_at, sqlite_where=text("mailed_at is not null"), postgresql_where=text("mailed_at is not null"))  # fmt: skip
