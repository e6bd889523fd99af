"""`watcher alerts list` and `show`: price alerts and ops incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from watcher.cli.alerts_receipt import print_receipt
from watcher.cli.printing import print_json, print_table, say, time_words, with_times
from watcher.cli.runner import app_command
from watcher.core.comps import describe_counts
from watcher.core.errors import NotFound
from watcher.core.monitoring.incident_views import incident_view
from watcher.core.plurals import count_of
from watcher.core.times import in_words
from watcher.monitoring.incident_queries import find_incident, incident_detail
from watcher.watches.queries import alert_detail, alert_views

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from watcher.core.alerts import Alert, Item
    from watcher.core.monitoring.incidents import Incident
    from watcher.db.alerts import AlertRow
    from watcher.db.incidents import IncidentMessage
    from watcher.runtime import App


@app_command("list", database_only=True)
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
        alerts = alert_views(app.stores, rows)
        print_json({"alerts": alerts, "incidents": [incident_view(i) for i in incidents]})
        return
    if incidents:
        incident_rows = [
            (i.id, time_words(i.fired_at), f"{i.api} {i.symptom}", _incident_state(i), with_times(i.headline))
            for i in incidents
        ]
        print_table("", ("incident", "began", "of", "now", "what"), incident_rows)
    if not rows:
        say("No price alerts." if incidents else "No alerts yet.")
        return
    table = [
        (
            r.alert.id,
            time_words(r.alert.made_at),
            r.alert.watch_id,
            _summary(r.alert),
            "not sent: gone" if r.state == "gone" else f"{r.state} to {r.alert.to}",
        )
        for r in rows
    ]
    print_table("", ("id", "made", "watch", "what", "message"), table, "watch")
    say("`watcher alerts show ID` shows the reason.")


def _incident_state(i: Incident) -> str:
    if i.resolved_at is not None:
        return f"resolved after {in_words(i.ended_at - i.since)}"
    acknowledged = f", acknowledged by {i.acked_by}" if i.acked_by else ""
    return f"{i.state}{acknowledged}{', silenced' if i.withheld else ''}"


def _summary(alert: Alert) -> str:
    if not alert.items:
        return alert.market
    others = len(alert.items) + alert.more - 1
    first = alert.items[0]
    more = f" (+{others} more)" if others else ""
    return f"{first.total} {first.currency} {first.title or first.item_id}{more}"


@app_command("show", database_only=True)
@click.argument("alert", metavar="ID")
async def show_alert(app: App, alert: str, as_json: bool) -> None:
    """Show one price alert: its items, its receipt, and whether the receipt still gives the same result.

    Or show one incident and its messages.
    """
    if incident := find_incident(app.stores, alert):
        if as_json:
            print_json(incident_detail(app.stores, incident))
        else:
            _print_incident(incident, app.stores.incidents.messages(alert))
    elif alert.isalnum() and (row := app.stores.alerts.get(alert)):
        _print_alert_row(row, alert_detail(app.stores, row), as_json=as_json)
    else:
        raise NotFound(f'There is no alert "{alert[:60]}"; `watcher alerts list` shows them.')


def _print_incident(incident: Incident, messages: Sequence[IncidentMessage]) -> None:
    say(f"Incident {incident.id}: {incident.api} {incident.symptom}, {_incident_state(incident)}")
    since, fired_at = (time_words(at, seconds=True) for at in (incident.since, incident.fired_at))
    say(f"Since {since}, detected {fired_at}")
    for m in messages:
        sent_at = f" {time_words(m.done_at, seconds=True)}" if m.state == "sent" and m.done_at else ""
        error = f" ({m.error})" if m.error else ""
        say(f"{m.notice.phase}, {m.state}{sent_at}{error}: {with_times(m.notice.headline)}")
    if messages:
        for name, value in messages[-1].notice.facts:
            say(f"  {name}: {with_times(value)}", indent=4)
        if messages[-1].notice.advice:
            say(f"  What to do: {with_times(messages[-1].notice.advice)}", indent=4)
    elif incident.headline:
        say(with_times(incident.headline))


def _print_alert_row(row: AlertRow, view: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    _print_alert(row.alert, view["items"])
    print_receipt(view["receipt"])
    if row.acked_by:
        say(f"Acknowledged by {row.acked_by}")
    if row.state == "gone":
        say(f"Message to {row.alert.to}: not sent: {row.error}")
        return
    sent_at = f" {time_words(row.sent_at, seconds=True)}" if row.sent_at else ""
    say(f"Message to {row.alert.to}: {row.state}{sent_at}{f' ({row.error})' if row.error else ''}")


def _notes(item: Item) -> Iterator[str]:
    """Yield how certain it is that this is the item, and what else decided."""
    if item.confidence != "sure":
        yield f"{item.confidence} the item: {item.doubt or 'erased because of its age'}"
    if item.specifics:
        yield f"decided by its specifics: {item.specifics}"
    if item.reading:
        yield item.reading


def _print_item(item: Item, found: Mapping[str, Any]) -> None:
    say(f"  {item.title or item.item_id}")
    shipping = item.shipping if item.assumed is None else f"{item.assumed} assumed"
    say(f"    {item.total} {item.currency} = {item.price} + {shipping} shipping")
    say(f"    {with_times(item.why)}")
    for note in _notes(item):
        say(f"    {note}")
    address = item.url.partition("?")[0] or "erased because of its age"
    say(f"    {item.condition or 'condition unknown'} · {address}")
    words = (("listed", found["listedAt"]), ("first seen", found["seenAt"]))
    if times := [f"{word} {time_words(at, seconds=True)}" for word, at in words if at]:
        say(f"    {', '.join(times)}")
    if late := found["lateness"]:
        say(f"    {with_times(late['said'])}")


def _print_alert(a: Alert, items: Sequence[Mapping[str, Any]]) -> None:
    say(f"Alert {a.id} of watch {a.watch_id}, {a.watch_name}: {a.target}")
    say(f"Made {time_words(a.made_at, seconds=True)} by the rule: {a.rule}")
    if a.market:
        say(with_times(a.market))
        say(f"The search: {a.search_url}")
    for item, found in zip(a.items, items, strict=True):
        _print_item(item, found)
    if a.more:
        say(f"  and {a.more} more")
    if a.n:
        prices = count_of(a.n, {"ask": "ask", "sold": "sale"}[a.basis])
        say(f"Comps: {prices}, low {a.low}, median {a.median}, high {a.high} {a.currency}")
        if a.accuracy:
            say(a.accuracy)
    else:
        say("Comps: none with a known total")
    if a.caution:
        say(a.caution)
    if a.dropped:
        say(f"Dropped: {describe_counts(a.dropped)}")
