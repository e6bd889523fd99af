"""`below 50`: the total is at most a fixed amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watcher.core.comps import Statistics
from watcher.core.money import Money
from watcher.core.rules.base import ItemRule, LimitRule
from watcher.core.rules.context import Match, RuleContext
from watcher.core.rules.wording import cheapest_tenth, is_at_most, total_above


@dataclass(frozen=True)
class Below(LimitRule, ItemRule):
    """A listing's total is at most `limit`."""

    keyword = "below"
    example = "below 50"

    def describe_target(self, median: Money | None) -> str:
        return f"at most {self.limit}"

    def reason(self, match: Match, context: RuleContext) -> str:
        if not is_at_most(match.total, self.limit):
            return ""
        return f"{match.total} in total is at most your {self.limit}"

    def reason_against(self, match: Match, context: RuleContext) -> str:
        return total_above(match, self.limit)

    def why_out_of_reach(self, statistics: Statistics) -> str:
        low = statistics.low
        if low is None or low.currency != self.limit.currency or self.limit.minor * 2 >= low.minor:
            return ""
        return f"The lowest total now is {low}, more than twice that."

    def suggest(self, totals: Sequence[Money], medians: Sequence[Money]) -> Below | None:
        tenth = cheapest_tenth(totals)
        return Below(tenth) if tenth and tenth.currency == self.limit.currency else None
