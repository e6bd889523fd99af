"""The base classes of rules. A concrete rule is one frozen dataclass; see `registry` for the list."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from watcher.core.comps import Selection, Statistics
from watcher.core.listing import Listing
from watcher.core.money import Money, parse_money
from watcher.core.own_groups import OwnGroup
from watcher.core.pickup import says_pickup_only
from watcher.core.rules.context import Match, RuleContext, RuleOutcome
from watcher.core.rules.wording import count_comps, describe_excess
from watcher.core.times import Instant, Seconds

REARM_SHARE = Decimal("1.03")  # of the threshold; a median that reaches it re-arms the rule
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)%\Z", re.ASCII)


class Rule(ABC):
    """The condition under which a watch alerts.

    A rule parses and prints itself, evaluates a market, explains what is missing, and suggests a better
    value of itself. `ItemRule` and `MedianRule` do most of it; a concrete rule fills in the rest.
    """

    # The first word of the rule as it is typed, in lower case.
    keyword: ClassVar[str]
    # A rule that parses; help and refusals show it. Without a second word the rule takes no argument.
    example: ClassVar[str]
    # Whether the rule is about the market's median, not about single listings.
    about_median: ClassVar[bool] = False
    # Whether the rule compares prices with the median of the comps, or the median with an amount.
    uses_median: ClassVar[bool] = False
    # Whether the rule compares a listing with its own price group if the comps are several things.
    within_groups: ClassVar[bool] = False
    # Whether the rule is about auctions and their bids, not about fixed prices.
    about_auctions: ClassVar[bool] = False
    # Whether the rule reads `RuleContext.new_items`.
    needs_new_items: ClassVar[bool] = False
    # Why the rule cannot match at a watch's first poll; empty if it can.
    first_poll_note: ClassVar[str] = ""

    @classmethod
    @abstractmethod
    def parse(cls, argument: str, currency: str) -> Self:
        """Parse what follows the keyword; amounts without a currency are in `currency`.

        Raise ValueError with a message for the user.
        """

    @abstractmethod
    def __str__(self) -> str:
        """Return the text that `parse_rule` reads back."""

    @abstractmethod
    def describe_target(self, median: Money | None) -> str:
        """Return what the rule waits for, as the headline of a message says it."""

    @abstractmethod
    def evaluate(self, context: RuleContext, *, armed: bool = True) -> RuleOutcome:
        """Return which listings satisfy the rule now, or whether the market's median does.

        `armed`: whether a rule about the median may alert; it alerts once and then re-arms.
        """

    def why_not(self, listing: Listing, context: RuleContext) -> str:
        """Return why this listing, or the median, does not satisfy the rule, with the numbers."""
        return self.why_nothing_matches(context)

    @abstractmethod
    def why_nothing_matches(self, context: RuleContext) -> str:
        """Return what is missing for a match, with the numbers.

        About listings: what the cheapest one misses. About the median: empty if it satisfies the rule.
        """

    @property
    def history_window(self) -> Seconds | None:
        """How far back the rule looks at price points; None if it does not."""
        return None

    @property
    def price_limit(self) -> Money | None:
        """The user's limit in money, None without one; no listing with a higher price matches."""
        return None

    def ceiling(self, median: Money | None) -> Money | None:
        """Return the highest total that matches while this is the median; None if that says too little.

        `median`: that of the comps, or of the listing's own price group.
        """
        del median
        return self.price_limit

    def describe_offers(self, context: RuleContext) -> str:
        """Return what is on offer for a rule that is not about fixed prices, as a clause; else empty."""
        return ""

    def why_out_of_reach(self, statistics: Statistics) -> str:
        """Return why the present market suggests that the rule never matches; empty if it does not."""
        return ""

    def suggest(self, totals: Sequence[Money], medians: Sequence[Money]) -> Rule | None:
        """Return a rule of the same kind that matches the cheapest tenth, None if there is none.

        `totals` are those of past or present listings, `medians` those of past polls.
        """
        return None

    def poll_times(self, selection: Selection) -> Sequence[Instant]:
        """Return extra times at which to poll for the listings on offer, besides the usual interval."""
        return ()


@dataclass(frozen=True)
class LimitRule(Rule):
    """A rule with a limit in money, which is the whole argument unless the rule parses more."""

    limit: Money

    @classmethod
    def parse(cls, argument: str, currency: str) -> Self:
        return cls(parse_money(argument, currency))

    def __str__(self) -> str:
        return f"{self.keyword} {self.limit.typed}"

    @property
    def price_limit(self) -> Money:
        return self.limit


@dataclass(frozen=True)
class PercentRule(Rule):
    """A rule whose argument is a share such as `70%`."""

    percent: Decimal

    @classmethod
    def parse(cls, argument: str, currency: str) -> Self:
        match = _PERCENT.match(argument)
        value = Decimal(match[1]) if match else Decimal(0)
        if not 0 < value < 100:  # noqa: PLR2004 - percent
            raise ValueError(
                f'"{cls.keyword} {argument}" needs a share between 0% and 100%, like {cls.example}'
            )
        return cls(value)

    def __str__(self) -> str:
        return f"{self.keyword} {self.percent}%"


class ItemRule(Rule):
    """A rule about single listings: every listing that satisfies it is a match."""

    @abstractmethod
    def reason(self, match: Match, context: RuleContext) -> str:
        """Return why a listing matches, empty if it does not."""

    @abstractmethod
    def reason_against(self, match: Match, context: RuleContext) -> str:
        """Return why a listing whose cost is known does not match, with the numbers."""

    def evaluate(self, context: RuleContext, *, armed: bool = True) -> RuleOutcome:
        selection, limit = context.comps.selection, self.price_limit
        matches = []
        for listing in selection.auctions if self.about_auctions else selection.kept:
            price = listing.bid if self.about_auctions else listing.price
            if limit and price and price.minor > limit.minor:
                continue  # the cheap check first: shipping is never negative; currencies are compared below
            match = self.cost(listing, context)
            if match and (reason := self.reason(match, context)):
                # `_replace` takes four times as long, and a search may have a thousand watches.
                matches.append(Match(*match[:4], reason, self.group_of(listing, context)))
        matches.sort(key=lambda m: (m.total.minor, m.listing.item_id))
        return RuleOutcome(tuple(matches), armed=armed)

    def group_of(self, listing: Listing, context: RuleContext) -> OwnGroup | None:
        """Return the price group that the listing is compared with; None without several groups."""
        return None

    def cost(self, listing: Listing, context: RuleContext) -> Match | None:
        """Return a match without a reason: price and total, with assumed shipping if need be.

        None if the listing shows no price, or no shipping cost and none may be assumed.
        """
        price = listing.bid if self.about_auctions else listing.price
        if price is None:
            return None
        if listing.shipping is not None and listing.shipping.currency == price.currency:
            return Match(listing, price, price + listing.shipping, None, "")
        assumed = context.assumed
        if context.skips_unknown_shipping or assumed is None or assumed.currency != price.currency:
            return None
        if _is_pickup_only(listing):
            return None
        return Match(listing, price, price + assumed, assumed, "")

    def why_not(self, listing: Listing, context: RuleContext) -> str:
        match = self.cost(listing, context)
        if match is not None:
            return self.reason_against(match, context)
        if listing.price is None and listing.bid is None:
            return "it shows no price"
        if _is_pickup_only(listing):
            return "it is offered for pickup only, so no shipping cost is assumed"
        if context.skips_unknown_shipping:
            return "its shipping is unknown, and the watch skips such items"
        return "its shipping is unknown, and no shipping cost of this search is known that could be assumed"

    def why_nothing_matches(self, context: RuleContext) -> str:
        selection = context.comps.selection
        kept = [x for x in selection.kept if x.price]
        nearest = min(kept or [x for x in selection.auctions if x.bid], key=minor_cost, default=None)
        if nearest is None:
            return "no listing is kept that the rule could apply to"
        return f"no listing matches; the cheapest is {nearest.item_id}: {self.why_not(nearest, context)}"


class MedianRule(Rule):
    """A rule about the median of the comps: it alerts once, and re-arms 3 % above its threshold."""

    about_median: ClassVar[bool] = True
    uses_median: ClassVar[bool] = True

    @abstractmethod
    def threshold(self, context: RuleContext) -> Money | None:
        """Return the highest median that satisfies the rule, None if it cannot be computed yet."""

    @abstractmethod
    def compare(self, median: Money, context: RuleContext) -> str:
        """Return how a median that satisfies the rule compares with what it is measured against."""

    def why_no_threshold(self, context: RuleContext) -> str:
        """Return why `threshold` returns None."""
        raise NotImplementedError

    def evaluate(self, context: RuleContext, *, armed: bool = True) -> RuleOutcome:
        stats, threshold = context.comps.statistics, self.threshold(context)
        median = stats.median
        if median is None or threshold is None or median.currency != threshold.currency:
            return RuleOutcome(armed=armed)
        if median > threshold:
            return RuleOutcome(armed=armed or median >= threshold.share(REARM_SHARE))
        if not armed:
            return RuleOutcome(armed=False)
        reason = f"the median of {count_comps(stats)} is {median}, {self.compare(median, context)}"
        return RuleOutcome(median_reason=reason, armed=False)

    def why_nothing_matches(self, context: RuleContext) -> str:
        median, threshold = context.comps.statistics.median, self.threshold(context)
        if median is None:
            return "no comparable listing has a total"
        if threshold is None:
            return self.why_no_threshold(context)
        if median.currency == threshold.currency and median <= threshold:
            return ""
        return describe_excess("the median", median, threshold)


def _is_pickup_only(listing: Listing) -> bool:
    return listing.pickup_only or says_pickup_only(listing.title)


def minor_cost(listing: Listing) -> int:
    """Return what a listing costs as far as it is known, in minor units, to find the cheapest."""
    price = listing.total or listing.price or listing.bid
    return price.minor if price else 0
