"""Whether something that no message is about belongs to a partner in test: its connection, its certificates."""

from __future__ import annotations

from hub.flow.hub import Hub


def is_connection_in_test(connection: str, hub: Hub) -> bool:
    """Whether a connection belongs to a partner in test; one that partners share does not."""
    found = hub.site.connections.get(connection)
    partner = None if found is None else hub.site.partners.get(found.partner)
    return partner is not None and partner.state == "test"
