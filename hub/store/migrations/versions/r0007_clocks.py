"""clocks, subscribers and alerts: warnings before a deadline, our own deadlines, webhooks out, what somebody must look at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_LIGHTS = ("delivery", "syntax", "business")
_OPEN_DEADLINE = sa.text("state in ('running', 'due_soon', 'overdue')")
_OPEN_ALERT = sa.text("cleared_at is null")


def upgrade() -> None:
    """Forward. A light that waits already is warned about at three quarters of its time, as a new one is."""
    for light in _LIGHTS:
        op.add_column("document", sa.Column(f"{light}_next", sa.BigInteger(), nullable=True))
        op.execute(
            f"update document set {light}_next = created_at + ({light}_due - created_at) / 4 * 3 "  # noqa: S608  our own words
            f"where {light} = 'waiting' and {light}_due is not null"
        )
        op.drop_index(f"ix_document_{light}_due", table_name="document")
        waiting = sa.text(f"{light} = 'waiting'")
        op.create_index(
            f"ix_document_{light}_next", "document", [f"{light}_next"], sqlite_where=waiting, postgresql_where=waiting
        )
    _deadlines()
    _subscribers()
    _alerts()


def _deadlines() -> None:
    op.create_table(
        "order_deadline",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("test", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'running'"), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_deadline")),
    )
    op.create_index("uq_order_deadline", "order_deadline", ["order_id", "kind", "document_id"], unique=True)
    op.create_index(
        "ix_order_deadline_open",
        "order_deadline",
        ["next_at"],
        sqlite_where=_OPEN_DEADLINE,
        postgresql_where=_OPEN_DEADLINE,
    )
    op.create_table(
        "clock_mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clock_mark")),
    )


def _subscribers() -> None:
    op.create_table(
        "subscriber",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'ok'"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_token", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_subscriber")),
    )
    # alerts come from events from now on; a new store stays empty, and its reader begins with the first event
    op.execute("insert into subscriber (name, cursor) select 'alerts', max(cursor) from event having max(cursor) is not null")


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("test", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("words", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("count", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), nullable=True),
        sa.Column("to_mail", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("mailed_at", sa.BigInteger(), nullable=True),
        sa.Column("mail", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(
        "uq_alert_open", "alert", ["code", "subject"], unique=True, sqlite_where=_OPEN_ALERT, postgresql_where=_OPEN_ALERT
    )
    op.create_index("ix_alert_checked", "alert", ["checked_at"], sqlite_where=_OPEN_ALERT, postgresql_where=_OPEN_ALERT)
    to_mail = sa.text("to_mail")
    op.create_index("ix_alert_to_mail", "alert", ["id"], sqlite_where=to_mail, postgresql_where=to_mail)
    mailed = sa.text("mailed_at is not null")
    op.create_index("ix_alert_mailed", "alert", ["mailed_at"], sqlite_where=mailed, postgresql_where=mailed)
