"""receipts that come later: when one is due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WAITING = "delivery = 'waiting'"


def upgrade() -> None:
    """Forward."""
    op.add_column("document", sa.Column("delivery_due", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_document_delivery_due",
        "document",
        ["delivery_due"],
        unique=False,
        sqlite_where=sa.text(_WAITING),
        postgresql_where=sa.text(_WAITING),
    )
