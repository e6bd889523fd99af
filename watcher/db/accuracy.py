"""How wrong medians were: what it is computed from, and the figures that are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from watcher.core.accuracy import WITHIN_PERCENT, Accuracy, ErrorFigures, EstimatedShare, ShownMedian
from watcher.core.comps import Basis
from watcher.core.delistings import DelistingKind, SeenListing
from watcher.core.money import Money
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import Question, SearchId
from watcher.db.database import Store
from watcher.db.history import MAX_POINTS, MAX_SIGHTINGS, sighted_of
from watcher.db.row_types import RowTypes, instant_or_none
from watcher.db.rows import minor_of, money_of, question_of
from watcher.db.schema import accuracy, price_points, searches, sightings, watches
from watcher.db.searches import SIGHTING_TYPES

# A corrected median is computed about once an hour; an older one is no longer that of the present market.
_LATEST_CORRECTED = Seconds(2 * DAY)
_TOO_LARGE = 1e11
_SEARCHES = (
    select(searches)
    .where(searches.c.id > bindparam("after"))
    .order_by(searches.c.id)
    .limit(bindparam("some"))
)
_CATEGORIES = (
    select(watches.c.search_id, watches.c.category)
    .where(watches.c.search_id.in_(bindparam("ids", expanding=True)))
    .distinct()
)
_SEEN = (
    select(sightings)
    .where(sightings.c.search_id == bindparam("search"))
    .order_by(sightings.c.changed_at.desc())
    .limit(MAX_SIGHTINGS)
)
_SHOWN = (
    select(
        *(
            price_points.c[name]
            for name in ("at", "basis", "currency", "median", "interval_low", "interval_high", "corrected")
        )
    )
    .where(price_points.c.search_id == bindparam("search"), price_points.c.filters == "")
    .order_by(price_points.c.at.desc())
    .limit(MAX_POINTS)
)
_CORRECTED = (
    select(price_points.c.corrected, price_points.c.currency)
    .join(searches, searches.c.id == price_points.c.search_id)
    .where(searches.c.key == bindparam("key"), price_points.c.filters == "")
    .where(price_points.c.at >= bindparam("since"), price_points.c.corrected.is_not(None))
    .order_by(price_points.c.at.desc())
    .limit(1)
)
_NEWEST = (
    select(func.max(price_points.c.at))
    .where(price_points.c.search_id == bindparam("search"), price_points.c.filters == "")
    .scalar_subquery()
)
_SET_CORRECTED = (
    update(price_points)
    .where(price_points.c.search_id == bindparam("search"), price_points.c.filters == "")
    .where(price_points.c.at == _NEWEST)
    .values(corrected=bindparam("value"))
)
_ALL = select(accuracy).order_by(accuracy.c.category, accuracy.c.basis)
_ONE = select(accuracy).where(
    accuracy.c.category == bindparam("name"), accuracy.c.basis == bindparam("shown_basis")
)
_COMPUTED_AT = select(func.max(accuracy.c.computed_at))
_SEARCH_TYPES, _SHOWN_TYPES = RowTypes(select(searches)), RowTypes(_SHOWN)
_TYPES = RowTypes(select(accuracy))


class CategorizedQuestion(NamedTuple):
    """The question of a search, and the categories that its watches name; without watches, its number."""

    question: Question
    categories: frozenset[str]


class Remembered(NamedTuple):
    """The listings of a search that changed last; everything that was seen since `complete_since`."""

    listings: Sequence[SeenListing]
    complete_since: Instant


class AccuracyStore(Store):
    """Reads what accuracy is computed from, and keeps its figures."""

    def searches_after(
        self, search: SearchId, limit: int
    ) -> tuple[Mapping[SearchId, CategorizedQuestion], SearchId | None]:
        """Return the next searches by their ids, and the last id, None at the end."""
        rows = self._db.rows(_SEARCHES, {"after": search, "some": limit})
        found = _SEARCH_TYPES.read(rows, lambda row: (SearchId(row.id), question_of(row)))
        named: dict[int, set[str]] = {}
        for row in self._db.rows(_CATEGORIES, {"ids": [number for number, _ in found]}):
            if isinstance(row.category, str):  # not damaged
                named.setdefault(row.search_id, set()).add(row.category)
        categorized = {
            number: CategorizedQuestion(question, frozenset(named.get(number, {question.category})))
            for number, question in found
        }
        return categorized, rows[-1].id if rows else None

    def remembered(self, search: SearchId) -> Remembered:
        """Return what a search remembers, the last changed first."""
        rows = self._db.rows(_SEEN, {"search": search})
        found = SIGHTING_TYPES.read(rows, sighted_of)
        is_cut = len(rows) == MAX_SIGHTINGS and found
        return Remembered(found, found[-1].changed_at if is_cut else Instant(0.0))

    def shown(self, search: SearchId) -> Sequence[ShownMedian]:
        """Return the medians that a search has recorded without filters, oldest first."""
        return _SHOWN_TYPES.read(reversed(self._db.rows(_SHOWN, {"search": search})), _shown_of)

    def corrected(self, question: Question, now: Instant) -> Money | None:
        """Return the present corrected median of a question; None if unknown."""
        found = self._db.rows(_CORRECTED, {"key": question.key, "since": now - _LATEST_CORRECTED})
        return money_of(found[0].corrected, found[0].currency) if found else None

    async def set_corrected(self, found: Mapping[SearchId, Money | None]) -> None:
        """Store the corrected medians of searches with their newest price points."""
        rows = [{"search": search, "value": minor_of(found[search])} for search in sorted(found)]
        if rows:
            await self._db.write(_set_corrected, rows)

    def all(self) -> Sequence[Accuracy]:
        """Return the figures of all categories that can be read."""
        return _TYPES.read(self._db.rows(_ALL), _accuracy_of)

    def of(self, category: str, basis: Basis) -> Accuracy | None:
        """Return the figures of a category by its canonical name; None if there are none."""
        rows = self._db.rows(_ONE, {"name": category, "shown_basis": str(basis)})
        return next(iter(_TYPES.read(rows, _accuracy_of)), None)

    def computed_at(self) -> Instant | None:
        """Return when the figures were computed; None if there are none, or if that is damaged."""
        return instant_or_none(self._db.value(_COMPUTED_AT))

    async def replace(self, found: Sequence[Accuracy], now: Instant) -> None:
        """Store these figures instead of all others."""
        await self._db.write(_replace, [_row_of(one, now) for one in found])


def _set_corrected(conn: Connection, rows: list[dict[str, Any]]) -> None:
    conn.execute(_SET_CORRECTED, rows)


def _replace(conn: Connection, rows: list[dict[str, Any]]) -> None:
    conn.execute(delete(accuracy))
    if rows:
        conn.execute(insert(accuracy), rows)


def _shown_of(row: Any) -> ShownMedian:
    interval = None
    if row.interval_low is not None and row.interval_high is not None:
        interval = (row.interval_low, row.interval_high)
    return ShownMedian(row.at, Basis(row.basis), row.currency, row.median, interval, row.corrected)


def _row_of(found: Accuracy, now: Instant) -> dict[str, Any]:
    payload = {
        "kinds": {str(kind): n for kind, n in found.kinds.items()},
        "plain": _figures_row(found.plain),
        "corrected": found.corrected and _figures_row(found.corrected),
        "covered": found.covered,
        "since": found.since,
    }
    return {
        "category": found.category,
        "basis": str(found.basis),
        "n": found.plain.n,
        "payload": json.dumps(payload),
        "computed_at": now,
    }


def _figures_row(figures: ErrorFigures) -> dict[str, Any]:
    return figures._asdict() | {"within": {str(percent): share for percent, share in figures.within.items()}}


def _accuracy_of(row: Any) -> Accuracy:
    """Return the value of a row of `accuracy`. Raises ValueError if it cannot be read."""
    try:
        payload = json.loads(row.payload)
        corrected, covered = payload["corrected"], payload["covered"]
        return Accuracy(
            row.category,
            Basis(row.basis),
            {DelistingKind(kind): int(n) for kind, n in payload["kinds"].items()},
            _figures_of(payload["plain"]),
            corrected and _figures_of(corrected),
            covered and _share_of(covered),
            Instant(_number(payload["since"])),
            row.computed_at,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("damaged figures") from error


def _figures_of(found: Any) -> ErrorFigures:
    interval = found["interval"]
    return ErrorFigures(
        int(_number(found["n"])),
        _number(found["median"]),
        interval and (_number(interval[0]), _number(interval[1])),
        {percent: _share_of(found["within"][str(percent)]) for percent in WITHIN_PERCENT},
    )


def _share_of(found: Any) -> EstimatedShare:
    value, low, high = map(_number, found)
    return EstimatedShare(value, low, high)


def _number(found: Any) -> float:
    """Return a number that can be shown. Raises ValueError."""
    if not isinstance(found, int | float) or not 0 <= found < _TOO_LARGE:
        raise ValueError("not a plausible number")
    return found
