"""The ways of looking at items just before their message is sent, for `delivery.recheck`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from watcher.adapters.ebay.bulk_items import EbayBulkItems
from watcher.adapters.ebay.items import EbayItems
from watcher.core.item_state import ItemState
from watcher.core.rechecks import ItemStates
from watcher.core.times import Seconds
from watcher.polling.second_look_quota import SecondLookQuota
from watcher.ports import Clock, Meter

# A look may take longer than a message waits: its sample then still says how long eBay took.
_LOOK_SECONDS = Seconds(4.0)


class ItemLooks(NamedTuple):
    """Looks at many items with one call where eBay grants it, else at one within its share of the calls."""

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
        return await self.bulk.states(item_ids, marketplace, _LOOK_SECONDS, interactive=True)

    async def one(self, item_id: str, marketplace: str) -> ItemState | None:
        """Return what is known of an item, None without a call for it. Raises CallFailed, WatcherError."""
        if (known := self.items.fresh_state(item_id, marketplace)) is not None:
            return known
        if self.quota.left(self.clock.now()) <= 0:
            return None
        self.meter.count("details.calls")
        return await self.items.state(item_id, marketplace, _LOOK_SECONDS)
