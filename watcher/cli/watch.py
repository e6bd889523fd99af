"""`watcher watch …`: the life of a watch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.command_group import Verbs
from watcher.cli.options import draft_options, given, number_argument
from watcher.cli.printing import json_option, print_json, print_table, say
from watcher.cli.runner import Setup, with_app
from watcher.cli.transfer import export, import_
from watcher.cli.watch_add import add

if TYPE_CHECKING:
    from watcher.core.rejections import Precision
    from watcher.core.watch import Watch, WatchId
    from watcher.db.alerts import AlertRow
    from watcher.db.watches import WatchRow
    from watcher.runtime import App


@click.group(cls=Verbs)
def watch() -> None:
    """Add, list, show, edit, pause, resume, remove, import, export watches."""


watch.add_command(add)


@watch.command("list", short_help="All watches.")
@click.option("--user", metavar="TEXT", help="Only this user's.")
@click.option("--tag", metavar="TEXT", default="", help="Only with this tag.")
@json_option
@click.pass_obj
def list_(setup: Setup, user: str | None, tag: str, as_json: bool) -> None:
    """All watches, how often each looks, and how it is."""
    from watcher.core.serializers import watch_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> tuple[Sequence[tuple[WatchRow, float]], float, str]:
        active = app.stores.searches.active_searches()
        rows = [(r, app.queries.cadence(r.watch, active)) for r in app.stores.watches.listed(user, tag)]
        return rows, app.clock.now(), app.settings.database_name

    found, now, database = with_app(setup, work)
    if as_json:
        print_json({"watches": [watch_view(r.watch, None if r.watch.paused else c) for r, c in found]})
        return
    if not found:
        say(f"No {'such ' if user or tag else ''}watches in {database}. Add one:")
        say("  watcher watch add omega speedmaster 3570.50 --category watches --below 3000")
        return
    columns = ("id", "watch", "rule", "condition", "every", "to", "state")
    print_table("", columns, [_row(r, c, now) for r, c in found], "id")


def _row(row: WatchRow, cadence: float, now: float) -> tuple[object, ...]:
    from watcher.cli.market import every  # noqa: PLC0415 - only where it prints

    w = row.watch
    return (
        w.id,
        w.name,
        w.rule,
        w.question.condition,
        "" if w.paused else every(cadence),
        w.to,
        _state(row, now),
    )


def _state(row: WatchRow, now: float) -> str:
    """How a watch is, in a few words."""
    from watcher.core.error_codes import title_of  # noqa: PLC0415 - only where it prints
    from watcher.core.times import in_words  # noqa: PLC0415 - see above

    if row.watch.paused:
        return "paused"
    looked = f"looked {in_words(now - row.polled_at)} ago" if row.polled_at else "not looked yet"
    return f"{looked}; {title_of(row.error)}" if row.error else looked


@watch.command(short_help="One watch, its fields and its last alerts.")
@number_argument
@json_option
@click.pass_obj
def show(setup: Setup, number: int, as_json: bool) -> None:
    """One watch, its fields and its last alerts."""
    from watcher.core.serializers import alert_view, watch_view  # noqa: PLC0415 - only where it prints
    from watcher.db.watches import WatchRow  # noqa: PLC0415 - only where it looks

    async def work(app: App) -> tuple[WatchRow, float, Sequence[AlertRow], Precision | None, float]:
        watch = app.registry.get(number)
        row = app.stores.watches.row(watch.id) or WatchRow(watch, None, None, "")
        alerts = list(app.stores.alerts.latest(10, watch=number))
        precision = app.stores.watches.precisions(watch.id).get(watch.id)
        return row, app.queries.cadence(row.watch), alerts, precision, app.clock.now()

    row, cadence, alerts, precision, now = with_app(setup, work)
    view = watch_view(row.watch, None if row.watch.paused else cadence)
    view["told"], view["precision"] = (precision.told, precision.percent) if precision else (0, None)
    if as_json:
        made = [alert_view(r.alert, r.state, r.sent_at, r.error) for r in alerts]
        print_json(view | {"alerts": made})
        return
    _print_watch(view, _state(row, now), cadence)
    _print_alerts(alerts)


def _print_watch(view: dict[str, Any], state: str, cadence: float) -> None:
    from watcher.cli.market import every  # noqa: PLC0415 - only where it prints

    say(f"Watch {view['id']}: {view['label'] or view['query']}")
    fields = {
        "query": view["query"],
        "rule": view["rule"],
        "category": view["category"],
        "condition": view["condition"],
        "exclude": ", ".join(view["exclude"]),
        "buying": view["buying"],
        "min-feedback": view["minFeedback"],
        "from-country": view["fromCountry"],
        "marketplace": view["marketplace"],
        "unknown-shipping": view["unknownShipping"],
        "every": "" if view["paused"] else every(cadence),
        "tag": view["tag"],
        "to": view["to"],
        "user": view["user"],
        "not the item": f"{view['rejected']} of {view['told']} told" if view["rejected"] else "",
        "precision": f"{view['precision']} %" if view["rejected"] and view["told"] else "",
        "added": view["createdAt"],
        "state": state,
    }
    for name, value in fields.items():
        if value not in ("", None):
            say(f"  {name:16}  {value}")


def _print_alerts(alerts: Sequence[AlertRow]) -> None:
    from watcher.core.times import iso  # noqa: PLC0415 - only where it prints

    if not alerts:
        say("No alerts yet.")
        return
    rows = [
        (r.alert.id, iso(r.alert.made_at), r.state, r.alert.items[0].why if r.alert.items else r.alert.market)
        for r in alerts
    ]
    print_table("", ("alert", "made", "message", "why"), rows)


def _one(
    setup: Setup,
    number: int,
    as_json: bool,
    said: str,
    verb: Callable[[App, WatchId], Awaitable[Watch]],
) -> None:
    from watcher.core.serializers import watch_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> tuple[Watch, list[str]]:
        done = await verb(app, app.registry.watch_id(number))
        return done, app.queries.doubts(done)

    done, doubts = with_app(setup, work)
    if as_json:
        print_json(watch_view(done))
        return
    say(f"Watch {number} {said}: {done.question.query} · {done.rule}")
    for doubt in doubts:
        say(f"Note: {doubt}", err=True)


@watch.command(short_help="Change fields of a watch.")
@number_argument
@click.option("--query", metavar="TEXT", help="Another query.")
@draft_options
@json_option
@click.pass_obj
def edit(setup: Setup, /, number: int, as_json: bool, **options: str | None) -> None:
    """Change fields of a watch; an empty value sets one back to its default."""
    changes = given(options)
    if not changes:
        raise click.UsageError("Say what to change, like --below 45.")
    _one(
        setup,
        number,
        as_json,
        "is changed",
        lambda app, found: app.registry.edit(found, changes, app.clock.now()),
    )


@watch.command(short_help="Stop looking, keep the watch.")
@number_argument
@json_option
@click.pass_obj
def pause(setup: Setup, number: int, as_json: bool) -> None:
    """Stop looking, keep the watch."""
    _one(setup, number, as_json, "is paused", lambda app, w: app.registry.pause(w, app.clock.now()))


@watch.command(short_help="Go on with a paused watch.")
@number_argument
@json_option
@click.pass_obj
def resume(setup: Setup, number: int, as_json: bool) -> None:
    """Go on with a paused watch."""
    _one(setup, number, as_json, "goes on", lambda app, w: app.registry.resume(w, app.clock.now()))


@watch.command(short_help="Forget a watch; its alerts stay.")
@number_argument
@json_option
@click.pass_obj
def remove(setup: Setup, number: int, as_json: bool) -> None:
    """Forget a watch; its alerts stay."""
    _one(setup, number, as_json, "is removed", lambda app, w: app.registry.remove(w))


watch.add_command(import_)
watch.add_command(export)
