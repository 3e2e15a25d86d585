"""What a poll came to is told once: that a connection cannot be polled, or that files stay behind in it."""

from __future__ import annotations

from hub.errors import HubError, LeftBehind, PermanentDeliveryError
from hub.flow.hub import Hub
from hub.flow.in_test import is_connection_in_test
from hub.store.breaker import IN_A_ROW
from hub.store.polls import PollState
from hub.store.transaction import Transaction


def note_poll(
    tx: Transaction, connection: str, before: PollState, after: PollState, failure: HubError | None, hub: Hub
) -> None:
    """Tell of a failure when it is new to people: one for good at once, one that may pass by itself after five in a row."""
    if failure is None:
        return
    is_new = after.error != before.error
    if is_new:
        tx.audit.attempted(connection, attempt=after.failures, code=failure.code, message=failure.message)
    if isinstance(failure, LeftBehind):
        what = "files_left" if is_new else ""
    elif isinstance(failure, PermanentDeliveryError):
        what = "poll_failing" if is_new else ""
    else:
        what = "poll_failing" if after.failures == IN_A_ROW else ""
    if what:
        error = {"code": failure.code, "message": failure.message, "hint": failure.hint}
        data = {"connection": connection, "error": error}
        tx.events.tell(f"connection.{what}", test=is_connection_in_test(connection, hub), data=data)
