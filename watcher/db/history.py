"""What is stored about one search, item or watch, for explanations and back-tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, bindparam, cast, func, select

from watcher.core.backtest import HistoryPoint, PastListing
from watcher.core.comps import Basis, Statistics
from watcher.core.delistings import Delisting, DelistingKind, SeenListing
from watcher.core.explanation import MessageFate, Schedule
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.polls import failure_text
from watcher.core.rules import LastAlerted
from watcher.core.times import DAY, Instant
from watcher.core.watch import Question, SearchId, WatchId
from watcher.db.database import Store
from watcher.db.dead_letters import attempts_made
from watcher.db.row_types import RowTypes
from watcher.db.rows import last_alerted_of, money_of
from watcher.db.schema import (
    MESSAGE_REF,
    alerts,
    delistings,
    item_states,
    outbox,
    price_points,
    searches,
    sightings,
)
from watcher.db.searches import SIGHTING_TYPES

# Per search: a point per hour for a year, and as many listings as a search remembers.
MAX_POINTS, MAX_PAST_LISTINGS = 10_000, 5_000
# Per search. Fewer, because a user waits for the result.
MAX_SIGHTINGS = 2_000
_DAY_SECONDS = int(DAY)
_MESSAGES = (
    select(
        alerts.c.id,
        alerts.c.made_at,
        outbox.c.destination,
        outbox.c.state,
        outbox.c.next_at,
        outbox.c.done_at,
        outbox.c.attempt,
        outbox.c.error,
    )
    .outerjoin(outbox, (outbox.c.ref == MESSAGE_REF) & (outbox.c.kind == "alert"))
    .order_by(alerts.c.made_at.desc(), alerts.c.id)
)

_MESSAGE_TYPES, _POINT_TYPES = RowTypes(_MESSAGES, joined=outbox), RowTypes(select(price_points))

# A list of watches asks both about a thousand searches: building a statement would cost more than running it.
_ranked = (
    select(
        price_points,
        func.row_number()
        .over(
            partition_by=cast(price_points.c.at, BigInteger) // _DAY_SECONDS,
            order_by=price_points.c.at.desc(),
        )
        .label("place"),
    )
    .where(price_points.c.search_id == bindparam("search"), price_points.c.filters == bindparam("filter_key"))
    .where(price_points.c.at >= bindparam("since"))
    .subquery()
)
_DAILY_POINTS = (
    select(*(_ranked.c[c.name] for c in price_points.c)).where(_ranked.c.place == 1).order_by(_ranked.c.at)
)
_ITEM_WITH_TOTAL = (
    select(sightings.c.item_id)
    .where(sightings.c.search_id == bindparam("search"), sightings.c.gone_at.is_(None))
    .where(sightings.c.currency == bindparam("in_currency"), sightings.c.auction.is_not(True))
    .where(sightings.c.price + sightings.c.shipping == bindparam("total"))
    .order_by(sightings.c.image == "", sightings.c.item_id)
    .limit(1)
)

_DELISTING_TYPES, _ITEM_STATE_TYPES = RowTypes(select(delistings)), RowTypes(select(item_states))


class ItemTimes(NamedTuple):
    """When an item was listed, by the market, and when a poll first saw it; None: unknown."""

    listed_at: Instant | None
    seen_at: Instant | None


class HistoryStore(Store):
    """Reads stored history."""

    def schedule(self, search: SearchId) -> Schedule:
        """Return when an existing search was and will be polled, and why its last poll failed."""
        (row,) = self._db.rows(select(searches).where(searches.c.id == search))
        why = failure_text(row.error, row.suspicion)
        return Schedule(row.polled_at, row.due_at, row.attempt, why, row.unrecorded, row.unreadable)

    def sighting(self, search: SearchId, number: str) -> SeenListing | None:
        """Return what is remembered of an item, None if it was never seen.

        If the item has variations, return the one that changed last.
        """
        variations = sightings.c.item_id.startswith(f"v1|{number}|", autoescape=True)
        statement = select(sightings).where(sightings.c.search_id == search, variations)
        rows = self._db.rows(statement.order_by(sightings.c.changed_at.desc()).limit(1))
        return next(iter(SIGHTING_TYPES.read(rows, sighted_of)), None)

    def picture_address(self, items: Sequence[str]) -> str:
        """Return the address of a listing's picture as last seen under one of these ids; empty if unknown."""
        return self._last_known(sightings.c.image, items)

    def listing_title(self, items: Sequence[str]) -> str:
        """Return the title of a listing as last seen under one of these ids; empty if unknown."""
        return self._last_known(sightings.c.title, items)

    def _last_known(self, text: Column[str], items: Sequence[str]) -> str:
        known = select(text).where(sightings.c.item_id.in_(items), text != "")
        return self._db.value(known.order_by(sightings.c.changed_at.desc()).limit(1)) or ""

    def item_times(self, items: Iterable[str]) -> Mapping[str, ItemTimes]:
        """Return when items were listed and first seen, by whatever search, by item id.

        An item that no search remembers is missing.
        """
        statement = (
            select(
                sightings.c.item_id,
                func.max(sightings.c.listed_at).label("listed_at"),
                func.min(sightings.c.first_seen).label("first_seen"),
            )
            .where(sightings.c.item_id.in_(sorted(set(items))))
            .group_by(sightings.c.item_id)
        )
        return {r.item_id: ItemTimes(r.listed_at, r.first_seen) for r in self._db.rows(statement)}

    def last_alerted(self, watch: WatchId, items: Iterable[str]) -> Mapping[str, tuple[LastAlerted, Instant]]:
        """Return the last alerted prices of a watch and their time, by item id; other items are missing."""
        wanted = (item_states.c.watch_id == watch) & item_states.c.item_id.in_(list(items))
        rows = self._db.rows(select(item_states).where(wanted))
        states = _ITEM_STATE_TYPES.read(rows, lambda r: (r.item_id, last_alerted_of(r), r.told_at))
        return {item: (last, at) for item, last, at in states}

    def messages(self, watch: WatchId, limit: int, made_at: Instant | None = None) -> Sequence[MessageFate]:
        """Return up to `limit` alerts, or those made at one instant, and their delivery, the newest first."""
        statement = _MESSAGES.where(alerts.c.watch_id == watch).limit(limit)
        if made_at is not None:
            statement = statement.where(alerts.c.made_at == made_at)
        return _MESSAGE_TYPES.read(self._db.rows(statement), _fate_of)

    def search_of(self, question: Question) -> SearchId | None:
        """Return the id of the search that asks this question, None if there is none."""
        number: SearchId | None = self._db.value(select(searches.c.id).where(searches.c.key == question.key))
        return number

    def price_points(
        self, search: SearchId, filters: str, since: Instant = Instant(0.0)
    ) -> Sequence[HistoryPoint]:
        """Return the price points for one set of filters (`Filters.key`), oldest first.

        Only the newest MAX_POINTS.
        """
        wanted = (price_points.c.search_id == search) & (price_points.c.filters == filters)
        statement = (
            select(price_points)
            .where(wanted, price_points.c.at >= since)
            .order_by(price_points.c.at.desc())
            .limit(MAX_POINTS)
        )
        return _POINT_TYPES.read(reversed(self._db.rows(statement)), _point_of)

    def daily_points(self, search: SearchId, filters: str, since: Instant) -> Sequence[HistoryPoint]:
        """Return the last price point of each day since an instant, oldest first, like `price_points`."""
        wanted = {"search": search, "filter_key": filters, "since": since}
        rows = self._db.rows(_DAILY_POINTS, wanted)
        return _POINT_TYPES.read(rows, _point_of)

    def item_with_total(self, search: SearchId, total: Money) -> str:
        """Return the id of a listing on offer that costs exactly this, one with a picture if there is one.

        Empty if there is none.
        """
        wanted = {"search": search, "in_currency": total.currency, "total": total.minor}
        return self._db.value(_ITEM_WITH_TOTAL, wanted) or ""

    def past_listings(self, search: SearchId) -> Sequence[PastListing]:
        """Return the listings with a fixed price that a search has seen, with the time of their last price.

        Only the MAX_PAST_LISTINGS that changed last, in the order of that change.
        """
        statement = (
            select(sightings)
            .where(sightings.c.search_id == search, sightings.c.price.is_not(None))
            .where(sightings.c.auction.is_not(True))
            .order_by(sightings.c.changed_at.desc())
            .limit(MAX_PAST_LISTINGS)
        )
        return SIGHTING_TYPES.read(
            reversed(self._db.rows(statement)),
            lambda r: PastListing(_listing_of(r), r.first_seen, _last_priced_at(r)),
        )

    def sightings(self, search: SearchId) -> Sequence[SeenListing]:
        """Return what a search remembers, the last changed first; nothing if none of it is gone.

        At most MAX_SIGHTINGS.
        """
        of_search = sightings.c.search_id == search
        gone = select(sightings.c.item_id).where(of_search, sightings.c.gone_at.is_not(None)).limit(1)
        if not self._db.rows(gone):
            return ()
        latest = select(sightings).where(of_search).order_by(sightings.c.changed_at.desc())
        return SIGHTING_TYPES.read(self._db.rows(latest.limit(MAX_SIGHTINGS)), sighted_of)

    def delistings(self, search: SearchId) -> Sequence[Delisting]:
        """Return the old delistings of a search, of which housekeeping kept only the numbers."""
        statement = select(delistings).where(delistings.c.search_id == search)
        return _DELISTING_TYPES.read(self._db.rows(statement), _delisting_of)


def _fate_of(r: Any) -> MessageFate:
    # A message that was sent long ago is no longer in the outbox.
    return MessageFate(
        r.id,
        r.made_at,
        r.destination or "",
        r.state or "sent",
        r.next_at,
        r.done_at,
        attempts_made(r.attempt or 0),
        r.error or "",
    )


def _point_of(r: Any) -> HistoryPoint:
    statistics = Statistics(
        Basis.ASK,
        r.currency,
        r.n,
        low=money_of(r.low, r.currency),
        p25=money_of(r.p25, r.currency),
        median=money_of(r.median, r.currency),
        p75=money_of(r.p75, r.currency),
        high=money_of(r.high, r.currency),
    )
    return HistoryPoint(r.at, statistics)


def _delisting_of(r: Any) -> Delisting:
    price, shipping = Money(r.price, r.currency), money_of(r.shipping, r.currency)
    return Delisting(r.item, DelistingKind(r.kind), price, shipping, r.listed_at, r.gone_at)


def sighted_of(row: Any) -> SeenListing:
    """Return the value of a row of `sightings`."""
    return SeenListing(
        row.item_id,
        row.title,
        money_of(row.price, row.currency),
        money_of(row.shipping, row.currency),
        row.first_seen,
        row.changed_at,
        row.gone_at,
        bool(row.auction),
        row.bids,
        row.ends_at,
        row.listed_at,
    )


def _listing_of(row: Any) -> Listing:
    return Listing(
        row.item_id, row.title, money_of(row.price, row.currency), money_of(row.shipping, row.currency)
    )


def _last_priced_at(row: Any) -> Instant:
    """Return since when a listing had its last price; of one that is gone, its first sighting."""
    at: Instant = row.changed_at if row.gone_at is None else row.first_seen
    return at
