"""Item specifics of single listings as a second look: those that are stored, then eBay's."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

from watcher.core.background import Background
from watcher.core.errors import CallFailed, NotSent, WatcherError
from watcher.core.listing import Listing
from watcher.core.specifics import Specifics
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Question
from watcher.db.item_specifics import ItemSpecificsStore, StoredSpecifics, content_of
from watcher.polling.second_look import LookCandidate, LookRequest
from watcher.polling.second_look_quota import SecondLookQuota
from watcher.ports import Meter

log = logging.getLogger(__name__)

MAX_DETAILS = 5  # calls per poll
# Seconds that the calls of one look take at most; there may be further lookers.
_CALL_SECONDS = Seconds(5.0)
# Seconds until it is looked up again whether a call is left, when none was.
_NO_CALL_SECONDS = Seconds(10.0)
# Listings that only raise a doubt leave this share of the day's calls to those about to alert.
_KEPT_FOR_ALERTS = 0.5
_EBAYS = "v1|"  # the ids of other sources begin otherwise
_REMEMBERED = 4_096  # listings; about 3 kB each
_REMEMBERED_REFUSALS = 1_000

ReadItem = Callable[[str, str, Seconds], Awaitable[Specifics]]
"""Reads the specifics of an item in a marketplace, within some seconds. Raises CallFailed, WatcherError."""


class KnownSpecifics:
    """The stored specifics, with a bounded memory of those that every poll of their search uses."""

    def __init__(self, store: ItemSpecificsStore) -> None:
        self._store = store
        self._known: OrderedDict[str, StoredSpecifics] = OrderedDict()

    def of(self, listings: Sequence[Listing]) -> dict[str, Specifics]:
        """Return the specifics that hold for these listings, by item id. Raises WatcherError."""
        # Another daemon, or a poll of another search, may have replaced what does not hold.
        unknown = [x.item_id for x in listings if not self._holds(x)]
        for item, one in self._store.read(unknown).items():
            self._remember(item, one)
        return {x.item_id: self._known[x.item_id].specifics for x in listings if self._holds(x)}

    async def keep(self, listing: Listing, specifics: Specifics, now: Instant) -> None:
        """Store what was read. Raises WatcherError."""
        one = StoredSpecifics(content_of(listing), specifics)
        self._remember(listing.item_id, one)
        await self._store.put({listing.item_id: one}, now)

    async def look(self, request: LookRequest, background: Background, within: Seconds) -> Background:
        """Return the background with what is stored about the candidates."""
        del within
        return self.recall(request.inquiry.question, [c.listing for c in request.candidates], background)

    def recall(self, question: Question, listings: Sequence[Listing], background: Background) -> Background:
        """Return the background with what is stored about these listings."""
        del question
        known = background.specifics
        found = self.of([x for x in listings if x.item_id not in known])
        return background._replace(specifics={**known, **found}) if found else background

    def _holds(self, listing: Listing) -> bool:
        one = self._known.get(listing.item_id)
        return one is not None and one.hold_for(listing)

    def _remember(self, item: str, one: StoredSpecifics) -> None:
        self._known[item] = one
        self._known.move_to_end(item)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


class ItemDetails:
    """Reads the specifics of candidates from eBay, within the share of the day's calls for single items."""

    def __init__(self, read: ReadItem, known: KnownSpecifics, quota: SecondLookQuota, meter: Meter) -> None:
        self._read, self._known, self._quota, self._meter = read, known, quota, meter
        # Listings whose request eBay refuses, which it would do again.
        self._refused: OrderedDict[str, None] = OrderedDict()
        self._no_call_at: Instant | None = None

    def recall(self, question: Question, listings: Sequence[Listing], background: Background) -> Background:
        """Return the background as it is: what was read is among the known specifics."""
        del question, listings
        return background

    async def look(self, request: LookRequest, background: Background, within: Seconds) -> Background:
        """Return the background with what eBay says about the first few candidates."""
        rows = self._choose(request, background)
        market, within = request.inquiry.question.marketplace, min(within, _CALL_SECONDS)
        read = [self._read_one(x, market, request.now, within) for x in rows]
        found = {
            x.item_id: specifics
            for x, specifics in zip(rows, await asyncio.gather(*read), strict=True)
            if specifics is not None
        }
        unread = background.unread.union(c.listing.item_id for c in request.candidates if c.alerts)
        unread -= background.specifics.keys() | found.keys()
        if not found and unread == background.unread:
            return background
        return background._replace(specifics={**background.specifics, **found}, unread=unread)

    def _choose(self, request: LookRequest, background: Background) -> Sequence[Listing]:
        """Return the candidates that are worth a call: few, and doubtful ones only while many are left."""

        def wants(one: LookCandidate) -> bool:
            item = one.listing.item_id
            return item not in background.specifics and item not in self._refused and item.startswith(_EBAYS)

        wanted = [c for c in request.candidates if wants(c)]
        most, now, since = MAX_DETAILS - request.found, request.now, self._no_call_at
        if not wanted or most <= 0 or (since is not None and 0 <= now - since < _NO_CALL_SECONDS):
            return ()
        left = self._quota.left(now)
        self._no_call_at = now if left <= 0 else None
        if left <= 0:
            return ()
        spare = left - round(self._quota.limit * _KEPT_FOR_ALERTS)
        alerting = [c.listing for c in wanted if c.alerts][: min(left, most)]
        doubtful = [c.listing for c in wanted if not c.alerts]
        return alerting + doubtful[: max(0, min(spare, most) - len(alerting))]

    async def _read_one(
        self, listing: Listing, marketplace: str, now: Instant, within: Seconds
    ) -> Specifics | None:
        """Return what eBay says about a listing; None if the call fails."""
        try:
            specifics = await self._read(listing.item_id, marketplace, within)
        except NotSent as refusal:
            log.debug("a listing is not looked at: %s", refusal.detail)
            return None
        except CallFailed as failure:
            self._meter.count("details.calls")
            self._meter.count("details.failed")
            log.info(
                "a listing could not be looked at",
                extra={"item": listing.item_id, "code": failure.code, "why": failure.detail},
            )
            if failure.caller_caused:
                self._refused[listing.item_id] = None
                if len(self._refused) > _REMEMBERED_REFUSALS:
                    self._refused.popitem(last=False)
            return None
        except WatcherError as error:  # the quota ledger failed, so nothing was sent
            log.warning("a listing is not looked at", extra={"code": error.code})
            return None
        self._meter.count("details.calls")
        try:
            await self._known.keep(listing, specifics, now)
        except WatcherError as error:  # this poll uses them anyway
            log.warning("item specifics are not stored", extra={"code": error.code})
        return specifics
