"""What `/metrics` says, as Prometheus text: all of it read from the store, so that any edge answers for every worker."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping

import hub
from hub.errors import HubError
from hub.flow.hub import Hub
from hub.flow.telling.operate import standing
from hub.ports import Certified
from hub.store import clock_figures, figures
from hub.store.documents import LIGHTS

_HELP = {
    "edihub_info": "the version",
    "edihub_jobs": "work still to do, by lane and state",
    "edihub_jobs_oldest_seconds": "how long the oldest piece of due work has been waiting",
    "edihub_messages": "messages that are not settled, by direction and state",
    "edihub_documents": "documents that wait for a person or a partner, by state",
    "edihub_lights": "outbound documents by light and state; ok and none are not counted",
    "edihub_lights_due_soon": "lights that wait and were warned about, by light",
    "edihub_order_deadlines": "what we owe on orders and is due soon or overdue, by duty and state",
    "edihub_alerts_open": "open alerts by code",
    "edihub_webhook_behind": "events that a subscriber has not been told yet",
    "edihub_webhook_failing": "1 while a subscriber has taken nothing for longer than its failing_after",
    "edihub_delivery_seconds": "from the outbox to the proof of delivery, over the latest two thousand documents that are no test",
    "edihub_connection_suspended": "1 while a connection is not tried because it failed too often",
    "edihub_connection_failures": "failed attempts in a row",
    "edihub_connection_poll_failures": "failed polls in a row",
    "edihub_certificate_days_left": "days until a certificate of a connection ends",
    "edihub_disk_free_bytes": "free space where payloads and the embedded database lie",
}
Sample = tuple[Mapping[str, str], float]
"""Labels and a value."""
_QUANTILES = (0.5, 0.95)
_STATES = ("failed", "overdue", "waiting")


def gauges(the_hub: Hub) -> list[str]:
    """Every gauge with its help line; raises nothing for a connection that cannot be built, it is left out."""
    with the_hub.read() as view:
        connection, now = view.connection, view.now
        found: dict[str, list[Sample]] = {
            "edihub_info": [({"version": hub.__version__}, 1.0)],
            "edihub_jobs": [
                ({"lane": lane, "state": state}, float(count)) for lane, state, count in figures.count_jobs(connection)
            ],
            "edihub_jobs_oldest_seconds": [({"lane": lane}, age) for lane, age in figures.oldest_jobs(connection, now)],
            "edihub_messages": [
                ({"direction": direction, "state": state, "test": test}, float(count))
                for direction, state, test, count in figures.unsettled_messages(connection)
            ],
            "edihub_documents": [
                ({"state": state, "test": test}, float(count)) for state, test, count in figures.waiting_documents(connection)
            ],
            "edihub_lights": _lights(figures.lights(connection)),
            "edihub_lights_due_soon": [
                ({"light": light, "test": test}, float(count)) for light, test, count in clock_figures.due_soon(connection)
            ],
            "edihub_order_deadlines": [
                ({"duty": duty, "state": state, "test": test}, float(count))
                for duty, state, test, count in clock_figures.order_deadlines(connection)
            ],
            "edihub_alerts_open": [
                ({"code": code, "test": str(test).lower()}, float(count)) for code, test, count in view.alerts.count_open()
            ],
            "edihub_delivery_seconds": _latencies(figures.delivery_seconds(connection)),
            **_connections(the_hub, figures.endpoint_states(connection)),
            "edihub_connection_poll_failures": _polls(the_hub, view.polls.failures()),
        }
    webhooks = standing(the_hub)
    found["edihub_webhook_behind"] = [({"webhook": each["name"]}, float(each["behind"])) for each in webhooks]
    found["edihub_webhook_failing"] = [({"webhook": each["name"]}, float(each["state"] == "failing")) for each in webhooks]
    found["edihub_certificate_days_left"] = list(_certificates(the_hub))
    found["edihub_disk_free_bytes"] = [({}, float(shutil.disk_usage(the_hub.site.var).free))]
    return [line for name, samples in found.items() for line in _metric(name, samples)]


def _metric(name: str, samples: Iterable[Sample]) -> Iterable[str]:
    yield f"# HELP {name} {_HELP[name]}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{inside}}} {value:.15g}" if inside else f"{name} {value:.0f}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _latencies(by_connection: Mapping[str, list[float]]) -> list[Sample]:
    found: list[Sample] = []
    for connection, seconds in sorted(by_connection.items()):
        ordered = sorted(seconds)
        for quantile in _QUANTILES:
            value = ordered[min(int(len(ordered) * quantile), len(ordered) - 1)]
            found.append(({"connection": connection, "quantile": f"{quantile:g}"}, value))
    return found


def _connections(the_hub: Hub, states: Mapping[str, tuple[bool, int]]) -> dict[str, list[Sample]]:
    suspended, failures = [], []
    for name in sorted(the_hub.site.connections):
        is_open, failed = states.get(name, (False, 0))
        suspended.append(({"connection": name}, float(is_open)))
        failures.append(({"connection": name}, float(failed)))
    return {"edihub_connection_suspended": list(suspended), "edihub_connection_failures": list(failures)}


def _lights(counted: Iterable[tuple[str, str, str, int]]) -> list[Sample]:
    """Zeros included: a rule that compares with an hour ago would not see the first failure of all."""
    found: dict[tuple[str, str, str], int] = {
        (light, state, test): 0 for light in LIGHTS for state in _STATES for test in ("false", "true")
    }
    found |= {(light, state, test): count for light, state, test, count in counted}
    return [
        ({"light": light, "state": state, "test": test}, float(count)) for (light, state, test), count in sorted(found.items())
    ]


def _polls(the_hub: Hub, failures: Mapping[str, int]) -> list[Sample]:
    return [({"connection": name}, float(failures[name])) for name in sorted(the_hub.site.connections) if name in failures]


def _certificates(the_hub: Hub) -> Iterable[Sample]:
    now = the_hub.now()
    for name in sorted(the_hub.site.connections):
        try:
            connector = the_hub.connector(name)
        except HubError:
            continue  # a connection that cannot be built is named where it is built
        if isinstance(connector, Certified):
            for each in connector.certificates():
                left = (each.not_after - now).total_seconds() / 86_400
                yield {"connection": name, "role": each.role, "sha256": each.sha256[:16]}, round(left, 2)
