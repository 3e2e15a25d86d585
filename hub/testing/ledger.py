"""The invariants after any number of kills: nothing lost, nothing twice, nothing left behind, nothing touched."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from hub.store.database import Database
from hub.store.seals import seal_events, verify
from hub.store.tables import document, event, job, message, orders
from hub.testing.kills import CONNECTION, Harness
from hub.testing.storm import Storm


def breaches(harness: Harness, database: Database, *, answers: int) -> list[str]:
    """Every promise that does not hold, in words; each file has an acknowledgment, and each order `answers` interchanges of its own."""
    with database.transaction() as tx:
        while seal_events(tx.connection, tx.now):
            pass
    with database.read() as view:
        connection = view.connection
        found = [*_lost(harness, connection), *_doubled(harness, connection), *_left_behind(connection)]
        found += [f"audit: {broken.message}" for broken in verify(connection)]
        if database.is_embedded and connection.scalar(text("pragma integrity_check")) != "ok":
            found.append("the database file is damaged")
    return found + _at_the_far_side(harness.delivered, len(harness.sent) + answers * sum(harness.orders.values()))


def storm_breaches(storm: Storm, database: Database) -> list[str]:
    """Every promise that does not hold after a storm: what was acknowledged is stored, done once and answered, and nothing is left over."""
    with database.transaction() as tx:
        while seal_events(tx.connection, tx.now):
            pass
    with database.read() as view:
        connection = view.connection
        found = [*_unstored(storm, connection), *_miscounted(storm.acknowledged, set(storm.sent), connection)]
        found += _left_behind(connection)
        found += [f"audit: {broken.message}" for broken in verify(connection)]
        if database.is_embedded and connection.scalar(text("pragma integrity_check")) != "ok":
            found.append("the database file is damaged")
    return found + _responses(storm)


def _unstored(storm: Storm, connection: Connection) -> list[str]:
    arrived = select(message.c.sha256, message.c.state).where(message.c.direction == "in")
    stored = {row.sha256: row.state for row in connection.execute(arrived)}
    found = []
    for number in sorted(storm.acknowledged):
        state = stored.get(hashlib.sha256(storm.sent[number]).hexdigest())
        if state is None:
            found.append(f"lost: {number} was acknowledged and is not stored")
        elif state not in {"done", "duplicate"}:
            found.append(f"unfinished: {number} is {state}")
    return found


def _miscounted(acknowledged: set[str], sent: set[str], connection: Connection) -> list[str]:
    made = Counter(connection.scalars(select(orders.c.number)))
    found = [f"doubled: order {number} was made {count} times" for number, count in made.items() if count != 1]
    found += [f"lost: order {number} was acknowledged and not made" for number in sorted(acknowledged - made.keys())]
    found += [f"invented: order {number} was never sent" for number in sorted(made.keys() - sent)]
    told = Counter(connection.scalars(select(event.c.order_id).where(event.c.type == "order.received")))
    return found + [f"doubled: order {order} was told {count} times" for order, count in told.items() if count != 1]


def _responses(storm: Storm) -> list[str]:
    """Each acknowledged order has one response at the far side, under one control number."""
    answered: Counter[str] = Counter()
    for file in (storm.fleet.site / "outbox").glob("*.x12"):
        answered.update(re.findall(r"~BAK\*\d\d\*\w+\*(\w+)", file.read_text()))
    found = [f"doubled: order {number} was answered {count} times" for number, count in answered.items() if count != 1]
    return found + [f"lost: order {number} was never answered" for number in sorted(storm.acknowledged - answered.keys())]


def _lost(harness: Harness, connection: Connection) -> list[str]:
    rows = connection.execute(select(message.c.dedupe_key, message.c.sha256, message.c.state).where(message.c.connection == CONNECTION, message.c.direction == "in"))  # fmt: skip
    stored = {row.dedupe_key: row for row in rows}
    found = []
    for key in harness.acknowledged:
        if key not in stored:
            found.append(f"lost: {key} was acknowledged and is not stored")
        elif stored[key].sha256 != hashlib.sha256(harness.sent[key]).hexdigest():
            found.append(f"damaged: {key} has other bytes")
        elif stored[key].state != "done":
            found.append(f"unfinished: {key} is {stored[key].state}")
    return found


def _doubled(harness: Harness, connection: Connection) -> list[str]:
    made = Counter(connection.scalars(select(orders.c.number)))
    found = [f"doubled: order {number} was made {count} times" for number, count in made.items() if count != 1]
    expected = sum(harness.orders[key] for key in harness.sent if key in harness.acknowledged)
    if sum(made.values()) < expected:
        found.append(f"lost: {expected} orders were acknowledged, {sum(made.values())} were made")
    told = Counter(connection.scalars(select(event.c.order_id).where(event.c.type == "order.received")))
    found += [f"doubled: order {order} was told {count} times" for order, count in told.items() if count != 1]
    return found


def _left_behind(connection: Connection) -> list[str]:
    found = [f"left behind: {count} jobs are {state}" for state, count in connection.execute(select(job.c.state, func.count()).group_by(job.c.state))]  # fmt: skip
    numbers = Counter(connection.scalars(select(document.c.interchange_number).where(document.c.direction == "out")))
    found += [f"doubled: control number {number} was used {count} times" for number, count in numbers.items() if count != 1]
    used = sorted(int(number) for number in numbers)
    if used != list(range(1, len(used) + 1)):
        found.append(f"gap: {len(used)} interchanges were written, the last has number {used[-1] if used else 0}")
    return found


def _at_the_far_side(delivered: Path, due: int) -> list[str]:
    copies: dict[str, set[str]] = {}
    lines = delivered.read_text().splitlines() if delivered.exists() else []
    for line in lines:
        copy = json.loads(line)
        copies.setdefault(copy["key"], set()).add(copy["payload"])
    found = [
        f"changed: delivery {key} left with {len(each)} different contents" for key, each in copies.items() if len(each) != 1
    ]
    if len(copies) != due:
        found.append(f"answers: {due} were due, {len(copies)} arrived")
    return found
