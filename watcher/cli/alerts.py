"""`watcher alerts …`: price alerts with their receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from watcher.cli.printing import json_option, print_json, print_table
from watcher.cli.running import Setup, with_app

if TYPE_CHECKING:
    from watcher.app import App


@click.group()
def alerts() -> None:
    """Price alerts that were made, and what became of their messages."""


@alerts.command("list")
@click.option("--watch", type=int, help="Only of this watch.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@click.pass_obj
def list_(setup: Setup, watch: int | None, limit: int, as_json: bool) -> None:
    """The newest alerts."""
    from watcher.core.times import iso  # noqa: PLC0415 - only where it prints
    from watcher.core.views import alert_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> list[Any]:
        return list(app.stores.alerts.latest(limit, watch=watch))

    rows = with_app(setup, work)
    if as_json:
        print_json({"alerts": [alert_view(r.alert, r.state, r.sent_at, r.error) for r in rows]})
        return
    if not rows:
        click.echo("No alerts yet.")
        return
    table = [
        (r.alert.id, iso(r.alert.made_at), r.alert.watch_id, _what(r.alert), f"{r.state} → {r.alert.to}")
        for r in rows
    ]
    print_table("", ("id", "made", "watch", "what", "message"), table, "watch")


def _what(alert: Any) -> str:
    if not alert.items:
        return str(alert.market)
    more = f" (+{len(alert.items) + alert.more - 1} more)" if len(alert.items) + alert.more > 1 else ""
    return f"{alert.items[0].title}{more}: {alert.items[0].why}"


@alerts.command()
@click.argument("alert")
@json_option
@click.pass_obj
def show(setup: Setup, alert: str, as_json: bool) -> None:
    """One alert: every item, its price, why, and the comps it was judged by."""
    from watcher.core.errors import NotFound  # noqa: PLC0415 - only where it looks
    from watcher.core.views import alert_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> Any:
        found = app.stores.alerts.get(alert)
        if found is None:
            raise NotFound(f'There is no alert "{alert}"; `watcher alerts list` shows them.')
        return found

    row = with_app(setup, work)
    view = alert_view(row.alert, row.state, row.sent_at, row.error)
    if as_json:
        print_json(view)
        return
    a = row.alert
    click.echo(f"Alert {a.id} of watch {a.watch_id}, {a.watch_name}: {a.target}")
    if a.market:
        click.echo(a.market)
    for item in a.items:
        click.echo(f"  {item.title}\n    {item.why}\n    {item.condition} · {item.url.partition('?')[0]}")
    if a.more:
        click.echo(f"  and {a.more} more")
    dropped = ", ".join(f"{n} {reason}" for reason, n in a.dropped.items()) or "nothing"
    click.echo(
        f"Comps: {a.n} {a.basis}s, low {a.low}, median {a.median}, high {a.high} {a.currency}; dropped {dropped}"
    )
    click.echo(f"Message to {a.to}: {row.state}{f' ({row.error})' if row.error else ''}")
