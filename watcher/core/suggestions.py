"""What would improve a watch that is being written: words to exclude, targets, and one item of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median_low
from typing import NamedTuple

from watcher.core.comps import Comps, Dropped, percentile
from watcher.core.listing import Listing
from watcher.core.money import Money, exponent
from watcher.core.own_groups import ONE_MARKET, MarketGroups
from watcher.core.plurals import count_of
from watcher.core.price_clusters import PriceGroup
from watcher.core.rules.deal import MIN_COMPS
from watcher.core.titles.parsed_title import parse_title
from watcher.core.titles.verdict import Reason
from watcher.core.titles.vocabulary import words

MAX_EXCLUSIONS = 5
_MAX_TITLES = 1_000  # of each kind that are read

# Reasons against a title that are words of it, so that the same words elsewhere are a warning.
_TITLE_REASONS = frozenset(
    (
        Reason.ACCESSORY,
        Reason.GROUP,
        Reason.LOT,
        Reason.PARTS,
        Reason.PRESALE,
        Reason.REPRINT,
        Reason.STAND_IN,
        Reason.SYSTEM,
    )
)
# Words that say nothing about the item.
COMMON_WORDS = words(
    "and authentic box condition excellent fast for free from genuine good great has mint new nice not only "
    "original oem pre preowned rare read sale see shipping ships the this unit usa used very with works "
    "working world worldwide"
)
_MIN_DROPPED, _MIN_DROPPED_SHARE = 3, 0.6  # titles with the word that were dropped, of all titles with it
_MIN_CHEAP, _CHEAP_SHARE = 2, 0.6  # kept titles with the word, and their median as a share of the common one
_MAX_KEPT_SHARE = 0.34  # of the kept titles; a word in more of them is part of the item
_MIN_KEPT = 5  # titles; of fewer no word is unusual
_MIN_LETTERS = 3
_DIGITS = 2  # significant ones of a suggested target
_BARGAIN = 70  # percent of the median


class SuggestedExclusion(NamedTuple):
    """Words to exclude, how many of the kept listings that would drop, and why."""

    words: str
    drops: int
    why: str


class SuggestedRule(NamedTuple):
    """A rule as it is typed, the total that satisfies it now, and how many of the kept listings do.

    `limit` is None if it differs between the price groups.
    """

    rule: str
    limit: Money | None
    matches: int


class SuggestedItem(NamedTuple):
    """One of several things that a query finds, and what makes the watch mean it alone.

    `query` is the changed query, or `exclude` the words to exclude; the other one is empty.
    """

    group: PriceGroup
    query: str
    exclude: tuple[str, ...]


def suggest_exclusions(
    query: str, comps: Comps, excluded: Sequence[str] = ()
) -> tuple[SuggestedExclusion, ...]:
    """Return words that mark listings which are probably not the item, those that drop the most first.

    A word counts if most titles with it were dropped, or if the kept listings with it are far too cheap.
    """
    kept, dropped = comps.selection.kept[:_MAX_TITLES], comps.selection.dropped[:_MAX_TITLES]
    if len(kept) < _MIN_KEPT:
        return ()
    ignored = parse_title(query).word_set.union(*(parse_title(phrase).word_set for phrase in excluded))
    counts = Counter(word for x in kept for word in _unusual_words(x.title, ignored))
    against = Counter(
        word for d in dropped if _is_about_title(d) for word in _unusual_words(d.listing.title, ignored)
    )
    found = []
    for word, n in counts.items():
        if n > len(kept) * _MAX_KEPT_SHARE:
            continue
        why = _why_dropped(word, n, against[word]) or _why_cheap(word, kept)
        if why:
            found.append(SuggestedExclusion(word, n, why))
    return tuple(sorted(found, key=lambda s: (-s.drops, s.words))[:MAX_EXCLUSIONS])


def suggest_rules(comps: Comps, groups: MarketGroups = ONE_MARKET) -> tuple[SuggestedRule, ...]:
    """Return targets that the cheapest tenth and a bargain meet; none without enough totals.

    `groups` are the price groups of these comps, within which a bargain is one.
    """
    stats = comps.statistics
    totals = sorted(t.minor for x in comps.selection.kept if (t := x.total) and t.currency == stats.currency)
    if len(totals) < MIN_COMPS or stats.median is None:
        return ()
    amounts = [percentile(totals, 1, 10), stats.median.minor * _BARGAIN // 100]
    limits = sorted({_rounded(amount, stats.currency) for amount in amounts}, reverse=True)
    limits = [limit for limit in limits if limit.minor <= amounts[0]]  # a higher one alerts too often
    below = (SuggestedRule(f"below {limit.typed}", limit, _up_to(totals, limit.minor)) for limit in limits)
    if not groups.groups:
        deal = Money(amounts[1], stats.currency)
        return (*below, SuggestedRule(f"deal {_BARGAIN}%", deal, _up_to(totals, deal.minor)))
    leveled = [total.minor for total in groups.leveled_totals(comps.selection.kept)]
    bargains = _up_to(leveled, groups.groups[0].median.minor * _BARGAIN // 100)
    return (*below, SuggestedRule(f"deal {_BARGAIN}%", None, bargains))


def suggest_items(query: str, groups: Sequence[PriceGroup]) -> tuple[SuggestedItem, ...]:
    """Return what makes the watch mean each of several groups: its words in the query, or the others' not."""
    found = []
    for group in groups:
        others = tuple(word for other in groups if other is not group for word in other.words)
        longer = " ".join((query, *group.words)) if group.words else ""
        if longer or others:
            found.append(SuggestedItem(group, longer, () if longer else others))
    return tuple(found)


def _unusual_words(title: str, ignored: frozenset[str]) -> frozenset[str]:
    parsed = parse_title(title)
    return frozenset(
        word
        for word in parsed.word_set - ignored - COMMON_WORDS
        if len(word) >= _MIN_LETTERS and word.isalpha()
    )


def _is_about_title(dropped: Dropped) -> bool:
    return dropped.reason in _TITLE_REASONS


def _why_dropped(word: str, kept: int, dropped: int) -> str:
    if dropped < _MIN_DROPPED or dropped < (kept + dropped) * _MIN_DROPPED_SHARE:
        return ""
    return f'{dropped} of {kept + dropped} titles with "{word}" are something else'


def _why_cheap(word: str, kept: Sequence[Listing]) -> str:
    ours: list[int] = []
    others: list[int] = []
    currency = ""
    for x in kept:
        if total := x.total:
            currency = total.currency
            (ours if word in parse_title(x.title).word_set else others).append(total.minor)
    if len(ours) < _MIN_CHEAP or not others or max(ours) > (usual := median_low(others)) * _CHEAP_SHARE:
        return ""
    middle = Money(median_low(ours), currency)
    offers = count_of(len(ours), "offer")
    return f'{offers} with "{word}" cost about {middle}, the others {Money(usual, currency)}'


def _rounded(minor: int, currency: str) -> Money:
    """Return an amount that a person would name: two digits and zeros, at most this much."""
    step = (
        10 ** max(exponent(currency), len(str(minor)) - _DIGITS) if minor >= 10 ** exponent(currency) else 1
    )
    return Money(max(1, minor // step * step), currency)


def _up_to(totals: Sequence[int], limit: int) -> int:
    return sum(total <= limit for total in totals)
