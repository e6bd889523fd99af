"""What a watch would do before it is saved: at its first poll, and according to stored history."""

from __future__ import annotations

from typing import NamedTuple

from watcher.core.backtest import ALWAYS_SHARE, MIN_LISTINGS, Backtest, with_verdict
from watcher.core.comps import Comps
from watcher.core.listing import Listing
from watcher.core.plurals import count_of, plural_of
from watcher.core.price_clusters import find_price_groups, warn_of_common_median
from watcher.core.rules import Match, Rule, assumed_shipping
from watcher.core.times import Instant
from watcher.core.watch import Watch


class Preview(NamedTuple):
    """The listings that match now, a sentence about the first poll, and the back-test."""

    matches: tuple[Match, ...]
    outlook: str
    backtest: Backtest


def build_preview(
    watch: Watch, comps: Comps, listings: tuple[Listing, ...], tested: Backtest, now: Instant
) -> Preview:
    """Predict the first poll from the present market, and judge the rule by it if history is too short."""
    rule = watch.rule
    if rule.first_poll_note:
        return Preview((), rule.first_poll_note, tested)
    context = watch.rule_context(comps, now, assumed_shipping(listings, comps.statistics.currency))
    outcome = rule.evaluate(context)
    matches = outcome.matches
    if tested.verdict == "unknown":
        tested = _judge_by_present_offers(rule, comps, len(matches), tested)
    if outcome.median_reason:
        return Preview((), "The median satisfies the rule already: the first poll alerts at once.", tested)
    offers = rule.describe_offers(context)
    also = f" {offers[:1].upper()}{offers[1:]}." if offers else ""
    if not matches:
        return Preview((), f"No listing satisfies the watch yet.{also}", tested)
    n, best = len(matches), matches[0]
    outlook = (
        f"{n} of them {plural_of(n, 'satisfies', 'satisfy')} the watch already, "
        f"the best at {best.total}{best.shipping_note}: the first poll alerts at once.{also}"
    )
    return Preview(matches, outlook, tested)


def market_warnings(watch: Watch, comps: Comps) -> tuple[str, ...]:
    """Return a warning if the rule compares with a median that covers several items."""
    if not watch.rule.uses_median:
        return ()
    kept, currency = comps.selection.kept, comps.statistics.currency
    warning = warn_of_common_median(find_price_groups(watch.question.query, kept, currency))
    return (warning,) if warning else ()


def _judge_by_present_offers(rule: Rule, comps: Comps, matches: int, tested: Backtest) -> Backtest:
    kept = comps.selection.kept
    if rule.about_auctions or len(kept) < MIN_LISTINGS:
        return tested
    if matches >= len(kept) * ALWAYS_SHARE:
        verdict = "always"
        satisfy = plural_of(matches, "satisfies", "satisfy")
        sentence = f"{matches} of {count_of(len(kept), 'offer')} {satisfy} it now, so it filters too little."
    elif sentence := rule.why_out_of_reach(comps.statistics):
        verdict = "never"
    else:
        return tested
    suggestion = rule.suggest([t for x in kept if (t := x.total)], ())
    return with_verdict(tested, verdict, sentence, suggestion)
