"""`watcher alerts list`: the newest price alerts and ops incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.printing import print_json, print_table, say
from watcher.cli.runner import app_command
from watcher.core.monitoring.incident_views import incident_view
from watcher.core.serializers import alert_view
from watcher.core.times import in_words, iso

if TYPE_CHECKING:
    from watcher.core.alerts import Alert
    from watcher.core.monitoring.incidents import Incident
    from watcher.runtime import App


@app_command("list")
@click.option("--watch", type=click.IntRange(1), metavar="WATCH", help="Only alerts of this watch.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="The maximum number."
)
async def list_alerts(app: App, watch: int | None, limit: int, as_json: bool) -> None:
    """List the newest price alerts and ops incidents."""
    watch_id = None if watch is None else app.registry.watch_id(watch)
    rows = app.stores.alerts.latest(limit, watch=watch_id)
    incidents = app.stores.incidents.latest(limit) if watch is None else ()
    if as_json:
        alerts = [alert_view(r.alert, r.state, r.sent_at, r.error) for r in rows]
        print_json({"alerts": alerts, "incidents": [incident_view(i) for i in incidents]})
        return
    if incidents:
        incident_rows = [
            (i.id, iso(i.fired_at), f"{i.api} {i.symptom}", incident_state(i), i.headline) for i in incidents
        ]
        print_table("", ("incident", "began", "of", "now", "what"), incident_rows)
    if not rows:
        say("No price alerts." if incidents else "No alerts yet.")
        return
    table = [
        (r.alert.id, iso(r.alert.made_at), r.alert.watch_id, _summary(r.alert), f"{r.state} to {r.alert.to}")
        for r in rows
    ]
    print_table("", ("id", "made", "watch", "what", "message"), table, "watch")
    say("`watcher alerts show ID` shows the reason.")


def incident_state(i: Incident) -> str:
    """Return the state of an incident in a few words."""
    if i.resolved_at is not None:
        return f"resolved after {in_words(i.ended_at - i.since)}"
    acknowledged = f", acknowledged by {i.acked_by}" if i.acked_by else ""
    return f"{i.state}{acknowledged}{', silenced' if i.owed else ''}"


def _summary(alert: Alert) -> str:
    if not alert.items:
        return alert.market
    others = len(alert.items) + alert.more - 1
    first = alert.items[0]
    more = f" (+{others} more)" if others else ""
    return f"{first.total} {first.currency} {first.title or first.item_id}{more}"
