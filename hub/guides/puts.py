"""How a value gets into the document: once, into a list, later, further out, or noted for a trace."""

from __future__ import annotations

from typing import Any

from hub.guides.run import Frame, Put, Run, Step
from hub.guides.shape import Elements
from hub.guides.tables import Table


def set_once(entry: Elements, path: str) -> Put:
    """Sets a member; a second, different value is a finding."""
    *heads, key = path.split(".")
    if not heads:

        def put(frame: Frame, value: Any, run: Run) -> None:
            if key in frame:
                if frame[key] != value:
                    run.second(entry, path, value)
            else:
                frame[key] = value

        return put

    def put_inside(frame: Frame, value: Any, run: Run) -> None:
        for head in heads:
            inner = frame.get(head)
            if inner is None:
                inner = frame[head] = {}
            frame = inner
        if key in frame:
            if frame[key] != value:
                run.second(entry, path, value)
        else:
            frame[key] = value

    return put_inside


def joining(path: str, width: int) -> Put:
    """Text that comes in several pieces: collected, and joined after the last segment."""
    *heads, key = path.split(".")

    def put(frame: Frame, value: Any, run: Run) -> None:
        for head in heads:
            frame = frame.setdefault(head, {})
        if key in frame:
            frame[key].append(value)
        else:
            frame[key] = [value]
            run.texts.append((frame, key, width))

    return put


def append_to(path: str) -> Put:
    """Adds to a list."""
    *heads, key = path.split(".")

    def put(frame: Frame, value: Any, _run: Run) -> None:
        for head in heads:
            frame = frame.setdefault(head, {})
        frame.setdefault(key, []).append(value)

    return put


def put_or_append(path: str, many: str) -> Put:
    """Sets the one member, then adds to the list."""
    *heads, key = path.split(".")
    *many_heads, many_key = many.split(".")

    def put(frame: Frame, value: Any, _run: Run) -> None:
        inner = frame
        for head in heads:
            inner = inner.setdefault(head, {})
        if key not in inner:
            inner[key] = value
            return
        for head in many_heads:
            frame = frame.setdefault(head, {})
        frame.setdefault(many_key, []).append(value)

    return put


def defer(put: Put, path: str) -> Put:
    """A value that counts only where the preferred place turns out to be empty."""
    *heads, key = path.split(".")

    def later(frame: Frame, value: Any, run: Run) -> None:
        def unless_there(target: Frame, found: Any, inner_run: Run) -> None:
            inner: Any = target
            for head in heads:
                inner = inner.get(head, {})
            if key not in inner:
                put(target, found, inner_run)
            elif inner[key] != found:
                inner_run.spilled.add(inner_run.index)

        run.deferred.append((frame, unless_there, value, run.index))

    return later


def climbing(put: Put, number: int) -> Put:
    """Sets a member of a frame further out."""

    def climb(_frame: Frame, value: Any, run: Run) -> None:
        around = run.frames[number]
        if around is None:
            run.spilled.add(run.index)
        else:
            put(around, value, run)

    return climb


def traced(put: Put, entry: Elements, name: str, table: Table | None) -> Put:
    """Notes which frame got which member from which place."""

    def noted(frame: Frame, value: Any, run: Run) -> None:
        put(frame, value, run)
        if run.trace is not None:
            run.trace.append(
                Step(frame=frame, member=name, index=run.index, key=entry.key, place=entry.place, value=str(value), table=table)
            )

    return noted


def nothing(_frame: Frame, _value: Any, _run: Run) -> None:
    """Sets nothing: a compound has done it, and the trace is to be noted."""
