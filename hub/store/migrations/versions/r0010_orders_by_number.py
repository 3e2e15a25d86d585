"""orders by number: the newest with a number are found by it, however many orders its partner has."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.drop_index("ix_orders_number", table_name="orders")
    op.create_index("ix_orders_number", "orders", ["number", "id"], unique=False)
