"""Comps: which listings are comparable, and robust statistics of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from watcher.core.background import Background
from watcher.core.confidence import Confidence, Doubt
from watcher.core.item_number import digest
from watcher.core.known_verdicts import Judged, KnownVerdicts
from watcher.core.listing import CONDITION_IDS, PARTS_CONDITION_ID, Condition, Listing
from watcher.core.market_profile import profile_of, verdict_within
from watcher.core.money import Money
from watcher.core.plurals import plural_of
from watcher.core.readings import Reading
from watcher.core.structure import (
    NO_CHECK,
    Market,
    checked,
    doubt_of_missing,
    judge_structure,
    unanswered,
)
from watcher.core.titles.languages import ENGLISH
from watcher.core.titles.verdict import (
    Reason,
    Verdict,
    asked_for,
    found_word,
)

MIN_INTERVAL_TOTALS = 6  # totals; no two of fewer enclose the median with 95 %

# Reasons as one listing and as several are called; the others have one form.
_REASON_NOUNS = {
    str(Reason.QUERY): ("something else", "something else"),
    str(Reason.ACCESSORY): ("accessory", "accessories"),
    str(Reason.AUCTION): ("auction", "auctions"),
    str(Reason.CATEGORY): ("in another category", "in another category"),
    str(Reason.DOUBT): ("too doubtful", "too doubtful"),
    str(Reason.GROUP): ("group", "groups"),
    str(Reason.LOT): ("lot", "lots"),
    str(Reason.PARTS): ("for parts", "for parts"),
    str(Reason.PRESALE): ("presale", "presales"),
    str(Reason.READER): ("ruled out by the AI reader", "ruled out by the AI reader"),
    str(Reason.REPRINT): ("reprint", "reprints"),
    str(Reason.SELLER): ("from another seller", "from other sellers"),
    str(Reason.SPECIFICS): ("with other specifics", "with other specifics"),
    str(Reason.STAND_IN): ("stand-in", "stand-ins"),
    str(Reason.SYSTEM): ("system", "systems"),
    str(Reason.TAUGHT): ("ruled out by your answers", "ruled out by your answers"),
}


class Basis(StrEnum):
    """The kind of price: asked, paid, or the last one before a listing left. Kinds are never mixed.

    SOLD_PRICE is what was paid without shipping, from a source that does not report it; no rule judges by it.
    """

    ASK = "ask"
    SOLD = "sold"
    SOLD_PRICE = "sold-price"
    OBSERVED = "observed"


class Buying(StrEnum):
    """The ways of buying that a watch accepts."""

    FIXED = "fixed"
    AUCTION = "auction"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a watch demands beyond its question. Filters apply to the answer, so searches are shared.

    `sellers`: the hashes of those that it follows; none means any.
    """

    exclude: tuple[str, ...] = ()
    buying: Buying = Buying.ANY
    min_feedback: int | None = None
    from_country: str = ""
    sellers: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """A key that is equal for filters that keep the same listings; empty without filters."""
        is_narrow = self.buying is not Buying.ANY or self.min_feedback or self.from_country or self.sellers
        if not is_narrow and not self.exclude:
            return ""
        words = ",".join(sorted({" ".join(w.casefold().split()) for w in self.exclude} - {""}))
        if not is_narrow and not words:
            return ""
        followed = f"|{digest(','.join(sorted(self.sellers)))}" if self.sellers else ""
        return f"{words}|{self.buying}|{self.min_feedback or ''}|{self.from_country}{followed}"


class Dropped(NamedTuple):
    """A listing that is not comparable, and the reason in words."""

    listing: Listing
    reason: Reason
    detail: str


class Selection(NamedTuple):
    """The comparable listings (`kept`) have a price in the market's currency.

    `auctions` passed every filter and take bids. Those without a Buy-It-Now price are in `dropped` too,
    because a bid is not a price. `doubts`: by item id, for listings whose verdict is not sure.
    """

    kept: tuple[Listing, ...]
    dropped: tuple[Dropped, ...]
    auctions: tuple[Listing, ...] = ()
    doubts: Mapping[str, Doubt] = {}

    def confidence_of(self, item_id: str) -> Confidence:
        """Return how certain the verdict on a listing is."""
        doubt = self.doubts.get(item_id)
        return Confidence.SURE if doubt is None else doubt.confidence


@dataclass(frozen=True, slots=True)
class Statistics:
    """Robust statistics of the totals of kept listings; amounts are None if `n` is 0.

    `interval` is a distribution-free 95 % interval of the median; None below six totals.
    """

    basis: Basis
    currency: str
    n: int
    low: Money | None = None
    p25: Money | None = None
    median: Money | None = None
    p75: Money | None = None
    high: Money | None = None
    interval: tuple[Money, Money] | None = None


@dataclass(frozen=True, slots=True)
class Comps:
    """A selection and its statistics."""

    selection: Selection
    statistics: Statistics


def select(  # noqa: PLR0913 - one call, all but three by name
    query: str,
    condition: Condition,
    listings: Sequence[Listing],
    *,
    currency: str,
    filters: Filters = Filters(),
    trust_condition: bool = True,
    background: Background = Background(),
    languages: tuple[str, ...] = ENGLISH,
    known: KnownVerdicts | None = None,
) -> Selection:
    """Keep every listing that is comparable, and drop the others with a reason.

    `trust_condition`: the market applied the condition filter, so a listing without a condition has it.
    Without a profile in the background, these listings are the whole market.
    `languages`: the codes of those of the site. `known`: the verdicts of the last selection, which are
    replaced; they only save time.
    """
    listings = tuple({x.item_id: x for x in listings}.values())  # pages may overlap
    profile = background.profile
    if profile is None:
        profile = profile_of(query, listings, currency=currency, languages=languages)
    facts = _Facts(
        Market(query, profile, languages, _distinct(profile.words)),
        condition,
        currency,
        filters,
        trust_condition,
        asked_for(query, Reason.PARTS, languages),
        background,
    )
    judged: Sequence[Judged]
    if known is None:
        judged = [Judged(x, None, *_judge(x, facts)) for x in listings]
    else:
        besides = facts._replace(background=Background())
        judged = known.judge(listings, besides, background, lambda x: _judge(x, facts))
    kept: list[Listing] = []
    dropped: list[Dropped] = []
    auctions: list[Listing] = []
    doubts: dict[str, Doubt] = {}
    for x, _, why, doubt in judged:
        if why is None:
            kept.append(x)
        else:
            dropped.append(Dropped(x, *why))
        if x.auction and x.bid is not None and (why is None or why.reason is Reason.AUCTION):
            auctions.append(x)
        if doubt is not None:
            doubts[x.item_id] = doubt
    return Selection(tuple(kept), tuple(dropped), tuple(auctions), doubts)


@lru_cache(maxsize=1024)
def _distinct(words: tuple[str, ...]) -> frozenset[str]:
    """Return the words of a profile as a set; each poll of a search needs the same one."""
    return frozenset(words)


class _Facts(NamedTuple):
    """What the verdict on a listing rests on besides the listing."""

    market: Market
    condition: Condition
    currency: str
    filters: Filters
    trusted: bool
    allows_parts: bool
    background: Background


def _judge(listing: Listing, facts: _Facts) -> tuple[Verdict | None, Doubt | None]:
    """Return why a listing is not comparable, None if it is, and what leaves that open.

    The result depends on nothing but the listing and `facts`.
    """
    market, condition, currency, filters, trusted, allows_parts, background = facts
    query, profile, languages, _ = market
    verdict = verdict_within(query, listing, profile, languages)
    check, reading = NO_CHECK, None
    if background.specifics:
        check = checked(market, listing.title, background.specifics.get(listing.item_id))
    if background.readings:
        reading = background.readings.get(listing.item_id)
    missing: tuple[str, ...] = ()
    lacking = False
    if verdict.reason is not None:
        missing = unanswered(listing, verdict, profile, check) if verdict.missing else ()
        lacking = (bool(missing) or not verdict.missing) and reading is not Reading.SAME
        if lacking and (not missing or reading is Reading.DIFFERENT):
            return Verdict(verdict.reason, verdict.detail), None
    fact = (
        _filtered(listing, filters)
        or _wrong_condition(listing, condition, trusted=trusted, allows_parts=allows_parts)
        or _unpriced(listing, currency)
    )
    hard = fact is not None and fact.reason is not Reason.AUCTION
    if lacking and verdict.reason is not None:
        doubt = None if hard else doubt_of_missing(market, listing, missing)
        return Verdict(verdict.reason, verdict.detail), doubt
    if hard or reading is Reading.SAME:
        return fact, None
    if reading is Reading.DIFFERENT:
        return Verdict(Reason.READER, "the reader says that it is something else"), None
    against, doubt = judge_structure(market, listing, verdict, check)
    return against or fact, doubt


def summarize(kept: Sequence[Listing], currency: str, basis: Basis = Basis.ASK) -> Statistics:
    """Return statistics of the totals of `kept`; listings apart or without a shipping cost do not count.

    SOLD_PRICE is the exception: its amounts are the prices of all of them, without any shipping.
    """
    totals = _amounts(kept, currency, basis)
    n = len(totals)
    if not n:
        return Statistics(basis, currency, 0)
    low, p25, median, p75, high = (Money(percentile(totals, quarter, 4), currency) for quarter in range(5))
    interval = None
    if n >= MIN_INTERVAL_TOTALS:
        first, last = _interval_places(n)
        interval = (Money(totals[first], currency), Money(totals[last], currency))
    return Statistics(basis, currency, n, low, p25, median, p75, high, interval)


def spread(kept: Sequence[Listing], statistics: Statistics) -> Money | None:
    """Return the median distance of the totals from their median, None if there is no median."""
    if statistics.median is None:
        return None
    middle, currency = statistics.median.minor, statistics.currency
    distances = sorted(abs(amount - middle) for amount in _amounts(kept, currency, statistics.basis))
    return Money(percentile(distances, 1, 2), currency)


def by_condition(kept: Sequence[Listing], statistics: Statistics) -> dict[Condition, Statistics]:
    """Return the statistics of each condition that has a total; listings without a condition do not count."""
    groups = {
        condition: summarize(
            [x for x in kept if x.condition_id in ids], statistics.currency, statistics.basis
        )
        for condition, ids in CONDITION_IDS.items()
    }
    return {condition: group for condition, group in groups.items() if group.n}


def describe_counts(dropped: Mapping[str, int]) -> str:
    """Return how many listings were dropped for each reason, in words; empty if none."""
    return ", ".join(
        f"{n:,} {plural_of(n, *_REASON_NOUNS.get(reason, (reason, reason)))}" for reason, n in dropped.items()
    )


def percentile(ordered: Sequence[int], numerator: int, denominator: int) -> int:
    """Return the quantile numerator/denominator of ordered integers, interpolated and rounded half up."""
    place, rest = divmod((len(ordered) - 1) * numerator, denominator)
    low = ordered[place]
    if not rest:
        return low
    return low + (2 * (ordered[place + 1] - low) * rest + denominator) // (2 * denominator)


def _amounts(kept: Sequence[Listing], currency: str, basis: Basis) -> list[int]:
    """Return the amounts that statistics on this basis are made of, in order."""
    if basis is Basis.SOLD_PRICE:
        return sorted(price.minor for x in kept if (price := x.price) and price.currency == currency)
    return sorted(
        price.minor + shipping.minor
        for x in kept
        if (price := x.price)
        and (shipping := x.shipping)
        and price.currency == shipping.currency == currency
        and not x.is_apart
    )


@lru_cache(maxsize=1024)
def _interval_places(n: int) -> tuple[int, int]:
    """Return the places, of `n` amounts in order, that enclose the median with at least 95 % (binomial).

    They are equally far from both ends, or the last one is a place nearer if 95 % allow that: a symmetrical
    interval covers more than it has to, and asks reach farther up than down.
    """
    place, ways, tail, before = 0, 1, 1, 0
    while tail * 40 <= 2**n:  # each tail beyond `place` is at most 2.5 %
        ways = ways * (n - place) // (place + 1)
        place += 1
        tail, before = tail + ways, tail
    first = max(0, place - 1)
    is_nearer = (before + tail) * 20 <= 2**n
    return first, n - 1 - first - is_nearer


def _filtered(listing: Listing, filters: Filters) -> Verdict | None:
    """Return why the filters exclude `listing`, or why it cannot be compared."""
    if filters.exclude and (word := found_word(filters.exclude, listing.title)):
        return Verdict(Reason.EXCLUDED, f'the title says "{word}"')
    if listing.ended:
        return Verdict(Reason.ENDED, "its end was in the past when it was fetched")
    if listing.is_group:
        return Verdict(Reason.GROUP, "a group of variations; its price is that of one variation")
    if filters.from_country and listing.country != filters.from_country:
        return Verdict(Reason.COUNTRY, f"it ships from {listing.country or 'an unknown country'}")
    if filters.min_feedback and (listing.feedback is None or listing.feedback < filters.min_feedback):
        score = "unknown" if listing.feedback is None else listing.feedback
        return Verdict(Reason.FEEDBACK, f"the seller's feedback score is {score}, not {filters.min_feedback}")
    if filters.sellers and listing.seller not in filters.sellers:
        return Verdict(Reason.SELLER, _seller_detail(listing))
    if filters.buying is Buying.FIXED and not listing.fixed:
        return Verdict(Reason.BUYING, "it has no fixed price, and the watch asks for one")
    if filters.buying is Buying.AUCTION and not listing.auction:
        return Verdict(Reason.BUYING, "it is not an auction, and the watch asks for one")
    return None


def _seller_detail(listing: Listing) -> str:
    if not listing.seller:
        return "its seller is unknown, and the watch follows some"
    return "its seller is none of those that the watch follows"


def _unpriced(listing: Listing, currency: str) -> Verdict | None:
    price = listing.price or listing.bid
    if price is None:
        return Verdict(Reason.NO_PRICE, "it shows no price")
    if price.currency != currency:
        return Verdict(Reason.CURRENCY, f"priced in {price.currency}, not in {currency}")
    if listing.price is None:
        return Verdict(Reason.AUCTION, f"an auction at {listing.bid}; a bid is not a price")
    return None


def _wrong_condition(
    listing: Listing, asked: Condition, *, trusted: bool, allows_parts: bool
) -> Verdict | None:
    given = listing.condition_id
    if given == PARTS_CONDITION_ID and not allows_parts:
        return Verdict(Reason.PARTS, "its condition is for parts or not working")
    if asked is Condition.ANY or given in CONDITION_IDS[asked] or (given is None and trusted):
        return None
    condition = f'"{listing.condition}"' if listing.condition else "unknown"
    return Verdict(Reason.CONDITION, f"its condition is {condition}, not {asked}")
