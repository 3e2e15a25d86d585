"""how long things are kept: what was removed when, and legal holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0003"
branch_labels = None
depends_on = None

_IN_FORCE = "ended_at is null"


def upgrade() -> None:
    """Forward."""
    op.add_column("message", sa.Column("removed_at", sa.BigInteger(), nullable=True))
    op.add_column("message", sa.Column("removed_why", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("actor", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(
        "ix_legal_hold_subject",
        "legal_hold",
        ["subject"],
        unique=False,
        sqlite_where=sa.text(_IN_FORCE),
        postgresql_where=sa.text(_IN_FORCE),
    )
