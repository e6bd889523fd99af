"""Why an item, or a market, does not satisfy a rule, with the numbers."""

from __future__ import annotations

from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.rules import (
    LEAST_COMPS,
    LEAST_DAYS,
    LEAST_HISTORY,
    Below,
    Deal,
    Drop,
    Ending,
    Hit,
    Low,
    MedianBelow,
    NewListing,
    Rule,
    RuleContext,
    priced,
    usual_median,
)
from watcher.core.times import in_words, iso
from watcher.core.watch import Watch


def why_not(watch: Watch, listing: Listing, market: RuleContext) -> str:
    """Why `listing` does not satisfy the watch's rule about items."""
    rule = watch.rule
    if isinstance(rule, Ending) and (why := _not_ending(rule, listing, market)):
        return why
    skip = watch.unknown_shipping.policy == "skip"
    hit = priced(listing, market, bid=isinstance(rule, Ending), skip=skip)
    if hit is None:
        return _no_total(listing, skip=skip)
    match rule:
        case Below(limit) | Ending(_, limit):
            return _above(hit.total, limit, rests_on=assumption(hit))
        case Deal(percent):
            stats = market.comps.statistics
            if stats.median is None or stats.n < LEAST_COMPS:
                return f"only {stats.n} comps have a total; the rule needs {LEAST_COMPS}"
            most = stats.median.share(percent / 100)
            above = _above(hit.total, most, rests_on=assumption(hit))
            return f"{above}, {percent} % of the median {stats.median}"
        case Low():
            return _not_low(hit, market)
        case NewListing():
            if watch.baseline_at is None:
                return "the first look only notes what is there"
            return f"it was there at the first look, {iso(watch.baseline_at)}, or it is too old to be new"
        case _:
            return why_market_not(rule, market)


def why_market_not(rule: Rule, market: RuleContext) -> str:
    """Why the market does not satisfy a rule about the median; empty where it does."""
    median = market.comps.statistics.median
    if median is None:
        return "no comparable listing has a total"
    if isinstance(rule, MedianBelow):
        threshold = rule.limit
    elif isinstance(rule, Drop):
        usual = usual_median(market.history, median.currency)
        if usual is None:
            days = len(market.history.daily_medians)
            return f"the rule needs the medians of {LEAST_DAYS} days; there are {days}"
        threshold = usual.share(1 - rule.percent / 100)
    else:
        raise TypeError(rule)
    if median.currency == threshold.currency and median <= threshold:
        return ""
    return _above(median, threshold, "the median")


def assumption(hit: Hit) -> str:
    """What a total rests on where the shipping is unknown; empty where it is known."""
    return f", with {hit.assumed} assumed for its unknown shipping" if hit.assumed is not None else ""


def _above(total: Money, limit: Money, what: str = "its total", rests_on: str = "") -> str:
    if total.currency != limit.currency:
        return f"{what} is in {total.currency}, the rule in {limit.currency}; they never compare"
    return f"{what} {total}{rests_on}{',' * bool(rests_on)} is {total - limit} above {limit}"


def _no_total(listing: Listing, *, skip: bool) -> str:
    if listing.price is None and listing.bid is None:
        return "it shows no price"
    if skip:
        return "its shipping is unknown, and the watch skips such items"
    return "its shipping is unknown, and no shipping cost of this search is known that could be assumed"


def _not_ending(rule: Ending, listing: Listing, market: RuleContext) -> str:
    if listing.ends_at is None or listing.bid is None:
        return "it is no auction, and the rule is about those"
    left = listing.ends_at - market.now
    if left <= 0:
        return f"the auction ended {iso(listing.ends_at)}"
    if left > rule.within:
        return f"the auction ends in {in_words(left)}; the rule looks at the last {in_words(rule.within)}"
    return ""


def _not_low(hit: Hit, market: RuleContext) -> str:
    history = market.history
    if history.since is None or market.now - history.since < LEAST_HISTORY or history.lowest is None:
        since = f"it begins {iso(history.since)}" if history.since is not None else "there is none yet"
        return f"the rule needs {in_words(LEAST_HISTORY)} of history; {since}"
    if hit.total.currency != history.lowest.currency:
        return _above(hit.total, history.lowest)
    return f"its total {hit.total} is not below the lowest seen, {history.lowest}{assumption(hit)}"
