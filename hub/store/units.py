"""Logistic units: which SSCC left with which despatch advice, so that none is used twice within a year."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, select

from hub.errors import Refused
from hub.store.instants import SECOND
from hub.store.shipment_tables import logistic_unit, order_document
from hub.store.statements import Prepared, insert_rows

YEAR = 366 * 86_400 * SECOND
"""How long an SSCC stays with the unit it was given to (GS1 General Specifications 4.4.2: at least a year)."""

_USED = Prepared(select(logistic_unit.c.document_id, logistic_unit.c.used_at).where(logistic_unit.c.id == bindparam("wanted")))
_FORGET = Prepared(delete(logistic_unit).where(logistic_unit.c.id == bindparam("wanted")))


class Units:
    """The rows of `logistic_unit` and `order_document`, inside one transaction."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def is_used(self, sscc: str) -> bool:
        """Whether a unit with this number left within the last year."""
        row = _USED.row(self._connection, {"wanted": sscc})
        return row is not None and int(row.used_at) > self._now - YEAR

    def demand_unused(self, codes: Sequence[str]) -> None:
        """Refuse numbers of which one left within the last year; raises `Refused` BUS-385."""
        for code in codes:
            if self.is_used(code):
                hint = "give the package another number; one may come back after a year"
                raise Refused(f"SSCC {code} left before", hint, code="BUS-385")

    def use(self, codes: Sequence[str], document_id: str) -> None:
        """Write down that these numbers left with a despatch advice; raises `Refused` BUS-385 for one that did within the year."""
        self.demand_unused(codes)
        for code in codes:
            _FORGET.later(self._connection, {"wanted": code})
        rows = [{"id": code, "document_id": document_id, "used_at": self._now} for code in codes]
        insert_rows(self._connection, logistic_unit, rows)

    def link(self, document_id: str, orders: Sequence[str]) -> None:
        """Put a document into the chains of further orders."""
        insert_rows(self._connection, order_document, [{"order_id": each, "document_id": document_id} for each in orders])
