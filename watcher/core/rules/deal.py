"""`deal 70%`: the total is at most a share of the median of the comps, or of those in its price group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from watcher.core.comps import percentile
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.own_groups import OwnGroup
from watcher.core.plurals import count_of, plural_of
from watcher.core.rules.base import ItemRule, PercentRule
from watcher.core.rules.context import Match, RuleContext
from watcher.core.rules.wording import cheapest_tenth, count_comps, percent_of, total_above

MIN_COMPS = 5  # comps with a total; the median of fewer is not reliable


@dataclass(frozen=True)
class Deal(PercentRule, ItemRule):
    """A listing's total is at most `percent` of the comps' median; needs five totals.

    If the comps are several things, both are those of the listing's own price group.
    """

    keyword = "deal"
    example = "deal 70%"
    uses_median: ClassVar[bool] = True
    within_groups: ClassVar[bool] = True

    def describe_target(self, median: Money | None) -> str:
        amount = f" ({median.share(self.percent / 100)})" if median else ""
        return f"at most {self.percent} % of the median{amount}"

    def ceiling(self, median: Money | None) -> Money | None:
        return median.share(self.percent / 100) if median else None

    def group_of(self, listing: Listing, context: RuleContext) -> OwnGroup | None:
        return context.groups.own_group(listing)

    def reason(self, match: Match, context: RuleContext) -> str:
        own, total = self._comps_of(match.listing, context), match.total
        if own is None or own.n < MIN_COMPS or total.currency != own.median.currency:
            return ""
        if total.minor * 100 > own.median.minor * self.percent:
            return ""
        share = percent_of(total, own.median)
        return f"{total} in total is {share} % of the median {own.median} of {_count(own, context)}"

    def reason_against(self, match: Match, context: RuleContext) -> str:
        own, several = self._comps_of(match.listing, context), bool(context.groups.groups)
        if own is None and several:
            words = context.groups.words
            return f"its title has none of the words that tell the price groups apart ({words})"
        if own is None or own.n < MIN_COMPS:
            n = own.n if own else 0
            comps = f"{count_of(n, 'comp')} {own.label if own else ''}".rstrip()
            return f"only {comps} {plural_of(n, 'has', 'have')} a total; the rule needs {MIN_COMPS}"
        excess = total_above(match, own.median.share(self.percent / 100))
        of_group = f" of {_count(own, context)}" if several else ""
        return f"{excess}, {self.percent} % of the median {own.median}{of_group}"

    def _comps_of(self, listing: Listing, context: RuleContext) -> OwnGroup | None:
        """Return what the listing is compared with; None without any, or if it belongs to none of several."""
        if context.groups.groups:
            return self.group_of(listing, context)
        stats = context.comps.statistics
        return None if stats.median is None else OwnGroup("", stats.n, stats.median)

    def suggest(self, totals: Sequence[Money], medians: Sequence[Money]) -> Deal | None:
        tenth = cheapest_tenth(totals)
        median = percentile(sorted(t.minor for t in totals), 1, 2) if tenth else 0
        return Deal(Decimal(min(99, max(1, round(tenth.minor * 100 / median))))) if tenth and median else None


def _count(own: OwnGroup, context: RuleContext) -> str:
    """Return the number of comps and what tells them from the others: `14 asks with “psa”`."""
    return f"{count_comps(replace(context.comps.statistics, n=own.n))} {own.label}".rstrip()
