"""Retention: bytes and records go when their time is over, never what is under legal hold, never unarchived where an archive is named.

What stays for ever: hashes, sizes, control numbers of what still has its row, and the audit trail, which holds no payloads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hub.flow.hub import Hub
from hub.flow.keeping.backup import Progress
from hub.flow.payload import open_payload
from hub.flow.statuses import status_table
from hub.store.archive import ArchiveWriter, writing
from hub.store.instants import SECOND, from_micros, rfc3339
from hub.store.keeping import Expired
from hub.store.orders import STATUSES
from hub.store.seals import head

BATCH = 100
_FRESH = 3600.0
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long one partner's, or everybody else's, payloads and records are kept; None: for ever."""

    partner: str | None
    payloads: timedelta | None
    messages: timedelta | None


@dataclass(slots=True, kw_only=True)
class Removed:
    """What went, or with a dry run what would go."""

    payloads: int = 0
    size: int = 0
    messages: int = 0
    orders: int = 0
    archive: str = ""


def terms(hub: Hub) -> list[Term]:
    """The terms in force: each partner's own, then the site's for everybody else. No record goes within a duplicates window."""
    site = hub.site.file.retention
    own = [(each.id, each.retention) for each in hub.site.partners.values() if each.retention is not None]
    least = max((each.duplicates.window for each in hub.site.agreements.values()), default=timedelta(0))
    rows: list[tuple[str | None, timedelta | None, timedelta | None]] = [
        (partner, said.payloads or site.payloads, said.messages or site.messages) for partner, said in own
    ]
    rows.append((None, site.payloads, site.messages))
    return [
        Term(partner=partner, payloads=payloads, messages=None if messages is None else max(messages, least))
        for partner, payloads, messages in rows
    ]


def archive_folder(hub: Hub) -> Path | None:
    """Where the site wants its archives; None where it wants none."""
    named = hub.site.file.retention.archive
    return hub.site.root / named if named else None


def would_remove(hub: Hub) -> Removed:
    """The dry run: what `retain` would remove now, counted and not touched."""
    found, every = Removed(), terms(hub)
    others = tuple(each.partner for each in every if each.partner is not None)
    with hub.read() as view:
        for term in every:
            if term.payloads is not None:
                due = view.keeping.expired_payloads(
                    _before(view.now, term.payloads), partner=term.partner, others=others, limit=_ALL
                )
                found.payloads += len(due)
                found.size += sum(each.size for each in due)
            if term.messages is not None:
                before = _before(view.now, term.messages)
                found.messages += len(view.keeping.expired_records(before, partner=term.partner, others=others, limit=_ALL))
                found.orders += len(
                    view.keeping.expired_orders(before, final=_final(hub), partner=term.partner, others=others, limit=_ALL)
                )
    return found


def retain(hub: Hub, *, archive: Path | None = None, progress: Progress = lambda _done, _total: None) -> Removed:
    """Remove what is due. `archive` is a folder: the bytes go into a new ZIP there, on the disk before they leave the store."""
    total = would_remove(hub)
    done = Removed()
    if archive is None or not total.payloads:
        for batch in _due_payloads(hub):
            _remove_payloads(hub, batch, done)
            progress(done.payloads, total.payloads)
    else:
        _archive_and_remove(hub, archive, done, lambda: progress(done.payloads, total.payloads))
    _remove_records(hub, done)
    return done


_ALL = 1 << 30


def _before(now: int, span: timedelta) -> int:
    return now - int(span.total_seconds()) * SECOND


def _final(hub: Hub) -> tuple[int, ...]:
    table = status_table(hub)
    ended = {each.slug for each in table.statuses.values() if each.is_final} | {"delivered", "cancelled", "return"}
    return tuple(STATUSES.index(slug) for slug in sorted(ended))


def _due_payloads(hub: Hub) -> Iterator[list[Expired]]:
    every = terms(hub)
    others = tuple(each.partner for each in every if each.partner is not None)
    for term in every:
        while term.payloads is not None:
            with hub.read() as view:
                before = _before(view.now, term.payloads)
                batch = view.keeping.expired_payloads(before, partner=term.partner, others=others, limit=BATCH)
            if not batch:
                break
            yield batch


def _archive_and_remove(hub: Hub, folder: Path, done: Removed, told: Callable[[], None]) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        batch = next(_due_payloads(hub), None)
        if batch is None:
            return
        target = folder / f"{from_micros(hub.database.now()):%Y%m%dT%H%M%S%f}.zip"
        with writing(target) as archive:
            members = [_archive(archive, each, hub) for each in batch]
            with hub.read() as view:
                last, now = head(view.connection), view.now
            archive.manifest({"made_at": rfc3339(now), "messages": members, "head": {"number": last.number, "hash": last.hash}})
        done.archive = str(folder)
        _remove_payloads(hub, batch, done)
        told()


def _archive(archive: ArchiveWriter, expired: Expired, hub: Hub) -> dict[str, object]:
    with open_payload(expired.id, hub) as payload, archive.member(f"payloads/{expired.id}") as file:
        for at in range(0, len(payload), _PIECE):
            file.write(payload[at : at + _PIECE])
    return {"message": expired.id, "partner": expired.partner, "sha256": expired.sha256, "size": expired.size}


def _remove_payloads(hub: Hub, batch: list[Expired], done: Removed) -> None:
    with hub.transaction() as tx:
        for each in batch:
            tx.keeping.remove_bytes(each.id, "retention")
            tx.audit.payload_removed(each.id, why="retention", sha256=each.sha256)
    for each in batch:
        for digest in (each.file, each.wire_file):
            if digest is not None:
                remove_file(hub, digest)
    done.payloads += len(batch)
    done.size += sum(each.size for each in batch)


def remove_file(hub: Hub, digest: str) -> bool:
    """Remove a file of large bytes that no row names any more; whether it went.

    The same bytes may be arriving at this moment, before their row is there: keeping them touches the file, so one that was
    touched within the hour stays, also when it was touched between the look and the removal.
    """
    blobs = hub.database.blobs
    with hub.read() as view:
        if view.keeping.is_file_used(digest):
            return False
    return blobs.remove(digest, untouched_for=_FRESH)


def _remove_records(hub: Hub, done: Removed) -> None:
    every = terms(hub)
    others = tuple(each.partner for each in every if each.partner is not None)
    for term in every:
        while term.messages is not None and _remove_some(hub, term, others, done):
            pass


def _remove_some(hub: Hub, term: Term, others: tuple[str, ...], done: Removed) -> bool:
    assert term.messages is not None
    with hub.transaction() as tx:
        before = _before(tx.now, term.messages)
        gone = tx.keeping.expired_orders(before, final=_final(hub), partner=term.partner, others=others, limit=BATCH)
        for order_id, number in gone:
            tx.keeping.remove_order(order_id)
            tx.audit.record_removed(order_id, kind="order", number=number)
        messages = tx.keeping.expired_records(before, partner=term.partner, others=others, limit=BATCH)
        for message_id in messages:
            tx.keeping.remove_message(message_id)
            tx.audit.record_removed(message_id, kind="message", number="")
    done.orders += len(gone)
    done.messages += len(messages)
    return bool(gone or messages)
