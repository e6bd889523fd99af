"""`median-below 50`: the comps' median is at most a fixed amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watcher.core.money import Money
from watcher.core.rules.base import LimitRule, MedianRule
from watcher.core.rules.context import RuleContext
from watcher.core.rules.wording import cheapest_tenth


@dataclass(frozen=True)
class MedianBelow(LimitRule, MedianRule):
    """The comps' median is at most `limit`."""

    keyword = "median-below"
    example = "median-below 50"

    def describe_target(self, median: Money | None) -> str:
        return f"a median of at most {self.limit}"

    def threshold(self, context: RuleContext) -> Money:
        return self.limit

    def compare(self, median: Money, context: RuleContext) -> str:
        return f"at most your {self.limit}"

    def suggest(self, totals: Sequence[Money], medians: Sequence[Money]) -> MedianBelow | None:
        tenth = cheapest_tenth(medians)
        return MedianBelow(tenth) if tenth else None
