"""What a search has seen, as it is kept in memory between its polls."""

from __future__ import annotations

from collections.abc import Iterable
from sys import intern
from typing import Any

from sqlalchemy import bindparam, select

from watcher.core.money import Money
from watcher.core.polls import Seen
from watcher.core.times import Instant
from watcher.db.prepared import PreparedSelect
from watcher.db.row_types import RowTypes
from watcher.db.schema import sightings

# Per search; those that changed last.
MAX_SEEN_LISTINGS = 5_000
_READ = (
    "item_id",
    "currency",
    "price",
    "shipping",
    "bids",
    "listed_at",
    "first_seen",
    "changed_at",
    "seen_at",
    "gone_at",
)
_SEEN = (
    select(*(sightings.c[name] for name in _READ))
    .where(sightings.c.search_id == bindparam("search"))
    .order_by(sightings.c.changed_at.desc())
    .limit(MAX_SEEN_LISTINGS)
)
SEEN_LISTINGS, _TYPES = PreparedSelect(_SEEN), RowTypes(_SEEN)


def read_seen_listings(rows: Iterable[Any]) -> dict[str, Seen]:
    """Return the listings of these rows by item id.

    A driver makes an object of each value of each row. Here equal times and amounts are one object, as in a
    page; otherwise the listings of a search would take twice the memory.
    """
    amounts: dict[tuple[int, str], Money] = {}
    times: dict[Instant, Instant] = {}

    def amount_of(minor: int | None, currency: str) -> Money | None:
        if minor is None:
            return None
        money = amounts.get((minor, currency))
        if money is None:
            money = amounts[minor, currency] = Money(minor, currency)
        return money

    def seen_of(row: Any) -> tuple[str, Seen]:
        item, currency, price, shipping, bids, listed_at, first_seen, _, seen_at, gone_at = row
        currency = intern(currency)
        return item, Seen(
            times.setdefault(first_seen, first_seen),
            times.setdefault(seen_at, seen_at),
            amount_of(price, currency),
            amount_of(shipping, currency),
            gone_at is not None,
            bids,
            listed_at,
        )

    return dict(_TYPES.read(rows, seen_of))
