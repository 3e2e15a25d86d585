"""Certificates that end: said once at 60, 30, 14, 7 and 1 days before, and once when it is over."""

from __future__ import annotations

from datetime import timedelta

from hub.errors import HubError
from hub.flow.hub import Hub
from hub.flow.in_test import is_connection_in_test
from hub.ports import CertificateStatus, Certified


def watch_certificates(hub: Hub) -> int:
    """Tell of every certificate that has reached a step since it was last told of; how many."""
    found = [(name, step, each) for name in sorted(hub.site.connections) for step, each in ending(name, hub)]
    with hub.read() as view:
        new = [
            (name, step, each) for name, step, each in found if not view.audit.has_warned(name, days=step, sha256=each.sha256)
        ]
    if not new:
        return 0
    now = hub.now()
    with hub.transaction() as tx:
        for name, step, each in new:
            ends = each.not_after.isoformat()
            tx.audit.certificate_ends(name, days=step, role=each.role, subject=each.subject, sha256=each.sha256, ends=ends)
            data = {"connection": name, "role": each.role, "subject": each.subject, "sha256": each.sha256, "ends": ends}
            left = (each.not_after - now) // timedelta(days=1)
            tx.events.tell("certificate.ends", test=is_connection_in_test(name, hub), data={**data, "days_left": left})
    return len(new)


def ending(name: str, hub: Hub) -> list[tuple[int, CertificateStatus]]:
    """The certificates of a connection that end soon, each with the step it has reached."""
    desk = hub.site.connections[name].spec.desk
    if desk is None:
        return []
    try:
        connector = hub.connector(name)
    except HubError:
        return []  # a connection that cannot be built is named where it is built
    return desk().warnings(connector.certificates(), hub.now()) if isinstance(connector, Certified) else []
