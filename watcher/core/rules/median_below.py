"""`median-below 50`: the comps' median is at most a fixed amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from watcher.core.money import Money, parse_money
from watcher.core.rules.base import MedianRule
from watcher.core.rules.context import RuleContext
from watcher.core.rules.wording import cheapest_tenth


@dataclass(frozen=True)
class MedianBelow(MedianRule):
    """The comps' median is at most `limit`."""

    keyword = "median-below"
    example = "median-below 50"

    limit: Money

    @classmethod
    def parse(cls, argument: str, currency: str) -> Self:
        return cls(parse_money(argument, currency))

    def __str__(self) -> str:
        return f"median-below {self.limit.typed}"

    def describe_target(self, median: Money | None) -> str:
        return f"a median of at most {self.limit}"

    @property
    def price_limit(self) -> Money:
        return self.limit

    def threshold(self, context: RuleContext) -> Money:
        return self.limit

    def compare(self, median: Money, context: RuleContext) -> str:
        return f"at most your {self.limit}"

    def suggest(self, totals: Sequence[Money], medians: Sequence[Money]) -> MedianBelow | None:
        tenth = cheapest_tenth(medians)
        return MedianBelow(tenth) if tenth else None
