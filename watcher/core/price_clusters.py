"""Price clusters: prices that are too low for the item, and groups of prices with different titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import exp, log, sqrt
from typing import NamedTuple

from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.titles.parsed_title import parse_title

# Minimum number of prices before one of them can be out of line.
_EVIDENCE = 4
# A price above this share of the median is never too low, because people wait for bargains. If prices vary a
# lot, only a price that deviates this many times more than usual is too low.
_BARGAIN, _TIMES = 0.125, 5.0
# Standard deviations per median absolute deviation of a normal distribution.
_NORMAL = 1.4826

# A cluster has a minimum number and share of the totals. The means of neighbours differ at least by a ratio
# and by a multiple of the standard deviation. A telling word is in most titles of one, in few of the other.
_LEAST, _SHARE = 4, 0.12
_RATIO, _APART = 1.4, 2.6
_MOST, _HARDLY = 0.7, 0.15
# Minimum number of titles for a word that is not a measure; among a few titles some word always differs.
_MANY = 8
_DEEPEST = 2  # levels of splits: at most four clusters
_WORDS = 3


class PriceGroup(NamedTuple):
    """One of several groups of totals, with the words that distinguish its titles from the others'.

    A group without words is one whose titles lack the words of the others.
    """

    words: tuple[str, ...]
    n: int
    low: Money
    median: Money
    high: Money


def find_too_low(listings: Sequence[Listing]) -> dict[str, float]:
    """Return the listings of one currency that cost next to nothing: id and share of the median.

    An eighth of the others' price is not a bargain but another item, bait or a typing error. A listing with
    unknown shipping is compared by its price.
    """
    prices = {x.item_id: amount.minor for x in listings if (amount := x.total or x.price)}
    ordered = sorted(prices.values())
    middle = ordered[len(ordered) // 2] if ordered else 0
    if len(ordered) < _EVIDENCE or ordered[0] >= middle * _BARGAIN:
        return {}
    off = sorted(abs(log(max(price, 1) / middle)) for price in ordered)
    floor = middle * min(_BARGAIN, exp(-_TIMES * _NORMAL * off[len(off) // 2]))
    return {item: price / middle for item, price in prices.items() if price < floor}


def find_price_groups(query: str, kept: Sequence[Listing], currency: str) -> tuple[PriceGroup, ...]:
    """Return the groups of the totals, cheapest first; none if there is one, or no words distinguish them."""
    asked = parse_title(query).word_set
    entries = sorted(
        (total.minor, x.item_id, _words(x.title, asked))
        for x in kept
        if (total := x.total) and total.currency == currency and total.minor
    )
    groups = list(_groups([(minor, words) for minor, _, words in entries], _DEEPEST))
    if len(groups) == 1:
        return ()
    return tuple(
        _price_group(group, [x for g in groups if g is not group for x in g], currency) for group in groups
    )


_Entry = tuple[int, dict[str, bool]]
"""A total, and the words of its title that the query does not name, each with whether it is a measure."""


def _words(title: str, asked: frozenset[str]) -> dict[str, bool]:
    seen = parse_title(title)
    return {w: w in seen.measures for w in seen.words if w not in asked and len(w) > 1 and not w.isdigit()}


def _price_group(group: list[_Entry], others: list[_Entry], currency: str) -> PriceGroup:
    minors = [minor for minor, _ in group]
    middle = (minors[(len(minors) - 1) // 2] + minors[len(minors) // 2] + 1) // 2
    low, median, high = (Money(minor, currency) for minor in (minors[0], middle, minors[-1]))
    return PriceGroup(_telling(group, others), len(group), low, median, high)


def _groups(entries: list[_Entry], deep: int) -> Iterator[list[_Entry]]:
    """Yield the groups of `entries`, which are ordered by price."""
    cut = _valley([minor for minor, _ in entries]) if deep else 0
    low, high = entries[:cut], entries[cut:]
    if cut and (_telling(low, high) or _telling(high, low)):
        yield from _groups(low, deep - 1)
        yield from _groups(high, deep - 1)
    else:
        yield entries


def _valley(ordered: Sequence[int]) -> int:
    """Return the index that splits ordered prices into two clusters by maximum between-class variance.

    The variance is that of the logarithms; 0 means no split.
    """
    n = len(ordered)
    least = max(_LEAST, int(n * _SHARE))
    if n < 2 * least:
        return 0
    logs = [log(minor) for minor in ordered]
    sums = [0.0, *accumulate(logs)]
    squares = [0.0, *accumulate(x * x for x in logs)]

    def between(k: int) -> float:
        apart = sums[k] / k - (sums[n] - sums[k]) / (n - k)
        return k * (n - k) * apart * apart

    cut = max(range(least, n - least + 1), key=between)

    def spread(a: int, b: int) -> tuple[float, float]:
        mean = (sums[b] - sums[a]) / (b - a)
        return mean, max(0.0, (squares[b] - squares[a]) / (b - a) - mean * mean)

    (low, wide), (high, wider) = spread(0, cut), spread(cut, n)
    far = high - low
    return cut if far >= log(_RATIO) and far >= _APART * sqrt((wide + wider) / 2) else 0


def _telling(these: list[_Entry], those: list[_Entry]) -> tuple[str, ...]:
    """Return the words that most of these titles and hardly any of those contain, the most telling first."""
    there = Counter(word for _, words in those for word in words)
    found = []
    for word, n in Counter(word for _, words in these for word in words).items():
        ours, theirs = n / len(these), there[word] / len(those)
        measure = any(words.get(word) for _, words in these)
        if ours >= _MOST and theirs <= _HARDLY and (measure or min(len(these), len(those)) >= _MANY):
            found.append((theirs - ours, word))
    return tuple(word for _, word in sorted(found)[:_WORDS])
