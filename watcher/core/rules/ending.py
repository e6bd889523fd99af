"""`ending 15m 50`: an auction ends soon and is still cheap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from watcher.core.comps import Selection
from watcher.core.listing import Listing
from watcher.core.money import Money, parse_money
from watcher.core.plurals import count_of, plural_of
from watcher.core.rules.base import ItemRule, LimitRule, minor_cost
from watcher.core.rules.context import Match, RuleContext
from watcher.core.rules.wording import is_at_most, total_above
from watcher.core.times import Instant, Seconds, in_words, iso, parse_duration, write_duration

_MAX_NAMED = 3  # auctions that a sentence names


@dataclass(frozen=True)
class Ending(LimitRule, ItemRule):
    """An auction ends within `within`, and bid plus shipping is at most `limit`."""

    keyword = "ending"
    example = "ending 15m 50"
    about_auctions = True

    within: Seconds

    @classmethod
    def parse(cls, argument: str, currency: str) -> Self:
        within, _, limit = argument.partition(" ")
        if not limit:
            raise ValueError(f'"ending {argument}" has no amount; write ending 15m 50')
        seconds = parse_duration(within)
        if seconds <= 0:
            raise ValueError(f'"ending {argument}" needs a time above 0')
        return cls(parse_money(limit, currency), seconds)

    def __str__(self) -> str:
        return f"ending {write_duration(self.within)} {self.limit.typed}"

    def describe_target(self, median: Money | None) -> str:
        return f"at most {self.limit} with {in_words(self.within)} left"

    def reason(self, match: Match, context: RuleContext) -> str:
        ends = match.listing.ends_at
        if ends is None or not context.now < ends <= context.now + self.within:
            return ""
        if not is_at_most(match.total, self.limit):
            return ""
        left, total = in_words(ends - context.now), match.total
        return f"the auction ends in {left}, and bid plus shipping, {total}, is at most your {self.limit}"

    def reason_against(self, match: Match, context: RuleContext) -> str:
        return total_above(match, self.limit)

    def why_not(self, listing: Listing, context: RuleContext) -> str:
        if listing.ends_at is None or listing.bid is None:
            return "it is not an auction, and the rule applies only to auctions"
        left = listing.ends_at - context.now
        if left <= 0:
            return f"the auction ended {iso(listing.ends_at)}"
        if left > self.within:
            within = in_words(self.within)
            return f"the auction ends in {in_words(left)}; the rule applies to the last {within}"
        return super().why_not(listing, context)

    def describe_offers(self, context: RuleContext) -> str:
        auctions = self._auctions(context)
        if not auctions:
            return "no auction is on offer now"
        shown = [self._describe_auction(x, context) for x in auctions[:_MAX_NAMED]]
        more = f"; {len(auctions) - _MAX_NAMED} more end later" if len(auctions) > _MAX_NAMED else ""
        count = count_of(len(auctions), "auction")
        return f"{count} {plural_of(len(auctions), 'is', 'are')} on offer: {'; '.join(shown)}{more}"

    def why_nothing_matches(self, context: RuleContext) -> str:
        auctions = [x for x in self._auctions(context) if x.bid is not None]
        if not auctions:
            return "no auction is on offer, and the rule applies only to auctions"
        nearest = min(auctions, key=minor_cost)
        return f"no listing matches; the cheapest is {nearest.item_id}: {self.why_not(nearest, context)}"

    @staticmethod
    def _auctions(context: RuleContext) -> Sequence[Listing]:
        """Return the auctions that have not ended, the next to end first."""
        left = [(x.ends_at, x) for x in context.comps.selection.auctions if x.ends_at is not None]
        return [x for ends, x in sorted(left, key=lambda one: one[0]) if ends > context.now]

    def _describe_auction(self, listing: Listing, context: RuleContext) -> str:
        left = in_words((listing.ends_at or context.now) - context.now)
        match = self.cost(listing, context)
        if match:
            price = f"{match.total} with shipping" + (" (assumed)" if match.assumed else "")
        else:
            price = f"{listing.bid} and unknown shipping"
        return f"{listing.item_id} ends in {left}, now at {price}"

    def poll_times(self, selection: Selection) -> Sequence[Instant]:
        return [Instant(x.ends_at - self.within) for x in selection.auctions if x.ends_at is not None]
