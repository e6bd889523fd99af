"""`watcher alerts reject`: an alerted item is not the wanted one; its watch drops it from then on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.printing import print_json, say
from watcher.cli.runner import app_command
from watcher.core.errors import InvalidInput, NotFound
from watcher.core.item_number import hashed_id, is_item, parse_item_number
from watcher.core.plurals import count_of, plural_of
from watcher.core.rejections import also_removed

if TYPE_CHECKING:
    from watcher.core.alerts import Alert, Item
    from watcher.core.watch import Watch, WatchId
    from watcher.runtime import App

_MAX_SHOWN = 10


@app_command()
@click.argument("alert", metavar="ID")
@click.argument("item", metavar="[ITEM]", default="")
@click.option("--words", metavar="WORDS", default="", help="Also exclude every title with these words.")
@click.option("--undo", is_flag=True, help="Withdraw the rejection.")
@click.option("--dry-run", is_flag=True, help="Show what else it would drop, and save nothing.")
async def reject(
    app: App, /, alert: str, item: str, words: str, undo: bool, dry_run: bool, as_json: bool
) -> None:
    """Report that ITEM of alert ID is not the wanted item: its watch drops it and counts a wrong alert.

    ITEM is its number or the address of its page; an alert with a single item needs none.
    """
    row = app.stores.alerts.get(alert) if alert.isalnum() else None
    if row is None:
        raise NotFound(f'There is no alert "{alert[:60]}"; `watcher alerts list` shows them.')
    watch_id = app.registry.watch_id(row.alert.watch_id)
    items = [_item_hash(row.alert, item, as_json=as_json)]
    before = app.registry.get(watch_id)
    now = app.clock.now()
    if undo:
        after = await app.registry.unreject(watch_id, items, now)
    else:
        after = await app.registry.reject(watch_id, items, words, now, save=not dry_run)
    same = list(_duplicates(app, before, row.alert.also))
    if undo or not dry_run:
        for other in same:
            if undo:
                await app.registry.unreject(other, items, now)
            else:
                await app.registry.reject(other, items, words, now)
    comps_before, comps_after = app.queries.cached_comps(before), app.queries.cached_comps(after)
    others = also_removed(comps_before, comps_after, items) if comps_before and comps_after else ()
    precision = app.stores.watches.precisions(watch_id)[watch_id]
    view = {
        "watch": after.id,
        "name": after.name,
        "alsoWatches": same,
        "item": items[0],
        "exclude": list(after.filters.exclude),
        "alsoRemoved": [{"itemId": x.item_id, "title": x.title} for x in others],
        "kept": len(comps_after.selection.kept) if comps_after else None,
        "told": precision.told,
        "rejected": len(after.rejected),
        "precision": precision._replace(rejected=len(after.rejected)).percent,
        "saved": undo or not dry_run,
    }
    if as_json:
        print_json(view)
    else:
        _print_view(view, undo=undo)


def _duplicates(app: App, watch: Watch, others: Sequence[int]) -> Iterator[WatchId]:
    """Yield those of the other watches of a message that still ask for the same as `watch` did."""
    for number in others:
        with suppress(NotFound):  # removed since
            if app.registry.get(number).purpose == watch.purpose:
                yield app.registry.watch_id(number)


def _item_hash(alert: Alert, item: str, *, as_json: bool) -> str:
    """Return the hash of the item that the user means. Raises InvalidInput."""
    if not alert.items:
        raise InvalidInput(
            "That alert is about the median, not about an item; "
            "exclude words with `watcher watch edit --exclude` instead."
        )
    if not item:
        if len(alert.items) + alert.more > 1:
            raise InvalidInput(_which_item(alert, as_json=as_json))
        return hashed_id(alert.items[0].item_id)
    if any(i.item_id == item.strip() for i in alert.items):
        return hashed_id(item.strip())
    number = parse_item_number(item)
    # The best five are stored with their full ids; any other item, or an erased one, has only its number.
    full_id = next((i.item_id for i in alert.items if is_item(i.item_id, number)), f"v1|{number}|0")
    return hashed_id(full_id)


def _which_item(alert: Alert, *, as_json: bool) -> str:
    """Return the sentence that asks for one of the alert's items; list them, in it or above it."""
    names = [_name_of(item, alert) for item in alert.items]
    titles = [f"{name}  {item.title}".rstrip() for name, item in zip(names, alert.items, strict=True)]
    count = count_of(len(alert.items) + alert.more, "item")
    others = " One that is not listed is named by the address of its page." if alert.more else ""
    ask = f"Name the wrong one, like `watcher alerts reject {alert.id} {names[0]}`.{others}"
    if as_json:
        return f"Alert {alert.id} has {count}: {'; '.join(titles)}. {ask}"
    for title in titles:
        say(f"  {title}", err=True, indent=4)
    return f"Alert {alert.id} has {count}. {ask}"


def _name_of(item: Item, alert: Alert) -> str:
    """Return what names an item on a command line: its number if that is enough, else its whole id."""
    try:
        number = parse_item_number(item.item_id)
    except InvalidInput:
        return f"'{item.item_id}'"  # of an erased item only a hash is left, which a shell takes for a comment
    is_enough = sum(is_item(other.item_id, number) for other in alert.items) == 1
    return number if is_enough else f"'{item.item_id}'"


def _print_view(view: dict[str, Any], *, undo: bool) -> None:
    name, same = f"Watch {view['watch']}, {view['name']},", view["alsoWatches"]
    others = " and ".join(f"watch {number}" for number in same)
    so = f", and so {plural_of(len(same), 'does', 'do')} {others}" if same else ""
    if undo:
        say(f"{name} considers the item again{so}.")
    elif view["saved"]:
        say(f"{name} drops the item from now on{so}.")
    else:
        say(f"{name} would drop the item{', as its duplicates would' if same else ''}; nothing is saved.")
    others = view["alsoRemoved"]
    if others:
        say(f"It also drops {len(others)} of the listings kept now:")
    for x in others[:_MAX_SHOWN]:
        say(f"  {x['title']}")
    if len(others) > _MAX_SHOWN:
        say(f"  and {len(others) - _MAX_SHOWN} more")
    if view["kept"] is not None and not others:
        say("It drops no other listing that is kept now.")
    if view["precision"] is not None:
        told = count_of(view["told"], "alerted item")
        say(f"Rejected: {view['rejected']} of {told}; precision {view['precision']} %.")
