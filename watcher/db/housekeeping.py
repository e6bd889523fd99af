"""What is dropped with age, in small steps so that no write waits long."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, delete, exists, select, tuple_

from watcher.core.times import DAY, HOUR, Instant, Seconds
from watcher.db.database import Database
from watcher.db.engine import free_pages, give_back
from watcher.db.redaction import ARCHIVE_STEP, RedactedRow, archive_sightings, erase_alerts, erase_evidence
from watcher.db.redaction import RECEIPTS_PER_STEP as ERASE_STEP
from watcher.db.schema import (
    alerts,
    api_calls,
    cache_entries,
    evidence,
    exits,
    incidents,
    item_states,
    outbox,
    price_points,
    quota_ledger,
    searches,
    sightings,
    silences,
    watches,
)
from watcher.db.writer import A, Operation

log = logging.getLogger(__name__)
ROWS_PER_STEP = 1_000
# Searches whose listings are looked through at once, all of them: a large market leaves tens of thousands.
SEARCHES = 5
# Pages of 4 kB: moving so many takes milliseconds, and so many may stay free for what comes next.
SHRINK_STEP, SPARE = 256, 2_560
# So many free pages that cannot be given back are worth a word: 100 MB.
_MUCH = 25_600
_WINDOWS = Seconds(6 * HOUR)


class RetentionPeriods(NamedTuple):
    """How long things are kept, in seconds; `listing_text` covers titles, item ids and unwatched searches."""

    listing_text: Seconds
    history: Seconds
    max_stale: Seconds


class _Unseen(NamedTuple):
    """Listings of the searches after `search` that were not seen for so long."""

    search: int
    age: Seconds


class _Reached(NamedTuple):
    """How many rows went, and after which search to go on; None: nowhere."""

    removed: int
    search: int | None


class Housekeeping:
    """Deletes what is too old."""

    def __init__(self, database: Database, ages: RetentionPeriods) -> None:
        self._db = database
        self._ages = ages

    async def prune(self, now: Instant) -> dict[str, int]:
        """Delete what is past its age; how many rows of each table went, and of how many the texts did."""
        ages = self._ages
        old = Instant(now - ages.listing_text)
        sent = (outbox.c.state != "pending") & (outbox.c.done_at < old)
        # What was told of an item is forgotten with it, and not before: it may alert again.
        still_seen = exists().where(
            watches.c.id == item_states.c.watch_id,
            sightings.c.search_id == watches.c.search_id,
            sightings.c.item_id == item_states.c.item_id,
        )
        unwatched = ~exists().where(watches.c.search_id == searches.c.id)
        rules: list[tuple[Any, Any]] = [
            (cache_entries, cache_entries.c.expires_at < now - ages.max_stale),
            (item_states, (item_states.c.told_at < old) & ~still_seen),
            (price_points, price_points.c.at < now - ages.history),
            (outbox, sent),
            (alerts, alerts.c.made_at < now - ages.history),
            (exits, exits.c.gone_at < now - ages.history),
            (evidence, evidence.c.at < now - ages.history),
            # What a clock stamped that was ahead would come back as news when its time has come.
            (api_calls, (api_calls.c.at < now - 2 * _WINDOWS) | (api_calls.c.at > now + HOUR)),
            (incidents, ~incidents.c.owed & (incidents.c.resolved_at < now - ages.history)),
            (silences, silences.c.every.is_(None) & (silences.c.ends_at < now - ages.history)),
            (quota_ledger, quota_ledger.c.window_start < now - 40 * DAY),
            (searches, unwatched & (searches.c.polled_at < old)),
        ]
        # First what tells whether an item is still seen.
        gone = await self._repeated(archive_sightings, RedactedRow(old, now), ARCHIVE_STEP)
        removed = {"sightings": gone + await self._forget_unseen()}
        for table, condition in rules:
            removed[table.name] = await self._repeated(_delete, (table, condition), ROWS_PER_STEP)
        for name, erase in (("texts of alerts", erase_alerts), ("texts of evidence", erase_evidence)):
            removed[name] = await self._repeated(erase, RedactedRow(old, now), ERASE_STEP)
        return removed

    async def _forget_unseen(self) -> int:
        """Delete the listings that were not seen for long; how many."""
        total, reached = 0, _Reached(0, 0)
        while reached.search is not None:
            reached = await self._db.write(_forget_unseen, _Unseen(reached.search, self._ages.listing_text))
            total += reached.removed
        return total

    async def shrink(self) -> int:
        """Give what pruning left free back to the disk, in small steps; how many pages went."""
        total, wanted = 0, await self._db.write(_free, None) - SPARE
        while wanted > total:
            given = await self._db.write(_give_back, min(SHRINK_STEP, wanted - total))
            if not given:
                break
            total += given
        if not total and wanted > _MUCH:
            log.warning(
                "%d MB of the database are free and stay so: `watcher db prune --vacuum`", wanted * 4 // 1024
            )
        return total

    async def _repeated(self, operation: Operation[A, int], item: A, step: int) -> int:
        """Run `operation` until it finds less than a whole step; how much it found in all."""
        total = 0
        while (n := await self._db.write(operation, item)) == step:
            total += n
        return total + n


def _free(conn: Connection, items: Sequence[None]) -> Sequence[int]:
    return [free_pages(conn) for _ in items]


def _give_back(conn: Connection, items: Sequence[int]) -> Sequence[int]:
    return [give_back(conn, pages) for pages in items]


def _delete(conn: Connection, items: Sequence[tuple[Any, Any]]) -> Sequence[int]:
    counts = []
    for table, condition in items:
        key: list[Column[Any]] = list(table.primary_key)
        some = select(*key).where(condition).limit(ROWS_PER_STEP)
        counts.append(conn.execute(delete(table).where(tuple_(*key).in_(some))).rowcount)
    return counts


def _forget_unseen(conn: Connection, items: Sequence[_Unseen]) -> Sequence[_Reached]:
    return [_forget_some(conn, item) for item in items]


def _forget_some(conn: Connection, item: _Unseen) -> _Reached:
    """Of a market that is never seen whole nothing is told gone: what its polls do not see is forgotten."""
    some = select(searches.c.id).where(searches.c.id > item.search).order_by(searches.c.id).limit(SEARCHES)
    ids = conn.execute(some).scalars().all()
    if not ids:
        return _Reached(0, None)
    polled_at = select(searches.c.polled_at).where(searches.c.id == sightings.c.search_id).scalar_subquery()
    unseen = (
        sightings.c.search_id.between(ids[0], ids[-1])
        & sightings.c.gone_at.is_(None)
        & (sightings.c.seen_at < polled_at - item.age)
        # A daemon of an older release does not note when it saw what.
        & (sightings.c.changed_at < polled_at - item.age)
    )
    (removed,) = _delete(conn, [(sightings, unseen)])
    return _Reached(removed, ids[-1] if removed < ROWS_PER_STEP else item.search)
