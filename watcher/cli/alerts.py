"""`watcher alerts …`: price alerts with their receipt, ops incidents, and who wants to hear nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from watcher.cli.alerts_reject import reject
from watcher.cli.command_group import Verbs
from watcher.cli.incidents import ack, print_incidents, show_incident
from watcher.cli.printing import json_option, print_json, print_table, say
from watcher.cli.receipt import print_receipt
from watcher.cli.runner import Setup, with_app
from watcher.cli.silences import silence, silences, unsilence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from watcher.core.alerts import Alert, Item
    from watcher.core.monitoring.incidents import Incident
    from watcher.db.alerts import AlertRow, Receipt
    from watcher.db.incidents import IncidentMessage
    from watcher.runtime import App


@click.group(cls=Verbs)
def alerts() -> None:
    """Price alerts and ops incidents, and what became of their messages."""


alerts.add_command(ack)
alerts.add_command(silence)
alerts.add_command(silences)
alerts.add_command(unsilence)


@alerts.command("list")
@click.option("--watch", type=click.IntRange(1), metavar="WATCH", help="Only of this watch.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many."
)
@json_option
@click.pass_obj
def list_(setup: Setup, watch: int | None, limit: int, as_json: bool) -> None:
    """The newest price alerts and ops incidents."""
    from watcher.core.monitoring.incident_views import incident_view  # noqa: PLC0415 - only where it prints
    from watcher.core.serializers import alert_view  # noqa: PLC0415 - only where it prints
    from watcher.core.times import iso  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> tuple[Sequence[AlertRow], Sequence[Incident]]:
        if watch is not None:
            return app.stores.alerts.latest(limit, watch=app.registry.watch_id(watch)), ()
        return app.stores.alerts.latest(limit), app.stores.incidents.latest(limit)

    rows, found = with_app(setup, work)
    if as_json:
        seen = [alert_view(r.alert, r.state, r.sent_at, r.error) for r in rows]
        print_json({"alerts": seen, "incidents": [incident_view(i) for i in found]})
        return
    if found:
        print_incidents(found)
    if not rows:
        say("No price alerts." if found else "No alerts yet.")
        return
    table = [
        (r.alert.id, iso(r.alert.made_at), r.alert.watch_id, _what(r.alert), f"{r.state} to {r.alert.to}")
        for r in rows
    ]
    print_table("", ("id", "made", "watch", "what", "message"), table, "watch")
    say("`watcher alerts show ID` tells why.")


def _what(alert: Alert) -> str:
    if not alert.items:
        return alert.market
    others = len(alert.items) + alert.more - 1
    first = alert.items[0]
    return f"{_cost(first)} {first.title or first.item_id}" + (f" (+{others} more)" if others else "")


def _cost(item: Item) -> str:
    return f"{item.total} {item.currency}"


@alerts.command(short_help="One alert and what it rests on, judged again; or one incident.")
@click.argument("alert", metavar="ID")
@json_option
@click.pass_obj
def show(setup: Setup, alert: str, as_json: bool) -> None:
    """One price alert: its items, why, what it rests on, and whether judging again comes to the same.

    Or one incident, and what was told of it.
    """
    from watcher.core.errors import NotFound  # noqa: PLC0415 - only where it looks

    async def work(app: App) -> _Shown:
        if alert.isalnum():
            if incident := app.stores.incidents.get(alert):
                return _Shown(incident=incident, messages=app.stores.incidents.messages(alert))
            if row := app.stores.alerts.get(alert):
                return _Shown(row=row, receipt=app.stores.alerts.receipt(alert))
        raise NotFound(f'There is no alert "{alert[:60]}"; `watcher alerts list` shows them.')

    found = with_app(setup, work)
    if found.incident is not None:
        show_incident(found.incident, found.messages, as_json=as_json)
    elif found.row is not None:
        _show_alert(found.row, found.receipt, as_json=as_json)


class _Shown(NamedTuple):
    """What an id leads to: a price alert or an incident."""

    row: AlertRow | None = None
    receipt: Receipt | None = None
    incident: Incident | None = None
    messages: Sequence[IncidentMessage] = ()


def _show_alert(row: AlertRow, receipt: Receipt | None, *, as_json: bool) -> None:
    from watcher.core.receipts import replay  # noqa: PLC0415 - only where it prints
    from watcher.core.serializers import alert_view, receipt_view  # noqa: PLC0415 - see above

    rests_on = receipt and receipt_view(*receipt, replay(row.alert, *receipt))
    if as_json:
        view = alert_view(row.alert, row.state, row.sent_at, row.error)
        print_json(view | {"receipt": rests_on, "ackedBy": row.acked_by or None})
        return
    _print_alert(row.alert)
    print_receipt(rests_on)
    _print_delivery(row)


def _print_alert(a: Alert) -> None:
    from watcher.core.times import iso  # noqa: PLC0415 - only where it prints

    say(f"Alert {a.id} of watch {a.watch_id}, {a.watch_name}: {a.target}")
    say(f"Made {iso(a.made_at)} by the rule: {a.rule}")
    if a.market:
        say(a.market)
    for item in a.items:
        say(f"  {item.title or item.item_id}")
        say(f"    {_parts(item)}")
        say(f"    {item.why}")
        address = item.url.partition("?")[0] or "erased with its age"
        say(f"    {item.condition or 'condition unknown'} · {address}")
    if a.more:
        say(f"  and {a.more} more")
    if a.n:
        say(f"Comps: {a.n} {_prices(a)}, low {a.low}, median {a.median}, high {a.high} {a.currency}")
    else:
        say("Comps: none with a known total")
    if a.dropped:
        from watcher.core.comps import in_counts  # noqa: PLC0415 - only where it prints

        say(f"Dropped: {in_counts(a.dropped)}")


def _print_delivery(row: AlertRow) -> None:
    from watcher.core.times import iso  # noqa: PLC0415 - only where it prints

    sent = f" {iso(row.sent_at)}" if row.sent_at else ""
    if row.acked_by:
        say(f"Seen by {row.acked_by}")
    say(f"Message to {row.alert.to}: {row.state}{sent}{f' ({row.error})' if row.error else ''}")


def _parts(item: Item) -> str:
    if item.assumed is not None:
        return f"{_cost(item)} = {item.price} + {item.assumed} assumed shipping"
    return f"{_cost(item)} = {item.price} + {item.shipping} shipping"


def _prices(alert: Alert) -> str:
    return {"ask": "ask", "sold": "sale"}[alert.basis] + "s" * (alert.n != 1)


alerts.add_command(reject)
