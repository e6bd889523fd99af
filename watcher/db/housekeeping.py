"""Delete expired data, in small steps so that no other write waits long."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Any, Concatenate, NamedTuple

from sqlalchemy import Column, Connection, and_, bindparam, delete, exists, func, select

from watcher.core.identification import WAYS_BY_LISTINGS
from watcher.core.times import DAY, HOUR, Instant, Seconds
from watcher.db.database import Database, Parameters, Store
from watcher.db.library import forget_oldest_entries
from watcher.db.redaction import (
    ANSWERS_PER_STEP,
    RECEIPTS_PER_STEP,
    RetentionCutoff,
    archive_sightings,
    erase_alerts,
    erase_answers,
    erase_evidence,
)
from watcher.db.schema import (
    alerts,
    api_calls,
    api_usage,
    cache_entries,
    checkouts,
    daemons,
    delistings,
    events,
    evidence,
    idempotency_keys,
    identifications,
    incidents,
    item_specifics,
    item_states,
    outbox,
    quota_ledger,
    readings,
    scan_sessions,
    searches,
    sessions,
    sightings,
    sign_in_links,
    silences,
    stripe_events,
    watches,
)
from watcher.db.sqlite import count_free_pages, release_free_pages
from watcher.db.sweeping import SEARCHES_PER_STEP, Sweep, Swept, sweep_some

log = logging.getLogger(__name__)
ROWS_PER_STEP = 1_000
# Per hour, at least; a sweep of them takes seconds.
_SEARCHES_PER_SWEEP = 1_000
_LAST_SEARCH = select(func.max(searches.c.id))
# In pages of 4 kB. Moving one step of pages takes milliseconds; the spare ones stay for the next rows.
PAGES_PER_STEP, SPARE_PAGES = 256, 2_560
# In pages, 100 MB. More free pages that cannot be released are logged.
_MANY_FREE_PAGES = 25_600
_LONGEST_WINDOW = Seconds(6 * HOUR)
# How long a request may be repeated under its Idempotency-Key, and a stream of events be resumed.
IDEMPOTENCY_SECONDS, EVENT_SECONDS = Seconds(DAY), Seconds(7 * DAY)
# Stripe repeats an event for three days, and lists those of the last 30.
_STRIPE_SECONDS = Seconds(30 * DAY)


class RetentionPeriods(NamedTuple):
    """How long data is kept, in seconds; `listing_text` covers titles, item ids and unwatched searches."""

    listing_text: Seconds
    history: Seconds
    max_stale: Seconds


class Housekeeping(Store):
    """Deletes what is past its retention period."""

    def __init__(self, database: Database, periods: RetentionPeriods) -> None:
        super().__init__(database)
        self._periods = periods
        self._swept = 0  # the search after which the next sweep begins

    async def prune(self, now: Instant, *, whole: bool = True) -> dict[str, int]:
        """Delete what is past its retention period, and price points of long ago that nothing needs.

        Unless `whole`, of many searches only some are swept; those that follow have their turn at the next
        call. Return the number of rows deleted by table, and of rows whose texts were erased by "texts of …".
        """
        periods = self._periods
        cutoff = RetentionCutoff(Instant(now - periods.listing_text), now)
        # Archiving comes first: it decides whether an item still has a sighting.
        archived = 0
        while some := await self._db.write(archive_sightings, cutoff):
            archived += some
        swept = await self._sweep(now, whole=whole)
        removed = {"sightings": archived + swept.sightings, "price_points": swept.price_points}
        for table, condition in _expired_rows(now, periods):
            deleted = await self._repeat(ROWS_PER_STEP, _delete_some, table, condition)
            removed[table.name] = removed.get(table.name, 0) + deleted
        for name, erase in (("texts of alerts", erase_alerts), ("texts of evidence", erase_evidence)):
            removed[name] = await self._repeat(RECEIPTS_PER_STEP, erase, cutoff)
        removed[identifications.name] += await self._repeat(
            ROWS_PER_STEP, forget_oldest_entries, ROWS_PER_STEP
        )
        removed["texts of answers"] = await self._repeat(ANSWERS_PER_STEP, erase_answers, cutoff)
        return removed

    async def shrink(self) -> int:
        """Release the pages that pruning freed to the disk, in small steps; return their number."""
        total, wanted = 0, await self._db.write(count_free_pages) - SPARE_PAGES
        while wanted > total:
            released = await self._db.write(release_free_pages, min(PAGES_PER_STEP, wanted - total))
            if not released:
                break
            total += released
        if not total and wanted > _MANY_FREE_PAGES:
            log.warning(
                "%d MB of the database file are unused and stay so: run `watcher db prune --vacuum`",
                wanted * 4 // 1024,
            )
        return total

    async def _sweep(self, now: Instant, *, whole: bool) -> Swept:
        """Sweep all searches, or as many as make all of them in a day of hourly calls."""
        sweep = Sweep(now, self._periods.listing_text, self._periods.history)
        left = math.inf if whole else max(_SEARCHES_PER_SWEEP, int(self._db.value(_LAST_SEARCH) or 0) // 24)
        total = Swept(0, 0, None)
        after: int | None = 0 if whole else self._swept
        while after is not None and left > 0:
            step = await self._db.write(sweep_some, after, sweep)
            total = Swept(total.sightings + step.sightings, total.price_points + step.price_points, None)
            left -= 0 if step.after == after else SEARCHES_PER_STEP
            after = step.after
        self._swept = after or 0
        return total

    async def _repeat(
        self,
        step: int,
        process: Callable[Concatenate[Connection, Parameters], int],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> int:
        """Call a function until it processes less than a full step; return the total."""
        total = 0
        while (n := await self._db.write(process, *args, **kwargs)) == step:
            total += n
        return total + n


def _expired_rows(now: Instant, periods: RetentionPeriods) -> list[tuple[Any, Any]]:
    """Return (table, condition) of the rows to delete, in this order."""
    old, oldest = now - periods.listing_text, now - periods.history
    # The last alert about an item is kept as long as its sighting: without it the item would alert again.
    still_seen = exists().where(
        watches.c.id == item_states.c.watch_id,
        sightings.c.search_id == watches.c.search_id,
        sightings.c.item_id == item_states.c.item_id,
    )
    unwatched = ~exists().where(watches.c.search_id == searches.c.id)
    return [
        (cache_entries, cache_entries.c.expires_at < now - periods.max_stale),
        (item_states, (item_states.c.told_at < old) & ~still_seen),
        # Without its message an alert counts as sent, so a message that was not sent is kept as long.
        (outbox, outbox.c.state.not_in(("pending", "gone")) & (outbox.c.done_at < old)),
        (outbox, (outbox.c.state == "gone") & (outbox.c.done_at < oldest)),
        (alerts, alerts.c.made_at < oldest),
        (delistings, delistings.c.gone_at < oldest),
        (evidence, evidence.c.at < oldest),
        # Calls with the time of a clock that was ahead would count again once that time has come.
        (api_calls, (api_calls.c.at < now - 2 * _LONGEST_WINDOW) | (api_calls.c.at > now + HOUR)),
        (incidents, ~incidents.c.owed & (incidents.c.resolved_at < oldest)),
        (silences, silences.c.every.is_(None) & (silences.c.ends_at < oldest)),
        (daemons, (daemons.c.seen_at < now - DAY) | (daemons.c.seen_at > now + DAY)),
        (sessions, sessions.c.expires_at < now),
        (sign_in_links, sign_in_links.c.expires_at < now),
        (idempotency_keys, idempotency_keys.c.created_at < now - IDEMPOTENCY_SECONDS),
        (events, events.c.at < now - EVENT_SECONDS),
        (quota_ledger, quota_ledger.c.window_start < now - 40 * DAY),
        (api_usage, api_usage.c.window_start < oldest),
        (scan_sessions, scan_sessions.c.expires_at < now),
        (stripe_events, stripe_events.c.received_at < now - _STRIPE_SECONDS),
        (checkouts, (checkouts.c.state != "open") & (checkouts.c.expires_at < now - _STRIPE_SECONDS)),
        (item_specifics, item_specifics.c.fetched_at < old),
        (readings, readings.c.read_at < oldest),
        # An expired identification still answers while nothing better can be asked.
        (identifications, identifications.c.expires_at < now - periods.max_stale),
        (identifications, identifications.c.way.in_(WAYS_BY_LISTINGS) & (identifications.c.created_at < old)),
        (searches, unwatched & (searches.c.polled_at < old)),
    ]


def _delete_some(conn: Connection, table: Any, condition: Any) -> int:
    # Two statements: SQLite would compare each row of the table with the keys that a subquery has found.
    key: list[Column[Any]] = list(table.primary_key)
    rows = conn.execute(select(*key).where(condition).limit(ROWS_PER_STEP)).all()
    if rows:
        this = and_(*(column == bindparam(f"key{n}") for n, column in enumerate(key)))
        keys = [{f"key{n}": value for n, value in enumerate(row)} for row in rows]
        conn.execute(delete(table).where(this), keys)
    return len(rows)
