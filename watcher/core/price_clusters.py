"""The shape of prices: which are too low to be the item's, and whether they fall into several humps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import exp, log, sqrt
from typing import NamedTuple

from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.titles.parsed_title import parse_title

# So many prices must be there before one of them is out of line.
_EVIDENCE = 4
# No price above this share of the median is too low, however much alike the others are: a bargain is what
# people wait for. Where prices differ a lot, only what is further off than so many times as usual.
_BARGAIN, _TIMES = 0.125, 5.0
# A median absolute deviation in standard deviations of a normal distribution.
_NORMAL = 1.4826

# A hump has at least so many totals and that share of all; its middle is so many times another's, and
# the middles are so far apart beside the widths; most of its titles say what hardly any of the other does.
_LEAST, _SHARE = 4, 0.12
_RATIO, _APART = 1.4, 2.6
_MOST, _HARDLY = 0.7, 0.15
# A word that is no measure tells only of so many titles, for of few some word always tells.
_MANY = 8
_DEEPEST = 2  # splits, one within the other: four humps at most
_WORDS = 3


class Hump(NamedTuple):
    """One of several groups of totals, and the words that its titles say and the others' hardly do.

    Without words, its titles lack those of the others.
    """

    words: tuple[str, ...]
    n: int
    low: Money
    median: Money
    high: Money


def too_low(listings: Sequence[Listing]) -> dict[str, float]:
    """The listings of one currency that cost next to nothing beside the others: id and share of the median.

    An eighth of what the others ask is no bargain but another thing, a come-on or a slip. A listing whose
    shipping is unknown is judged by its price.
    """
    prices = {x.item_id: amount.minor for x in listings if (amount := x.total or x.price)}
    ordered = sorted(prices.values())
    middle = ordered[len(ordered) // 2] if ordered else 0
    if len(ordered) < _EVIDENCE or ordered[0] >= middle * _BARGAIN:
        return {}
    off = sorted(abs(log(max(price, 1) / middle)) for price in ordered)
    floor = middle * min(_BARGAIN, exp(-_TIMES * _NORMAL * off[len(off) // 2]))
    return {item: price / middle for item, price in prices.items() if price < floor}


def humps(query: str, kept: Sequence[Listing], currency: str) -> tuple[Hump, ...]:
    """The humps of the totals, cheapest first; none where they are one, or no words tell them apart."""
    asked = parse_title(query).word_set
    said = sorted(
        (total.minor, x.item_id, _words(x.title, asked))
        for x in kept
        if (total := x.total) and total.currency == currency and total.minor
    )
    groups = list(_groups([(minor, words) for minor, _, words in said], _DEEPEST))
    if len(groups) == 1:
        return ()
    return tuple(_hump(group, [x for g in groups if g is not group for x in g], currency) for group in groups)


_Said = tuple[int, dict[str, bool]]
"""A total, and the words of its title that the query does not name, each with whether it is a measure."""


def _words(title: str, asked: frozenset[str]) -> dict[str, bool]:
    seen = parse_title(title)
    return {w: w in seen.measures for w in seen.words if w not in asked and len(w) > 1 and not w.isdigit()}


def _hump(group: list[_Said], others: list[_Said], currency: str) -> Hump:
    minors = [minor for minor, _ in group]
    middle = (minors[(len(minors) - 1) // 2] + minors[len(minors) // 2] + 1) // 2
    low, median, high = (Money(minor, currency) for minor in (minors[0], middle, minors[-1]))
    return Hump(_telling(group, others), len(group), low, median, high)


def _groups(said: list[_Said], deep: int) -> Iterator[list[_Said]]:
    """`said`, ordered by price, in its groups."""
    cut = _valley([minor for minor, _ in said]) if deep else 0
    low, high = said[:cut], said[cut:]
    if cut and (_telling(low, high) or _telling(high, low)):
        yield from _groups(low, deep - 1)
        yield from _groups(high, deep - 1)
    else:
        yield said


def _valley(ordered: Sequence[int]) -> int:
    """Where ordered prices part in two humps, 0 for none: the split that explains most of the logarithms."""
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


def _telling(these: list[_Said], those: list[_Said]) -> tuple[str, ...]:
    """The words that most of these titles say and hardly any of those, the most telling first."""
    there = Counter(word for _, words in those for word in words)
    found = []
    for word, n in Counter(word for _, words in these for word in words).items():
        ours, theirs = n / len(these), there[word] / len(those)
        measure = any(words.get(word) for _, words in these)
        if ours >= _MOST and theirs <= _HARDLY and (measure or min(len(these), len(those)) >= _MANY):
            found.append((theirs - ours, word))
    return tuple(word for _, word in sorted(found)[:_WORDS])
