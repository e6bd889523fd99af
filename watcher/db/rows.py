"""Conversion of rows to values and back."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from watcher.core.categories import category_number
from watcher.core.comps import Buying, Filters
from watcher.core.listing import Condition
from watcher.core.market_profile import MarketProfile
from watcher.core.marketplaces import currency_of
from watcher.core.money import Money, parse_money
from watcher.core.rules import LastAlerted, parse_rule
from watcher.core.sellers import hashes_of_sellers
from watcher.core.taught import read_taught, write_taught
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Certainty, Priority, Question, Search, UnknownShipping, Watch
from watcher.db.codec import read_profile, read_words, write_words
from watcher.db.row_types import RowTypes
from watcher.db.schema import searches, watches

log = logging.getLogger(__name__)

_QUESTION = ("query", "condition", "marketplace")
_SCHEDULE = (
    "due_at",
    "polled_at",
    "attempt",
    "error",
    "suspicion",
    "lease_until",
    "unreadable",
    "unrecorded",
    "value",
    "estimates",
)
# Every watch with its search. A search that is missing leaves its columns NULL, so the watch is damaged.
SCHEDULED_WATCHES = select(
    watches.c.id.label("watch_id"),
    *(c for c in watches.c if c.name != "id"),
    *(searches.c[n] for n in (*_QUESTION, *_SCHEDULE)),
    searches.c.category.label("search_category"),
).outerjoin(searches, watches.c.search_id == searches.c.id)
# The columns whose text `watch_of` interprets.
_WORDS = (
    *("rule", "marketplace", "condition", "exclude", "buying", "min_feedback", "from_country"),
    *("unknown_shipping", "rejected", "taught", "certainty", "priority", "sellers"),
)
_WATCH_TYPES = RowTypes(SCHEDULED_WATCHES, unchecked=("value", "estimates"))
# What can be learned or computed again must not keep a search from being polled.
_LEARNED = ("profile", "estimates", "value", "shortest", "longest", "scanned_at")
_SEARCH_TYPES = RowTypes(select(searches), unchecked=_LEARNED)

_MAX_VALUE = 1e12  # alerts per day

# A watch is read at every poll and seldom changes.
_rule = lru_cache(maxsize=4096)(parse_rule)
_words = lru_cache(maxsize=4096)(read_words)
_taught = lru_cache(maxsize=4096)(read_taught)


@lru_cache(maxsize=4096)
def read_filters(
    exclude: str, buying: str, min_feedback: int | None, from_country: str, sellers: str
) -> Filters:
    """Return the filters in the columns of a watch. Raises ValueError if they cannot be read."""
    return Filters(
        read_words(exclude),
        Buying(buying),
        min_feedback,
        from_country,
        hashes_of_sellers(read_words(sellers)),
    )


def question_of(row: Any) -> Question:
    """Return the question in a row that has the columns of `searches`."""
    # A daemon of an older release writes the names of categories, too.
    number = category_number(row.category)
    return Question(row.query, Condition(row.condition), number, row.marketplace)


def search_of(row: Any, lease: str) -> Search:
    """Return the value of a row of `searches`. Raises ValueError if it cannot be read."""
    _SEARCH_TYPES.require(row)
    currency_of(row.marketplace)  # raises ValueError for an unknown one
    return Search(
        id=row.id,
        question=question_of(row),
        due_at=row.due_at,
        polled_at=row.polled_at,
        attempt=row.attempt,
        lease=lease,
        profile=profile_of_row(row),
        value=learned_of(row)[0],
        estimates=learned_of(row)[1],
        paced=row.paced,
        scanned_at=Instant(row.scanned_at) if isinstance(row.scanned_at, float) else None,
        shortest=Seconds(row.shortest) if isinstance(row.shortest, float) else None,
    )


def learned_of(row: Any) -> tuple[float | None, str]:
    """Return value and estimates in a row that has these columns; what is damaged counts as unknown."""
    value, estimates = row.value, row.estimates
    known = value if isinstance(value, float) and 0 <= value < _MAX_VALUE else None
    return known, estimates if isinstance(estimates, str) else ""


def profile_of_row(row: Any) -> MarketProfile | None:
    """Return the market profile in a row of `searches`; None before the first, and if it is damaged."""
    if row.profile == "":
        return None
    try:
        return read_profile(row.profile)
    except ValueError:  # the next poll makes another
        log.warning("the market profile of a search cannot be read", extra={"search": row.id})
        return None


def watch_of(row: Any) -> Watch:
    """Return the value of a row of `SCHEDULED_WATCHES`. Raises ValueError if it cannot be read."""
    _WATCH_TYPES.require(row)
    return Watch(
        id=row.watch_id,
        search_id=row.search_id,
        user=row.user_id,
        rule=_rule(row.rule, currency_of(row.marketplace)),
        filters=read_filters(row.exclude, row.buying, row.min_feedback, row.from_country, row.sellers),
        question=Question(
            row.query, Condition(row.condition), category_number(row.search_category), row.marketplace
        ),
        unknown_shipping=read_unknown_shipping(row.unknown_shipping, currency_of(row.marketplace)),
        every=row.every,
        label=row.label,
        tag=row.tag,
        to=row.destination,
        paused=row.paused,
        created_at=row.created_at,
        baseline_at=row.baseline_at,
        armed=row.armed,
        revision=row.revision,
        rejected=_words(row.rejected),
        taught=_taught(row.taught),
        certainty=Certainty(row.certainty),
        priority=Priority(row.priority),
        sellers=_words(row.sellers),
        category=row.category or row.search_category,
        over_plan=row.over_plan,
    )


def unreadable_watches(rows: Iterable[Any]) -> Iterator[tuple[Any, ValueError]]:
    """Yield each row of `SCHEDULED_WATCHES` that cannot be read, and why.

    Many watches have the same words, so this costs half of reading all of them.
    """
    readable = set()
    for row in rows:
        words = tuple(getattr(row, name) for name in _WORDS)
        if words in readable and not _WATCH_TYPES.wrong(row):
            continue
        try:
            watch_of(row)
        except ValueError as error:
            yield row, error
        else:
            readable.add(words)


def watch_columns(watch: Watch) -> dict[str, object]:
    """Return the columns of `watches` that a user decides on."""
    filters = watch.filters
    return {
        "user_id": watch.user,
        "rule": str(watch.rule),
        "exclude": write_words(filters.exclude),
        "buying": filters.buying,
        "min_feedback": filters.min_feedback,
        "from_country": filters.from_country,
        "unknown_shipping": str(watch.unknown_shipping),
        "every": watch.every,
        "label": watch.label,
        "tag": watch.tag,
        "destination": watch.to,
        "paused": watch.paused,
        "over_plan": watch.over_plan,
        "rejected": write_words(watch.rejected),
        "taught": write_taught(watch.taught),
        "certainty": watch.certainty,
        "priority": watch.priority,
        "sellers": write_words(watch.sellers),
        "category": watch.category,
    }


def read_unknown_shipping(text: str, currency: str) -> UnknownShipping:
    """Parse `assume`, `skip` or an amount. Raises ValueError with a message for the user."""
    if text in ("assume", "skip"):
        return UnknownShipping(text)
    return UnknownShipping("amount", parse_money(text, currency))


def last_alerted_of(row: Any) -> LastAlerted:
    """Return the last alerted amounts of a row of `item_states`."""
    return LastAlerted(Money(row.total, row.currency), Money(row.price, row.currency), row.estimated)


def money_of(minor: int | None, currency: str) -> Money | None:
    """Return the amount in a column, None if it is unknown."""
    return None if minor is None else Money(minor, currency)


def minor_of(money: Money | None) -> int | None:
    """Return the column's value for an amount that may be unknown."""
    return None if money is None else money.minor
