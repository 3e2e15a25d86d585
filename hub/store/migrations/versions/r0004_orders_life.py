"""orders: why an order needed approval, and who decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("orders", sa.Column("approval_detail", sa.Text(), nullable=True))
