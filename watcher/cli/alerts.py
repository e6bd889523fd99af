"""`watcher alerts …`: price alerts with their receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.groups import Verbs
from watcher.cli.printing import json_option, print_json, print_table, say
from watcher.cli.receipt import print_receipt
from watcher.cli.rejecting import reject
from watcher.cli.running import Setup, with_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from watcher.adapters.db.alerts import AlertRow, Receipt
    from watcher.app import App
    from watcher.core.alerts import Alert, Item


@click.group(cls=Verbs)
def alerts() -> None:
    """Price alerts that were made, and what became of their messages."""


@alerts.command("list")
@click.option("--watch", type=click.IntRange(1), metavar="WATCH", help="Only of this watch.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many."
)
@json_option
@click.pass_obj
def list_(setup: Setup, watch: int | None, limit: int, as_json: bool) -> None:
    """The newest alerts."""
    from watcher.core.times import iso  # noqa: PLC0415 - only where it prints
    from watcher.core.views import alert_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> Sequence[AlertRow]:
        only = None if watch is None else app.number(watch)
        return app.stores.alerts.latest(limit, watch=only)

    rows = with_app(setup, work)
    if as_json:
        print_json({"alerts": [alert_view(r.alert, r.state, r.sent_at, r.error) for r in rows]})
        return
    if not rows:
        say("No alerts yet.")
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


@alerts.command(short_help="One alert: its items, why, the comps, and judged again.")
@click.argument("alert", metavar="ID")
@json_option
@click.pass_obj
def show(setup: Setup, alert: str, as_json: bool) -> None:
    """One alert: its items, why, what it rests on, and whether judging again comes to the same."""
    from watcher.core.errors import NotFound  # noqa: PLC0415 - only where it looks
    from watcher.core.receipts import replay  # noqa: PLC0415 - see above
    from watcher.core.views import alert_view, receipt_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> tuple[AlertRow, Receipt | None]:
        found = app.stores.alerts.get(alert) if alert.isalnum() else None
        if found is None:
            raise NotFound(f'There is no alert "{alert[:60]}"; `watcher alerts list` shows them.')
        return found, app.stores.alerts.receipt(alert)

    row, receipt = with_app(setup, work)
    rests_on = receipt and receipt_view(*receipt, replay(row.alert, *receipt))
    if as_json:
        print_json(alert_view(row.alert, row.state, row.sent_at, row.error) | {"receipt": rests_on})
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
        say("Dropped: " + ", ".join(f"{n} {reason}" for reason, n in a.dropped.items()))


def _print_delivery(row: AlertRow) -> None:
    from watcher.core.times import iso  # noqa: PLC0415 - only where it prints

    sent = f" {iso(row.sent_at)}" if row.sent_at else ""
    say(f"Message to {row.alert.to}: {row.state}{sent}{f' ({row.error})' if row.error else ''}")


def _parts(item: Item) -> str:
    if item.assumed is not None:
        return f"{_cost(item)} = {item.price} + {item.assumed} assumed shipping"
    return f"{_cost(item)} = {item.price} + {item.shipping} shipping"


def _prices(alert: Alert) -> str:
    return {"ask": "ask", "sold": "sale"}[alert.basis] + "s" * (alert.n != 1)


alerts.add_command(reject)
