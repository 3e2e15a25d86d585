"""Tables of the far sides: whether a connection is suspended, and who polls it. See `hub.store.tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from hub.store.columns import at_column, count_column, metadata, text_column

endpoint_state = Table(
    "endpoint_state",
    metadata,
    Column("connection", Text, primary_key=True),  # a connection without a row never failed, or not of late
    text_column("breaker", default="closed"),  # closed, open
    count_column("opened"),  # how often in a row it was found dead: each time the pause doubles
    count_column("failures"),  # in a row
    text_column("recent"),  # the last attempts since the first failure, x for failed and . for worked
    Column("open_until", BigInteger),
    text_column("probe"),  # the job that tries whether it is back
    at_column("changed_at"),
)

poll_cursor = Table(
    "poll_cursor",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("cursor", Text),
    at_column("polled_at", null=True),
    count_column("failures"),
    at_column("due_at"),
    Column("error", Text),
    text_column("lease_owner"),
    text_column("lease_token"),
    at_column("lease_until", null=True),
)
