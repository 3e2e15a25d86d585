"""A document that came for something we have, understood, on its way to whoever takes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from hub.flow.orders.repeats import is_repeated
from hub.model import Document
from hub.routing.options import Duplicates
from hub.routing.site import Agreement
from hub.store.documents import DocumentRow
from hub.store.encoding import to_json
from hub.store.transaction import Transaction

Kind = TypeVar("Kind", bound=Document)
Write: TypeAlias = Callable[[Transaction], None]
"""What has to be written for one document, inside the transaction of step two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival(Generic[Kind]):
    """The stored document, what it says, the hash of its content, and the agreement that governs it."""

    row: DocumentRow
    document: Kind
    content_sha256: str
    agreement: Agreement | None = None

    @property
    def duplicates(self) -> Duplicates:
        """What is agreed about the same document again."""
        return Duplicates() if self.agreement is None else self.agreement.duplicates


def is_known(tx: Transaction, arrival: Arrival[Any], *numbers: str | None) -> bool:
    """Whether the same document was processed before; else its business key is written. See `is_repeated`."""
    row, document = arrival.row, arrival.document
    issued = None if document.issued_on is None else document.issued_on.isoformat()
    key = to_json([row.partner, document.__struct_config__.tag, row.test, document.number, *numbers, issued, document.purpose])
    if is_repeated(tx, row, key, arrival.content_sha256, arrival.duplicates):
        return True
    tx.documents.set(row.id, business_key=key, content_sha256=arrival.content_sha256)
    return False
