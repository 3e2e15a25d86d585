"""Stock as partners report it: the last figure per item, place and kind of quantity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert_postgres
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from hub.store.return_tables import stock_figure

_KEY = ("partner", "location", "scheme", "item", "type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure. `scheme` says whose number `item` is (gtin, buyer, supplier...), `type` and `code` what the quantity means.

    `kind` is whose stock it is where the report says so, `reported_on` the report's date and time as text that sorts.
    """

    partner: str
    location: str
    scheme: str
    item: str
    type: str
    code: str
    quantity: str
    unit: str
    kind: str
    reported_on: str
    document_id: str


class StockFigures:
    """The rows of `stock_figure`, inside one transaction."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now

    def write(self, figures: Iterable[Figure]) -> int:
        """Keep figures; one that is older than what is known changes nothing. How many were new."""
        upsert = upsert_sqlite if self._connection.dialect.name == "sqlite" else upsert_postgres
        written = 0
        for figure in figures:
            row = upsert(stock_figure).values(**asdict(figure), updated_at=self._now)
            new = {name: row.excluded[name] for name in stock_figure.c.keys() if name not in _KEY}  # noqa: SIM118
            newer = row.on_conflict_do_update(
                index_elements=_KEY, set_=new, where=stock_figure.c.reported_on <= row.excluded.reported_on
            )
            written += self._connection.execute(newer).rowcount
        return written

    def of_item(self, scheme: str, item: str) -> list[Figure]:
        """Every figure known of an item, of whichever partner and place."""
        names = list(Figure.__dataclass_fields__)
        rows = select(*(stock_figure.c[name] for name in names)).where(
            stock_figure.c.item == item, stock_figure.c.scheme == scheme
        )
        return [Figure(**{name: getattr(row, name) for name in names}) for row in self._connection.execute(rows)]

    def available(self, scheme: str, item: str) -> Decimal | None:
        """What is said to be on hand of an item, over all places of every partner; None where nobody reports it."""
        known = [Decimal(each.quantity) for each in self.of_item(scheme, item) if each.type == "on_hand"]
        return sum(known, Decimal(0)) if known else None
