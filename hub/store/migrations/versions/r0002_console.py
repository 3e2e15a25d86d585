"""the console: its people, their sessions, and indexes for the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_LISTED = (
    "message_id", "position", "id", "direction", "kind", "type", "standard", "partner", "state", "test", "delivery", "syntax",
    "business", "number", "control_number", "group_number", "interchange_number", "order_id",
)  # fmt: skip
_WRONG = "delivery in ('failed', 'overdue') or syntax in ('failed', 'overdue') or business in ('failed', 'overdue')"


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "console_user",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("password_at", sa.BigInteger(), nullable=False),
        sa.Column("signed_in_at", sa.BigInteger(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_user")),
    )
    op.create_index("uq_console_user_name", "console_user", ["name"], unique=True)
    op.create_table(
        "console_session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_session")),
    )
    op.create_index("ix_console_session_user", "console_session", ["user_id"], unique=False)
    op.create_table(
        "sign_in_failure",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sign_in_failure")),
    )
    op.create_index("ix_sign_in_failure_last", "sign_in_failure", ["last_at"], unique=False)
    op.create_index(
        "ix_message_list",
        "message",
        ["id", "direction", "partner", "state", "test", "connection", "created_at"],
        unique=False,
    )
    op.create_index("ix_document_list", "document", list(_LISTED), unique=False)
    op.create_index(
        "ix_document_wrong", "document", ["message_id"], unique=False, sqlite_where=sa.text(_WRONG), postgresql_where=sa.text(_WRONG)
    )  # fmt: skip
    answered = sa.text("answers is not null")
    op.create_index(
        "ix_document_answers", "document", ["answers"], unique=False, sqlite_where=answered, postgresql_where=answered
    )
    # What stands first in the new index is all that this one had.
    op.drop_index("ix_document_message", table_name="document")
