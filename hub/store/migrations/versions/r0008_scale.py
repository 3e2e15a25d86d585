"""scale: leases of pollers, suspended connections, jobs that keep their order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None

_READY = "state = 'ready'"
_WAITING = "state = 'waiting'"
_ORDERED = "ordering_key <> ''"


def _text(name: str, default: str = "''") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text(default), nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "job", columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    """Forward."""
    for column in (_text("lease_owner"), _text("lease_token"), sa.Column("lease_until", sa.BigInteger(), nullable=True)):
        op.add_column("poll_cursor", column)
    for column in (_text("ordering_key"), _count("seq")):
        op.add_column("job", column)
    _index("ix_job_ordering", ["ordering_key", "seq"], _ORDERED)
    _index("ix_job_waiting", ["ordering_key", "seq"], _WAITING)
    # jobs that were added together have one instant: without the id in the index they would all be sorted at every claim
    op.drop_index("ix_job_ready_resource", "job")
    _index("ix_job_ready_resource", ["lane", "resource", "due_at", "id"], _READY)
    op.create_table(
        "endpoint_state",
        sa.Column("connection", sa.Text(), nullable=False),
        _text("breaker", "'closed'"),
        _count("opened"),
        _count("failures"),
        _text("recent"),
        sa.Column("open_until", sa.BigInteger(), nullable=True),
        _text("probe"),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_endpoint_state")),
    )
