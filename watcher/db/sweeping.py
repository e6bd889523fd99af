"""Housekeeping that reads everything of a search, a few searches at a time so that no write waits long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, cast, delete, exists, func, select

from watcher.core.thinning import DayPoint, kept_points, thinned_before
from watcher.core.times import DAY, Instant, Seconds
from watcher.db.redaction import archive_items
from watcher.db.schema import GONE, delistings, item_states, price_points, searches, sightings, watches

# All listings of these searches are read in one step; a large market leaves tens of thousands.
SEARCHES_PER_STEP = 5
LISTINGS_PER_STEP, DAYS_PER_STEP, SURPLUS_PER_STEP = 1_000, 200, 500
# Twice what a poll reads of a search, and far more than figures are computed from.
MAX_SIGHTINGS_KEPT = 10_000
# What was seen on offer more recently may be shown again, and would then be new.
_UNSEEN_FOR = Seconds(7 * DAY)
# A day with more points is thinned. What is kept of one is seldom more.
_POINTS_PER_DAY = 8
_DAY = (cast(price_points.c.at, BigInteger) // int(DAY)).label("day")
_this_day = (
    (price_points.c.search_id == bindparam("search"))
    & (price_points.c.filters == bindparam("of_filters"))
    & (price_points.c.at >= bindparam("begin"))
    & (price_points.c.at < bindparam("end"))
)
_POINTS_OF_DAY = (
    select(price_points.c.at, price_points.c.n, price_points.c.low, price_points.c.median)
    .add_columns(price_points.c.corrected)
    .where(_this_day)
    .order_by(price_points.c.at)
)
_REMOVE_POINT = delete(price_points).where(
    price_points.c.search_id == bindparam("search"),
    price_points.c.filters == bindparam("of_filters"),
    price_points.c.at == bindparam("instant"),
)


class Sweep(NamedTuple):
    """What is deleted on the way: listings not seen for `unseen`, and price points older than `history`."""

    now: Instant
    unseen: Seconds
    history: Seconds


class Swept(NamedTuple):
    """The rows that one step deleted, and the search after which the next one begins; None at the end."""

    sightings: int
    price_points: int
    after: int | None


def sweep_some(conn: Connection, after: int, sweep: Sweep) -> Swept:
    """Tidy some searches with ids above `after`; the same again if there was too much for one step."""
    some = select(searches.c.id).where(searches.c.id > after).order_by(searches.c.id)
    ids = conn.scalars(some.limit(SEARCHES_PER_STEP)).all()
    if not ids:
        return Swept(0, 0, None)
    first, last = ids[0], ids[-1]
    unseen = _forget_unseen(conn, first, last, sweep.unseen)
    surplus = _forget_surplus(conn, first, last)
    of_these = price_points.c.search_id.between(first, last)
    expired = conn.execute(
        delete(price_points).where(of_these, price_points.c.at < sweep.now - sweep.history)
    ).rowcount
    thinned, days = _thin(conn, first, last, thinned_before(sweep.now))
    is_full = unseen == LISTINGS_PER_STEP or surplus >= SURPLUS_PER_STEP or days == DAYS_PER_STEP
    return Swept(unseen + surplus, expired + thinned, after if is_full else last)


def _forget_unseen(conn: Connection, first: int, last: int, age: Seconds) -> int:
    """Delete listings that were not seen for `age` seconds; return their number.

    A market that is too large to be seen whole never shows that a listing is gone.
    """
    polled_at = select(searches.c.polled_at).where(searches.c.id == sightings.c.search_id).scalar_subquery()
    unseen = (
        sightings.c.search_id.between(first, last)
        & sightings.c.gone_at.is_(None)
        & (sightings.c.seen_at < polled_at - age)
        # A daemon of an older release does not write `seen_at`.
        & (sightings.c.changed_at < polled_at - age)
    )
    keys = select(sightings.c.search_id, sightings.c.item_id).where(unseen).limit(LISTINGS_PER_STEP)
    return _delete_sightings(conn, [tuple(row) for row in conn.execute(keys)])


def _forget_surplus(conn: Connection, first: int, last: int) -> int:
    """Delete the oldest listings of searches that remember too many; return their number.

    What is gone leaves its numbers behind. A listing that a watch has alerted about stays as long as that
    alert counts.
    """
    counted = select(sightings.c.search_id, func.count().label("n")).group_by(sightings.c.search_id)
    of_these = sightings.c.search_id.between(first, last)
    removed = 0
    for row in conn.execute(counted.where(of_these).having(func.count() > MAX_SIGHTINGS_KEPT)).all():
        mine = (sightings.c.search_id == row.search_id) & ~_alerted(row.search_id)
        surplus = min(row.n - MAX_SIGHTINGS_KEPT, SURPLUS_PER_STEP)
        gone = select(sightings.c.item_id).where(mine, GONE).order_by(sightings.c.gone_at).limit(surplus)
        items = conn.scalars(gone).all()
        archive_items(conn, row.search_id, items)
        polled_at = select(searches.c.polled_at).where(searches.c.id == row.search_id).scalar_subquery()
        unseen = mine & sightings.c.gone_at.is_(None) & (sightings.c.seen_at < polled_at - _UNSEEN_FOR)
        oldest = select(sightings.c.item_id).where(unseen).order_by(sightings.c.seen_at)
        others = conn.scalars(oldest.limit(surplus - len(items))).all()
        removed += len(items) + _delete_sightings(conn, [(row.search_id, item) for item in others])
    return removed


def _alerted(search: int) -> Any:
    """Return the condition that a watch of the search has alerted about the item of a sighting."""
    mine = select(watches.c.id).where(watches.c.search_id == search)
    return exists().where(item_states.c.watch_id.in_(mine), item_states.c.item_id == sightings.c.item_id)


def _delete_sightings(conn: Connection, keys: Sequence[tuple[Any, ...]]) -> int:
    if keys:
        this = (sightings.c.search_id == bindparam("search")) & (sightings.c.item_id == bindparam("item"))
        conn.execute(delete(sightings).where(this), [{"search": s, "item": i} for s, i in keys])
    return len(keys)


def _thin(conn: Connection, first: int, last: int, end: Instant) -> tuple[int, int]:
    """Delete points of days before `end` that nothing needs; return their number and that of the days."""
    crowded = (
        select(price_points.c.search_id, price_points.c.filters, _DAY)
        .where(price_points.c.search_id.between(first, last), price_points.c.at < end)
        .group_by(price_points.c.search_id, price_points.c.filters, _DAY)
        .having(func.count() > _POINTS_PER_DAY)
    )
    removed = days = 0
    ends: dict[int, list[float]] = {}
    for row in conn.execute(crowded):
        if row.filters == "" and row.search_id not in ends:
            ends[row.search_id] = _ends_of_listings(conn, row.search_id)
        begin = row.day * DAY
        key = {"search": row.search_id, "of_filters": row.filters}
        points = conn.execute(_POINTS_OF_DAY, {**key, "begin": begin, "end": begin + DAY}).all()
        gone = [at for at in ends.get(row.search_id, ()) if begin <= at < begin + DAY]
        kept = kept_points([_day_point(p) for p in points], set(_shown(points, gone)))
        surplus = [{**key, "instant": p.at} for p in points if p.at not in kept]
        if surplus:
            conn.execute(_REMOVE_POINT, surplus)
            removed, days = removed + len(surplus), days + 1
        if days == DAYS_PER_STEP:
            break
    return removed, days


def _day_point(row: Any) -> DayPoint:
    is_priced = bool(row.n)
    return DayPoint(row.at, row.low if is_priced else None, row.median if is_priced else None)


def _ends_of_listings(conn: Connection, search: int) -> list[float]:
    """Return when the listings of a search left: medians shown just before are compared with their prices."""
    remembered = select(sightings.c.gone_at).where(sightings.c.search_id == search, GONE)
    archived = select(delistings.c.gone_at).where(delistings.c.search_id == search)
    return [*conn.scalars(remembered), *conn.scalars(archived)]


def _shown(points: Sequence[Any], gone: Sequence[float]) -> Iterator[Instant]:
    """Yield the points that were shown last, and last with a corrected median, when a listing left."""
    corrected = [p for p in points if p.corrected is not None]
    for some in (points, corrected):
        for at in gone:
            before = [p.at for p in some if p.at < at]
            yield from before[-1:]
    yield from (p.at for p in corrected[-1:])
