"""What the strong rows of a search's answers have in common.

A strong row is one whose title says that it is the item, at a price in the market's currency. What a profile
says changes only when the evidence passes a margin, so a listing does not flip because of its neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from watcher.core.listing import PARTS_CONDITION_ID, Listing
from watcher.core.price_clusters import bounds_of, deviations_from
from watcher.core.titles import query_words
from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.languages import ENGLISH
from watcher.core.titles.query import parse_query
from watcher.core.titles.verdict import (
    Reason,
    TitleVerdict,
    item_kind_verdict,
    nouns_of,
    spaced_words,
    system_verdict,
    title_verdict,
)

_MIN_KIND_ROWS = 3  # titles of one kind; fewer do not change the meaning of a query
_MIN_LEAF_ROWS = 5  # strong rows with a category; fewer do not show where the item belongs
_MIN_PRICES = 4  # strong rows with a price; fewer have no typical one
_MIN_EPID_ROWS = 3  # strong rows of one product; fewer may all be wrong
_MAX_EPIDS = 12
# What has to be exceeded for another typical price (a share of it), spread (in thousandths) and number of
# rows (a ratio) to replace the known one.
_PRICE_MARGIN, _SPREAD_MARGIN, _ROWS_MARGIN = 0.15, 40, 1.5


class _Margin(NamedTuple):
    """What share makes a statement true that was unknown, that was false, and that was true before."""

    unknown: float
    enter: float
    stay: float

    def holds(self, share: float, *, was: bool | None) -> bool:
        return share >= (self.unknown if was is None else self.stay if was else self.enter)


_KIND = _Margin(0.5, 0.6, 0.4)  # of the named titles in the category
_SYSTEM = _Margin(0.5, 0.6, 0.4)  # systems, relative to the plain titles of the category
_LEAF = _Margin(0.15, 0.2, 0.1)  # of the strong rows with a category
_CLOSED = _Margin(0.8, 0.85, 0.7)  # of the strong rows with a catalogue id
_WORD = _Margin(0.08, 0.12, 0.05)  # of the strong titles
_MIN_WORD_ROWS = 2
_MAX_WORDS = 120


# Words that say nothing about which item it is.
_USUAL = (
    vocab.COLOURS
    | vocab.STATES
    | vocab.FILLERS
    | vocab.SALES_WORDS
    | vocab.PRAISE
    | vocab.DESCRIBING
    | vocab.MATERIALS
    | query_words.NEUTRAL
    | query_words.MAKERS
    | vocab.KINDS
    | vocab.UNITS.keys()
)
_LINKING = frozenset(("and", "of", "the", "with"))  # words within a phrase
_CACHED_WORDS = 16_384  # entries, 8 MB; as many as verdicts on titles


class MarketProfile(NamedTuple):
    """What listings that are surely the item have in common. The field names are stored.

    `leaves`: their leaf categories, empty if too few rows show them; `epids`: the catalogue ids that several
    of them share; `typical`: the median of their prices in minor units, 0 if unknown; `rows`: their number;
    `kinds`: the kind of thing that most titles name; `systems`: whether the query means a whole system.
    `home`: the leaf of most plain titles, however few; `floor`: the price in minor units below which nothing
    is the item; `low` and `high`: those beyond which a price is a doubt; `closed`: whether `epids` cover
    nearly all strong rows, so another id is another product; `words`: what a fair share of titles say;
    `spread`: the median deviation from the typical price, in thousandths of a logarithm.
    """

    leaves: tuple[str, ...] = ()
    epids: tuple[str, ...] = ()
    typical: int = 0
    rows: int = 0
    kinds: tuple[str, ...] = ()
    systems: bool = False
    home: str = ""
    floor: int = 0
    closed: bool = False
    low: int = 0
    high: int = 0
    words: tuple[str, ...] = ()
    spread: int = 0


def profile_of(
    query: str,
    listings: Iterable[Listing],
    before: MarketProfile | None = None,
    *,
    currency: str,
    languages: tuple[str, ...] = ENGLISH,
) -> MarketProfile:
    """Return what the strong rows among `listings` have in common, given what was known before.

    The order and duplicates of listings do not matter. What few rows cannot show stays as it was.
    """
    rows = tuple({x.item_id: x for x in listings}.values())
    verdicts = [title_verdict(query, x.title, languages) for x in rows]
    profile = _with_meaning(rows, verdicts, before, languages)
    if profile.systems or profile.kinds:
        verdicts = [verdict_within(query, x, profile, languages) for x in rows]
    strong = [x for x, v in zip(rows, verdicts, strict=True) if _is_strong(x, v, currency)]
    profile = _with_leaves(profile, strong, before)
    strong = [x for x in strong if not is_elsewhere(x, profile)]
    profile = _with_epids(profile, strong, before)
    profile = _with_words(query, profile, strong, before, languages)
    return _with_prices(profile, strong, before)


def verdict_within(
    query: str, listing: Listing, profile: MarketProfile, languages: tuple[str, ...] = ENGLISH
) -> TitleVerdict:
    """Return the verdict on a title, given what the query means on this market.

    Whole systems are accepted if they are a large part of the item's category: a "ThinkPad laptop". A noun
    in most titles of the category names the item itself: the "cooler" of an "NH-D15".
    """
    verdict = title_verdict(query, listing.title, languages)
    if verdict.reason is Reason.SYSTEM and profile.systems and _is_at_home(listing, profile):
        return system_verdict(query, listing.title, languages)
    if verdict.reason is Reason.ACCESSORY and profile.kinds and _is_at_home(listing, profile):
        return item_kind_verdict(query, listing.title, frozenset(profile.kinds), languages)
    return verdict


@lru_cache(maxsize=_CACHED_WORDS)
def open_phrases(query: str, title: str, languages: tuple[str, ...] = ENGLISH) -> tuple[str, ...]:
    """Return the words of a title that neither the query names nor any offer may say.

    Each is there once, in order; those that follow each other are one phrase, with spaces between them.
    """
    named = frozenset[str]().union(*(choice.named for choice in parse_query(query, languages)))
    phrases: list[list[str]] = [[]]
    seen: set[str] = set()
    for gap, word in spaced_words(title, languages):
        if gap.strip() and phrases[-1]:
            phrases.append([])
        if len(word) > 1 and word.isalpha() and not (word in named or word in _USUAL or word in seen):
            phrases[-1].append(word)
            seen.add(word)
        elif word not in _LINKING and phrases[-1]:
            phrases.append([])
    return tuple(" ".join(phrase) for phrase in phrases if phrase)


def is_elsewhere(listing: Listing, profile: MarketProfile) -> bool:
    """Return whether the listing stands in another leaf category than the item."""
    return bool(profile.leaves and listing.categories) and listing.categories[0] not in profile.leaves


def _is_at_home(listing: Listing, profile: MarketProfile) -> bool:
    return bool(profile.home) and listing.categories[:1] == (profile.home,)


def _is_strong(listing: Listing, verdict: TitleVerdict, currency: str) -> bool:
    price = listing.price
    return (
        verdict.reason is None
        and not verdict.doubts
        and not listing.is_group
        and listing.condition_id != PARTS_CONDITION_ID
        and price is not None
        and price.currency == currency
    )


def _with_meaning(
    rows: Sequence[Listing],
    verdicts: Sequence[TitleVerdict],
    before: MarketProfile | None,
    languages: tuple[str, ...],
) -> MarketProfile:
    """Return a profile of the item's category and of what most titles in it name."""
    was = before or MarketProfile()
    reasons = [v.reason for v in verdicts]
    plain = Counter(x.categories[0] for x, v in zip(rows, reasons, strict=True) if v is None and x.categories)
    # Another category is the home only when it clearly overtakes the former one.
    home = max(plain, key=lambda c: (plain[c] * (1.25 if c == was.home else 1), c), default=was.home)
    if not plain[home]:
        return MarketProfile(kinds=was.kinds, systems=was.systems, home=home)
    here = [(x, v) for x, v in zip(rows, reasons, strict=True) if x.categories[:1] == (home,)]
    known = before is not None and was.home == home
    n = sum(1 for _, v in here if v is Reason.SYSTEM)
    systems = n >= _MIN_KIND_ROWS - (known and was.systems) and _SYSTEM.holds(
        n / plain[home], was=was.systems if known else None
    )
    if known and len(here) < _MIN_LEAF_ROWS:
        systems = was.systems
    accessories = sum(1 for _, v in here if v is Reason.ACCESSORY)
    if plain[home] < _MIN_KIND_ROWS or accessories < _MIN_KIND_ROWS:
        return MarketProfile(kinds=was.kinds if known else (), systems=systems, home=home)
    named = [x for x, v in here if v is None or v is Reason.ACCESSORY]
    nouns = Counter(noun for x in named for noun in nouns_of(x.title, languages))
    kinds = tuple(
        sorted(
            noun
            for noun, count in nouns.items()
            if _KIND.holds(count / len(named), was=noun in was.kinds if known else None)
        )
    )
    return MarketProfile(kinds=kinds, systems=systems, home=home)


def _with_leaves(
    profile: MarketProfile, strong: Sequence[Listing], before: MarketProfile | None
) -> MarketProfile:
    counts = Counter(x.categories[0] for x in strong if x.categories)
    n = counts.total()
    if n < _MIN_LEAF_ROWS:
        return profile._replace(leaves=before.leaves if before else ())
    known = before.leaves if before else ()
    leaves = (leaf for leaf, k in counts.items() if _LEAF.holds(k / n, was=leaf in known if known else None))
    return profile._replace(leaves=tuple(sorted(leaves)))


def _with_epids(
    profile: MarketProfile, strong: Sequence[Listing], before: MarketProfile | None
) -> MarketProfile:
    counts = Counter(x.epid for x in strong if x.epid)
    n = counts.total()
    if n < _MIN_EPID_ROWS:
        return profile._replace(
            epids=before.epids if before else (), closed=before.closed if before else False
        )
    known = before.epids if before else ()
    informed = _is_informed(before)
    shared = [
        epid
        for epid, k in counts.items()
        if k >= _needed(_MIN_EPID_ROWS, was=epid in known if informed else None)
    ]
    epids = tuple(sorted(sorted(shared, key=lambda e: (e not in known, -counts[e], e))[:_MAX_EPIDS]))
    share = sum(counts[e] for e in epids) / n
    was = before.closed if before and before.epids else None
    closed = bool(was) if n < _MIN_LEAF_ROWS else _CLOSED.holds(share, was=was)
    return profile._replace(epids=epids, closed=closed)


def _with_words(
    query: str,
    profile: MarketProfile,
    strong: Sequence[Listing],
    before: MarketProfile | None,
    languages: tuple[str, ...],
) -> MarketProfile:
    known = before.words if before else ()
    n = len(strong)
    if n < _MIN_LEAF_ROWS and known:
        return profile._replace(words=known)
    was = frozenset(known)
    phrases = chain.from_iterable([open_phrases(query, x.title, languages) for x in strong])
    counts = Counter(" ".join(phrases).split())
    informed = _is_informed(before)
    common = [
        w
        for w, k in counts.items()
        if k >= _needed(_MIN_WORD_ROWS, was=w in was if informed else None)
        and _WORD.holds(k / n, was=w in was if informed else None)
    ]
    return profile._replace(
        words=tuple(sorted(sorted(common, key=lambda w: (w not in was, -counts[w], w))[:_MAX_WORDS]))
    )


def _with_prices(
    profile: MarketProfile, strong: Sequence[Listing], before: MarketProfile | None
) -> MarketProfile:
    was = before or MarketProfile()
    prices = sorted(amount.minor for x in strong if (amount := x.total or x.price))
    if len(prices) < _MIN_PRICES:
        rows = was.rows if was.typical else len(prices)
        bounds = bounds_of(was.typical, was.spread)
        return profile._replace(typical=was.typical, spread=was.spread, rows=rows, **bounds._asdict())
    typical = _steady_median(prices, was.typical, _PRICE_MARGIN * was.typical)
    rows = len(prices)
    if was.rows and max(rows, was.rows) <= min(rows, was.rows) * _ROWS_MARGIN:
        rows = was.rows
    if not typical:
        return profile._replace(rows=rows)
    known = was.spread if was.typical == typical else 0
    spread = _steady_median(deviations_from(typical, prices), known, _SPREAD_MARGIN)
    return profile._replace(typical=typical, spread=spread, rows=rows, **bounds_of(typical, spread)._asdict())


def _is_informed(before: MarketProfile | None) -> bool:
    """Return whether enough rows were known to tell what strong rows do not share."""
    return before is not None and before.rows >= _MIN_LEAF_ROWS


def _needed(rows: int, *, was: bool | None) -> int:
    """Return how many rows make a statement true: one more if it was false, one fewer if it was true."""
    return rows if was is None else rows - 1 if was else rows + 1


def _steady_median(ordered: Sequence[int], known: int, margin: float) -> int:
    """Return the median, or the known one if it is near or still in the middle third.

    Where values form two groups of the same size, one value more or less moves the median to the other group.
    """
    median = ordered[len(ordered) // 2]
    if known:
        last = len(ordered) - 1
        in_the_middle = ordered[last // 3] <= known <= ordered[-1 - last // 3]
        if in_the_middle or abs(median - known) <= margin:
            return known
    return median
