"""Price clusters: prices that are too low for the item, and groups of prices with different titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import ceil, exp, log, sqrt
from typing import NamedTuple

from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.titles.parsed_title import parse_title

# A price above this share of the median is never too low, because users wait for bargains. If prices vary a
# lot, only a price that deviates by this many standard deviations is too low.
_MAX_LOW_SHARE, _MIN_DEVIATIONS = 0.125, 5.0
# The same for a price that is a doubt.
MAX_DOUBTED_SHARE, _DOUBTED_DEVIATIONS = 0.6, 2.0
_MAX_DOUBTED_RATIO = 1_000  # of a price that is a doubt to the typical one
# Standard deviations per median absolute deviation of a normal distribution.
_SIGMA_PER_MAD = 1.4826

# A cluster has a minimum number and share of the totals. The means of neighbours differ at least by a ratio
# and by a multiple of the standard deviation. A distinguishing word is in most titles of one cluster and in
# few of the other.
_MIN_TOTALS, _MIN_SHARE = 4, 0.12
_MIN_RATIO, _MIN_DISTANCE = 1.4, 2.6
_MIN_SHARE_INSIDE, _MAX_SHARE_OUTSIDE = 0.7, 0.15
# Minimum number of titles for a word that is not a measure; among a few titles some word always differs.
_MIN_TITLES = 8
# Titles with the word that may be in the other cluster whatever their share, so that a bargain does not hide
# that there are several things: in a large cluster, and in a small one.
_BARGAINS, _BARGAINS_OF_FEW = 2, 1
_MAX_SPLIT_LEVELS = 2  # at most four clusters
_MAX_WORDS = 3  # per group


class PriceGroup(NamedTuple):
    """One of several groups of totals, with the words that distinguish its titles from the others'.

    A group without words is one whose titles lack the words of the others.
    """

    words: tuple[str, ...]
    n: int
    low: Money
    median: Money
    high: Money

    @property
    def name(self) -> str:
        """The words of the group, for a sentence."""
        return " ".join(self.words) or "the others"


def describe_price_groups(groups: Sequence[PriceGroup]) -> str:
    """Return what the groups are and cost: `10 around $185.00 (raw), 14 around $950.00 (psa)`."""
    return ", ".join(f"{g.n} around {g.median} ({g.name})" for g in groups)


def warn_of_price_groups(groups: Sequence[PriceGroup]) -> str:
    """Return that the query means several things, and what to do; empty if it means one."""
    if not groups:
        return ""
    described = describe_price_groups(groups)
    return f"The query matches several items: {described}. Add the words of the one you mean."


def warn_of_common_median(groups: Sequence[PriceGroup]) -> str:
    """Return that the median covers several things, for a rule that compares with it; empty for one thing."""
    if not groups:
        return ""
    return (
        f"The median covers several items and is the price of none of them: {describe_price_groups(groups)}. "
        "Add the words of the one you mean to the query."
    )


def warn_of_own_groups(groups: Sequence[PriceGroup]) -> str:
    """Return the same for a rule that compares each listing with its own group; empty for one thing."""
    if not groups:
        return ""
    return (
        f"The query matches several items: {describe_price_groups(groups)}. Each listing is compared with "
        "the median of its own group. Add the words of the one you mean to the query."
    )


def restate_group(group: PriceGroup, totals: Sequence[int]) -> PriceGroup:
    """Return the group with the number and the median of those totals (minor units) that are its own."""
    own = sorted(minor for minor in totals if group.low.minor <= minor <= group.high.minor)
    if not own:
        return group._replace(n=0)
    return group._replace(n=len(own), median=Money(_median(own), group.median.currency))


class PriceBounds(NamedTuple):
    """The amount below which a price is that of something else, and those outside of which it is a doubt."""

    floor: int
    low: int
    high: int


def deviations_from(typical: int, ordered: Sequence[int]) -> list[int]:
    """Return how far prices deviate from a typical one, in thousandths of a logarithm, in order."""
    return sorted(round(1000 * abs(log(max(price, 1) / typical))) for price in ordered)


def bounds_of(typical: int, spread: int) -> PriceBounds:
    """Return the bounds of prices with this median and this median deviation.

    An eighth of the others' price is not a bargain but another item, bait or a typing error.
    """
    deviation = _SIGMA_PER_MAD * spread / 1000
    floor = typical * min(_MAX_LOW_SHARE, exp(-_MIN_DEVIATIONS * deviation))
    ratio = min(_MAX_DOUBTED_RATIO, max(1 / MAX_DOUBTED_SHARE, exp(_DOUBTED_DEVIATIONS * deviation)))
    return PriceBounds(ceil(floor), ceil(typical / ratio), ceil(typical * ratio))


def find_price_groups(query: str, kept: Sequence[Listing], currency: str) -> tuple[PriceGroup, ...]:
    """Return the groups of the totals, cheapest first; none if there is one, or no words distinguish them."""
    priced = sorted(
        (minor, x.item_id, x.title)
        for x in kept
        if (price := x.price)
        and (shipping := x.shipping)
        and price.currency == shipping.currency == currency
        and (minor := price.minor + shipping.minor)
        and not x.is_apart
    )
    if not _find_split([minor for minor, _, _ in priced]):
        return ()  # most markets; titles are read only for the others
    asked = parse_title(query).word_set
    entries = [(minor, _words_beyond_query(title, asked)) for minor, _, title in priced]
    groups = list(_split_into_groups(entries, _MAX_SPLIT_LEVELS))
    if len(groups) == 1:
        return ()
    return tuple(
        _price_group(group, [x for g in groups if g is not group for x in g], currency) for group in groups
    )


_Entry = tuple[int, dict[str, bool]]
"""A total, and the words of its title that the query does not name, each with whether it is a measure."""


def _words_beyond_query(title: str, asked: frozenset[str]) -> dict[str, bool]:
    parsed = parse_title(title)
    return {
        w: w in parsed.measures for w in parsed.words if w not in asked and len(w) > 1 and not w.isdigit()
    }


def _price_group(group: list[_Entry], others: list[_Entry], currency: str) -> PriceGroup:
    minors = [minor for minor, _ in group]
    low, median, high = (Money(minor, currency) for minor in (minors[0], _median(minors), minors[-1]))
    return PriceGroup(_distinguishing_words(group, others), len(group), low, median, high)


def _median(ordered: Sequence[int]) -> int:
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2] + 1) // 2


def _split_into_groups(entries: list[_Entry], levels: int) -> Iterator[list[_Entry]]:
    """Yield the groups of `entries`, which are ordered by price."""
    cut = _find_split([minor for minor, _ in entries]) if levels else 0
    low, high = entries[:cut], entries[cut:]
    if cut and (_distinguishing_words(low, high) or _distinguishing_words(high, low)):
        yield from _split_into_groups(low, levels - 1)
        yield from _split_into_groups(high, levels - 1)
    else:
        yield entries


def _find_split(ordered: Sequence[int]) -> int:
    """Return the index that splits ordered prices into two clusters by maximum between-class variance.

    The variance is that of the logarithms; 0 means no split.
    """
    n = len(ordered)
    min_size = max(_MIN_TOTALS, int(n * _MIN_SHARE))
    if n < 2 * min_size:
        return 0
    logs = [log(minor) for minor in ordered]
    sums = [0.0, *accumulate(logs)]
    squares = [0.0, *accumulate(x * x for x in logs)]

    def between_class_variance(k: int) -> float:
        distance = sums[k] / k - (sums[n] - sums[k]) / (n - k)
        return k * (n - k) * distance * distance

    cut = max(range(min_size, n - min_size + 1), key=between_class_variance)

    def mean_and_variance(a: int, b: int) -> tuple[float, float]:
        mean = (sums[b] - sums[a]) / (b - a)
        return mean, max(0.0, (squares[b] - squares[a]) / (b - a) - mean * mean)

    (low, low_variance), (high, high_variance) = mean_and_variance(0, cut), mean_and_variance(cut, n)
    distance, deviation = high - low, sqrt((low_variance + high_variance) / 2)
    return cut if distance >= log(_MIN_RATIO) and distance >= _MIN_DISTANCE * deviation else 0


def _distinguishing_words(group: list[_Entry], others: list[_Entry]) -> tuple[str, ...]:
    """Return the words in most titles of `group` and hardly any of `others`, the most distinctive first."""
    count_outside = Counter(word for _, words in others for word in words)
    bargains = _BARGAINS if len(others) >= _MIN_TITLES else _BARGAINS_OF_FEW
    max_outside = max(bargains, _MAX_SHARE_OUTSIDE * len(others))
    found = []
    for word, n in Counter(word for _, words in group for word in words).items():
        inside, outside = n / len(group), count_outside[word] / len(others)
        measure = any(words.get(word) for _, words in group)
        enough = measure or min(len(group), len(others)) >= _MIN_TITLES
        if inside >= _MIN_SHARE_INSIDE and count_outside[word] <= max_outside and enough:
            found.append((outside - inside, word))
    return tuple(word for _, word in sorted(found)[:_MAX_WORDS])
