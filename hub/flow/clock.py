"""What the sweeper does when time has passed: every clock of the hub, each harmless to run twice or in several processes."""

from __future__ import annotations

from hub.flow.clocks.lights import watch_lights
from hub.flow.clocks.own import watch_own_deadlines
from hub.flow.clocks.silence import watch_silence
from hub.flow.hub import Hub


def watch_deadlines(hub: Hub) -> int:
    """Warn of what is due soon, mark what is overdue, close what came late, and notice who is silent; how much became overdue."""
    overdue = watch_lights(hub) + watch_own_deadlines(hub)
    watch_silence(hub)
    return overdue
