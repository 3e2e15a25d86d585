"""what leaves: logistic units by their SSCC, documents that belong to several orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "logistic_unit",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logistic_unit")),
    )
    op.create_index("ix_logistic_unit_document", "logistic_unit", ["document_id"], unique=False)
    op.create_table(
        "order_document",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "document_id", name=op.f("pk_order_document")),
    )
