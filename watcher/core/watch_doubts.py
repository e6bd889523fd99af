"""Settings of a watch that are valid but probably a mistake, each with one sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from watcher.core.cadence.call_plan import CallPlan
from watcher.core.categories import TTLS, category_warning
from watcher.core.comps import Buying
from watcher.core.marketplaces import currency_of
from watcher.core.plan_sentences import asked_sentence, floor_sentence, is_halted, shortages
from watcher.core.price_clusters import MAX_DOUBTED_SHARE
from watcher.core.rules.deal import Deal
from watcher.core.rules.low import MIN_HISTORY
from watcher.core.times import Seconds, in_words
from watcher.core.watch import Certainty, Watch

_MAX_NAMED = 5  # duplicates that a sentence names


def watch_doubts(
    watch: Watch,
    categories: Mapping[str, Seconds] = TTLS,
    plan: CallPlan | None = None,
    duplicates: Sequence[str] = (),
    history: Seconds = Seconds(math.inf),
) -> tuple[str, ...]:
    """Return a sentence for each setting that is valid but probably a mistake, always in the same order.

    `plan`: how often the present searches can be polled, this watch's among them. `duplicates`: the names
    of other watches that ask for the same. `history`: how long price history is kept.
    """
    return tuple(
        filter(
            None,
            (
                category_warning(watch.category, categories),
                _foreign_rule(watch),
                _foreign_shipping(watch),
                _excluded_auctions(watch),
                _doubted_bargains(watch),
                _beyond_history(watch, history),
                _too_often(watch, plan),
                "" if watch.paused or plan is None else _shortage(watch, plan),
                _duplicated(duplicates),
            ),
        )
    )


def _foreign_rule(watch: Watch) -> str:
    marketplace, limit = watch.question.marketplace, watch.rule.price_limit
    currency = currency_of(marketplace)
    if not limit or limit.currency == currency:
        return ""
    return (
        f"{marketplace} prices in {currency}, so a rule in {limit.currency} can never alert; "
        f"write the amount in {currency}."
    )


def _foreign_shipping(watch: Watch) -> str:
    marketplace, shipping = watch.question.marketplace, watch.unknown_shipping.amount
    currency = currency_of(marketplace)
    if not shipping or shipping.currency == currency:
        return ""
    return (
        f"{marketplace} prices in {currency}, so shipping in {shipping.currency} is never assumed; "
        "items whose shipping is unknown are skipped."
    )


def _excluded_auctions(watch: Watch) -> str:
    if not (watch.rule.about_auctions and watch.filters.buying is Buying.FIXED):
        return ""
    return (
        'The rule is about auctions, and "fixed" excludes those without a Buy-It-Now price, so it hardly '
        'ever alerts; use "auction" or "any".'
    )


def _doubted_bargains(watch: Watch) -> str:
    rule, percent = watch.rule, round(MAX_DOUBTED_SHARE * 100)
    if watch.certainty is not Certainty.SURE or not isinstance(rule, Deal) or rule.percent > percent:
        return ""
    return (
        f"A listing below {percent} % of what others ask is only likely to be the item, so with the "
        'certainty "sure" this rule hardly ever alerts; use "likely".'
    )


def _beyond_history(watch: Watch, history: Seconds) -> str:
    window = watch.rule.history_window
    if window is None or window <= history:
        return ""
    kept = f"Price history is kept for {in_words(history)} ([retention] history)"
    if history < MIN_HISTORY:
        return f'{kept}, so "{watch.rule}", which needs {in_words(MIN_HISTORY)} of it, never alerts.'
    return f'{kept}, so "{watch.rule}" looks back no further than that.'


def _too_often(watch: Watch, plan: CallPlan | None) -> str:
    if plan is None or watch.every is None or watch.every >= plan.min_interval:
        return ""
    return (
        f"No search is polled more often than every {in_words(plan.min_interval)} ([polling] min_interval)."
    )


def _shortage(watch: Watch, plan: CallPlan) -> str:
    if is_halted(plan):
        return " ".join(shortages(plan))
    return floor_sentence(plan) if watch.every is None else asked_sentence(plan, watch.user, watch.every)


def _duplicated(names: Sequence[str]) -> str:
    if not names:
        return ""
    shown = list(names[:_MAX_NAMED])
    if more := len(names) - len(shown):
        shown.append(f"{more} more")
    listed = " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
    return f"It asks for the same as {listed}: what they find in one poll comes in one message."
