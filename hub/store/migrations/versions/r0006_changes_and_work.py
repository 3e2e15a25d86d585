"""what comes back: changes of orders, work for people, stock as partners report it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0009"
branch_labels = None
depends_on = None

_PENDING = "state = 'pending'"
_OPEN = "handled_at is null"
_HELD = "held is not null"


def _text(name: str, default: str = "''") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text(default), nullable=False)


def upgrade() -> None:
    """Forward."""
    _changes()
    _work()
    op.create_table(
        "stock_figure",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        _text("code"),
        _text("quantity", "'0'"),
        _text("unit"),
        _text("kind"),
        _text("reported_on"),
        _text("document_id"),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "location", "scheme", "item", "type", name=op.f("pk_stock_figure")),
    )
    op.create_index("ix_stock_figure_item", "stock_figure", ["item", "scheme"], unique=False)
    op.create_index(
        "ix_orders_held",
        "orders",
        ["id"],
        unique=False,
        sqlite_where=sa.text(_HELD),
        postgresql_where=sa.text(_HELD),
    )


def _changes() -> None:
    op.create_table(
        "order_change",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        _text("number"),
        _text("sequence"),
        _text("purpose"),
        _text("state"),
        _text("lines", "'[]'"),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        _text("decided_by"),
        _text("reason"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_change")),
    )
    op.create_index("ix_order_change_order", "order_change", ["order_id", "id"], unique=False)
    op.create_index(
        "ix_order_change_pending",
        "order_change",
        ["id"],
        unique=False,
        sqlite_where=sa.text(_PENDING),
        postgresql_where=sa.text(_PENDING),
    )


def _work() -> None:
    op.create_table(
        "work_item",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        _text("code"),
        _text("message"),
        _text("hint"),
        _text("who"),
        _text("partner"),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("document_id", sa.Text(), nullable=True),
        sa.Column("test", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _text("detail", "'{}'"),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        _text("handled_by"),
        _text("note"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_item")),
    )
    is_open = sa.text(_OPEN)
    op.create_index(
        "uq_work_item_open",
        "work_item",
        ["subject", "kind", "code"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index(
        "ix_work_item_opened",
        "work_item",
        ["opened_at", "id"],
        unique=False,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_work_item_handled", "work_item", ["handled_at", "id"], unique=False)
    op.create_index("ix_work_item_subject", "work_item", ["subject", "kind"], unique=False)
