"""The connectors that are installed, by name: entry points of the group `hub.connectors`, the hub's own included."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from hub.config.spelling import did_you_mean
from hub.errors import HubError
from hub.ports import ConnectorSpec

GROUP = "hub.connectors"


class UnknownConnector(HubError):
    """No installed distribution offers a connector of that name, or the one that does cannot be loaded."""

    code = "CFG-207"


@cache
def installed() -> Mapping[str, tuple[EntryPoint, ...]]:
    """Entry points by connector name; more than one under a name is a conflict that `connector` reports."""
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for point in entry_points(group=GROUP):
        # A project that is both installed and on the path lists the same entry point twice.
        if point.value not in {each.value for each in found.get(point.name, ())}:
            found[point.name] = (*found.get(point.name, ()), point)
    return found


@cache
def connector(name: str) -> ConnectorSpec:
    """The connector of that name; raises `UnknownConnector` that says what there is, what clashes or what failed."""
    points = installed().get(name, ())
    if not points:
        raise UnknownConnector(f'no connector is called "{name}"', did_you_mean(name, installed()))
    if len(points) > 1:
        owners = ", ".join(sorted(f"{_owner(point)} ({point.value})" for point in points))
        raise UnknownConnector(f'the connector name "{name}" is taken twice: {owners}', "uninstall one of them")
    try:
        spec = points[0].load()
    except (ImportError, AttributeError) as broken:
        raise UnknownConnector(
            f'the connector "{name}" of {_owner(points[0])} cannot be loaded: {broken}', "reinstall that distribution"
        ) from broken
    if not isinstance(spec, ConnectorSpec):
        raise UnknownConnector(f'"{points[0].value}" is not a ConnectorSpec', f"report it to the makers of {_owner(points[0])}")
    return spec


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unknown distribution"
