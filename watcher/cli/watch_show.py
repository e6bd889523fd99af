"""`watcher watch list` and `show`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from watcher.cli.watch_teach import print_taught
from watcher.core.errors import NotFound
from watcher.core.lateness_views import lateness_sentences
from watcher.core.plan_sentences import shortages
from watcher.core.plurals import count_of
from watcher.core.times import from_iso, in_words
from watcher.watches.queries import alert_views, damaged_view

if TYPE_CHECKING:
    from watcher.core.alerts import Alert
    from watcher.core.times import Instant
    from watcher.db.alerts import AlertRow
    from watcher.runtime import App

_MAX_ALERTS = 10


@app_command("list", database_only=True)
@click.option("--user", metavar="TEXT", help="Only watches of this user.")
@click.option("--tag", metavar="TEXT", default="", help="Only watches with this tag.")
async def list_watches(app: App, user: str | None, tag: str, as_json: bool) -> None:
    """List all watches with their cadence and state."""
    plan = app.queries.plan()
    page = app.stores.watches.page(user, tag)
    views = app.queries.views(page.rows, plan)
    if as_json:
        print_json({"watches": views, "damaged": [damaged_view(d) for d in page.damaged]})
        return
    print_warnings([*(damaged.sentence for damaged in page.damaged), *shortages(plan.calls, user)])
    if page.damaged and not views:
        return
    if not views:
        say(f"No {'such ' if user or tag else ''}watches in {app.settings.database_name}. Add one:")
        say("  watcher watch add omega speedmaster 3570.50 --category watches --below 3000")
        return
    table: list[tuple[object, ...]] = []
    for view in views:
        every = interval_words(view["cadenceSeconds"]) or ""
        name, state = view["label"] or view["query"], "; ".join(_states(view, app.clock.now()))
        table.append((view["id"], name, view["rule"], view["condition"], every, view["to"], state))
    print_table("", ("id", "watch", "rule", "condition", "every", "to", "state"), table, "id")


def _states(view: dict[str, Any], now: Instant) -> Iterator[str]:
    """Yield what a watch does now, in a few words each."""
    if view["paused"]:
        yield "paused: the plan allows no more watches" if view["overPlan"] else "paused"
    else:
        yield from _poll_states(view, now)
    if view["priority"] != "normal":
        yield f"{view['priority']} priority"
    if view["silenced"]:
        yield f"silenced until {time_words(view['silenced']['until'])}"


def _poll_states(view: dict[str, Any], now: Instant) -> Iterator[str]:
    polled = from_iso(view["lastPolledAt"])
    yield "not polled yet" if polled is None else f"polled {in_words(now - polled)} ago"
    if view["lastError"]:
        yield view["lastError"]["title"]
    if view["suspicion"]:
        yield f"a suspicious answer: {view['suspicion']}"
    if view["unreadable"]:
        yield f"{count_of(view['unreadable'], 'listing')} unreadable"
    if view["unrecordedPolls"]:
        yield f"{count_of(view['unrecordedPolls'], 'poll')} not recorded"


@app_command("show", database_only=True)
@watch_argument
async def show_watch(app: App, number: int, as_json: bool) -> None:
    """Show one watch, its fields and its last alerts."""
    watch_id = app.registry.get(number).id
    row = app.stores.watches.row(watch_id)
    if row is None:  # removed a moment ago
        raise NotFound(f"There is no watch {number}; `watcher watch list` shows them.")
    view = app.queries.view(row.watch)
    alerts = app.stores.alerts.latest(_MAX_ALERTS, watch=number)
    if as_json:
        print_json(view | {"alerts": alert_views(app.stores, alerts)})
        return
    _print_watch(view, app.clock.now())
    print_taught(row.watch)
    print_warnings(view["warnings"])
    _print_alerts(alerts)


def _print_watch(view: dict[str, Any], now: Instant) -> None:
    silence, told = view["silenced"], count_of(view["told"], "alerted item")
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
        "certainty": view["certainty"],
        "every": interval_words(view["cadenceSeconds"]) or "",
        "priority": view["priority"],
        "sellers": ", ".join(view["sellers"]),
        "tag": view["tag"],
        "to": view["to"],
        "user": view["user"],
        "rejected": f"{view['rejected']} of {told}" if view["rejected"] else "",
        "precision": f"{view['precision']} %" if view["rejected"] and view["told"] else "",
        "promise": view["promise"]["said"] if view["promise"] else "",
        "lateness": " ".join(lateness_sentences(view["lateness"])),
        "added": time_words(view["createdAt"]),
        "state": "; ".join(_states(view, now)),
        "next poll": time_words(view["nextPollAt"]) if view["nextPollAt"] else "",
        "silenced": f"by {silence['by']}: {silence['reason']}" if silence else "",
    }
    for name, value in fields.items():
        if value not in ("", None):
            say(f"  {name:16}  {value}", indent=20)


def _print_alerts(alerts: Sequence[AlertRow]) -> None:
    if not alerts:
        say("No alerts yet.")
        return
    rows = [
        (
            r.alert.id,
            time_words(r.alert.made_at),
            "not sent: gone" if r.state == "gone" else r.state,
            with_times(_reason(r.alert)),
        )
        for r in alerts
    ]
    print_table("", ("alert", "made", "message", "why"), rows)


def _reason(alert: Alert) -> str:
    return alert.items[0].why if alert.items else alert.market
