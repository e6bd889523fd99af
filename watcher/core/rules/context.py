"""What a rule looks at, and what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from watcher.core.comps import Comps
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.own_groups import ONE_MARKET, MarketGroups, OwnGroup
from watcher.core.times import Instant


class History(NamedTuple):
    """What the price points before the present poll show.

    `since`: the first price point ever; `lowest`: the lowest total within the rule's window;
    `daily_medians`: one median a day, today's excluded.
    """

    since: Instant | None = None
    lowest: Money | None = None
    daily_medians: tuple[Money, ...] = ()


class RuleContext(NamedTuple):
    """What a rule looks at.

    `assumed`: the shipping cost assumed for a listing that shows none. `skips_unknown_shipping`: the watch
    ignores such listings. `baseline_at`: the watch's first poll, None before it. `new_items`: ids of
    listings that were not there at the first poll; filled only for a rule that `needs_new_items`.
    `groups`: the price groups of the comps, for a rule that judges `within_groups`.
    """

    comps: Comps
    now: Instant
    assumed: Money | None = None
    skips_unknown_shipping: bool = False
    baseline_at: Instant | None = None
    new_items: frozenset[str] = frozenset()
    history: History = History()
    groups: MarketGroups = ONE_MARKET


class Match(NamedTuple):
    """A listing that satisfies a rule, what it costs, and why it matches.

    `assumed` is the assumed shipping cost, None if the listing shows its own. `group`: the price group with
    whose median it was compared; None if it was compared with none, or with the median of all comps.
    """

    listing: Listing
    price: Money
    total: Money
    assumed: Money | None
    reason: str
    group: OwnGroup | None = None

    @property
    def shipping_note(self) -> str:
        """A clause that names the assumed shipping; empty if nothing is assumed."""
        return f", with {self.assumed} assumed for its unknown shipping" if self.assumed else ""


class RuleOutcome(NamedTuple):
    """The listings that match, cheapest first, or a sentence about a median that does.

    `armed`: whether a rule about the median may alert at the next poll.
    """

    matches: tuple[Match, ...] = ()
    median_reason: str = ""
    armed: bool = True


def assumed_shipping(listings: Sequence[Listing], currency: str) -> Money | None:
    """Return the 90th percentile of a search's known shipping costs, None if none is known."""
    known = sorted(
        s.minor
        for x in listings
        if (s := x.shipping) is not None and s.currency == currency and not x.is_apart
    )
    return Money(known[max(0, -(-len(known) * 9 // 10) - 1)], currency) if known else None
