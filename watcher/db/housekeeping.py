"""Delete expired data, in small steps so that no other write waits long."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Concatenate, NamedTuple

from sqlalchemy import Column, Connection, delete, exists, select, tuple_

from watcher.core.identification import WAYS_BY_LISTINGS
from watcher.core.times import DAY, HOUR, Instant, Seconds
from watcher.db.database import Database, Parameters, Store
from watcher.db.library import forget_oldest_entries
from watcher.db.redaction import (
    ANSWERS_PER_STEP,
    RECEIPTS_PER_STEP,
    SIGHTINGS_PER_STEP,
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
    price_points,
    quota_ledger,
    readings,
    scan_sessions,
    searches,
    sessions,
    sightings,
    sign_in_links,
    silences,
    watches,
)
from watcher.db.sqlite import count_free_pages, release_free_pages

log = logging.getLogger(__name__)
ROWS_PER_STEP = 1_000
# All listings of these searches are read in one step; a large market leaves tens of thousands.
SEARCHES_PER_STEP = 5
# In pages of 4 kB. Moving one step of pages takes milliseconds; the spare ones stay for the next rows.
PAGES_PER_STEP, SPARE_PAGES = 256, 2_560
# In pages, 100 MB. More free pages that cannot be released are logged.
_MANY_FREE_PAGES = 25_600
_LONGEST_WINDOW = Seconds(6 * HOUR)
# How long a request may be repeated under its Idempotency-Key, and a stream of events be resumed.
IDEMPOTENCY_SECONDS, EVENT_SECONDS = Seconds(DAY), Seconds(7 * DAY)


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

    async def prune(self, now: Instant) -> dict[str, int]:
        """Delete what is past its retention period.

        Return the number of rows deleted by table, and of rows whose texts were erased by "texts of …".
        """
        periods = self._periods
        cutoff = RetentionCutoff(Instant(now - periods.listing_text), now)
        # Archiving comes first: it decides whether an item still has a sighting.
        archived = await self._repeat(SIGHTINGS_PER_STEP, archive_sightings, cutoff)
        removed = {"sightings": archived + await self._forget_unseen()}
        for table, condition in _expired_rows(now, periods):
            removed[table.name] = await self._repeat(ROWS_PER_STEP, _delete_some, table, condition)
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

    async def _forget_unseen(self) -> int:
        """Delete the listings that were not seen for long; return their number."""
        total = 0
        after: int | None = 0
        while after is not None:
            deleted, after = await self._db.write(_forget_unseen_step, after, self._periods.listing_text)
            total += deleted
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
        (price_points, price_points.c.at < oldest),
        # Without its message an alert counts as sent, so a message that was not sent is kept as long.
        (
            outbox,
            (outbox.c.state.not_in(("pending", "gone")) & (outbox.c.done_at < old))
            | ((outbox.c.state == "gone") & (outbox.c.done_at < oldest)),
        ),
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
        (item_specifics, item_specifics.c.fetched_at < old),
        (readings, readings.c.read_at < oldest),
        # An expired identification still answers while nothing better can be asked.
        (
            identifications,
            (identifications.c.expires_at < now - periods.max_stale)
            | (identifications.c.way.in_(WAYS_BY_LISTINGS) & (identifications.c.created_at < old)),
        ),
        (searches, unwatched & (searches.c.polled_at < old)),
    ]


def _delete_some(conn: Connection, table: Any, condition: Any) -> int:
    key: list[Column[Any]] = list(table.primary_key)
    some = select(*key).where(condition).limit(ROWS_PER_STEP)
    return conn.execute(delete(table).where(tuple_(*key).in_(some))).rowcount


def _forget_unseen_step(conn: Connection, after: int, age: Seconds) -> tuple[int, int | None]:
    """Delete the listings of some searches after `after` that were not seen for `age` seconds.

    Return their number, and the search to continue after, None at the end.

    A market that is too large to be seen whole never shows that a listing is gone.
    """
    some = select(searches.c.id).where(searches.c.id > after).order_by(searches.c.id)
    ids = conn.scalars(some.limit(SEARCHES_PER_STEP)).all()
    if not ids:
        return 0, None
    polled_at = select(searches.c.polled_at).where(searches.c.id == sightings.c.search_id).scalar_subquery()
    unseen = (
        sightings.c.search_id.between(ids[0], ids[-1])
        & sightings.c.gone_at.is_(None)
        & (sightings.c.seen_at < polled_at - age)
        # A daemon of an older release does not write `seen_at`.
        & (sightings.c.changed_at < polled_at - age)
    )
    deleted = _delete_some(conn, sightings, unseen)
    return deleted, ids[-1] if deleted < ROWS_PER_STEP else after
