"""Hierarchies (HL, CPS): levels written with computed ids and parents, read in any order and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.guides.binding import Scope
    from hub.guides.emitting import Emitter
    from hub.guides.run import Frame
    from hub.guides.shape import Loop


def emit_tree(emitter: Emitter, loop: Loop, frame: Frame, scope: Scope) -> None:
    """Emit every level of a document's hierarchy."""
    raise NotImplementedError
