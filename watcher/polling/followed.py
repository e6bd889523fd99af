"""Items a little above the target of a watch, looked at between polls: a price cut makes their search due.

Only where eBay grants getItems, whose calls cost searches nothing. The items are in memory alone: every poll
replaces those of its search, and an ordinary poll judges whatever a look finds.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from watcher.core.errors import CallFailed
from watcher.core.listing import Listing
from watcher.core.marketplaces import currency_of
from watcher.core.money import Money
from watcher.core.rechecks import ItemStates
from watcher.core.rules import assumed_shipping
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.core.watch import Search, SearchId, Watch
from watcher.polling.evaluation import Evaluation, Observation

log = logging.getLogger(__name__)

ITEMS_PER_CALL = 20
MAX_PER_SEARCH, MAX_FOLLOWED = 20, 10_000  # about 4 MB
NEAR_SHARE = Decimal("1.25")  # of a target; dearer items are not followed
FOLLOW_EVERY = Seconds(10.0)  # between two rounds
_MAX_CALLS_AT_ONCE = 5
# An item is looked at no sooner after its poll or its last look.
_LOOK_AGAIN = MINUTE
# A search shows a new price some minutes later than getItems does, so the same cut makes a search due again
# after this wait, doubled each time.
_FIRST_WAIT, _MAX_HITS = Seconds(5 * MINUTE), 2_000
_LONGEST_DOUBLING = 10
_LOOK_SECONDS = Seconds(4.0)
_EBAYS = "v1|"


class BulkLooks(Protocol):
    """eBay's getItems."""

    is_wanted: bool

    @property
    def granted(self) -> bool | None:
        """Whether eBay grants it; None if that is not known."""
        ...

    def is_probe_due(self, now: Instant) -> bool:
        """Return whether eBay should be asked whether it grants this."""

    async def probe(self, marketplace: str) -> bool:
        """Ask eBay whether it grants this. Raises CallFailed, WatcherError."""

    async def states(
        self, item_ids: Sequence[str], marketplace: str, within: Seconds, *, interactive: bool
    ) -> ItemStates:
        """Return what is known of items. Raises CallFailed, WatcherError."""


class CallsLeft(Protocol):
    """The quota of getItems."""

    def left(self, now: Instant) -> int:
        """Return the calls that are left, without those that messages may need."""

    def resets_at(self, now: Instant) -> Instant:
        """Return when there are new ones."""


class NearItem(NamedTuple):
    """An item of a search. From the price `trigger` on, its total satisfies the rule of a watch."""

    item_id: str
    trigger: Money
    distance: int  # minor units from its price to the trigger


class _Followed(NamedTuple):
    marketplace: str
    trigger: Money
    looked_at: Instant


_Key = tuple[SearchId, str]


class ItemFollower:
    """Follows items near a target, evenly through the day, within the calls that are left.

    `hurry` makes searches due; `on_due` is called when some are.
    """

    def __init__(
        self,
        bulk: BulkLooks,
        quota: CallsLeft,
        hurry: Callable[[Collection[SearchId], Instant], Awaitable[None]],
        *,
        marketplace: str,
    ) -> None:
        self._marketplace = marketplace  # in which eBay is asked whether it grants this
        self._bulk, self._quota, self._hurry = bulk, quota, hurry
        self.on_due: Callable[[], None] = lambda: None
        # Those that were looked at longest ago are first.
        self._followed: OrderedDict[_Key, _Followed] = OrderedDict()
        self._of_search: dict[SearchId, tuple[str, ...]] = {}
        # Cuts that made their search due: how many times, and when the last time.
        self._hits: OrderedDict[_Key, tuple[int, Instant]] = OrderedDict()
        self._calls, self._counted_at = 0.0, Instant(0.0)

    def __len__(self) -> int:
        return len(self._followed)

    def note_poll(
        self,
        search: Search,
        watches: Sequence[Watch],
        observed: Observation,
        evaluation: Evaluation,
        now: Instant,
    ) -> None:
        """Follow what a poll showed to be near a target, and nothing else of its search any more."""
        bulk = self._bulk
        if bulk.granted is False:
            self._followed.clear()
            self._of_search.clear()
        if bulk.granted is False or (bulk.granted is None and bulk.is_wanted):
            return  # nothing is computed for what may never be looked at
        near = near_items(search.question.marketplace, watches, observed, evaluation)
        bulk.is_wanted |= bool(near)
        for item in self._of_search.pop(search.id, ()):
            self._followed.pop((search.id, item), None)
        for one in near:
            followed = _Followed(search.question.marketplace, one.trigger, now)
            self._followed[search.id, one.item_id] = followed
        if near:
            self._of_search[search.id] = tuple(one.item_id for one in near)
        while len(self._followed) > MAX_FOLLOWED:
            self._forget(next(iter(self._followed)))

    async def round(self, now: Instant) -> None:
        """Ask for the grant if that is due, and look at as many items as there are calls by now.

        Raises WatcherError.
        """
        try:
            if self._bulk.is_probe_due(now):
                await self._bulk.probe(self._marketplace)
            if self._bulk.granted:
                await self._look(now)
        except CallFailed as failure:
            log.info("items near a target are not looked at: %s", failure.detail)

    async def _look(self, now: Instant) -> None:
        due: set[SearchId] = set()
        try:
            for _ in range(self._calls_now(now)):
                batch = self._next_batch(now)
                if not batch:
                    break
                self._calls -= 1.0
                due |= await self._look_at(batch, now)
        finally:
            if due:
                await self._hurry(due, now)
                self.on_due()

    def _calls_now(self, now: Instant) -> int:
        """Return how many calls may be made now, so that they are spread over the rest of the day."""
        if not self._followed:
            return 0
        passed = min(max(0.0, now - self._counted_at), 10 * FOLLOW_EVERY)
        self._counted_at = now
        rate = self._quota.left(now) / max(FOLLOW_EVERY, self._quota.resets_at(now) - now)
        self._calls = min(self._calls + rate * passed, float(_MAX_CALLS_AT_ONCE))
        return int(self._calls)

    def _next_batch(self, now: Instant) -> Sequence[_Key]:
        """Return the items that were looked at longest ago, of one marketplace."""
        batch: list[_Key] = []
        items: set[str] = set()
        marketplace = ""
        for key, one in self._followed.items():
            if 0 <= now - one.looked_at < _LOOK_AGAIN:
                break
            marketplace = marketplace or one.marketplace
            if one.marketplace == marketplace and (key[1] in items or len(items) < ITEMS_PER_CALL):
                items.add(key[1])
                batch.append(key)
            if len(items) == ITEMS_PER_CALL:
                break
        return batch

    async def _look_at(self, batch: Sequence[_Key], now: Instant) -> set[SearchId]:
        """Return the searches of items whose price has fallen to their trigger."""
        marketplace = self._followed[batch[0]].marketplace
        ids = list(dict.fromkeys(item for _, item in batch))
        for key in batch:  # also those of a call that fails, so that it is not repeated at once
            self._followed[key] = self._followed[key]._replace(looked_at=now)
            self._followed.move_to_end(key)
        states = await self._bulk.states(ids, marketplace, _LOOK_SECONDS, interactive=False)
        due = set()
        for key in batch:
            state, one = states.get(key[1]), self._followed.get(key)
            if state is None or one is None:
                continue
            if state.gone is not None:
                self._forget(key)
            elif _is_at_most(state.price, one.trigger) and self._is_worth_a_poll(key, now):
                due.add(key[0])
        return due

    def _is_worth_a_poll(self, key: _Key, now: Instant) -> bool:
        """Return whether a cut makes its search due, and count it; not again for a while."""
        times, at = self._hits.get(key, (0, now))
        wait = _FIRST_WAIT * 2 ** min(times - 1, _LONGEST_DOUBLING) if times else 0.0
        if times and 0 <= now - at < wait:
            return False
        self._hits[key] = times + 1, now
        self._hits.move_to_end(key)
        if len(self._hits) > _MAX_HITS:
            self._hits.popitem(last=False)
        return True

    def _forget(self, key: _Key) -> None:
        del self._followed[key]
        search, item = key
        left = tuple(one for one in self._of_search.get(search, ()) if one != item)
        if left:
            self._of_search[search] = left
        else:
            self._of_search.pop(search, None)


def near_items(
    marketplace: str, watches: Sequence[Watch], observed: Observation, evaluation: Evaluation
) -> Sequence[NearItem]:
    """Return the kept items that a price cut would let alert, the nearest first, MAX_PER_SEARCH at most.

    Only rules with a limit in money, or of a share of the one median; an item's distance counts to the next
    lower limit of any watch that sees it.
    """
    currency = currency_of(marketplace)
    usual = assumed_shipping(observed.listings, currency)
    found: dict[str, NearItem] = {}
    for key, ceilings in _ceilings(watches, evaluation, currency).items():
        for listing in evaluation.comps[key].selection.kept:
            one = _near(listing, ceilings, usual)
            known = found.get(listing.item_id)
            if one is not None and (known is None or one.distance < known.distance):
                found[listing.item_id] = one
    return sorted(found.values(), key=lambda one: (one.distance, one.item_id))[:MAX_PER_SEARCH]


def _ceilings(watches: Sequence[Watch], evaluation: Evaluation, currency: str) -> Mapping[str, Sequence[int]]:
    """Return the highest totals that alert, in minor units and ascending, by the key of their filters."""
    found: dict[str, set[int]] = {}
    for watch in watches:
        rule, key = watch.rule, watch.filters.key
        if rule.about_median or rule.about_auctions:
            continue
        groups = evaluation.groups.get((key, watch.rejected, watch.taught)) if rule.within_groups else None
        if groups is not None and groups.groups:
            continue
        ceiling = rule.ceiling(evaluation.comps[key].statistics.median)
        if ceiling is not None and ceiling.currency == currency:
            found.setdefault(key, set()).add(ceiling.minor)
    return {key: sorted(minors) for key, minors in found.items()}


def _near(listing: Listing, ceilings: Sequence[int], usual: Money | None) -> NearItem | None:
    """Return the listing if its total is a little above one of these."""
    price, shipping = listing.price, listing.shipping or usual
    if price is None or shipping is None or price.currency != shipping.currency:
        return None
    if not listing.item_id.startswith(_EBAYS):
        return None
    total = price.minor + shipping.minor
    place = bisect_left(ceilings, total)
    if place == 0 or total > ceilings[place - 1] * NEAR_SHARE:
        return None
    trigger = ceilings[place - 1] - shipping.minor
    if trigger <= 0:
        return None
    return NearItem(listing.item_id, Money(trigger, price.currency), price.minor - trigger)


def _is_at_most(price: Money | None, trigger: Money) -> bool:
    return price is not None and price.currency == trigger.currency and price <= trigger
