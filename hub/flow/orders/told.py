"""What the ERP told us about an order, kept with its bytes: once per number, with every chain it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import Conflict
from hub.flow.hub import Hub
from hub.flow.orders.subjects import Subject
from hub.flow.place import CHANNEL
from hub.model import Document, encode_document
from hub.store.documents import DocumentRow
from hub.store.encoding import to_json
from hub.store.messages import Body, body_of
from hub.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A document as it was given, ready to be kept. `content_sha256` does not depend on how its JSON was laid out."""

    kind: str
    number: str
    partner: str
    test: bool
    body: Body
    content_sha256: str

    @property
    def key(self) -> str:
        """What makes it the same document: whose, what, which number; test apart from production."""
        return self.key_of(self.number)

    def key_of(self, number: str) -> str:
        """The key of another document of the kind, by its number."""
        return to_json([self.partner, self.kind, self.test, number])


def told(given: Document, raw: bytes, subject: Subject, hub: Hub) -> Told:
    """Weigh a document; nothing is written but a large payload's file."""
    return Told(
        kind=str(given.__struct_config__.tag),
        number=getattr(given, "number", None) or "",
        partner=subject.row.partner,
        test=subject.row.test,
        body=body_of(raw, hub.database.blobs),
        content_sha256=hashlib.sha256(encode_document(given)).hexdigest(),
    )


def told_before(view: Transaction, what: Told) -> DocumentRow | None:
    """The same document, told before; raises `Conflict` BUS-376 where the number was used for other content."""
    first = view.documents.with_business_key(what.key, but="")
    if first is None:
        return None
    if view.documents.content_of(first.id) != what.content_sha256:
        name = what.kind.replace("_", " ")
        hint = "use a new number; what was sent stays as it is"
        raise Conflict(f"{name} {what.number} was given before, with other content", hint, code="BUS-376")
    return first


def keep(tx: Transaction, what: Told, document: Document, subjects: Sequence[Subject], *, is_sent: bool) -> str:
    """Write the document as it was completed, with the bytes it came in; its id is returned.

    With `is_sent` the message to the partner stands in the chain of the orders, and this one behind it as what it was made from;
    otherwise this one stands in the chain itself.
    """
    message_id = tx.messages.put_in(what.body, channel=CHANNEL, partner=what.partner, test=what.test)
    row = {
        "message_id": message_id,
        "direction": "in",
        "kind": what.kind,
        "partner": what.partner,
        "number": what.number,
        "test": what.test,
        "order_id": None if is_sent else subjects[0].row.id,
        "state": "done",
        "business_key": what.key,
        "content_sha256": what.content_sha256,
        "canonical": encode_document(document),
        "settled_at": tx.now,
    }
    (document_id,) = tx.documents.add([row])
    tx.units.link(document_id, [] if is_sent else [each.row.id for each in subjects[1:]])
    tx.audit.received(message_id, connection="", sha256=what.body.sha256, size=what.body.size)
    return document_id
