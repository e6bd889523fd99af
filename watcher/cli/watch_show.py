"""`watcher watch list` and `show`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.market_answer import condition_words
from watcher.cli.options import watch_argument
from watcher.cli.printing import (
    interval_words,
    print_json,
    print_table,
    print_warnings,
    say,
    time_words,
    with_times,
)
from watcher.cli.runner import app_command
from watcher.core.error_codes import title_of
from watcher.core.errors import NotFound
from watcher.core.serializers import alert_view
from watcher.core.times import in_words
from watcher.watches.queries import damaged_view

if TYPE_CHECKING:
    from watcher.core.alerts import Alert
    from watcher.db.alerts import AlertRow
    from watcher.db.watches import WatchRow
    from watcher.runtime import App

_MAX_ALERTS = 10


@app_command("list")
@click.option("--user", metavar="TEXT", help="Only watches of this user.")
@click.option("--tag", metavar="TEXT", default="", help="Only watches with this tag.")
async def list_watches(app: App, user: str | None, tag: str, as_json: bool) -> None:
    """List all watches with their cadence and state."""
    plan = app.queries.plan()
    page = app.stores.watches.page(user, tag)
    rows = [(r, app.queries.cadence(r.watch, plan)) for r in page.rows]
    if as_json:
        shown = app.queries.views([r.watch for r in page.rows])
        print_json({"watches": shown, "damaged": [damaged_view(d) for d in page.damaged]})
        return
    print_warnings([*(damaged.sentence for damaged in page.damaged), *filter(None, (plan.shortage,))])
    if page.damaged and not rows:
        return
    if not rows:
        say(f"No {'such ' if user or tag else ''}watches in {app.settings.database_name}. Add one:")
        say("  watcher watch add omega speedmaster 3570.50 --category watches --below 3000")
        return
    table: list[tuple[object, ...]] = []
    for row, cadence in rows:
        w = row.watch
        every = "" if w.paused else interval_words(cadence)
        state = _state(row, app.clock.now())
        table.append((w.id, w.name, w.rule, w.question.condition, every, w.to, state))
    print_table("", ("id", "watch", "rule", "condition", "every", "to", "state"), table, "id")


def _state(row: WatchRow, now: float) -> str:
    if row.watch.paused:
        return "paused"
    polled = f"polled {in_words(now - row.polled_at)} ago" if row.polled_at else "not polled yet"
    return f"{polled}; {title_of(row.error)}" if row.error else polled


@app_command("show")
@watch_argument
async def show_watch(app: App, number: int, as_json: bool) -> None:
    """Show one watch, its fields and its last alerts."""
    watch_id = app.registry.get(number).id
    row = app.stores.watches.row(watch_id)
    if row is None:  # removed a moment ago
        raise NotFound(f"There is no watch {number}; `watcher watch list` shows them.")
    cadence = app.queries.cadence(row.watch)
    view = app.queries.view(row.watch)
    precision = app.stores.watches.precisions(watch_id).get(watch_id)
    view["told"], view["precision"] = (precision.told, precision.percent) if precision else (0, None)
    alerts = app.stores.alerts.latest(_MAX_ALERTS, watch=number)
    if as_json:
        shown = [alert_view(r.alert, r.state, r.sent_at, r.error) for r in alerts]
        print_json(view | {"alerts": shown})
        return
    _print_watch(view, _state(row, app.clock.now()), cadence)
    print_warnings(view["warnings"])
    _print_alerts(alerts)


def _print_watch(view: dict[str, Any], state: str, cadence: float) -> None:
    say(f"Watch {view['id']}: {view['label'] or view['query']}")
    fields = {
        "query": view["query"],
        "rule": view["rule"],
        "category": view["category"],
        "condition": condition_words(view),
        "exclude": ", ".join(view["exclude"]),
        "buying": view["buying"],
        "min-feedback": view["minFeedback"],
        "from-country": view["fromCountry"],
        "marketplace": view["marketplace"],
        "unknown-shipping": view["unknownShipping"],
        "every": "" if view["paused"] else interval_words(cadence),
        "tag": view["tag"],
        "to": view["to"],
        "user": view["user"],
        "rejected": f"{view['rejected']} of {view['told']} alerted items" if view["rejected"] else "",
        "precision": f"{view['precision']} %" if view["rejected"] and view["told"] else "",
        "added": time_words(view["createdAt"]),
        "state": state,
    }
    for name, value in fields.items():
        if value not in ("", None):
            say(f"  {name:16}  {value}", indent=20)


def _print_alerts(alerts: Sequence[AlertRow]) -> None:
    if not alerts:
        say("No alerts yet.")
        return
    rows = [(r.alert.id, time_words(r.alert.made_at), r.state, with_times(_reason(r.alert))) for r in alerts]
    print_table("", ("alert", "made", "message", "why"), rows)


def _reason(alert: Alert) -> str:
    return alert.items[0].why if alert.items else alert.market
