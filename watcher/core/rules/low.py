"""`low 90d`: the total is lower than every total seen in a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from watcher.core.money import Money
from watcher.core.rules.base import ItemRule
from watcher.core.rules.context import Match, RuleContext
from watcher.core.rules.wording import total_above
from watcher.core.times import DAY, Seconds, in_words, iso, parse_duration, write_duration

MIN_HISTORY = Seconds(7 * DAY)


@dataclass(frozen=True)
class Low(ItemRule):
    """A listing's total is below every total seen within `window`; needs seven days of history."""

    keyword = "low"
    example = "low 90d"
    first_poll_note = "The rule needs seven days of history first."

    window: Seconds

    @classmethod
    def parse(cls, argument: str, currency: str) -> Self:
        window = parse_duration(argument)
        if window < DAY:
            raise ValueError(f'"low {argument}" looks back less than a day; write low 90d')
        return cls(window)

    def __str__(self) -> str:
        return f"low {write_duration(self.window)}"

    def describe_target(self, median: Money | None) -> str:
        return f"a new low of {in_words(self.window)}"

    @property
    def history_window(self) -> Seconds:
        return self.window

    def reason(self, match: Match, context: RuleContext) -> str:
        lowest, total = self._lowest(context), match.total
        if lowest is None or total.currency != lowest.currency or total >= lowest:
            return ""
        window = f"the last {in_words(self.window)} (the lowest was {lowest})"
        return f"{total} in total is below every total of {window}"

    def reason_against(self, match: Match, context: RuleContext) -> str:
        lowest, since = self._lowest(context), context.history.since
        if lowest is None:
            start = "there is none yet" if since is None else f"it begins {iso(since)}"
            return f"the rule needs {in_words(MIN_HISTORY)} of history; {start}"
        if match.total.currency != lowest.currency:
            return total_above(match, lowest)
        return f"its total {match.total} is not below the lowest seen, {lowest}{match.shipping_note}"

    def _lowest(self, context: RuleContext) -> Money | None:
        """Return the lowest total within the window, None if the history is too short."""
        since = context.history.since
        return context.history.lowest if since is not None and context.now - since >= MIN_HISTORY else None
