"""`watcher alerts silence|silences|unsilence`: nothing is told for a while, and who wanted that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.printing import json_option, print_json, print_table, say
from watcher.cli.runner import Setup, with_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from watcher.core.monitoring.silences import Silence
    from watcher.core.times import Instant
    from watcher.runtime import App


def login() -> str:
    """Who is logged in."""
    from getpass import getuser  # noqa: PLC0415 - only where it is asked for

    try:
        return getuser()
    except (OSError, KeyError):  # a user without a name
        return "unknown"


@click.command(short_help="Say nothing of something for a while; also maintenance windows.")
@click.argument("name", metavar="[ID]", required=False)
@click.option("--api", metavar="API", help="ebay, serpapi, openai, stripe, slack, or watcher itself.")
@click.option("--symptom", metavar="S", help="outage, failure-rate, latency, quota, disk, …")
@click.option("--watch", type=click.IntRange(1), metavar="WATCH", help="The price alerts of this watch.")
@click.option("--all", "everything", is_flag=True, help="Every ops message.")
@click.option("--for", "length", metavar="DURATION", required=True, help="How long: 2h, 30m, 7d.")
@click.option("--from", "start", metavar="TIME", help="Not now but from 2026-12-01T02:00Z on: maintenance.")
@click.option("--every", metavar="DURATION", help="Again so long after each beginning: 1d, 7d.")
@click.option("--reason", metavar="TEXT", required=True, help="Why.")
@click.option("--by", "author", metavar="NAME", default=login, show_default="you", help="Who wants it.")
@json_option
@click.pass_obj
def silence(setup: Setup, /, name: str | None, as_json: bool, **options: object) -> None:
    """Say nothing of ID, an incident or a price alert, or of all that the options match.

    What happens is kept and judged as ever; only the messages wait. When the silence ends, what still
    lasts is told once, and price alerts that waited are sent.
    """
    from watcher.core.errors import NotFound  # noqa: PLC0415 - only where it looks
    from watcher.core.monitoring.incident_views import silence_view  # noqa: PLC0415 - only where it prints
    from watcher.core.monitoring.silences import parse_silence  # noqa: PLC0415 - only where it is made

    async def work(app: App) -> tuple[Silence, Instant]:
        now = app.clock.now()
        given = {k: str(v) for k, v in options.items() if v not in (None, False)}
        made = parse_silence(given | (_about(app, name) if name else {}), now)
        if made.watch is not None and app.stores.watches.get(app.registry.watch_id(made.watch)) is None:
            raise NotFound(f"There is no watch {made.watch}; `watcher watch list` shows them.")
        await app.stores.silences.add(made, now)
        return made, now

    made, now = with_app(setup, work)
    if as_json:
        print_json(silence_view(made, now))
        return
    say(f"Silence {made.id}: {_what(made)}, {_when(made)}, by {made.author}: {made.reason}")
    say(f"`watcher alerts unsilence {made.id}` ends it.")


def _about(app: App, name: str) -> dict[str, str]:
    """What an incident's or a price alert's messages are matched by."""
    from watcher.core.errors import NotFound  # noqa: PLC0415 - only where it looks

    if name.isalnum():
        if incident := app.stores.incidents.get(name):
            return {"api": incident.api, "symptom": incident.symptom}
        if row := app.stores.alerts.get(name):
            return {"watch": str(row.alert.watch_id)}
    raise NotFound(f'There is no alert or incident "{name[:60]}"; `watcher alerts list` shows them.')


@click.command(short_help="The silences there are, and the maintenance to come.")
@json_option
@click.pass_obj
def silences(setup: Setup, as_json: bool) -> None:
    """The silences that hold now or will."""
    from watcher.core.monitoring.incident_views import silence_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> tuple[Sequence[Silence], Instant]:
        now = app.clock.now()
        return app.stores.incidents.silences(now), now

    found, now = with_app(setup, work)
    if as_json:
        print_json({"silences": [silence_view(s, now) for s in found]})
        return
    if not found:
        say("Nothing is silenced.")
        return
    rows = [
        (s.id, _what(s), _when(s), "holds" if s.until(now) else "to come", f"{s.author}: {s.reason}")
        for s in found
    ]
    print_table("", ("id", "what", "when", "now", "why"), rows)


@click.command(short_help="End a silence before its time.")
@click.argument("name", metavar="ID")
@json_option
@click.pass_obj
def unsilence(setup: Setup, name: str, as_json: bool) -> None:
    """End a silence now; what still lasts is told, and price alerts that waited are sent."""
    from watcher.core.errors import NotFound  # noqa: PLC0415 - only where it looks

    async def work(app: App) -> None:
        if not (name.isalnum() and await app.stores.silences.end(name, app.clock.now())):
            raise NotFound(f'There is no silence "{name[:60]}"; `watcher alerts silences` shows them.')

    with_app(setup, work)
    if as_json:
        print_json({"id": name, "ended": True})
    else:
        say(f"Silence {name} has ended.")


def _what(s: Silence) -> str:
    if s.watch is not None:
        return f"price alerts of watch {s.watch}"
    if not s.api and not s.symptom:
        return "every ops message"
    return f"{s.symptom or 'all'} of {s.api or 'every API'}"


def _when(s: Silence) -> str:
    from watcher.core.times import iso, write_duration  # noqa: PLC0415 - only where it prints

    again = f", again every {write_duration(s.every)}" if s.every else ""
    return f"{iso(s.starts_at)} to {iso(s.ends_at)}{again}"
