"""Stock as a partner reports it (846, INVRPT): the latest figure per item and place is kept, for whoever asks what there is."""

from __future__ import annotations

from collections.abc import Iterator

from hub.flow.hub import Hub
from hub.flow.orders.arrival import Arrival, is_known
from hub.flow.orders.subjects import names_of
from hub.model import InventoryLine, InventoryReport, Party
from hub.store.stock_figures import Figure
from hub.store.transaction import Transaction

ON_HAND = frozenset({"33", "17", "QA", "145"})
"""Kinds of quantity that say what is there to be sold: X12 673 33 and QA available, 17 on hand; EDIFACT 6063 17 and 145."""


def take_stock_report(tx: Transaction, arrival: Arrival[InventoryReport], _hub: Hub) -> None:
    """Keep the figures; one that is older than what is known changes nothing."""
    row, report = arrival.row, arrival.document
    if report.purpose in {"duplicate", "copy"}:
        tx.documents.settle(row.id, "done", error=None)
        return
    if is_known(tx, arrival):
        return
    figures = [figure for line in report.lines for figure in _figures(row.partner, row.id, report, line)]
    written = tx.stock.write(figures)
    tx.documents.settle(row.id, "done", error=None)
    data = {
        "partner": row.partner,
        "document_id": row.id,
        "number": report.number,
        "lines": len(report.lines),
        "figures": written,
    }
    tx.events.tell("stock.reported", message=row.message_id, test=row.test, data=data)


def _figures(partner: str, document_id: str, report: InventoryReport, line: InventoryLine) -> Iterator[Figure]:
    """One figure per id of the item and kind of quantity, so that an item is found by whatever it is called."""
    reported = "" if report.issued_on is None else report.issued_on.isoformat()
    for each in line.quantities:
        type_ = "on_hand" if (each.code or "") in ON_HAND else each.type
        for scheme, value in sorted(names_of(line.item)):
            yield Figure(
                partner=partner,
                location=_place(line.location or report.warehouse),
                scheme=scheme,
                item=value,
                type=type_,
                code=each.code or "",
                quantity=format(each.quantity, "f"),
                unit=each.unit or "",
                kind=report.kind or "",
                reported_on=f"{reported} {report.issued_time or ''}".strip(),
                document_id=document_id,
            )


def _place(party: Party | None) -> str:
    if party is None:
        return ""
    return party.ids[0].value if party.ids else party.name or ""
