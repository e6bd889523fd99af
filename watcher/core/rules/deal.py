"""`deal 70%`: the total is at most a share of the comps' median."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from watcher.core.comps import percentile
from watcher.core.money import Money
from watcher.core.plurals import count_of
from watcher.core.rules.base import ItemRule, PercentRule
from watcher.core.rules.context import Match, RuleContext
from watcher.core.rules.wording import cheapest_tenth, count_comps, percent_of, total_above

MIN_COMPS = 5  # comps with a total; the median of fewer is not reliable


@dataclass(frozen=True)
class Deal(PercentRule, ItemRule):
    """A listing's total is at most `percent` of the comps' median; needs five totals."""

    keyword = "deal"
    example = "deal 70%"
    uses_median: ClassVar[bool] = True

    def describe_target(self, median: Money | None) -> str:
        amount = f" ({median.share(self.percent / 100)})" if median else ""
        return f"at most {self.percent} % of the median{amount}"

    def reason(self, match: Match, context: RuleContext) -> str:
        stats, total = context.comps.statistics, match.total
        median = stats.median
        if median is None or stats.n < MIN_COMPS or total.currency != median.currency:
            return ""
        if total.minor * 100 > median.minor * self.percent:
            return ""
        share = percent_of(total, median)
        return f"{total} in total is {share} % of the median {median} of {count_comps(stats)}"

    def reason_against(self, match: Match, context: RuleContext) -> str:
        stats = context.comps.statistics
        if stats.median is None or stats.n < MIN_COMPS:
            have = "has" if stats.n == 1 else "have"
            return f"only {count_of(stats.n, 'comp')} {have} a total; the rule needs {MIN_COMPS}"
        excess = total_above(match, stats.median.share(self.percent / 100))
        return f"{excess}, {self.percent} % of the median {stats.median}"

    def suggest(self, totals: Sequence[Money], medians: Sequence[Money]) -> Deal | None:
        tenth = cheapest_tenth(totals)
        median = percentile(sorted(t.minor for t in totals), 1, 2) if tenth else 0
        return Deal(Decimal(min(99, max(1, round(tenth.minor * 100 / median))))) if tenth and median else None
