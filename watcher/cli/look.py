"""`watcher comps`, `watcher status`: looking, without changing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from watcher.cli.printing import json_option, print_json, print_table
from watcher.cli.running import Setup, with_app

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.cache import Answer
    from watcher.core.comps import Comps, Statistics

_SHOWN = 15


def comps_sentence(answer: Answer, comps: Comps) -> str:
    """The market in one sentence."""
    stats, seen = comps.statistics, len(answer.snapshot.listings)
    dropped = len(comps.selection.dropped)
    if not stats.n:
        return f"No comparable listing now: {seen} seen, {dropped} dropped."
    return (
        f"Now: {stats.n} asks from {stats.low} to {stats.high}, median {stats.median} "
        f"({seen} listings seen, {dropped} dropped)."
    )


@click.command()
@click.argument("query")
@click.option("--category", default="", help="cards, shoes, watches, … or an eBay category id.")
@click.option("--condition", default="any", help="new, refurbished, used or any.")
@click.option("--marketplace", default="", help="EBAY_US, EBAY_GB, EBAY_DE, …")
@json_option
@click.pass_obj
def comps(setup: Setup, /, query: str, as_json: bool, **options: str) -> None:
    """What QUERY is worth now: asking prices of comparable listings, and what was left out."""
    from watcher.core.categories import warning_of  # noqa: PLC0415 - only where it prints
    from watcher.core.views import answer_view, comps_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> tuple[Any, ...]:
        question = app.question({"query": query, **options})
        answer, found = await app.comps(question)
        return question, answer, found, app.clock.now()

    question, answer, found, now = with_app(setup, work)
    if as_json:
        view = comps_view(question, found)
        print_json(
            answer_view(
                view,
                source=answer.source,
                stale=answer.stale,
                fetched_at=answer.fetched_at,
                expires_at=answer.expires_at,
                now=now,
            )
        )
        return
    if warning := warning_of(question.category):
        click.echo(warning, err=True)
    _print_comps(question.query, answer, found, now)


def _print_comps(query: str, answer: Answer, found: Comps, now: float) -> None:
    from collections import Counter  # noqa: PLC0415 - only where it prints

    from watcher.core.times import in_words  # noqa: PLC0415 - only where it prints

    stats = found.statistics
    if stats.n:
        print_table(f"{query} · asking prices, shipping included", *_statistics(stats))
        kept = sorted(found.selection.kept, key=lambda x: (x.total is None, x.total.minor if x.total else 0))
        rows = [
            (x.total or f"{x.price} + shipping", x.condition, x.title, x.url.partition("?")[0])
            for x in kept[:_SHOWN]
        ]
        print_table("", ("total", "condition", "title", "url"), rows, "total")
        if len(kept) > _SHOWN:
            click.echo(f"… and {len(kept) - _SHOWN} more")
    click.echo(comps_sentence(answer, found))
    reasons = Counter(d.reason for d in found.selection.dropped).most_common()
    if reasons:
        click.echo("Dropped: " + ", ".join(f"{n} {reason}" for reason, n in reasons))
    age = in_words(now - answer.fetched_at)
    stale = " (stale: eBay cannot be asked now)" if answer.stale else ""
    click.echo(f"{'Cached' if answer.source == 'cached' else 'Fetched'} {age} ago{stale}.")


def _statistics(stats: Statistics) -> tuple[tuple[str, ...], list[tuple[object, ...]], str]:
    interval = f"{stats.interval[0]} – {stats.interval[1]}" if stats.interval else ""
    columns = ("n", "low", "p25", "median", "p75", "high", "95 % interval")
    row = (stats.n, stats.low, stats.p25, stats.median, stats.p75, stats.high, interval)
    return columns, [row], "n low p25 median p75 high"


@click.command()
@json_option
@click.pass_obj
def status(setup: Setup, as_json: bool) -> None:
    """Health per API, quota, lag, outbox, dead letters, overdue watches."""

    async def work(app: App) -> dict[str, Any]:
        return app.status()

    found = with_app(setup, work)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            api,
            h["status"],
            h["successCount"],
            h["failureCount"],
            "" if h["failureRate"] is None else f"{h['failureRate']:.1f} %",
            "" if h["latency"] is None else f"{h['latency']['p50']:.0f} / {h['latency']['p95']:.0f} ms",
            h["lastError"] or "",
        )
        for api, h in found["apis"].items()
        if h["status"] != "no_data" or api in ("ebay", "slack")
    ]
    columns = ("api", "status", "ok", "failed", "rate", "p50 / p95", "last error")
    print_table("", columns, rows, "ok failed rate")
    for line in found["lines"]:
        click.echo(line)


@click.command()
@click.option("--send", is_flag=True, help="Post a test message to Slack.")
@json_option
@click.pass_obj
def check(setup: Setup, send: bool, as_json: bool) -> int:
    """Configuration, database, credentials, Slack and StatsD, one line each; changes nothing."""
    from watcher.cli.checks import run_checks  # noqa: PLC0415 - its own imports are heavy

    results = run_checks(setup, send=send)
    if as_json:
        print_json({"checks": [r._asdict() for r in results], "ok": all(r.ok for r in results)})
    else:
        for r in results:
            click.echo(f"{'ok  ' if r.ok else 'FAIL'}  {r.name:12} {r.detail}")
    return 0 if all(r.ok for r in results) else 1
