"""`drop 15%`: the comps' median has fallen below its usual level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from watcher.core.comps import percentile
from watcher.core.money import Money
from watcher.core.plurals import count_of, plural_of
from watcher.core.rules.base import MedianRule, PercentRule
from watcher.core.rules.context import RuleContext
from watcher.core.rules.wording import percent_of
from watcher.core.times import DAY, Seconds

MIN_DAYS = 7  # days that have a median


@dataclass(frozen=True)
class Drop(PercentRule, MedianRule):
    """The comps' median is `percent` below the median of the last 30 days' daily medians."""

    keyword = "drop"
    example = "drop 15%"
    first_poll_note = "The rule needs seven days of history first."
    history_window: ClassVar[Seconds] = Seconds(30 * DAY)

    def describe_target(self, median: Money | None) -> str:
        return f"a median {self.percent} % under its usual"

    def threshold(self, context: RuleContext) -> Money | None:
        usual = self._usual(context)
        # Rounded down: half a cent less than the percentage is not enough.
        return Money(int(usual.minor * (100 - self.percent) / 100), usual.currency) if usual else None

    def compare(self, median: Money, context: RuleContext) -> str:
        usual = self._usual(context)
        fall = 100 - percent_of(median, usual) if usual else 0
        return f"{fall} % under its usual {usual} of {count_of(len(context.history.daily_medians), 'day')}"

    def why_no_threshold(self, context: RuleContext) -> str:
        days = len(context.history.daily_medians)
        return f"the rule needs the medians of {MIN_DAYS} days; there {plural_of(days, 'is', 'are')} {days}"

    def _usual(self, context: RuleContext) -> Money | None:
        """Return the median of the daily medians, None if too few days have one in the comps' currency."""
        currency = context.comps.statistics.currency
        days = sorted(m.minor for m in context.history.daily_medians if m.currency == currency)
        return Money(percentile(days, 1, 2), currency) if len(days) >= MIN_DAYS else None
