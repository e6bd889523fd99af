"""What a watch would do, before it is saved: at its first look, and by stored history."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from watcher.core.backtest import FEW_DAYS, MOST_OF_TEN, Backtest, Past, better
from watcher.core.comps import Comps
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.rules import (
    Below,
    Deal,
    Drop,
    Ending,
    Hit,
    Low,
    NewListing,
    Rule,
    RuleContext,
    assumed_shipping,
    evaluate_rule,
)
from watcher.core.times import Instant
from watcher.core.watch import Watch
from watcher.core.why_not import assumption


class Preview(NamedTuple):
    """`hits` satisfy the rule now; `outlook` says what the first look will do."""

    hits: tuple[Hit, ...]
    outlook: str
    backtest: Backtest


def build_preview(
    watch: Watch, comps: Comps, listings: tuple[Listing, ...], tested: Backtest, now: Instant
) -> Preview:
    """What the first look will find, by what the market shows now, and what history says of the rule."""
    if waits := _waits_for(watch.rule):
        return Preview((), waits, tested)
    known = assumed_shipping(listings, comps.statistics.currency)
    unknown = watch.unknown_shipping
    market = RuleContext(comps, now, unknown.amount or known, first_poll=True)
    found = evaluate_rule(watch.rule, market, armed=True, skip_unknown=unknown.policy == "skip")
    if tested.verdict == "unknown":
        tested = _by_the_market(watch.rule, comps, found.hits, tested)
    if found.market:
        return Preview((), "That is so already: the first look alerts at once.", tested)
    if not found.hits:
        return Preview((), "Nothing of it satisfies the watch yet.", tested)
    n, best = len(found.hits), found.hits[0]
    outlook = (
        f"{n} of them satisf{'y' if n > 1 else 'ies'} the watch already, "
        f"the best at {best.total}{assumption(best)}: the first look alerts at once."
    )
    return Preview(found.hits, outlook, tested)


def _waits_for(rule: Rule) -> str:
    if isinstance(rule, NewListing):
        return "What is there at the first look is not new; what comes later alerts."
    return "The rule needs seven days of history first." if isinstance(rule, Low | Drop) else ""


def _by_the_market(rule: Rule, comps: Comps, hits: tuple[Hit, ...], tested: Backtest) -> Backtest:
    """Where no history tells, the offers of now do: a rule for half of them is no filter."""
    kept, low = comps.selection.kept, comps.statistics.low
    pool = [Past(x, Instant(0.0), Instant(0.0)) for x in kept]
    if isinstance(rule, Ending) or len(kept) < FEW_DAYS:
        return tested
    if len(hits) * 10 >= len(kept) * MOST_OF_TEN:
        verdict, said = "always", f"{len(hits)} of {len(kept)} offers satisfy it now: it is no filter."
    elif isinstance(rule, Below) and low and _is_far_below(rule.limit, low):
        verdict, said = "never", f"The lowest total now is {low}, more than twice that."
    else:
        return tested
    other = better(rule, pool, ()) if isinstance(rule, Below | Deal) else ""
    hint = f' Try "{other}".' if other else ""
    return replace(tested, verdict=verdict, suggestion=other, sentence=f"{said}{hint}")


def _is_far_below(limit: Money, low: Money) -> bool:
    return limit.currency == low.currency and limit.minor * 2 < low.minor
