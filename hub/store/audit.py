"""The audit trail: one typed function per thing that can happen, each row with a digest of its own content.

Rows are written together just before the commit. The sealer chains their digests later (`hub.store.seals`), so that the chain
never makes one worker wait for another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from hub.store.encoding import from_json, to_json
from hub.store.ids import IdMaker
from hub.store.statements import insert_rows
from hub.store.tables import audit_event

HUB = "hub"
"""The actor of what nobody asked for by hand."""


def digest(row: Any) -> str:
    """SHA-256 over an event's content; `row` has the members of `audit_event`."""
    text = "\x1f".join((row["id"], str(row["at"]), row["type"], row["subject"], row["actor"], row["detail"]))
    return hashlib.sha256(text.encode()).hexdigest()


class Audit:
    """Writes rows of `audit_event`, inside one transaction. Payloads and secrets never enter the trail."""

    def __init__(self, connection: Connection, ids: IdMaker, now: int) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now
        self._new: list[dict[str, Any]] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened in this transaction."""
        return not self._new

    def received(
        self, message_id: str, *, connection: str, sha256: str, size: int, evidence: Mapping[str, Any] | None = None
    ) -> None:
        """An arrival was stored; `evidence` is how it was protected on its way."""
        detail: dict[str, Any] = {"connection": connection, "sha256": sha256, "size": size}
        self._write("message.received", message_id, detail | ({"evidence": dict(evidence)} if evidence else {}))

    def refused(self, subject: str, detail: dict[str, Any]) -> None:
        """A request at an edge was refused, by the checks of its connection; nothing of it is kept but this."""
        self._write("request.refused", subject, detail)

    def repeated(self, message_id: str, *, connection: str, key: str) -> None:
        """An arrival came again at its transport; the first stands."""
        self._write("message.repeated", message_id, {"connection": connection, "key": key})

    def conflicted(self, message_id: str, *, first: str, key: str) -> None:
        """A transport key came again with other bytes."""
        self._write("message.conflicted", message_id, {"first": first, "key": key})

    def read(self, message_id: str, *, interchange: str, verdict: str, messages: int, errors: int) -> None:
        """An interchange was read and judged."""
        detail = {"interchange": interchange, "verdict": verdict, "messages": messages, "errors": errors}
        self._write("interchange.read", message_id, detail)

    def duplicated(self, subject: str, *, of: str, level: str) -> None:
        """A duplicate was found; `level` is control_number or business."""
        self._write("duplicate.found", subject, {"of": of, "level": level})

    def acknowledged(self, message_id: str, *, by: str, kind: str) -> None:
        """A functional acknowledgment was queued."""
        self._write("acknowledgment.queued", message_id, {"by": by, "kind": kind})

    def held(self, subject: str, *, code: str, message: str) -> None:
        """A message, document or order waits for a person."""
        self._write("held", subject, {"code": code, "message": message})

    def released(self, subject: str, *, actor: str, reason: str) -> None:
        """A person let a held thing go on."""
        self._write("released", subject, {"reason": reason}, actor)

    def translated(self, document_id: str, *, kind: str, number: str) -> None:
        """A message became a canonical document."""
        self._write("document.translated", document_id, {"kind": kind, "number": number})

    def rejected(self, subject: str, *, code: str, message: str) -> None:
        """The partner's data was refused, and the partner is told."""
        self._write("rejected", subject, {"code": code, "message": message})

    def status_changed(self, order_id: str, *, actor: str, before: int | None, after: int, reason: str) -> None:
        """An order went from one status to another."""
        self._write("order.status", order_id, {"from": before, "to": after, "reason": reason}, actor)

    def order_changed(self, order_id: str, *, actor: str, change: str, what: str, reason: str) -> None:
        """A change that the buyer asked for was applied, waits for a person or was rejected; `change` is its document."""
        self._write(f"order.change_{what}", order_id, {"document": change, "reason": reason}, actor)

    def counted(self, order_id: str, *, document: str, what: str, lines: Mapping[str, Any]) -> None:
        """A partner's document changed the counts of an order's lines."""
        self._write(f"order.{what}", order_id, {"document": document, "lines": dict(lines)})

    def work_opened(self, subject: str, *, kind: str, code: str, message: str) -> None:
        """Something needs a person."""
        self._write("work.opened", subject, {"kind": kind, "code": code, "message": message})

    def work_handled(self, subject: str, *, kind: str, actor: str, reason: str) -> None:
        """A person dealt with it, or the condition passed."""
        self._write("work.handled", subject, {"kind": kind, "reason": reason}, actor)

    def queued(self, message_id: str, *, document: str, connection: str, sha256: str, interchange: str) -> None:
        """An outgoing message was written to the outbox."""
        detail = {"document": document, "connection": connection, "sha256": sha256, "interchange": interchange}
        self._write("message.queued", message_id, detail)

    def attempted(self, message_id: str, *, attempt: int, code: str, message: str) -> None:
        """A delivery or a step failed and will be tried again."""
        self._write("attempt.failed", message_id, {"attempt": attempt, "code": code, "message": message})

    def suspended(self, connection: str, *, turn: str, until: str | None, error: Mapping[str, str] | None) -> None:
        """A connection was suspended since its far side is dead, or resumed since it is back."""
        self._write(f"connection.{turn}", connection, {"until": until, "error": None if error is None else dict(error)})

    def delivered(self, message_id: str, *, reference: str, attempt: int, evidence: Mapping[str, Any] | None = None) -> None:
        """A connector has proof that a message arrived."""
        detail: dict[str, Any] = {"reference": reference, "attempt": attempt}
        self._write("message.delivered", message_id, detail | ({"evidence": dict(evidence)} if evidence else {}))

    def overtaken(self, message_id: str, *, attempt: int) -> None:
        """A receipt had settled the message before the attempt that sent it came to its end."""
        self._write("attempt.overtaken", message_id, {"attempt": attempt})

    def proven_again(self, message_id: str, *, proof: str, told: str) -> None:
        """Another receipt says of a message what an earlier one said."""
        self._write("proof.repeated", message_id, {"proof": proof, "told": told})

    def proof_unmatched(self, message_id: str, *, refers_to: str) -> None:
        """A receipt names nothing that we sent over its connection."""
        self._write("proof.unmatched", message_id, {"refers_to": refers_to})

    def proof_doubted(self, message_id: str, *, proof: str, code: str, reason: str) -> None:
        """A receipt for a message came on its own and unsigned, where a signed one was asked for; it changed nothing."""
        self._write("proof.doubted", message_id, {"proof": proof, "code": code, "reason": reason})

    def certificate_ends(self, connection: str, *, days: int, role: str, subject: str, sha256: str, ends: str) -> None:
        """A certificate of a connection ends within so many days, 0 when it has ended."""
        detail = {"days": days, "role": role, "subject": subject, "sha256": sha256, "ends": ends}
        self._write("certificate.ends", connection, detail)

    def order_overdue(self, order_id: str, *, duty: str, due_at: int) -> None:
        """Something we owe on an order did not leave in time; `duty` is response, despatch or invoice."""
        self._write("order.overdue", order_id, {"duty": duty, "due_at": due_at})

    def silent(self, partner: str, *, day: str, usual_by: str) -> None:
        """A partner that usually sends by an hour of its day has not."""
        self._write("partner.silent", partner, {"day": day, "usual_by": usual_by})

    def alert(self, alert_id: str, *, what: str, code: str, text: str, actor: str = HUB) -> None:
        """An alert was opened or cleared."""
        self._write(f"alert.{what}", alert_id, {"code": code, "text": text}, actor)

    def webhook(self, key: str, *, what: str, actor: str, detail: dict[str, Any]) -> None:
        """A person had a subscriber told again, or an event passed over."""
        self._write(f"webhook.{what}", key, detail, actor)

    def buried(self, subject: str, *, state: str, code: str, message: str) -> None:
        """A message or document was set aside as dead or quarantined."""
        self._write(f"message.{state}", subject, {"code": code, "message": message})

    def lit(self, document_id: str, *, light: str, state: str, reason: str) -> None:
        """A light of an outbound document moved."""
        self._write("light.moved", document_id, {"light": light, "state": state, "reason": reason})

    def contradicted(self, document_id: str, *, light: str, stands: str, told: str, reason: str) -> None:
        """A partner's answer contradicts an earlier one; the light stays."""
        self._write("light.contradicted", document_id, {"light": light, "stands": stands, "told": told, "reason": reason})

    def unmatched(self, document_id: str, *, refers_to: str) -> None:
        """An acknowledgment names nothing that we sent."""
        self._write("acknowledgment.unmatched", document_id, {"refers_to": refers_to})

    def replayed(self, subject: str, *, actor: str) -> None:
        """A person had stored bytes processed again."""
        self._write("replayed", subject, {}, actor)

    def discarded(self, subject: str, *, actor: str, reason: str) -> None:
        """A person ended the waiting of a held thing; it stays as evidence."""
        self._write("discarded", subject, {"reason": reason}, actor)

    def resent(self, message_id: str, *, actor: str) -> None:
        """A person had the same bytes sent again."""
        self._write("resent", message_id, {}, actor)

    def key_created(self, key_id: str, *, name: str, scopes: str, actor: str = HUB) -> None:
        """An API key was made."""
        self._write("key.created", key_id, {"name": name, "scopes": scopes}, actor)

    def key_revoked(self, name: str, *, actor: str) -> None:
        """Every key of this name or id was ended."""
        self._write("key.revoked", name, {}, actor)

    def signed_in(self, user_id: str, *, actor: str) -> None:
        """A person signed in to the console."""
        self._write("user.signed_in", user_id, {}, actor)

    def sign_in_refused(self, name: str, *, wait_seconds: int) -> None:
        """Somebody gave a wrong name or password; nobody may try that name again for so long."""
        self._write("user.refused", name, {"wait_seconds": wait_seconds})

    def user_changed(self, user_id: str, *, what: str, name: str, actor: str) -> None:
        """Something was done to a person's account; `what` is created, disabled or password."""
        self._write(f"user.{what}", user_id, {"name": name}, actor)

    def restored(self, *, made_at: str, rows: int, gap: int, actor: str) -> None:
        """The whole store was filled from a backup; control numbers were raised by `gap`."""
        self._write("store.restored", "store", {"made_at": made_at, "rows": rows, "gap": gap}, actor)

    def moved(self, *, rows: int, actor: str) -> None:
        """The whole store came from another database."""
        self._write("store.moved", "store", {"rows": rows}, actor)

    def payload_removed(self, message_id: str, *, why: str, sha256: str, actor: str = HUB) -> None:
        """The bytes of a message were removed: by retention, or because a person's data had to go."""
        self._write("payload.removed", message_id, {"why": why, "sha256": sha256}, actor)

    def record_removed(self, subject: str, *, kind: str, number: str) -> None:
        """The rows of a message or an order were removed when their time was over."""
        self._write("record.removed", subject, {"kind": kind, "number": number})

    def redacted(self, order_id: str, *, reason: str, fields: int, actor: str) -> None:
        """A person's data was taken out of an order and its documents."""
        self._write("order.redacted", order_id, {"reason": reason, "fields": fields}, actor)

    def legal_hold(self, subject: str, *, what: str, reason: str, actor: str) -> None:
        """Something was put under legal hold, or let go; `what` is begun or ended."""
        self._write(f"legal_hold.{what}", subject, {"reason": reason}, actor)

    def has_warned(self, connection: str, *, days: int, sha256: str) -> bool:
        """Whether `certificate_ends` was written for this certificate at this step."""
        told = (
            select(audit_event.c.detail)
            .where(audit_event.c.subject == connection, audit_event.c.type == "certificate.ends")
            .where(audit_event.c.detail.contains(sha256, autoescape=True))
        )
        return any(from_json(detail)["days"] == days for detail in self._connection.scalars(told))

    def flush(self) -> None:
        """Write what was collected."""
        if self._new:
            insert_rows(self._connection, audit_event, self._new)
            self._new = []

    def _write(self, type_: str, subject: str, detail: dict[str, Any], actor: str = HUB) -> None:
        row: dict[str, Any] = {"id": self._ids.new("aud"), "at": self._now, "type": type_, "subject": subject, "actor": actor}
        row["detail"] = to_json(detail)
        row["digest"] = digest(row)
        self._new.append(row)
