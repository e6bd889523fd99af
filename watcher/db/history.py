"""What is stored about one search, one item or one watch, for whoever asks why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from watcher.core.backtest import Past, Point
from watcher.core.delistings import Delisting, DelistingKind, Sighted
from watcher.core.explanation import MessageFate, Schedule
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.polls import failure_text
from watcher.core.rules import LastAlerted
from watcher.core.times import Instant
from watcher.core.watch import Question, SearchId, WatchId
from watcher.db.database import Database
from watcher.db.rows import money_of
from watcher.db.schema import alerts, exits, item_states, outbox, price_points, searches, sightings

# A year of hours, and what a search remembers.
MOST_POINTS, MOST_LISTINGS = 10_000, 5_000
# Somebody waits for it, so it is less.
MOST_SIGHTED = 2_000
FIGURES = ("low", "p25", "median", "p75", "high")
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
    .outerjoin(outbox, (outbox.c.ref == alerts.c.id) & (outbox.c.kind == "alert"))
    .order_by(alerts.c.made_at.desc(), alerts.c.id)
)


class HistoryStore:
    """Implements `explainer.Tracks` and `rehearsal.Memory`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def schedule(self, search: SearchId) -> Schedule:
        """When it was and will be polled, and how the last look failed."""
        (row,) = self._db.rows(select(searches).where(searches.c.id == search))
        return Schedule(row.polled_at, row.due_at, row.attempt, failure_text(row.error, row.doubt))

    def sighting(self, search: SearchId, number: str) -> Sighted | None:
        """What is remembered of an item; of its variations, the one that changed last."""
        ours = sightings.c.item_id.startswith(f"v1|{number}|", autoescape=True)
        statement = select(sightings).where(sightings.c.search_id == search, ours)
        rows = self._db.rows(statement.order_by(sightings.c.changed_at.desc()).limit(1))
        return sighted_of(rows[0]) if rows else None

    def told(self, watch: WatchId, items: Iterable[str]) -> Mapping[str, tuple[LastAlerted, Instant]]:
        """What was last said of these items, and when."""
        ours = (item_states.c.watch_id == watch) & item_states.c.item_id.in_(list(items))
        return {
            r.item_id: (
                LastAlerted(Money(r.total, r.currency), Money(r.price, r.currency), r.estimated),
                r.told_at,
            )
            for r in self._db.rows(select(item_states).where(ours))
        }

    def messages(self, watch: WatchId, limit: int, made_at: Instant | None = None) -> Sequence[MessageFate]:
        """The newest alerts, or those of one instant, with the fate of their messages."""
        statement = _MESSAGES.where(alerts.c.watch_id == watch).limit(limit)
        if made_at is not None:
            statement = statement.where(alerts.c.made_at == made_at)
        return [
            # A message that was sent so long ago is no longer in the outbox.
            MessageFate(
                r.id,
                r.made_at,
                r.destination or "",
                r.state or "sent",
                r.next_at,
                r.done_at,
                r.attempt or 0,
                r.error or "",
            )
            for r in self._db.rows(statement)
        ]

    def search_of(self, question: Question) -> SearchId | None:
        """The search that asks this question, if there is one."""
        number: SearchId | None = self._db.value(select(searches.c.id).where(searches.c.key == question.key))
        return number

    def points(self, search: SearchId, filters: str, since: Instant = Instant(0.0)) -> Sequence[Point]:
        """Its price points for one set of filters, oldest first; the newest so many."""
        ours = (price_points.c.search_id == search) & (price_points.c.filters == filters)
        statement = (
            select(price_points)
            .where(ours, price_points.c.at >= since)
            .order_by(price_points.c.at.desc())
            .limit(MOST_POINTS)
        )
        return [
            Point(r.at, r.n, *(money_of(getattr(r, name), r.currency) for name in FIGURES))
            for r in reversed(self._db.rows(statement))
        ]

    def past(self, search: SearchId) -> Sequence[Past]:
        """Its listings with a fixed price, the last price first seen first; the newest so many."""
        statement = (
            select(sightings)
            .where(sightings.c.search_id == search, sightings.c.price.is_not(None))
            .where(sightings.c.auction.is_not(True))
            .order_by(sightings.c.changed_at.desc())
            .limit(MOST_LISTINGS)
        )
        return [Past(_listing(r), r.first_seen, _last_priced(r)) for r in reversed(self._db.rows(statement))]

    def sighted(self, search: SearchId) -> Sequence[Sighted]:
        """What a search remembers, the latest changed first; nothing where none of it is gone."""
        ours = sightings.c.search_id == search
        gone = select(sightings.c.item_id).where(ours, sightings.c.gone_at.is_not(None)).limit(1)
        if not self._db.rows(gone):
            return ()
        statement = select(sightings).where(ours).order_by(sightings.c.changed_at.desc()).limit(MOST_SIGHTED)
        return [sighted_of(r) for r in self._db.rows(statement)]

    def exits(self, search: SearchId) -> Sequence[Delisting]:
        """What left a search so long ago that only its numbers are kept."""
        return [
            Delisting(
                r.item,
                DelistingKind(r.kind),
                Money(r.price, r.currency),
                money_of(r.shipping, r.currency),
                r.listed_at,
                r.gone_at,
            )
            for r in self._db.rows(select(exits).where(exits.c.search_id == search))
        ]


def sighted_of(row: Any) -> Sighted:
    """A row of `sightings`."""
    return Sighted(
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


def _listing(row: Any) -> Listing:
    return Listing(
        row.item_id, row.title, money_of(row.price, row.currency), money_of(row.shipping, row.currency)
    )


def _last_priced(row: Any) -> Instant:
    """Since when the listing had its last price, as far as that is known of one that is gone."""
    at: Instant = row.changed_at if row.gone_at is None else row.first_seen
    return at
