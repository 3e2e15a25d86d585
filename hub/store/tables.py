"""Every table. Instants are microseconds since 1970 (`hub.store.instants`); JSON stands as text, written once by msgspec.

`message` is one transport message in either direction, with its bytes. `interchange` and `document` are what was found in it or
put into it. `job` holds only work still to do: a finished job's row is gone, its story is in `audit_event`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

import hub.store.clock_tables
import hub.store.endpoint_tables
import hub.store.return_tables
import hub.store.shipment_tables  # noqa: F401  the tables of these modules are tables of the store as well
from hub.store.columns import at_column as _at
from hub.store.columns import count_column as _count
from hub.store.columns import flag_column as _flag
from hub.store.columns import id_column as _id
from hub.store.columns import metadata as _metadata
from hub.store.columns import text_column as _text

metadata = _metadata

message = Table(
    "message",
    metadata,
    _id(),
    Column("direction", Text, nullable=False),  # in, out
    _text("connection"),
    _text("channel"),
    _text("partner"),
    Column("dedupe_key", Text),  # the arrival's name at its transport; null where it must not reserve the key
    _text("transport_id"),
    _text("media_type"),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("payload", LargeBinary),  # null: the bytes are in the content-addressed file named by sha256
    _text("headers", default="{}"),
    _text("evidence", default="{}"),
    _text("state"),
    _flag("test"),
    Column("error", Text),
    Column("duplicate_of", Text),
    Column("answer_to", Text),  # the message of the other direction that this one answers (functional acknowledgments, MDNs)
    Column("answer", LargeBinary),  # in: what the far side was answered (a signed MDN), given again to a repetition
    Column("wire", LargeBinary),  # out: what the connector prepared, kept before the first attempt
    Column("wire_sha256", Text),  # out: the same, where the bytes are too large for the row
    _count("attempts"),
    Column("receipt", Text),
    _at("created_at"),
    _at("settled_at", null=True),
    _at("removed_at", null=True),  # when the bytes were removed: the hash and the story stay
    _text("removed_why"),
)
Index("uq_message_arrival", message.c.connection, message.c.dedupe_key, unique=True)
Index("ix_message_transport", message.c.transport_id)
Index("ix_message_partner", message.c.partner, message.c.id)
Index("ix_message_unsettled", message.c.state, message.c.id, sqlite_where=text("state not in ('done', 'delivered')"), postgresql_where=text("state not in ('done', 'delivered')"))  # fmt: skip
Index("ix_message_list", message.c.id, message.c.direction, message.c.partner, message.c.state, message.c.test, message.c.connection, message.c.created_at)  # fmt: skip
Index("ix_message_answer_to", message.c.answer_to, sqlite_where=text("answer_to is not null"), postgresql_where=text("answer_to is not null"))  # fmt: skip

interchange = Table(
    "interchange",
    metadata,
    _id(),
    Column("message_id", Text, nullable=False),
    _count("position"),
    Column("direction", Text, nullable=False),
    Column("standard", Text, nullable=False),
    _text("sender"),
    _text("receiver"),
    _text("control_number"),
    _flag("test"),
    _text("sha256"),
    _text("partner"),
    _text("agreement"),
    _text("state"),
    Column("duplicate_of", Text),
    _at("created_at"),
)
Index("ix_interchange_message", interchange.c.message_id)
Index(
    "ix_interchange_control",
    interchange.c.sender,
    interchange.c.receiver,
    interchange.c.control_number,
    interchange.c.created_at,
)

LIGHT_WRONG = text("delivery in ('failed', 'overdue') or syntax in ('failed', 'overdue') or business in ('failed', 'overdue')")
"""A document of which some light says that something went wrong."""

document = Table(
    "document",
    metadata,
    _id(),
    Column("message_id", Text, nullable=False),
    Column("interchange_id", Text),
    _count("position"),
    Column("direction", Text, nullable=False),
    _text("kind"),  # canonical type: order, order_response, acknowledgment
    _text("standard"),
    _text("type"),  # 850, ORDERS
    _text("version"),
    _text("association"),
    _text("partner"),
    _text("agreement"),
    _text("number"),
    Column("business_key", Text),
    _text("content_sha256"),
    _text("control_number"),
    _text("group_type"),
    _text("group_number"),
    _text("interchange_number"),
    _flag("test"),
    Column("order_id", Text),
    Column("answers", Text),  # the document that this one answers
    Column("duplicate_of", Text),
    _text("state"),
    Column("error", Text),
    _text("findings", default="[]"),
    Column("canonical", LargeBinary),
    _count("attempts"),
    _at("created_at"),
    _at("settled_at", null=True),
    _text("delivery", default="none"),
    _text("delivery_reason"),
    _at("delivery_at", null=True),
    _at("delivery_due", null=True),
    _at("delivery_next", null=True),  # when the clock looks again: the warning, then the deadline
    _text("syntax", default="none"),
    _text("syntax_reason"),
    _at("syntax_at", null=True),
    _at("syntax_due", null=True),
    _at("syntax_next", null=True),
    _text("business", default="none"),
    _text("business_reason"),
    _at("business_at", null=True),
    _at("business_due", null=True),
    _at("business_next", null=True),
)
# Everything the audit log is filtered by, so that a filter without an index of its own reads this alone, not the wide rows.
Index(
    "ix_document_list",
    *(
        document.c[name]
        for name in ("message_id", "position", "id", "direction", "kind", "type", "standard", "partner", "state", "test")
    ),
    *(document.c[name] for name in ("delivery", "syntax", "business", "number", "control_number", "group_number")),
    *(document.c[name] for name in ("interchange_number", "order_id")),
)
Index("ix_document_answers", document.c.answers, sqlite_where=text("answers is not null"), postgresql_where=text("answers is not null"))  # fmt: skip
Index("ix_document_wrong", document.c.message_id, sqlite_where=LIGHT_WRONG, postgresql_where=LIGHT_WRONG)
Index("ix_document_order", document.c.order_id, sqlite_where=text("order_id is not null"), postgresql_where=text("order_id is not null"))  # fmt: skip
Index("ix_document_business", document.c.business_key, sqlite_where=text("business_key is not null"), postgresql_where=text("business_key is not null"))  # fmt: skip
Index("ix_document_number", document.c.number)
Index("ix_document_group", document.c.partner, document.c.group_number, document.c.control_number)
Index("ix_document_interchange", document.c.partner, document.c.interchange_number)
Index("ix_document_attention", document.c.state, document.c.id, sqlite_where=text("state not in ('done', 'sent')"), postgresql_where=text("state not in ('done', 'sent')"))  # fmt: skip
Index("ix_document_delivery_next", document.c.delivery_next, sqlite_where=text("delivery = 'waiting'"), postgresql_where=text("delivery = 'waiting'"))  # fmt: skip
Index("ix_document_syntax_next", document.c.syntax_next, sqlite_where=text("syntax = 'waiting'"), postgresql_where=text("syntax = 'waiting'"))  # fmt: skip
Index("ix_document_business_next", document.c.business_next, sqlite_where=text("business = 'waiting'"), postgresql_where=text("business = 'waiting'"))  # fmt: skip

job = Table(
    "job",
    metadata,
    _id(),
    Column("lane", Text, nullable=False),  # process, deliver
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    _text("resource"),  # what the in-flight cap counts: the connection
    _text("state", default="ready"),  # ready, waiting for the one before it, leased, dead, quarantined
    _text("ordering_key"),  # what must not overtake one another; empty where the order does not matter
    _count("seq"),  # the place within its ordering key
    _at("due_at"),
    _count("attempt"),
    _count("crash_count"),
    _text("lease_owner"),
    _text("lease_token"),
    _at("lease_until", null=True),
    Column("error", Text),
    _at("created_at"),
)
_READY = text("state = 'ready'")
Index("ix_job_ready", job.c.lane, job.c.due_at, job.c.id, sqlite_where=_READY, postgresql_where=_READY)
Index("ix_job_ready_resource", job.c.lane, job.c.resource, job.c.due_at, job.c.id, sqlite_where=_READY, postgresql_where=_READY)
Index("ix_job_leased", job.c.lane, job.c.resource, sqlite_where=text("state = 'leased'"), postgresql_where=text("state = 'leased'"))  # fmt: skip
Index("ix_job_ordering", job.c.ordering_key, job.c.seq, sqlite_where=text("ordering_key <> ''"), postgresql_where=text("ordering_key <> ''"))  # fmt: skip
Index("ix_job_waiting", job.c.ordering_key, job.c.seq, sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'"))  # fmt: skip
Index("ix_job_subject", job.c.subject)

orders = Table(
    "orders",
    metadata,
    _id(),
    Column("order_key", Text, nullable=False),
    _text("number"),
    _text("channel"),
    _text("external_id"),
    _text("partner"),
    _text("agreement"),
    _flag("test"),
    _count("status"),
    _text("approval", default="not_required"),
    Column("approval_detail", Text),  # the rule that asked for approval and who decided, as JSON; null where none did
    Column("held", Text),  # why the order is held, as JSON; null when it is not
    Column("canonical", LargeBinary, nullable=False),
    Column("source_document", Text),
    _text("matrix", default="[]"),
    _count("revision"),
    _at("created_at"),
    _at("updated_at"),
)
Index("uq_orders_order_key", orders.c.order_key, unique=True)
Index("ix_orders_number", orders.c.number, orders.c.id)
Index("ix_orders_partner", orders.c.partner, orders.c.id)
Index("ix_orders_status", orders.c.status, orders.c.id)
Index("ix_orders_held", orders.c.id, sqlite_where=text("held is not null"), postgresql_where=text("held is not null"))

order_history = Table(
    "order_history",
    metadata,
    _id(),
    Column("order_id", Text, nullable=False),
    _at("at"),
    _text("actor"),
    Column("from_status", Integer),
    Column("to_status", Integer, nullable=False),
    _text("reason"),
)
Index("ix_order_history_order", order_history.c.order_id, order_history.c.id)

audit_event = Table(
    "audit_event",
    metadata,
    _id(),
    _at("at"),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=False),
    _text("actor"),
    _text("detail", default="{}"),
    Column("digest", Text, nullable=False),
    Column("sealed_in", BigInteger),
)
Index("ix_audit_event_subject", audit_event.c.subject, audit_event.c.id)
Index("ix_audit_event_unsealed", audit_event.c.id, sqlite_where=text("sealed_in is null"), postgresql_where=text("sealed_in is null"))  # fmt: skip
Index("ix_audit_event_sealed", audit_event.c.sealed_in)

audit_seal = Table(
    "audit_seal",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    _at("at"),
    Column("members", Text, nullable=False),  # one line per event: id, digest
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

event = Table(
    "event",
    metadata,
    _id(),
    Column("cursor", BigInteger),  # given by the sequencer after the commit: safe to resume from
    _at("at"),
    Column("type", Text, nullable=False),
    Column("order_id", Text),
    Column("message_id", Text),
    _flag("test"),
    _text("data", default="{}"),
)
Index("uq_event_cursor", event.c.cursor, unique=True)
Index("ix_event_unsequenced", event.c.id, sqlite_where=text("cursor is null"), postgresql_where=text("cursor is null"))
Index("ix_event_order", event.c.order_id, event.c.id)

control_number = Table(
    "control_number", metadata, Column("scope", Text, primary_key=True), Column("value", BigInteger, nullable=False)
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("client", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_sha256", Text, nullable=False),
    _text("state"),  # open, done
    Column("status", Integer),
    Column("response", LargeBinary),
    _at("created_at"),
    _at("expires_at"),
)
Index("ix_idempotency_expires", idempotency.c.expires_at)

api_key = Table(
    "api_key",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("secret_sha256", Text, nullable=False),
    _text("scopes"),  # separated by spaces
    _at("created_at"),
    _at("expires_at", null=True),
    _at("used_at", null=True),
    _at("revoked_at", null=True),
)

console_user = Table(
    "console_user",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),  # viewer, operator, admin
    Column("password_hash", Text, nullable=False),  # argon2id, with its salt and parameters
    _at("created_at"),
    _at("password_at"),
    _at("signed_in_at", null=True),
    _at("disabled_at", null=True),
)
Index("uq_console_user_name", console_user.c.name, unique=True)

console_session = Table(
    "console_session",
    metadata,
    Column("id", Text, primary_key=True),  # SHA-256 of the token that the browser has
    Column("user_id", Text, nullable=False),
    _at("created_at"),
    _at("seen_at"),
)
Index("ix_console_session_user", console_session.c.user_id)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("name", Text, primary_key=True),  # as it was typed, whether or not there is such a user
    _count("failures"),
    _at("last_at"),
    _at("locked_until"),
)
Index("ix_sign_in_failure_last", sign_in_failure.c.last_at)

legal_hold = Table(
    "legal_hold",
    metadata,
    _id(),
    Column("subject", Text, nullable=False),  # the id of a message or an order, or partner:NAME
    _text("reason"),
    _text("actor"),
    _at("begun_at"),
    _at("ended_at", null=True),
)
Index("ix_legal_hold_subject", legal_hold.c.subject, sqlite_where=text("ended_at is null"), postgresql_where=text("ended_at is null"))  # fmt: skip
