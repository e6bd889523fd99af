"""`watcher status`: the health of the daemon and of every API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from watcher.cli.printing import print_json, print_table, say, say_coloured, with_times
from watcher.cli.runner import app_command

if TYPE_CHECKING:
    from watcher.runtime import App


@app_command()
async def status(app: App, as_json: bool) -> None:
    """Show health per API, quota, lag, outbox, dead letters and overdue watches."""
    report = app.status.read(app.clock.now())
    daemon = None  # several daemons may share a Postgres database
    if app.settings.has_embedded_database:
        process = app.daemon_process()
        daemon = {"running": process is not None, "process": process}
        if process is None and report["watches"]["active"]:
            report["troubles"].insert(0, "the daemon is not running, so no watch is polled")
    report |= {"daemon": daemon, "database": app.settings.database_name}
    if as_json:
        print_json(report)
    else:
        _print_report(report)


def _print_report(report: dict[str, Any]) -> None:
    troubles, daemon = report["troubles"], report["daemon"]
    headline = f"● {', '.join(troubles)}" if troubles else "● all is well"
    say_coloured(headline, "red" if troubles else "green")
    rows = [
        _api_row(api, health)
        for api, health in report["apis"].items()
        if health["status"] != "no_data" or api in ("ebay", "slack")
    ]
    print_table(
        "", ("api", "status", "ok", "failed", "rate", "p50 / p95", "last error"), rows, "ok failed rate"
    )
    if daemon is not None:
        process = daemon["process"]
        say(
            f"Daemon: running, process {process}"
            if process
            else "Daemon: not running; `watcher run` starts it"
        )
    say(f"Database: {report['database']}")
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
