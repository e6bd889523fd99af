"""`watcher alerts reject`: what was told is not the item; its watch leaves it out from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from watcher.cli.printing import json_option, print_json, say
from watcher.cli.runner import Setup, with_app

if TYPE_CHECKING:
    from watcher.core.alerts import Alert
    from watcher.core.comps import Comps
    from watcher.core.watch import Watch
    from watcher.runtime import App

_SHOWN = 10


@click.command(short_help="Say that an item of an alert is not the item.")
@click.argument("alert", metavar="ID")
@click.argument("item", metavar="[ITEM]", default="")
@click.option("--words", metavar="WORDS", default="", help="Leave out all titles with these words, too.")
@click.option("--undo", is_flag=True, help="Take it back: look at the item again.")
@click.option("--dry-run", is_flag=True, help="Show what else it would remove, and save nothing.")
@json_option
@click.pass_obj
def reject(
    setup: Setup, /, alert: str, item: str, words: str, undo: bool, dry_run: bool, as_json: bool
) -> None:
    """ITEM of alert ID is not what its watch is for: it is left out, and counted against the watch.

    ITEM is its number or the address of its page; an alert of a single item needs none.
    """

    async def work(app: App) -> dict[str, Any]:
        found = app.stores.alerts.get(alert) if alert.isalnum() else None
        if found is None:
            raise _no_alert(alert)
        number = app.registry.watch_id(found.alert.watch_id)
        items = [_item_of(found.alert, item)]
        before = app.registry.get(number)
        now = app.clock.now()
        if undo:
            after = await app.registry.unreject(number, items, now)
        else:
            after = await app.registry.reject(number, items, words, now, save=not dry_run)
        view = _view(after, items, app.queries.cached_comps(before), app.queries.cached_comps(after))
        precision = app.stores.watches.precisions(number)[number]
        return view | {
            "told": precision.told,
            "rejected": len(after.rejected),
            "precision": precision._replace(rejected=len(after.rejected)).percent,
            "saved": undo or not dry_run,
        }

    view = with_app(setup, work)
    if as_json:
        print_json(view)
    else:
        _print(view, undo=undo)


def _no_alert(alert: str) -> Exception:
    from watcher.core.errors import NotFound  # noqa: PLC0415 - only for a failure

    return NotFound(f'There is no alert "{alert[:60]}"; `watcher alerts list` shows them.')


def _item_of(alert: Alert, item: str) -> str:
    """The hash of the item that is meant."""
    from watcher.core.errors import InvalidInput  # noqa: PLC0415 - only where it looks
    from watcher.core.item_number import hashed_id, is_item, item_number  # noqa: PLC0415 - see above

    if not alert.items:
        raise InvalidInput(
            "That alert is about the median, not about an item; exclude words with watch edit."
        )
    if not item:
        if len(alert.items) + alert.more > 1:
            names = ", ".join(i.item_id for i in alert.items)
            raise InvalidInput(f"That alert told of several items; say which: {names}.")
        return hashed_id(alert.items[0].item_id)
    try:
        number = item_number(item)
    except ValueError as error:
        raise InvalidInput(f"{error}.") from None
    # One of the best five as it stands there; another, or one that is erased, by its number.
    shown = next((i.item_id for i in alert.items if is_item(i.item_id, number)), f"v1|{number}|0")
    return hashed_id(shown)


def _view(watch: Watch, items: list[str], before: Comps | None, after: Comps | None) -> dict[str, Any]:
    from watcher.core.rejections import also_removed  # noqa: PLC0415 - only where it prints

    others = also_removed(before, after, items) if before and after else ()
    return {
        "watch": watch.id,
        "name": watch.name,
        "item": items[0],
        "exclude": list(watch.filters.exclude),
        "alsoRemoved": [{"itemId": x.item_id, "title": x.title} for x in others],
        "kept": len(after.selection.kept) if after else None,
    }


def _print(view: dict[str, Any], *, undo: bool) -> None:
    name = f"Watch {view['watch']}, {view['name']},"
    if undo:
        say(f"{name} looks at the item again.")
    elif view["saved"]:
        say(f"{name} leaves the item out from now on.")
    else:
        say(f"{name} would leave the item out; nothing is saved.")
    others = view["alsoRemoved"]
    if others:
        say(f"It also removes {len(others)} of what is kept now:")
    for x in others[:_SHOWN]:
        say(f"  {x['title']}")
    if len(others) > _SHOWN:
        say(f"  and {len(others) - _SHOWN} more")
    if view["kept"] is not None and not others:
        say("It removes nothing else of what is kept now.")
    if view["precision"] is not None:
        say(
            f"Of {view['told']} items told, {view['rejected']} were not it: {view['precision']} % were right."
        )
