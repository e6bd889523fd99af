"""What a watch would do before it is saved: at its first poll, and according to stored history."""

from __future__ import annotations

from typing import NamedTuple

from watcher.core.backtest import ALWAYS_SHARE, MIN_LISTINGS, Backtest, with_verdict
from watcher.core.comps import Comps
from watcher.core.listing import Listing
from watcher.core.plurals import count_of, plural_of
from watcher.core.price_clusters import find_price_groups, warn_of_common_median, warn_of_own_groups
from watcher.core.rules import Match, Rule, RuleContext, assumed_shipping
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
    matches = watch.certainty.admitted(outcome.matches, comps.selection)
    if tested.verdict == "unknown":
        tested = _judge_by_present_offers(rule, context, len(matches), tested)
    if outcome.median_reason:
        return Preview((), "The median satisfies the rule already: the first poll alerts at once.", tested)
    offers = rule.describe_offers(context)
    also = f" {offers[:1].upper()}{offers[1:]}." if offers else ""
    also += _held_back(len(outcome.matches) - len(matches))
    if not matches:
        return Preview((), f"No listing satisfies the watch yet.{also}", tested)
    n, best = len(matches), matches[0]
    outlook = (
        f"{n} of them {plural_of(n, 'satisfies', 'satisfy')} the watch already, the best at "
        f"{best.total}{best.shipping_note}{_own_median(best)}: the first poll alerts at once.{also}"
    )
    return Preview(matches, outlook, tested)


def market_warnings(watch: Watch, comps: Comps) -> tuple[str, ...]:
    """Return a warning if the comps of a rule that compares with their median are several items."""
    if not watch.rule.uses_median:
        return ()
    kept, currency = comps.selection.kept, comps.statistics.currency
    groups = find_price_groups(watch.question.query, kept, currency)
    warning = warn_of_own_groups(groups) if watch.rule.within_groups else warn_of_common_median(groups)
    return (warning,) if warning else ()


def _held_back(n: int) -> str:
    """Return a sentence about listings that are not certain enough for the watch; empty without any."""
    if not n:
        return ""
    satisfy, are = plural_of(n, "satisfies", "satisfy"), plural_of(n, "is", "are")
    they = plural_of(n, "it does", "they do")
    return (
        f" {count_of(n, 'listing')} {satisfy} it but {are} only likely to be the item, so {they} not alert."
    )


def _own_median(match: Match) -> str:
    """Return a clause with the median of the match's price group; empty without several groups."""
    if match.group is None:
        return ""
    return f" (the median of {count_of(match.group.n, 'comp')} {match.group.label} is {match.group.median})"


def _judge_by_present_offers(rule: Rule, context: RuleContext, matches: int, tested: Backtest) -> Backtest:
    comps, kept = context.comps, context.comps.selection.kept
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
    suggestion = rule.suggest(context.groups.leveled_totals(kept), ())
    return with_verdict(tested, verdict, sentence, suggestion)
