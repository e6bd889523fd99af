"""What a poll observes of the market: price points and sightings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Double, bindparam, func, literal_column, update

from watcher.core.polls import PollResult, Sighting
from watcher.core.times import DAY, Instant, Seconds
from watcher.db.engine import driver_sql, insert_many, upsert_for
from watcher.db.rows import minor_of
from watcher.db.schema import price_points, sightings

# If two polls are further apart, only this much of the gap counts as time in which a listing was unseen.
_LONGEST_COUNTED_PAUSE = Seconds(7 * DAY)
_SHIFT_SEEN_AT = (
    update(sightings)
    .where(sightings.c.search_id == bindparam("search"), sightings.c.gone_at.is_(None))
    .values(seen_at=sightings.c.seen_at + bindparam("pause", type_=Double))
)


class _Statements(NamedTuple):
    price_point: str
    sighting: str
    still_listed: str


@lru_cache(maxsize=2)
def _statements(dialect: str) -> _Statements:
    """Return the INSERTs for a dialect; building them takes four times as long as running them."""
    insert = upsert_for(dialect, sightings)
    new = insert.excluded
    values = {n: new[n] for n in ("currency", "price", "shipping", "changed_at", "seen_at", "gone_at")}
    # A listing that is gone has no title in the row; the last known one stays.
    for name in ("title", "image"):
        values[name] = func.coalesce(func.nullif(new[name], literal_column("''")), sightings.c[name])
    for name in ("auction", "bids", "ends_at", "listed_at"):
        values[name] = func.coalesce(new[name], sightings.c[name])
    key = ["search_id", "item_id"]
    return _Statements(
        driver_sql(dialect, upsert_for(dialect, price_points).on_conflict_do_nothing()),
        driver_sql(dialect, insert.on_conflict_do_update(index_elements=key, set_=values)),
        # Rows of an older release have no picture; within a day of an upgrade this adds it.
        driver_sql(
            dialect,
            insert.on_conflict_do_update(
                index_elements=key, set_={"seen_at": new.seen_at, "image": values["image"]}
            ),
        ),
    )


def record_price_points(conn: Connection, polls: Sequence[PollResult]) -> None:
    """Insert the statistics of polls."""
    rows = [
        {
            "search_id": p.search_id,
            "filters": filters,
            "at": p.at,
            "basis": s.basis,
            "currency": s.currency,
            "n": s.n,
            "low": minor_of(s.low),
            "p25": minor_of(s.p25),
            "median": minor_of(s.median),
            "p75": minor_of(s.p75),
            "high": minor_of(s.high),
            "interval_low": minor_of(s.interval[0] if s.interval else None),
            "interval_high": minor_of(s.interval[1] if s.interval else None),
            "corrected": None,
        }
        for p in polls
        for filters, s in p.points.items()
    ]
    insert_many(conn, _statements(conn.dialect.name).price_point, rows)


def record_sightings(
    conn: Connection, polls: Sequence[PollResult], polled_before: Mapping[int, Instant | None]
) -> None:
    """Insert or update what polls saw. `polled_before`: the previous poll of each search, by its id."""
    gaps = {p.search_id: p.at - (polled_before[p.search_id] or p.at) for p in polls if not p.failed}
    pauses = [
        {"search": search, "pause": gap - _LONGEST_COUNTED_PAUSE}
        for search, gap in gaps.items()
        if gap > _LONGEST_COUNTED_PAUSE
    ]
    if pauses:
        conn.execute(_SHIFT_SEEN_AT, pauses)
    statements = _statements(conn.dialect.name)
    insert_many(conn, statements.sighting, [_sighting_row(p, s) for p in polls for s in p.sightings])
    insert_many(conn, statements.still_listed, [_sighting_row(p, s) for p in polls for s in p.still_there])


def _sighting_row(poll: PollResult, sighting: Sighting) -> dict[str, Any]:
    money = sighting.price or sighting.shipping
    return {
        "search_id": poll.search_id,
        "item_id": sighting.item_id,
        "title": sighting.title,
        "currency": money.currency if money else "",
        "price": minor_of(sighting.price),
        "shipping": minor_of(sighting.shipping),
        "auction": sighting.auction,
        "bids": sighting.bids,
        "ends_at": sighting.ends_at,
        "listed_at": sighting.listed_at,
        "image": sighting.image,
        "first_seen": sighting.seen_at,
        "changed_at": sighting.seen_at,
        "seen_at": sighting.seen_at,
        "gone_at": sighting.seen_at if sighting.gone else None,
    }
