"""An alerted item is not the wanted one: its watch, and the duplicates of that watch, drop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from watcher.core.alerts import Alert, Item
from watcher.core.errors import InvalidInput, NotFound
from watcher.core.item_number import hashed_id, is_hashed_id, is_item, is_item_id, parse_item_number
from watcher.core.plurals import count_of
from watcher.core.rejections import also_removed
from watcher.core.watch import Watch, WatchId
from watcher.watches.queries import WatchQueries
from watcher.watches.registry import Admit, Registry, admit_any
from watcher.watches.teaching import learned_from


class Rejection(NamedTuple):
    """What is rejected: an item (its number, id or address; empty: the only one) and words in titles.

    `undo` withdraws a rejection; `dry_run` only finds out what it would do.
    """

    item: str = ""
    words: str = ""
    undo: bool = False
    dry_run: bool = False


class ItemNeeded(InvalidInput):
    """The alert has several items and the rejection names none of them."""

    def __init__(self, alert: Alert) -> None:
        items = [f"{item_name(item, alert)}  {item.title}".rstrip() for item in alert.items]
        count = count_of(len(alert.items) + alert.more, "item")
        others = " One that is not listed is named by the address of its page." if alert.more else ""
        super().__init__(
            f'Alert {alert.id} has {count}: {"; ".join(items)}. Name the wrong one in "itemId".{others}'
        )
        self.alert = alert


async def reject_item(
    registry: Registry, queries: WatchQueries, alert: Alert, asked: Rejection, admit: Admit = admit_any
) -> dict[str, Any]:
    """Reject an item of an alert, or withdraw that; return `alerts reject --json`.

    `admit` may refuse the watch by raising. Raises InvalidInput and NotFound.
    """
    number = registry.watch_id(alert.watch_id)
    titles = {hashed_id(item.item_id): item.title for item in alert.items}
    found = _Found(partial(_item_hash, alert, is_withdrawn=asked.undo), titles, alert.also)
    return await _reject(registry, queries, number, found, asked, admit)


async def reject_listing(
    registry: Registry, queries: WatchQueries, number: int, asked: Rejection, admit: Admit = admit_any
) -> dict[str, Any]:
    """Do the same with a listing that a watch has found, whether it has alerted on it or not."""
    found = _Found(_listing_hash)
    return await _reject(registry, queries, registry.watch_id(number), found, asked, admit)


class _Found(NamedTuple):
    """How a rejected item is named, the titles by hash, and the duplicate watches that showed it."""

    hash_of: Callable[[str], str]
    titles: Mapping[str, str] = {}
    also: Sequence[int] = ()


async def _reject(
    registry: Registry,
    queries: WatchQueries,
    number: WatchId,
    found: _Found,
    asked: Rejection,
    admit: Admit,
) -> dict[str, Any]:
    if asked.undo and asked.words:
        raise InvalidInput(
            "Withdrawing a rejection includes the item again, but no words; edit the watch to allow those."
        )
    items = [found.hash_of(asked.item)]
    before = registry.get(number)
    admit(before)

    async def change(watch: WatchId, check: Callable[[Watch], None]) -> Watch:
        now, save = queries.clock.now(), not asked.dry_run
        if asked.undo:
            return await registry.unreject(watch, items, now, save=save, admit=check)
        learned = learned_from(queries, registry.get(watch), items[0], found.titles.get(items[0], ""))
        return await registry.reject(watch, items, asked.words, now, learned=learned, save=save, admit=check)

    after = await change(number, admit)
    same = list(_duplicates(registry, before, found.also))
    if not asked.dry_run:
        for other in same:
            with suppress(NotFound):  # removed, or given to another user, since the last line
                await change(other, admit)
    return _view(queries, before, after, items, same) | {"saved": not asked.dry_run}


def item_name(item: Item, alert: Alert) -> str:
    """Return what names an item of an alert: its number if that is enough, else its whole id."""
    try:
        number = parse_item_number(item.item_id)
    except InvalidInput:
        return item.item_id  # of an erased item only a hash is left
    is_enough = sum(is_item(other.item_id, number) for other in alert.items) == 1
    return number if is_enough else item.item_id


def _view(
    queries: WatchQueries, before: Watch, after: Watch, items: Sequence[str], same: Sequence[WatchId]
) -> dict[str, Any]:
    comps_before, comps_after = queries.cached_comps(before), queries.cached_comps(after)
    others = also_removed(comps_before, comps_after, items) if comps_before and comps_after else ()
    precision = queries.stores.watches.precisions(after.id)[after.id]
    return {
        "watch": after.id,
        "name": after.name,
        "alsoWatches": list(same),
        "item": items[0],
        "exclude": list(after.filters.exclude),
        "alsoRemoved": [{"itemId": x.item_id, "title": x.title} for x in others],
        "kept": len(comps_after.selection.kept) if comps_after else None,
        "told": precision.told,
        "rejected": len(after.rejected),
        "precision": precision._replace(rejected=len(after.rejected)).percent,
    }


def _duplicates(registry: Registry, watch: Watch, others: Sequence[int]) -> Iterator[WatchId]:
    """Yield those of the other watches of a message that still ask for the same as `watch` did."""
    for number in others:
        with suppress(NotFound):  # removed since
            if registry.get(number).purpose == watch.purpose:
                yield registry.watch_id(number)


def _listing_hash(item: str) -> str:
    """Return the hash of a listing's id, or of the item without variations that a number names."""
    return hashed_id(item if is_item_id(item) else f"v1|{parse_item_number(item)}|0")


def _item_hash(alert: Alert, item: str, *, is_withdrawn: bool) -> str:
    """Return the hash of the item that the user means.

    Raises InvalidInput, also for an item that the alert did not have, unless its rejection `is_withdrawn`.
    """
    if not alert.items:
        raise InvalidInput(
            "That alert is about the median, not about an item; "
            "exclude words with `watcher watch edit --exclude` instead."
        )
    if not item:
        if len(alert.items) + alert.more > 1:
            raise ItemNeeded(alert)
        return hashed_id(alert.items[0].item_id)
    if any(i.item_id == item.strip() for i in alert.items):
        return hashed_id(item.strip())
    number = parse_item_number(item)
    # The best five are stored with their full ids; any other item, or an erased one, has only its number.
    full_id = next((i.item_id for i in alert.items if is_item(i.item_id, number)), f"v1|{number}|0")
    if not (is_withdrawn or _may_have(alert, full_id)):
        names = " and ".join(item_name(i, alert) for i in alert.items)
        raise InvalidInput(f"Alert {alert.id} has no item {number}; it has {names}.")
    return hashed_id(full_id)


def _may_have(alert: Alert, item_id: str) -> bool:
    """Return whether an item is in an alert, or may be: some are only counted, or left as a hash."""
    shown = [i.item_id for i in alert.items]
    return bool(alert.more) or item_id in shown or any(map(is_hashed_id, shown))
