"""`watcher status`: the health of the daemon and of every API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from watcher.cli.printing import print_json, print_table, say, say_coloured, with_times
from watcher.cli.runner import EXIT_FAILED, app_command

if TYPE_CHECKING:
    from watcher.runtime import App


@app_command(database_only=True)
@click.option("--exit-code", is_flag=True, help="End with 1 unless all is well.")
async def status(app: App, exit_code: bool, as_json: bool) -> int:
    """Show health per API, daemons, quota, lag, outbox, dead letters and overdue watches."""
    report = app.status.read(app.clock.now())
    if as_json:
        print_json(report)
    else:
        _print_report(report)
    return EXIT_FAILED if exit_code and not report["well"] else 0


def _print_report(report: dict[str, Any]) -> None:
    troubles = report["troubles"]
    headline = f"● {'; '.join(troubles)}" if troubles else "● all is well"
    say_coloured(headline, "red" if troubles else "green")
    rows = [
        _api_row(api, health)
        for api, health in report["apis"].items()
        if health["status"] != "no_data" or api in ("ebay", "slack")
    ]
    print_table(
        "", ("api", "status", "ok", "failed", "rate", "p50 / p95", "last error"), rows, "ok failed rate"
    )
    for line in report["lines"]:
        say(with_times(line))


def _api_row(api: str, health: dict[str, Any]) -> tuple[object, ...]:
    latency, rate = health["latency"], health["failureRate"]
    return (
        api,
        "no recent calls" if health["status"] == "no_data" else health["status"],
        health["successCount"],
        health["failureCount"],
        "" if rate is None else f"{rate:.1f} %",
        "" if latency is None else f"{latency['p50']:.0f} / {latency['p95']:.0f} ms",
        health["lastError"] or "",
    )
