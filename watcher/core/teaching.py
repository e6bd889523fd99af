"""Which listings to ask a user about: those whose answer would decide most; and what answers changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import log2, sqrt
from typing import Any, NamedTuple

from watcher.core.comps import Selection
from watcher.core.confidence import Confidence, Doubt
from watcher.core.item_number import hashed_id
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.plurals import count_of, plural_of
from watcher.core.taught import Taught, missing_of, words_beyond
from watcher.core.titles.verdict import Reason

MAX_QUESTIONS = 3
_OPEN_REASONS = frozenset((Reason.QUERY, Reason.DOUBT, Reason.CATEGORY, Reason.SPECIFICS, Reason.TAUGHT))
_MAX_STANDS_FOR = 25  # rows; more count no more
_UNPRICED = 0.3  # the weight of a price that is unknown
_ITSELF_ALONE = 0.3  # the weight of a dropped row whose answer frees no word of the query
_ALIKE, _ALIKE_WEIGHT = 0.5, 0.25  # the common share of words that makes rows alike, and what is left then


class Teaching(NamedTuple):
    """Answers to give and to take back: numbers, ids or addresses of items; an answer also by its hash.

    `forget` may be `all`.
    """

    same: Sequence[str] = ()
    different: Sequence[str] = ()
    forget: Sequence[str] = ()


class RowToAsk(NamedTuple):
    """A listing to ask about: whether it is kept now, why that is open, and how many rows are like it."""

    listing: Listing
    kept: bool
    why: str
    stands_for: int


class _Row(NamedTuple):
    listing: Listing
    reason: Reason | None
    why: str
    words: frozenset[str]
    missing: tuple[str, ...]

    @property
    def kept(self) -> bool:
        return self.reason is None


def rows_to_ask(
    selection: Selection, query: str, marketplace: str, taught: Taught = (), interest: Money | None = None
) -> tuple[RowToAsk, ...]:
    """Return up to three rows whose answer would decide most, the most decisive first.

    These are unsure rows, kept or dropped, that stand for many others, are near the price of `interest`, and
    differ from each other.
    """
    answered = {a.item for a in taught}
    rows = [
        r for r in _open_rows(selection, query, marketplace) if hashed_id(r.listing.item_id) not in answered
    ]
    stands_for = _count_decided(rows)
    left = {r.listing.item_id: r for r in rows}
    scores = {item: _score(r, stands_for[item], interest) for item, r in left.items()}
    asked: list[RowToAsk] = []
    while left and len(asked) < MAX_QUESTIONS:
        best = min(left.values(), key=lambda r: (-scores[r.listing.item_id], r.listing.item_id))
        item = best.listing.item_id
        del left[item]
        asked.append(RowToAsk(best.listing, best.kept, best.why, stands_for[item]))
        left = {other: row for other, row in left.items() if not _says_the_same(best, row)}
        for other, row in left.items():
            if _are_alike(best, row):
                scores[other] *= _ALIKE_WEIGHT
    return tuple(asked)


def _open_rows(selection: Selection, query: str, marketplace: str) -> Iterator[_Row]:
    """Yield the rows that are not sure."""
    reasons = {d.listing.item_id: d for d in selection.dropped}
    for listing in (*selection.kept, *(d.listing for d in selection.dropped)):
        item = listing.item_id
        doubt, drop = selection.doubts.get(item), reasons.get(item)
        if doubt is None or (drop and not _may_be_wrong(drop.reason, doubt)):
            continue
        why = doubt.why or (drop.detail if drop else "")
        words, missing = (
            words_beyond(query, listing.title, marketplace),
            missing_of(query, listing.title, marketplace),
        )
        yield _Row(listing, drop.reason if drop else None, why, words, missing)


def _may_be_wrong(reason: Reason, doubt: Doubt) -> bool:
    return reason in _OPEN_REASONS and doubt.confidence is Confidence.DOUBTFUL


def _count_decided(rows: Sequence[_Row]) -> dict[str, int]:
    """Return by item id how many of the rows an answer would decide: at least the row itself."""
    with_word: dict[str, set[str]] = defaultdict(set)
    lacking: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in rows:
        if row.kept:
            for word in row.words:
                with_word[word].add(row.listing.item_id)
        elif row.missing:
            lacking[row.missing].add(row.listing.item_id)
    counts = {}
    for row in rows:
        would_go = set[str]().union(*(with_word[w] for w in row.words & with_word.keys()))
        would_come = lacking.get(row.missing, set())
        others = max(len(would_go - {row.listing.item_id}), len(would_come - {row.listing.item_id}))
        counts[row.listing.item_id] = 1 + others
    return counts


def _score(row: _Row, stands_for: int, interest: Money | None) -> float:
    openness = 1.0
    if not row.kept and row.reason is Reason.QUERY:
        openness = 1 / len(row.missing) if row.missing else _ITSELF_ALONE
    return openness * sqrt(min(stands_for, _MAX_STANDS_FOR)) * _nearness(row.listing, interest)


def _nearness(listing: Listing, interest: Money | None) -> float:
    """Return 1 at the price of interest, and less the farther away a listing's is."""
    amount = listing.total or listing.price
    if interest is None or not interest.minor:
        return 1.0
    if amount is None or amount.currency != interest.currency or not amount.minor:
        return _UNPRICED
    return 1 / (1 + abs(log2(amount.minor / interest.minor)))


def _says_the_same(one: _Row, other: _Row) -> bool:
    """Return whether an answer about one row says nearly all that one about the other would say."""
    shared, all_words = one.words & other.words, one.words | other.words
    return one.missing == other.missing and (not all_words or len(shared) > len(all_words) * _ALIKE)


def _are_alike(one: _Row, other: _Row) -> bool:
    """Return whether the same leaves both rows open."""
    return one.why == other.why or (one.missing == other.missing != ())


def change_sentence(view: Mapping[str, Any]) -> str:
    """Return what answers changed, of the JSON of `teach`."""
    if view["kept"] is None:
        return "The comps change when the next answer of the market is there."
    median, before, currency = view["median"], view["medianBefore"], view["currency"]
    came, went = view["added"], view["removed"]
    kept = f"{count_of(view['kept'], 'listing')} {plural_of(view['kept'], 'is', 'are')} kept"
    if came or went:
        kept += f": {came} came in, {went} went"
    cost = f"The median is {median} {currency}" if median else "There is no median"
    changed = "as before" if median == before else f"before it was {before} {currency}" if before else "now"
    return f"{kept}. {cost}, {changed}." if median or before else f"{kept}."
