"""A look at the items of an alert just before its message is sent: what is gone is not worth a message.

It takes a second at most, and whatever fails in it costs nothing but the knowledge: the message is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence

from watcher.core.alerts import Alert
from watcher.core.deliveries import Delivery
from watcher.core.errors import CallFailed, WatcherError
from watcher.core.item_state import ItemState
from watcher.core.rechecks import ItemStates
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.ports import BEFORE_SEND, IS_RETRY, Meter

log = logging.getLogger(__name__)

MAX_RECHECK_SECONDS = Seconds(1.0)  # that a message waits
MAX_SINGLE_LOOKS = 3  # per message, the best item first, while each is gone
# A message that waits is looked at again after this time, and later after half of its age.
RECHECK_AGAIN = Seconds(5 * MINUTE)
_REMEMBERED = 1_000  # messages
# Looks under way; those that no message waits for end by their own timeout. Beyond that none is begun.
_MAX_LOOKS = 60
_EBAYS = "v1|"  # the ids of other sources begin otherwise

LookAtMany = Callable[[Sequence[str], str], Awaitable[ItemStates]]
"""Looks at items of a marketplace with one call. Raises CallFailed, WatcherError."""
LookAtOne = Callable[[str, str], Awaitable[ItemState | None]]
"""Looks at one item of a marketplace; None if nothing is known. Raises CallFailed, WatcherError."""
NoteChecked = Callable[[Alert, Mapping[str, bool]], Awaitable[None]]
"""Records which items of an alert were still there, by id. Raises WatcherError."""


class Recheck:
    """Looks at the items of messages about to be sent.

    `look_at_many` is asked first, while it `is_granted`, then `look_at_one`, if it is not None, for the best
    item if nothing is known by then. A message waits `max_wait` seconds; None waits for the end of each look,
    which a driver that moves the clock itself needs.
    """

    def __init__(
        self,
        look_at_many: LookAtMany,
        look_at_one: LookAtOne | None,
        note: NoteChecked,
        meter: Meter,
        *,
        is_granted: Callable[[], bool],
        max_wait: Seconds | None = MAX_RECHECK_SECONDS,
    ) -> None:
        self._max_wait = max_wait
        self._many, self._one, self._note, self._meter = look_at_many, look_at_one, note, meter
        self._is_granted = is_granted
        # By row and time of the message: when it was looked at, and what was found.
        self._known: OrderedDict[tuple[int, Instant], tuple[Instant, dict[str, ItemState]]] = OrderedDict()
        self._looks: set[asyncio.Task[None]] = set()

    async def look(self, delivery: Delivery, alert: Alert, now: Instant) -> ItemStates:
        """Return what is known of the items of a message that is about to be sent. Raises nothing.

        A message that could not be sent is looked at again only after a while.
        """
        key = (delivery.id, delivery.created_at)
        at, known = self._known.get(key, (None, {}))
        if not self._is_granted() and self._one is None:
            return known
        ids = [item.item_id for item in alert.items if item.item_id.startswith(_EBAYS)]
        is_fresh = at is not None and 0 <= now - at < max(RECHECK_AGAIN, (now - alert.made_at) / 2)
        if is_fresh or not ids or len(self._looks) >= _MAX_LOOKS:
            return known
        found: dict[str, ItemState] = {}
        began = asyncio.get_running_loop().time()
        task = asyncio.create_task(self._read(ids, alert.marketplace, found))
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)
        await asyncio.wait({task}, timeout=self._max_wait)
        self._meter.timing("alert.recheck", asyncio.get_running_loop().time() - began)
        self._meter.count("recheck.known" if found else "recheck.unknown")
        self._remember(key, now, {**known, **found})
        return self._known[key][1]

    async def note(self, alert: Alert, states: ItemStates) -> None:
        """Record which items of an alert were there. Raises nothing."""
        if not states:
            return
        try:
            await self._note(alert, {item: state.gone is None for item, state in states.items()})
        except WatcherError as error:
            log.warning("what a look before sending found is not recorded", extra={"code": error.code})

    async def close(self) -> None:
        """End the looks that no message waits for."""
        for task in self._looks:
            task.cancel()
        await asyncio.gather(*self._looks, return_exceptions=True)

    async def _read(self, ids: Sequence[str], marketplace: str, found: dict[str, ItemState]) -> None:
        """Put what is known of items into `found`, as it becomes known."""
        IS_RETRY.set(False)  # a message may be sent again, but this call is a new one
        BEFORE_SEND.set(lambda: None)
        try:
            if self._is_granted():
                found.update(await self._look_at_many(ids, marketplace))
            if self._one is None:
                return
            for item in [item for item in ids if item not in found][:MAX_SINGLE_LOOKS]:
                if any(state.gone is None for state in found.values()):
                    return
                state = await self._one(item, marketplace)
                if state is None:
                    return
                found[item] = state
        except CallFailed as failure:
            log.info("a message is sent without a look at its items: %s", failure.detail)
        except WatcherError as error:
            log.warning("a message is sent without a look at its items", extra={"code": error.code})
        except Exception:
            log.exception("a look before sending failed unexpectedly")

    async def _look_at_many(self, ids: Sequence[str], marketplace: str) -> ItemStates:
        """Return what one call says; nothing if it fails, so that the best item is looked at alone."""
        try:
            return await self._many(ids, marketplace)
        except CallFailed as failure:
            log.info("items cannot be looked at with one call: %s", failure.detail)
            return {}

    def _remember(self, key: tuple[int, Instant], now: Instant, states: dict[str, ItemState]) -> None:
        self._known[key] = now, states
        self._known.move_to_end(key)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
