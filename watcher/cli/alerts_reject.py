"""`watcher alerts reject`: an alerted item is not the wanted one; its watch drops it from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from watcher.cli.printing import print_json, say
from watcher.cli.runner import app_command
from watcher.core.errors import InvalidInput, NotFound
from watcher.core.plurals import count_of, plural_of
from watcher.watches.rejecting import ItemNeeded, Rejection, item_name, reject_item

if TYPE_CHECKING:
    from watcher.core.alerts import Alert, Item
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
    asked = Rejection(item, words, undo, dry_run)
    try:
        view = await reject_item(app.registry, app.queries, row.alert, asked)
    except ItemNeeded as needed:
        raise InvalidInput(_which_item(needed.alert, as_json=as_json)) from None
    if as_json:
        print_json(view)
    else:
        _print_view(view, undo=undo)


def _which_item(alert: Alert, *, as_json: bool) -> str:
    """Return the sentence that asks for one of the alert's items; list them, in it or above it."""
    names = [_quoted_name(item, alert) for item in alert.items]
    titles = [f"{name}  {item.title}".rstrip() for name, item in zip(names, alert.items, strict=True)]
    count = count_of(len(alert.items) + alert.more, "item")
    others = " One that is not listed is named by the address of its page." if alert.more else ""
    ask = f"Name the wrong one, like `watcher alerts reject {alert.id} {names[0]}`.{others}"
    if as_json:
        return f"Alert {alert.id} has {count}: {'; '.join(titles)}. {ask}"
    for title in titles:
        say(f"  {title}", err=True, indent=4)
    return f"Alert {alert.id} has {count}. {ask}"


def _quoted_name(item: Item, alert: Alert) -> str:
    name = item_name(item, alert)
    return name if name.isalnum() else f"'{name}'"  # a shell takes a hash for a comment


def _print_view(view: dict[str, Any], *, undo: bool) -> None:
    name, same = f"Watch {view['watch']}, {view['name']},", view["alsoWatches"]
    others = " and ".join(f"watch {number}" for number in same)
    so = f", and so {plural_of(len(same), 'does', 'do')} {others}" if same else ""
    if undo and view["saved"]:
        say(f"{name} considers the item again{so}.")
    elif undo:
        say(f"{name} would consider the item again; nothing is saved.")
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
