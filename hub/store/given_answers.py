"""What the far side was answered to a message that arrived, as it was stored with it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hub.store.tables import message


def answer_given(connection: Connection, message_id: str) -> bytes | None:
    """The answer of that moment (a signed MDN), as wire bytes; None where it was nothing but a status, or is sent on its own."""
    found = connection.scalar(select(message.c.answer).where(message.c.id == message_id))
    return bytes(found) if found else None
