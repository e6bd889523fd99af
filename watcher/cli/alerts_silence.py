"""`watcher alerts ack`, `silence`, `silences` and `unsilence`: end or hold back messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from watcher.cli.options import author_option
from watcher.cli.printing import in_utc, print_json, print_outcome, print_table, say, time_words
from watcher.cli.runner import app_command
from watcher.core.errors import InvalidInput, NotFound
from watcher.core.monitoring.incident_views import silence_view
from watcher.core.monitoring.silences import parse_silence
from watcher.core.times import write_duration
from watcher.monitoring.incident_queries import (
    MAX_AUTHOR,
    ack_alert,
    ack_incident,
    add_silence,
    end_silence,
    find_incident,
    matchers_of,
)

if TYPE_CHECKING:
    from watcher.core.monitoring.silences import Silence
    from watcher.runtime import App


@app_command(database_only=True)
@click.argument("name", metavar="ID")
@author_option
async def ack(app: App, name: str, author: str, as_json: bool) -> None:
    """Acknowledge ID. An incident sends no more reminders, only its end; a price alert is marked as seen."""
    author = author.strip()[:MAX_AUTHOR]
    now = app.clock.now()
    if not author:
        raise InvalidInput("Name the person who acknowledges it: --by NAME.")
    view = await ack_incident(app.stores, name, author, now) or await ack_alert(app.stores, name, author, now)
    if view is None:
        raise NotFound(f'There is no alert or incident "{name[:60]}"; `watcher alerts list` shows them.')
    print_outcome(view, f"{name} is acknowledged by {author}.", as_json=as_json)


@app_command(database_only=True)
@click.argument("name", metavar="[ID]", required=False)
@click.option("--api", metavar="API", help="ebay, serpapi, openai, stripe, slack, or watcher itself.")
@click.option("--symptom", metavar="S", help="outage, failure-rate, latency, quota, disk, …")
@click.option("--watch", type=click.IntRange(1), metavar="WATCH", help="The price alerts of this watch.")
@click.option("--all", "everything", is_flag=True, help="Every ops message.")
@click.option("--for", "length", metavar="DURATION", required=True, help="The length: 2h, 30m, 7d.")
@click.option(
    "--from", "start", metavar="TIME", help="The start, '2026-12-01 02:00' or 2026-12-01T02:00Z; else now."
)
@click.option("--every", metavar="DURATION", help="Repeat with this interval between starts: 1d, 7d.")
@click.option("--reason", metavar="TEXT", required=True, help="The reason, shown by `alerts silences`.")
@author_option
async def silence(app: App, /, name: str | None, as_json: bool, **options: object) -> None:
    """Hold back the messages about ID, an incident or a price alert, or all that the options match.

    Everything is still recorded and evaluated; only the messages wait. When the silence ends, each
    incident that is still open is reported once, and price alerts that waited are sent.
    """
    now = app.clock.now()
    given = {k: str(v) for k, v in options.items() if v not in (None, False)}
    if "start" in given:
        given["start"] = _with_zone(given["start"])
    given |= _matchers_of(app, name) if name else {}
    watch = parse_silence(given, now).watch
    if watch is not None:
        app.registry.get(watch)  # raises NotFound
    made = await add_silence(app.stores, given, now)
    if as_json:
        print_json(silence_view(made, now))
        return
    say(f"Silence {made.id}: {_scope(made)}, {_period(made)}, by {made.author}: {made.reason}")
    say(f"`watcher alerts unsilence {made.id}` ends it.")


def _with_zone(text: str) -> str:
    """Return a time without a zone as a local one, or with --utc in UTC: that is how times are shown."""
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    if typed.tzinfo is None:
        typed = typed.replace(tzinfo=UTC) if in_utc() else typed.astimezone()
    return typed.isoformat()


def _matchers_of(app: App, name: str) -> dict[str, str]:
    """Return the options that match the messages of an incident or a price alert."""
    if name.isalnum():
        if incident := find_incident(app.stores, name):
            return matchers_of(incident)
        if row := app.stores.alerts.get(name):
            return {"watch": str(row.alert.watch_id)}
    raise NotFound(f'There is no alert or incident "{name[:60]}"; `watcher alerts list` shows them.')


@app_command("silences", database_only=True)
async def list_silences(app: App, as_json: bool) -> None:
    """List current and planned silences."""
    now = app.clock.now()
    found = app.stores.incidents.silences(now)
    if as_json:
        print_json({"silences": [silence_view(s, now) for s in found]})
        return
    if not found:
        say("Nothing is silenced.")
        return
    rows = [
        (s.id, _scope(s), _period(s), "active" if s.until(now) else "planned", f"{s.author}: {s.reason}")
        for s in found
    ]
    print_table("", ("id", "what", "when", "now", "why"), rows)


@app_command(database_only=True)
@click.argument("name", metavar="ID")
async def unsilence(app: App, name: str, as_json: bool) -> None:
    """End a silence now: open incidents are reported, and price alerts that waited are sent."""
    view = await end_silence(app.stores, name, app.clock.now())
    print_outcome(view, f"Silence {name} has ended.", as_json=as_json)


def _scope(s: Silence) -> str:
    if s.watch is not None:
        return f"price alerts of watch {s.watch}"
    if not s.api and not s.symptom:
        return "every ops message"
    return f"{s.symptom or 'all'} of {s.api or 'every API'}"


def _period(s: Silence) -> str:
    repeated = f", repeated every {write_duration(s.every)}" if s.every else ""
    return f"{time_words(s.starts_at)} to {time_words(s.ends_at)}{repeated}"
