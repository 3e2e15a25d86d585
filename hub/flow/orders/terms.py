"""By which terms orders are handled: those of the agreement they came by, else those of their channel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol

from hub.config import load_file
from hub.errors import ConfigError
from hub.flow.hub import Hub
from hub.routing.options import OrderHandling, Tolerances
from hub.routing.price_lists import PriceList, StockTable, read_price_list, read_stock_table
from hub.routing.rules import Where
from hub.routing.site import Channel
from hub.store.orders import OrderRow


class Terms(Protocol):
    """What an agreement and a channel both say about orders."""

    @property
    def confirm(self) -> Literal["manual", "automatic"]:
        """Whether orders that pass every guard are confirmed by themselves."""

    @property
    def orders(self) -> OrderHandling:
        """What else becomes of orders by themselves."""

    @property
    def tolerances(self) -> Tolerances:
        """How far prices and quantities may differ."""

    @property
    def lists(self) -> Mapping[str, str]:
        """The price list and the stock table to compare with."""


_PLAIN = Channel()


def channel_terms(channel: str, hub: Hub) -> Terms:
    """What `[channels.NAME]` of hub.toml says; nothing said: every order waits for a person."""
    return hub.site.channels.get(channel, _PLAIN)


def terms_of(row: OrderRow, hub: Hub) -> Terms:
    """The terms of an order we have."""
    return hub.site.agreements.get(row.agreement) or channel_terms(row.channel, hub)


def where_of(row: OrderRow, hub: Hub) -> Where:
    """Where an order we have came from, as rules ask about it."""
    currency = terms_of(row, hub).orders.currency
    return Where(channel=row.channel, partner=row.partner, agreement=row.agreement, test=row.test, currency=currency)


def price_list(terms: Terms, hub: Hub) -> PriceList | None:
    """The price list that is agreed, as its file says now; raises `ConfigError` where the file is wrong."""
    path = _path("prices", terms, hub)
    return None if path is None else _prices(path, path.stat().st_mtime_ns)


def stock_table(terms: Terms, hub: Hub) -> StockTable | None:
    """The stock that is known, as its file says now; raises `ConfigError` where the file is wrong."""
    path = _path("stock", terms, hub)
    return None if path is None else _stock(path, path.stat().st_mtime_ns)


def _path(kind: str, terms: Terms, hub: Hub) -> Path | None:
    name = terms.lists.get(kind)
    return None if name is None else hub.library.path_of(kind, name)


@lru_cache(maxsize=64)
def _prices(path: Path, _changed: int) -> PriceList:
    found, wrong = read_price_list(load_file(path))
    if found is None:
        raise ConfigError(wrong)
    return found


@lru_cache(maxsize=64)
def _stock(path: Path, _changed: int) -> StockTable:
    found, wrong = read_stock_table(load_file(path))
    if found is None:
        raise ConfigError(wrong)
    return found
