"""Looks at single items: just before their message is sent, and between polls if they are near a target.

With one call for many of them where eBay grants that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import NamedTuple

from watcher.adapters.ebay.bulk_items import BULK_RESOURCE, BULK_SCOPE, BULK_TOKEN_FILE, EbayBulkItems
from watcher.adapters.ebay.items import EbayItems
from watcher.core.errors import Api
from watcher.core.item_state import ItemState
from watcher.core.rechecks import ItemStates
from watcher.core.times import Instant
from watcher.core.watch import SearchId
from watcher.delivery.recheck import MAX_RECHECK_SECONDS, Recheck
from watcher.polling.followed import ItemFollower
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.polling.second_look_quota import SecondLookQuota
from watcher.ports import Clock, Meter
from watcher.runtime.integrations import (
    ITEM_ATTEMPT,
    ITEM_PLACES,
    MARKET_BREAKER,
    Integrations,
    require_credentials,
)

_BULK_CALLS = 5_000  # a day, which eBay grants for getItems beside the others


class ItemLooks(NamedTuple):
    """Looks at many items with one call where eBay grants it, else at one within its share of the calls.

    A look may take longer than a message waits: its sample then still says how long eBay took.
    """

    bulk: EbayBulkItems
    items: EbayItems
    quota: SecondLookQuota
    clock: Clock
    meter: Meter

    def is_granted(self) -> bool:
        """Return whether many items can be looked at with one call; eBay is asked if that is not known."""
        self.bulk.is_wanted = True
        return bool(self.bulk.granted)

    async def many(self, item_ids: Sequence[str], marketplace: str) -> ItemStates:
        """Return what is known of items, with one call. Raises CallFailed, WatcherError."""
        return await self.bulk.states(item_ids, marketplace, ITEM_ATTEMPT, interactive=True)

    async def one(self, item_id: str, marketplace: str) -> ItemState | None:
        """Return what is known of an item, None without a call for it. Raises CallFailed, WatcherError."""
        if (known := self.items.fresh_state(item_id, marketplace)) is not None:
            return known
        if self.quota.left(self.clock.now()) <= 0:
            return None
        self.meter.count("details.calls")
        return await self.items.state(item_id, marketplace, ITEM_ATTEMPT)


class ItemIntegrations(Integrations):
    """The integrations, with those that look at single items again."""

    @cached_property
    def bulk_quota(self) -> QuotaBlocks:
        """The calls of getItems, which eBay counts apart from all others."""
        ledger = self.stores.quota_ledger.of_pool(BULK_RESOURCE)
        blocks = QuotaBlocks(Api.EBAY, _BULK_CALLS, ledger, has_polls=lambda: False)
        blocks.ask_provider = self.ask_for_bulk_quota
        self._closing.push_async_callback(blocks.close)
        return blocks

    async def ask_for_bulk_quota(self, now: Instant) -> int | None:
        """Return the calls of getItems that are left by eBay's count, and adjust our own to it."""
        return await self._reconcile(self.bulk_quota, BULK_RESOURCE, now)

    @cached_property
    def ebay_bulk(self) -> EbayBulkItems:
        """The client that looks at many items at once. Raises ConfigRefused without credentials."""
        require_credentials(self.settings)
        # Separate from all others: few keys may use it.
        guard = self.guard(
            Api.EBAY,
            self.settings.retry.ebay.policy,
            self.settings.timeout.comps,
            MARKET_BREAKER,
            self.bulk_quota if self._with_database else None,
            attempt=min(self.settings.timeout.attempt, ITEM_ATTEMPT),
            places=ITEM_PLACES,
        )
        return EbayBulkItems(
            base_url=self.settings.ebay.base_url,
            token=self._build_token(guard, optional=True, scope=BULK_SCOPE, file_name=BULK_TOKEN_FILE),
            http=self._http,
            guard=guard,
            clock=self.clock,
        )

    @cached_property
    def item_follower(self) -> ItemFollower | None:
        """Follows items near a target where eBay grants it; None without credentials for eBay."""
        if not self.settings.ebay.has_credentials:
            return None
        rest = self.settings.polling.min_interval

        async def hurry(ids: Collection[SearchId], now: Instant) -> None:
            await self.stores.searches.hurry(ids, now, rest)

        return ItemFollower(
            self.ebay_bulk, self.bulk_quota, hurry, marketplace=self.settings.ebay.marketplace
        )

    async def follow_items(self, now: Instant) -> None:
        """Look at items near a target. Raises WatcherError."""
        if self.item_follower is not None:
            await self.item_follower.round(now)

    @cached_property
    def recheck(self) -> Recheck | None:
        """Looks at items just before their message is sent; None without credentials for eBay."""
        if not self.settings.ebay.has_credentials:
            return None
        looks = ItemLooks(self.ebay_bulk, self.ebay_items, self.detail_quota, self.clock, self.meter)
        one = looks.one if self.settings.polling.detail_share else None
        note = self.stores.lateness.note_checked
        recheck = Recheck(
            looks.many,
            one,
            note,
            self.meter,
            is_granted=looks.is_granted,
            max_wait=None if self._lockstep else MAX_RECHECK_SECONDS,
        )
        self._closing.push_async_callback(recheck.close)
        return recheck
