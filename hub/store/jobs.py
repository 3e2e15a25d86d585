"""Work still to do: claimed in batches under a lease with a fencing token, attempts counted at the claim.

A worker that dies leaves its lease behind; the sweeper gives the job back and counts a crash. A job that three workers died
of is set aside. Only one job with a crash is claimed at a time, so that the innocent are not condemned with the guilty.

Jobs with an ordering key never overtake one another: all but the first wait until it is done, or a person has seen to it.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Integer, and_, bindparam, case, delete, exists, func, insert, or_, select, update

from hub.errors import HubError
from hub.store.breaker import Endpoint
from hub.store.columns import fixed
from hub.store.endpoints import Endpoints
from hub.store.ids import IdMaker
from hub.store.instants import SECOND
from hub.store.locks import lock
from hub.store.statements import Prepared, insert_rows, one_of_ids
from hub.store.tables import job

LEASE_SECONDS = 60
CRASH_LIMIT = 3
CAP = 4
_COLUMNS = (job.c.id, job.c.lane, job.c.kind, job.c.subject, job.c.resource, job.c.attempt, job.c.crash_count, job.c.lease_token, job.c.created_at, job.c.ordering_key)  # fmt: skip


class LeaseLost(HubError):
    """Somebody else owns the job now: whatever was done in this transaction is undone."""

    code = "HUB-520"


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed job. `attempt` counts from 1, `crashes` how many workers vanished while holding it.

    `is_watched` says that its far side failed of late, so that a success is worth noting.
    """

    id: str
    lane: str
    kind: str
    subject: str
    resource: str
    attempt: int
    crashes: int
    token: str
    created_at: int
    ordering_key: str = ""
    is_watched: bool = False


_FINISH = Prepared(delete(job).where(job.c.id == bindparam("wanted"), job.c.lease_token == bindparam("token")))
_HOLDS = Prepared(
    select(job.c.id).where(job.c.id == bindparam("wanted"), job.c.lease_token == bindparam("token")).with_for_update()
)
_LEASE = (
    update(job)
    .values(
        state="leased",
        attempt=job.c.attempt + 1,
        lease_owner=bindparam("owner"),
        lease_token=bindparam("token"),
        lease_until=bindparam("until"),
    )
    .returning(*_COLUMNS)
)
# they are ready, and nobody else's: they were looked up in the same transaction, and are locked or nobody else writes
_CLAIM = _LEASE.where(job.c.id.in_(bindparam("wanted", expanding=True)))
_CLAIM_ON_POSTGRES = Prepared(_LEASE.where(one_of_ids(job.c.id, "wanted")))
_SAME_KEY = job.alias("same_key")
# neither database knows that a parameter is not empty, and the index of ordering keys has no empty ones
_HAS_KEY = _SAME_KEY.c.ordering_key != fixed("")
_BEFORE = select(func.coalesce(func.max(_SAME_KEY.c.seq), 0)).where(
    _SAME_KEY.c.ordering_key == bindparam("ordering_key"), _HAS_KEY
)
# one statement says the place and whether to wait; what could add to one key at a time is serialised by its order's revision
_ADD_ORDERED = Prepared(
    insert(job).values(
        {
            name: bindparam(name)
            for name in ("id", "lane", "kind", "subject", "resource", "due_at", "created_at", "ordering_key")
        }
        | {
            "seq": _BEFORE.scalar_subquery() + 1,
            "state": case((exists(_BEFORE.with_only_columns(_SAME_KEY.c.id)), "waiting"), else_="ready"),
        }
    )
)
_FIRST = select(func.min(_SAME_KEY.c.seq)).where(_SAME_KEY.c.ordering_key == bindparam("key"), _HAS_KEY).scalar_subquery()
_PROMOTE = Prepared(
    update(job)
    .where(job.c.ordering_key == bindparam("key"), job.c.seq == _FIRST, job.c.state == fixed("waiting"))
    .values(state="ready")
    .returning(job.c.lane)
)
_IS_READY = and_(job.c.lane == bindparam("lane"), job.c.state == fixed("ready"))
# PostgreSQL lets claimers pass each other; SQLite's one writer makes the clause needless, and SQLAlchemy drops it there
_READY_ROWS = (
    select(job.c.id, job.c.crash_count)
    .where(_IS_READY, job.c.due_at <= bindparam("now"))
    .order_by(job.c.due_at, job.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_READY = Prepared(_READY_ROWS)
_READY_OF = Prepared(_READY_ROWS.where(job.c.resource == bindparam("resource")))
_BUSY = Prepared(
    select(job.c.resource, func.count())
    .where(job.c.lane == bindparam("lane"), job.c.state == fixed("leased"))
    .group_by(job.c.resource)
)
_LEAST = select(func.min(job.c.resource)).where(_IS_READY)
_NAMES = select(_LEAST.scalar_subquery().label("name")).cte("names", recursive=True)
# one step through the index per resource: a long queue for one partner costs the others nothing
_NAMES = _NAMES.union_all(
    select(_LEAST.where(job.c.resource > _NAMES.c.name).correlate(_NAMES).scalar_subquery()).where(_NAMES.c.name.is_not(None))
)
_RESOURCES = Prepared(select(_NAMES.c.name).where(_NAMES.c.name.is_not(None)))


class Jobs:
    """The rows of `job`, inside one transaction. `rung` collects the lanes whose bell is to be rung after the commit."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now
        self._new: list[dict[str, Any]] = []
        self.rung: set[str] = set()
        self.may_be_more = False

    def add(
        self, lane: str, kind: str, subject: str, *, resource: str = "", due_at: int | None = None, order: str = ""
    ) -> None:
        """Add a job; it is written with the others of this transaction just before the commit.

        Jobs with the same `order` are done one after another, as they were added.
        """
        self.rung.add(lane)
        due = self._now if due_at is None else due_at
        row: dict[str, Any] = {"id": self._ids.new("job"), "lane": lane, "kind": kind, "subject": subject, "resource": resource}
        row |= {"due_at": due, "created_at": self._now}
        if order:
            _ADD_ORDERED.later(self._connection, {**row, "ordering_key": order})
        else:
            self._new.append(row)

    def flush(self) -> None:
        """Write what `add` collected."""
        if self._new:
            insert_rows(self._connection, job, self._new)
            self._new = []

    def claim(self, lane: str, owner: str, *, limit: int, caps: Mapping[str, int] | None = None, overdue: int = 0) -> list[Job]:
        """Lease up to `limit` due jobs of a lane, with `overdue` only those that have been due for so many microseconds.

        With `caps`, at most so many at once of each resource (4 where it has none), and of one that is suspended none but the one
        that tries it again. Then `may_be_more` says whether any that are due may have been left, by the limit or a cap.
        """
        due = self._now - overdue
        if caps is not None:
            lock(self._connection, f"claim {lane}")  # two claimers must not both count the same room
            _BUSY.ahead(self._connection, {"lane": lane})
            _RESOURCES.ahead(self._connection, {"lane": lane})
        shaky = {} if caps is None else Endpoints(self._connection, self._now).shaky()
        wanted = self._due(lane, limit, due) if caps is None else self._due_capped(lane, limit, caps, (due, shaky))
        if not wanted:
            return []
        token = secrets.token_hex(8)
        until = self._now + LEASE_SECONDS * SECOND
        params = {"wanted": wanted, "owner": owner, "token": token, "until": until}
        is_postgres = self._connection.dialect.name == "postgresql"
        claimed = _CLAIM_ON_POSTGRES.rows(self._connection, params) if is_postgres else self._connection.execute(_CLAIM, params)
        jobs = [Job(*row) for row in claimed]
        return sorted((replace(each, is_watched=each.resource in shaky) for each in jobs) if shaky else jobs, key=_by_id)

    def finish(self, done: Job) -> None:
        """Remove a job that is done; `LeaseLost` is raised, before the commit at the latest, when another worker holds it by now."""
        _FINISH.demand(self._connection, {"wanted": done.id, "token": done.token}, _lost(done))
        if done.ordering_key:
            self._promote(done.ordering_key)

    def holds(self, held: Job) -> None:
        """Raise `LeaseLost`, before the commit at the latest, unless this worker still owns the job; it does until the transaction ends."""
        _HOLDS.demand(self._connection, {"wanted": held.id, "token": held.token}, _lost(held))

    def retry(self, failed: Job, *, due_at: int, error: str) -> None:
        """Give a job back for a later attempt; a reported failure clears its crashes."""
        self.rung.add(failed.lane)
        self._release(failed, state="ready", due_at=due_at, error=error, crash_count=0)

    def bury(self, failed: Job, error: str, *, state: str = "dead") -> None:
        """Set a job aside for a person: `dead` after too many attempts or a permanent refusal, `quarantined` for our bug."""
        self._release(failed, state=state, error=error)

    def revive(self, subject: str) -> int:
        """Make the dead and quarantined jobs of a subject ready again; how many there were."""
        again = (
            update(job)
            .where(job.c.subject == subject, job.c.state.in_(("dead", "quarantined")))
            .values(state="ready", due_at=self._now, attempt=0, crash_count=0, error=None)
            .returning(job.c.lane)
        )
        lanes = list(self._connection.scalars(again))
        self.rung.update(lanes)
        return len(lanes)

    def again(self, lane: str, kind: str, subject: str, *, resource: str = "") -> None:
        """Do a subject's work once more, as if it had just been added; what was set aside keeps its place before those that wait."""
        fresh = {"state": "ready", "resource": resource, "due_at": self._now, "created_at": self._now, "attempt": 0}
        aside = and_(job.c.subject == subject, job.c.lane == lane, job.c.state.in_(("dead", "quarantined")))
        revived = self._connection.execute(update(job).where(aside).values(crash_count=0, error=None, **fresh)).rowcount
        if revived:
            self.rung.add(lane)
        else:
            self.add(lane, kind, subject, resource=resource)

    def hasten(self, resource: str) -> None:
        """Make what waits for a later attempt at a resource due now."""
        later = and_(job.c.resource == resource, job.c.state == fixed("ready"), job.c.due_at > self._now)
        self.rung.update(self._connection.scalars(update(job).where(later).values(due_at=self._now).returning(job.c.lane)))

    def discard(self, subject: str) -> None:
        """Remove the jobs of a subject that nobody is at work on; what waited for them goes on."""
        gone = delete(job).where(job.c.subject == subject, job.c.state != "leased").returning(job.c.ordering_key)
        for key in {key for key in self._connection.scalars(gone) if key}:
            self._promote(key)

    def is_pending(self, subject: str) -> bool:
        """Whether a job of this subject is at work, ready, or waiting for the one before it."""
        pending = job.c.state.in_(("ready", "leased", "waiting"))
        found = select(job.c.id).where(job.c.subject == subject, pending).limit(1)
        return self._connection.execute(found).first() is not None

    def extend(self, held: Iterable[str], owner: str) -> None:
        """Prolong the leases of the jobs this worker is still at work on (the heartbeat)."""
        until = self._now + LEASE_SECONDS * SECOND
        mine = and_(job.c.id.in_(list(held)), job.c.lease_owner == owner, job.c.state == fixed("leased"))
        self._connection.execute(update(job).where(mine).values(lease_until=until))

    def release(self, owner: str) -> None:
        """Give back, uncounted, what this owner claimed and never began or finished (an orderly stop)."""
        mine = and_(job.c.lease_owner == owner, job.c.state == fixed("leased"))
        self._connection.execute(update(job).where(mine).values(state="ready", lease_token="", lease_owner="", attempt=job.c.attempt - 1))  # fmt: skip

    def owners(self) -> set[str]:
        """Who has jobs at work."""
        at_work = select(job.c.lease_owner).where(job.c.state == fixed("leased")).distinct()
        return set(self._connection.scalars(at_work))

    def sweep(self, *, crash_limit: int = CRASH_LIMIT, keep_owner: str | None = None, gone: Collection[str] = ()) -> list[Job]:
        """Take back leases that ran out, or with `keep_owner` those of every other owner; return what is now quarantined.

        Those of owners who are `gone` are taken back at once.

        Also lets go on what waits for nothing any more.
        """
        self._promote_all()
        over = or_(job.c.lease_until < self._now, job.c.lease_owner.in_(gone)) if gone else job.c.lease_until < self._now
        lost = and_(job.c.state == fixed("leased"), over)
        if keep_owner is not None:
            lost = and_(job.c.state == fixed("leased"), job.c.lease_owner != keep_owner)
        crashes = job.c.crash_count + 1
        back = (
            update(job)
            .where(lost)
            .values(
                state=case((crashes >= crash_limit, "quarantined"), else_="ready"),
                crash_count=crashes,
                lease_token="",
                lease_owner="",
                due_at=self._now,
            )
            .returning(*_COLUMNS, job.c.state)
        )
        rows = list(self._connection.execute(back))
        self.rung.update(row.lane for row in rows if row.state == "ready")
        return [Job(*row[:-1]) for row in rows if row.state == "quarantined"]

    def next_due(self, lane: str) -> int | None:
        """When the next job of a lane falls due."""
        due: int | None = self._connection.scalar(
            select(func.min(job.c.due_at)).where(job.c.lane == lane, job.c.state == fixed("ready"))
        )
        return due

    def depth(self) -> dict[str, int]:
        """How many jobs are at work, ready or waiting for another, by lane."""
        states = job.c.state.in_(("ready", "leased", "waiting"))
        pending = select(job.c.lane, func.count()).where(states).group_by(job.c.lane)
        return {row[0]: row[1] for row in self._connection.execute(pending)}

    def _release(self, failed: Job, **values: Any) -> None:
        mine = and_(job.c.id == failed.id, job.c.lease_token == failed.token)
        if self._connection.execute(update(job).where(mine), {"lease_token": "", "lease_owner": "", **values}).rowcount != 1:
            _lost(failed)()

    def _promote(self, key: str) -> None:
        """Let the first of an ordering key be claimed; its lane is rung for after the commit."""
        _PROMOTE.rows_later(self._connection, {"key": key}, lambda rows: self.rung.update(row.lane for row in rows))

    def _promote_all(self) -> None:
        """Where the end of one job and the adding of the next passed each other unseen."""
        before = job.alias("before")
        same = and_(before.c.ordering_key == job.c.ordering_key, before.c.ordering_key != fixed(""))
        earlier = exists(select(before.c.id).where(same, before.c.seq < job.c.seq))
        free = update(job).where(job.c.state == fixed("waiting"), ~earlier).values(state="ready").returning(job.c.lane)
        self.rung.update(self._connection.scalars(free))

    def _due(self, lane: str, limit: int, due: int) -> list[str]:
        found = _READY.rows(self._connection, {"lane": lane, "now": due, "most": limit})
        wanted = _one_suspect(found)
        self.may_be_more = len(found) == limit or len(wanted) < len(found)
        return wanted

    def _due_capped(self, lane: str, limit: int, caps: Mapping[str, int], at: tuple[int, Mapping[str, Endpoint]]) -> list[str]:
        due, shaky = at
        busy = {row[0]: row[1] for row in _BUSY.rows(self._connection, {"lane": lane})}
        found: list[Any] = []
        self.may_be_more = False
        for name in self._resources(lane):
            room = min(caps.get(name, CAP) - busy.get(name, 0), limit - len(found))
            seen = shaky.get(name)
            is_trial = seen is not None and seen.is_open
            if seen is not None and is_trial:
                room = min(room, 1) if (seen.open_until or 0) <= self._now else 0
            rows: list[Any] = []
            if room > 0:
                rows = _READY_OF.rows(self._connection, {"lane": lane, "now": due, "most": room, "resource": name})
                if is_trial and rows:
                    Endpoints(self._connection, self._now).try_again(name, rows[0][0], self._now + LEASE_SECONDS * SECOND)
                found += rows
            self.may_be_more = self.may_be_more or (len(rows) >= room and not is_trial)
        wanted = _one_suspect(found)
        self.may_be_more = self.may_be_more or len(wanted) < len(found)
        return wanted

    def _resources(self, lane: str) -> list[str]:
        names = _RESOURCES.scalars(self._connection, {"lane": lane})
        # another order each time: none is always served last
        return random.sample(names, len(names))


def _lost(mine: Job) -> Callable[[], None]:
    def tell() -> None:
        raise LeaseLost(f"job {mine.id} is no longer ours", "nothing: the present owner finishes it")

    return tell


def _by_id(found: Job) -> str:
    return found.id


def _one_suspect(rows: Iterable[Any]) -> list[str]:
    """The jobs to claim together: all that never crashed, or the first alone when it did."""
    wanted: list[str] = []
    for found_id, crash_count in rows:
        if crash_count == 0:
            wanted.append(found_id)
        elif not wanted:
            return [found_id]
    return wanted
