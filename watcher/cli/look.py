"""`watcher comps`, `watcher status`, `watcher check`: looking, without changing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from watcher.cli.printing import coloured, json_option, print_json, print_table, say, width_of_terminal
from watcher.cli.runner import FAILED, Setup, with_app, without_database

if TYPE_CHECKING:
    from watcher.cli.checks import Checked
    from watcher.core.comps import Comps, Statistics
    from watcher.core.delistings import Observed
    from watcher.core.listing import Listing
    from watcher.polling.comps_cache import Answer
    from watcher.runtime import App

_SHOWN = 15
# From so many columns on a link has one of its own; else it stands below the title.
_WIDE = 120


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--category", metavar="C", default="", help="cards, shoes, watches, … or an eBay category id.")
@click.option("--condition", metavar="C", default="", help="new, refurbished, used or any (the default).")
@click.option("--marketplace", metavar="M", default="", help="EBAY_US, EBAY_GB, EBAY_DE, …")
@json_option
@click.pass_obj
def comps(setup: Setup, /, query: tuple[str, ...], as_json: bool, **options: str) -> None:
    """What QUERY is worth now: prices of comparable listings, and what was left out."""
    from watcher.cli.market import ask  # noqa: PLC0415 - only where it asks
    from watcher.core.categories import category_warning  # noqa: PLC0415 - see above
    from watcher.core.comps import Filters  # noqa: PLC0415 - see above

    draft = {"query": " ".join(query), **options}

    def refuse(app: App) -> None:
        from watcher.runtime import require_credentials  # noqa: PLC0415 - see above

        app.registry.parse(draft)
        require_credentials(app.settings)

    async def work(app: App) -> tuple[Any, ...]:
        question = app.registry.parse(draft).question
        answer, found = await ask(app, question, Filters())
        return question, answer, found, app.queries.observed(question), app.clock.now(), app.freshness.ttls

    without_database(setup, refuse)
    question, answer, found, left, now, ttls = with_app(setup, work)
    if warning := category_warning(question.category, ttls):
        say(f"Note: {warning}", err=True)
    if as_json:
        from watcher.core.serializers import observed_view  # noqa: PLC0415 - only where it prints

        view = _view(question, answer, found, now)
        print_json(view | {"observed": observed_view(left), "warnings": [warning] if warning else []})
        return
    _print_comps(question.query, answer, found, now)
    if left:
        _print_observed(left)


def _view(question: Any, answer: Answer, found: Comps, now: Any) -> dict[str, object]:
    from watcher.core.serializers import answer_view, comps_view  # noqa: PLC0415 - only where it prints

    return answer_view(
        comps_view(question, found),
        source=answer.source,
        api=answer.api,
        stale=answer.stale,
        fetched_at=answer.fetched_at,
        expires_at=answer.expires_at,
        now=now,
    )


def _print_comps(query: str, answer: Answer, found: Comps, now: float) -> None:
    from collections import Counter  # noqa: PLC0415 - only where it prints

    from watcher.cli.market import comps_sentence  # noqa: PLC0415 - see above
    from watcher.core.comps import in_counts  # noqa: PLC0415 - see above
    from watcher.core.price_clusters import find_price_groups  # noqa: PLC0415 - see above

    stats, kept = found.statistics, found.selection.kept
    if stats.n:
        prices = {"ask": "asking", "sold": "sold"}[stats.basis]
        print_table(f"{query} · {prices} prices, shipping included", *_statistics(stats))
    if kept:
        cheapest = sorted(kept, key=lambda x: (x.total is None, x.total.minor if x.total else 0))
        _print_listings(cheapest[:_SHOWN])
        if len(kept) > _SHOWN:
            say(f"… and {len(kept) - _SHOWN} more: --json has them all.")
    say(comps_sentence(answer, found))
    if stats.interval and stats.n > 1:
        low, high = stats.interval
        say(f"The median lies between {low} and {high} (95 %).")
    if found_humps := find_price_groups(query, kept, stats.currency):
        said = ", ".join(
            f"{h.n} around {h.median} ({' '.join(h.words) or 'the others'})" for h in found_humps
        )
        say(f"These are several things: {said}. Name the one you mean in the query.")
    reasons = dict(Counter(str(d.reason) for d in found.selection.dropped).most_common())
    if reasons:
        say(f"Dropped: {in_counts(reasons)}.")
    say(_age(answer, now))


def _print_observed(left: Observed) -> None:
    from watcher.core.times import in_words  # noqa: PLC0415 - only where it prints

    if not left.kinds:
        return
    kinds = ", ".join(f"{n} {kind}" for kind, n in left.kinds.items())
    stats = left.statistics
    last = f"; last at a median of {stats.median} ({stats.n})" if stats.n else ""
    after = f" after {in_words(left.on_market)} on offer" if left.on_market is not None else ""
    say(f"Seen to leave the market: {kinds}{last}{after}. No sale is known from that.")


def _print_listings(listings: list[Listing]) -> None:
    rows: list[tuple[object, ...]] = []
    wide = width_of_terminal() >= _WIDE
    for x in listings:
        link = x.url.partition("?")[0]
        total = x.total or f"{x.price} + ?"
        rows.append((total, x.condition, x.title, link) if wide else (total, x.condition, (x.title, link)))
    columns = ("total", "condition", "title", "link")
    print_table("", columns if wide else columns[:3], rows, "total")


def _statistics(stats: Statistics) -> tuple[tuple[str, ...], list[tuple[object, ...]], str]:
    columns = ("n", "low", "p25", "median", "p75", "high")
    row = (stats.n, stats.low, stats.p25, stats.median, stats.p75, stats.high)
    return columns, [row], " ".join(columns)


def _age(answer: Answer, now: float) -> str:
    from watcher.core.times import in_words  # noqa: PLC0415 - only where it prints

    age = round(now - answer.fetched_at)
    ago = f"{in_words(age)} ago" if age > 0 else "just now"
    said = "From the cache, fetched" if answer.source == "cached" else "Fetched"
    return f"{said} {ago}{'; eBay cannot be asked now, so it may be out of date' * answer.stale}."


@click.command()
@json_option
@click.pass_obj
def status(setup: Setup, as_json: bool) -> None:
    """Health per API, quota, lag, outbox, dead letters, overdue watches."""

    async def work(app: App) -> dict[str, Any]:
        found = app.status.read(app.clock.now()) | {
            "daemon": _daemon(app),
            "database": app.settings.database_name,
        }
        if found["daemon"] and not found["daemon"]["running"] and found["watches"]["active"]:
            found["troubles"].insert(0, "nothing is watched, for the daemon does not run")
        return found

    found = with_app(setup, work)
    if as_json:
        print_json(found)
        return
    troubles = found["troubles"]
    click.echo(
        coloured(f"● {', '.join(troubles)}", "red") if troubles else coloured("● all is well", "green")
    )
    rows = [_api_row(api, h) for api, h in found["apis"].items() if _is_worth_a_row(api, h)]
    columns = ("api", "status", "ok", "failed", "rate", "p50 / p95", "last error")
    print_table("", columns, rows, "ok failed rate")
    daemon = found["daemon"]
    if daemon is not None:
        pid = daemon["process"]
        say(f"Daemon: running, process {pid}" if pid else "Daemon: not running; `watcher run` starts it")
    say(f"Database: {found['database']}")
    for line in found["lines"]:
        say(line)


def _daemon(app: App) -> dict[str, Any] | None:
    """The daemon of an embedded database; None where several may share one."""
    from watcher.db.engine import is_embedded  # noqa: PLC0415 - only where it looks
    from watcher.db.lock_file import probable_holder  # noqa: PLC0415 - see above
    from watcher.db.sqlite import lock_path  # noqa: PLC0415 - only where it looks

    if not is_embedded(app.settings.database_url):
        return None
    process = probable_holder(lock_path(app.settings.database_url))
    return {"running": process is not None, "process": process}


def _is_worth_a_row(api: str, health: dict[str, Any]) -> bool:
    return health["status"] != "no_data" or api in ("ebay", "slack")


def _api_row(api: str, health: dict[str, Any]) -> tuple[object, ...]:
    latency, rate = health["latency"], health["failureRate"]
    return (
        api,
        "no calls lately" if health["status"] == "no_data" else health["status"],
        health["successCount"],
        health["failureCount"],
        "" if rate is None else f"{rate:.1f} %",
        "" if latency is None else f"{latency['p50']:.0f} / {latency['p95']:.0f} ms",
        health["lastError"] or "",
    )


@click.command()
@click.option("--send", is_flag=True, help="Post a test message to Slack.")
@json_option
@click.pass_obj
def check(setup: Setup, send: bool, as_json: bool) -> int:
    """Configuration, database, eBay, Slack and StatsD, one line each; changes nothing."""
    from watcher.cli.checks import run_checks  # noqa: PLC0415 - its own imports are heavy

    results = run_checks(setup, send=send, tell=_ignore if as_json else _print_check)
    if as_json:
        checks = [{"name": r.name, "ok": r.ok, "state": r.state, "detail": r.detail} for r in results]
        print_json({"checks": checks, "ok": all(r.ok for r in results)})
    failed = [r.name for r in results if not r.ok]
    if failed:
        say(f"watcher: not all is right: {', '.join(failed)}.", err=True)
    return FAILED if failed else 0


def _ignore(_result: Checked) -> None:
    """Nobody reads along."""


def _print_check(result: Checked) -> None:
    mark = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}[result.state]
    click.echo(f"{coloured(*mark)}  {result.name:12}  ", nl=False)
    say(result.detail)
