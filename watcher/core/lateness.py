"""How late an alert is: from when an item could have matched to when it was seen and its message was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from watcher.core.alerts import Alert
from watcher.core.listing import Listing
from watcher.core.polls import Seen
from watcher.core.times import HOUR, Instant, Seconds
from watcher.core.watch import Watch

# A market shows a listing some minutes after it was listed. One that a poll should have shown an hour ago
# matches for another reason, such as a price that was above the band which was searched.
_SHOWN_WITHIN = HOUR
# The limits within which shares are stated, in seconds: 1, 10 and 60 minutes.
WITHIN_SECONDS = (60, 600, 3600)


class Onset(StrEnum):
    """Since when an item could have matched; lateness counts from a listing or a price cut only."""

    LISTED = "listed"
    PRICE_CUT = "price-cut"
    # It was on offer before the watch existed, or before its rule was changed.
    EARLIER = "earlier"
    # An earlier poll saw it at this price: it matches because the median, the end or a verdict changed.
    SEEN = "seen"
    UNKNOWN = "unknown"


class Start(NamedTuple):
    """Since when an item could have matched, None if that is unknown or does not count.

    `at` of a price cut: the last look that saw the old price.
    """

    onset: Onset = Onset.UNKNOWN
    at: Instant | None = None


class LastLook(NamedTuple):
    """What was known of a market before a poll.

    `seen`: its listings by item id. `at`: the poll before, None before the first one. `covered_at`: the last
    poll that showed all listings of which this one shows those on offer, None if that is not known.
    `is_narrowed`: all of those up to a price.
    """

    seen: Mapping[str, Seen]
    at: Instant | None
    covered_at: Instant | None = None
    is_narrowed: bool = False

    def start_of(self, listing: Listing, watch: Watch, now: Instant) -> Start:
        """Return since when a listing that matches at a poll could have matched."""
        if watch.rule.about_auctions:  # it matches by its end, whenever it was listed
            return Start(Onset.SEEN)
        before = self.seen.get(listing.item_id)
        start = self._start_of_new(listing, now) if before is None else self._start_of_known(listing, before)
        at = start.at
        if at is not None and at > now:  # a clock was set
            return Start()
        is_restarted = watch.baseline_at is None and watch.revision > 1
        if is_restarted or (at is not None and at < watch.created_at):
            return Start(Onset.EARLIER)
        return start

    def _start_of_new(self, listing: Listing, now: Instant) -> Start:
        listed_at = listed_by(listing, now)
        if listed_at is None:
            return Start()
        if self.at is None or listed_at >= self.at - _SHOWN_WITHIN:
            return Start(Onset.LISTED, listed_at)
        if self.is_narrowed and self.covered_at is not None:  # its price was above the limit then
            return Start(Onset.PRICE_CUT, self.covered_at)
        return Start()

    def _start_of_known(self, listing: Listing, before: Seen) -> Start:
        if before.gone:
            return Start()
        if not _is_cheaper(listing, before):
            return Start(Onset.SEEN)
        return Start(Onset.PRICE_CUT, before.seen_at if self.covered_at is None else self.covered_at)


class ItemLateness(NamedTuple):
    """How late one item of an alert was, as it is stored.

    `since`: when it was listed or its price cut, None if unknown or if that does not count. `was_there`:
    whether it was on offer just before the message was sent, None if that was not checked.
    """

    since: Instant | None
    seen_at: Instant
    sent_at: Instant | None = None
    was_there: bool | None = None


class LatenessFigures(NamedTuple):
    """The matches of one watch, or of all: how many were seen in time, and how many were still there.

    `timed`: those whose listing or price cut is known; `within`: how many of them were seen within each of
    WITHIN_SECONDS. `checked`: those that were looked at again before the message; `there`: still on offer.
    """

    matches: int = 0
    timed: int = 0
    within: tuple[int, ...] = (0,) * len(WITHIN_SECONDS)
    checked: int = 0
    there: int = 0

    @property
    def shares(self) -> dict[int, float | None]:
        """The share seen within each limit in seconds; None without matches that count."""
        pairs = zip(WITHIN_SECONDS, self.within, strict=True)
        return {limit: n / self.timed if self.timed else None for limit, n in pairs}

    @property
    def still_there(self) -> float | None:
        """The share of the matches looked at again that were still there; None without any."""
        return self.there / self.checked if self.checked else None


def with_starts(alert: Alert, look: LastLook, watch: Watch, listings: Mapping[str, Listing]) -> Alert:
    """Return the alert that a poll made with when its items were listed and could have matched."""
    now = Instant(alert.made_at)
    items = []
    for item in alert.items:
        listing = listings.get(item.item_id)
        start = look.start_of(listing, watch, now) if listing else Start()
        listed_at = listed_by(listing, now) if listing else None
        items.append(item._replace(listed_at=listed_at, onset=start.onset, since=start.at))
    return replace(alert, items=tuple(items))


def listed_by(listing: Listing, now: Instant) -> Instant | None:
    """Return when the market says that a listing began; None if it does not, or says a time to come."""
    at = listing.created_at
    return at if at is not None and at <= now else None


def seconds_between(start: float | None, end: float | None) -> Seconds | None:
    """Return the time from start to end; None if one is unknown, or if a clock was set back in between."""
    return Seconds(end - start) if start is not None and end is not None and end >= start else None


def _is_cheaper(listing: Listing, before: Seen) -> bool:
    """Return whether a listing costs less than when it was seen before, with shipping if that is known."""
    price, old = listing.price or listing.bid, before.price
    if price is None or old is None or price.currency != old.currency:
        return False
    shipping, old_shipping = listing.shipping, before.shipping
    if shipping is not None and old_shipping is not None and shipping.currency == old_shipping.currency:
        return price.minor + shipping.minor < old.minor + old_shipping.minor
    return price.minor < old.minor
