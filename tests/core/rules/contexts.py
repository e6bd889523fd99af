"""Markets for tests of rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.fakes import NOON, listing, listings, usd
from watcher.core.comps import Comps, Dropped, Selection, summarize
from watcher.core.listing import Listing
from watcher.core.rules import Rule, RuleContext
from watcher.core.times import DAY, Instant
from watcher.core.titles.verdict import Reason

WEEK_AGO = Instant(NOON - 7 * DAY)


def context_of(*kept: Listing, auctions: Sequence[Listing] = (), **fields: Any) -> RuleContext:
    """Return a context at NOON with these comps."""
    bids = tuple(Dropped(x, Reason.AUCTION, "a bid is not a price") for x in auctions if x.price is None)
    selection = Selection(tuple(kept), bids, tuple(auctions))
    return RuleContext(Comps(selection, summarize(kept, "USD")), NOON, **fields)


def prices(*amounts: float, **fields: Any) -> RuleContext:
    """Return a context with a comp at each of these totals."""
    return context_of(*listings(amounts), **fields)


def auction(number: int, bid: float, ends: float | None, shipping: float | None = 0.0) -> Listing:
    """Return an auction that ends this many seconds after NOON."""
    end = None if ends is None else Instant(NOON + ends)
    return listing(number, None, shipping, bid=usd(bid), auction=True, fixed=False, ends_at=end)


def matching_totals(rule: Rule, context: RuleContext) -> list[str]:
    """Return the totals of the listings that match, in their order."""
    return [m.total.amount for m in rule.evaluate(context).matches]
