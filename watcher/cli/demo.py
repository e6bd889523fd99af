"""`watcher demo`: the daemon against a simulated market, told as it happens."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.printing import json_option, print_json, print_table
from watcher.cli.runner import Setup

if TYPE_CHECKING:
    from watcher.core.watch import Watch
    from watcher.demo.recorded import RecordedMarket
    from watcher.demo.slack_sink import ReceivedMessage
    from watcher.runtime.simulation import Simulation

# A minute is an hour: fast enough to see prices move, slow enough to read.
SPEED = 60.0
# Longer lines of a message are cut: Slack would break them.
WIDEST = 110
_STARTING = "The first round of polling is not done yet."


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port of the daemon's HTTP door; 0 takes a free one.",
)
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True, help="Another market.")
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 100_000),
    default=SPEED,
    show_default=True,
    help="Simulated seconds in a second.",
)
@click.option("--for", "seconds", type=click.FloatRange(0.1, 10_000_000), help="End after so many seconds.")
@click.option(
    "--market",
    "directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Serve recorded searches: a file for each query, arrays of item summaries.",
)
@json_option
@click.pass_obj
def demo(
    setup: Setup,
    port: int,
    seed: int,
    speed: float,
    seconds: float | None,
    directory: Path | None,
    as_json: bool,
) -> None:
    """The same daemon against a simulated market: no keys, no network, a throw-away database."""
    from watcher.demo.recorded import RecordedMarket  # noqa: PLC0415 - only for the demo

    try:
        source = RecordedMarket(directory) if directory else None
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None
    asyncio.run(_run(_Teller(as_json, setup.debug), source, port, seed, speed, seconds))


async def _run(
    teller: _Teller, source: RecordedMarket | None, port: int, seed: int, speed: float, seconds: float | None
) -> None:
    from watcher.core.times import Instant  # noqa: PLC0415 - only for the demo
    from watcher.runtime.http_server import listening, serving_api  # noqa: PLC0415 - only for the demo
    from watcher.runtime.simulation import demo_watches, recorded_watches, simulated  # noqa: PLC0415 - only for the demo

    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with AsyncExitStack() as stack:
        sockets = stack.enter_context(listening("127.0.0.1", port))  # a port that is taken is known at once
        market = simulated(source, seed=seed, speed=speed, on_message=teller.message)
        simulation = await stack.enter_async_context(market)
        address = await stack.enter_async_context(
            serving_api(
                simulation.app, sockets, lambda: "" if simulation.app.poller.finished else _STARTING, stop
            )
        )
        teller.clock = simulation.clock
        drafts = recorded_watches(source) if source else demo_watches(seed)
        registry = simulation.app.registry
        watches = [await registry.add(draft, simulation.clock.now()) for draft in drafts]
        teller.begin(address, simulation.market.url, watches, recorded=source is not None)
        end = simulation.clock.now() + (seconds * speed if seconds else float("inf"))
        if source is not None:
            await simulation.run(simulation.clock.now(), stop)
            teller.table(await _rows(simulation, watches))
        await simulation.run(Instant(end), stop)
        teller.end(simulation)


async def _rows(simulation: Simulation, watches: Sequence[Watch]) -> list[dict[str, Any]]:
    """What the market showed of each recorded search."""
    rows = []
    for watch in watches:
        answer, comps = await simulation.app.queries.comps(watch.question)
        listings, stats = answer.snapshot.listings, comps.statistics
        rows.append(
            {
                "query": watch.question.query,
                "listings": len(listings),
                "n": stats.n,
                "low": stats.low and stats.low.amount,
                "median": stats.median and stats.median.amount,
                "high": stats.high and stats.high.amount,
                "unknownShipping": sum(x.shipping is None for x in listings),
                "auctions": sum(x.auction for x in listings),
                "groups": sum(x.is_group for x in listings),
                "duplicates": answer.snapshot.duplicates,
            }
        )
    return rows


class _Teller:
    """Prints what happens: lines and boxes for a person, or one JSON value at the end."""

    def __init__(self, as_json: bool, debug: bool) -> None:
        self._as_json = as_json
        self._messages: list[ReceivedMessage] = []
        self._rows: list[dict[str, Any]] = []
        self._watches: Sequence[Watch] = ()
        self._url = self._market = ""
        self.clock: Any = None
        from watcher.adapters.host.logs import configure  # noqa: PLC0415 - only for the demo

        configure("debug" if debug else "warning", "console", sys.stderr)
        if not as_json:
            poller = logging.getLogger("watcher.polling.poller")
            poller.setLevel(logging.INFO)
            poller.addHandler(_Lines(self))
            poller.propagate = debug

    def begin(self, address: str, market: str, watches: Sequence[Watch], *, recorded: bool) -> None:
        """Say what there is."""
        self._url, self._market, self._watches = address, market, watches
        if self._as_json:
            return
        what = "recorded searches" if recorded else "a simulated market"
        click.echo(f"watcher demo: {len(watches)} watches on {what}. Ctrl-C ends it; nothing is kept.")
        click.echo(f"The API answers at {address} ({address}/docs), the market at {market}\n")
        if not recorded:
            rows = [(w.id, w.question.query, w.question.category, w.rule) for w in watches]
            print_table("", ("watch", "query", "category", "rule"), rows, "watch")

    def table(self, rows: list[dict[str, Any]]) -> None:
        """What the recorded searches hold."""
        self._rows = rows
        if self._as_json:
            return
        names = (
            "query",
            "listings",
            "n",
            "low",
            "median",
            "high",
            "unknown shipping",
            "auctions",
            "groups",
            "duplicates",
        )
        # A column's words break between lines; "unknown shipping" is one column.
        cells = [tuple("-" if v is None else v for v in row.values()) for row in rows]
        print_table(
            "What the recorded searches hold (USD, asking prices, shipping included)", names, cells, _NUMBERS
        )

    def message(self, message: ReceivedMessage) -> None:
        """A message that Slack took."""
        self._messages.append(message)
        if self._as_json:
            return
        lines = _lines_of(message.body)
        width = min(100, max(len(line) for line in lines) + 2)
        click.echo(f"\n  ╭─ Slack · {message.to} " + "─" * max(0, width - len(message.to) - 11))
        for line in lines:
            click.echo(f"  │ {line}")
        click.echo("  ╰" + "─" * width + "\n")

    def line(self, text: str) -> None:
        """One line about what the daemon did."""
        from datetime import UTC, datetime  # noqa: PLC0415 - only for the demo

        at = datetime.fromtimestamp(self.clock.now(), UTC)
        click.echo(f"{at:%a %H:%M:%S}  {text}")

    def end(self, simulation: Simulation) -> None:
        """Sum up."""
        status = simulation.app.status.read(simulation.clock.now())
        used = status["quota"]["ebay"]["used"]
        if self._as_json:
            alerts = [{"to": m.to, **m.body} for m in self._messages]
            print_json(
                {
                    "url": self._url,
                    "market": self._market,
                    "searches": self._rows,
                    "messages": alerts,
                    "ebayCallsToday": used,
                }
            )
            return
        said, waiting = len(self._messages), status["outbox"]["pending"]
        messages = f"{said} Slack message{'s' * (said != 1)}"
        click.echo(f"\nDone: {messages}, {used} eBay calls today, {waiting} messages waiting.")
        click.echo(
            "Your own: put eBay's keys and a Slack webhook into config.toml, "
            "then `watcher check` and `watcher run`."
        )


_NUMBERS = "listings n low median high auctions groups duplicates"


class _Lines(logging.Handler):
    """The poller's log as sentences."""

    def __init__(self, teller: _Teller) -> None:
        super().__init__()
        self._teller = teller

    def emit(self, record: logging.LogRecord) -> None:
        """One poll, one line."""
        f = vars(record)
        if record.msg == "polled":
            alerts = "" if f["alerts"] == "none" else "  → alert"
            self._teller.line(
                f"looked at {f['query']!r}: {f['listings']} listings, {f['n']} comparable, "
                f"median {f['median']}{alerts}"
            )
        elif record.msg == "poll failed":
            self._teller.line(f"looked at {f['query']!r}: {f['code']}, again in {f['again_in']} s")


def _lines_of(body: dict[str, Any]) -> list[str]:
    """A Block Kit message as Slack shows it, in plain lines."""
    lines = []
    for block in body.get("blocks", []):
        parts = [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
        for part in parts:
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                lines += [_plain(line) for line in part["text"].splitlines() if line.strip()]
    return lines or [str(body.get("text", ""))]


def _plain(line: str) -> str:
    import re  # noqa: PLC0415 - only for the demo

    line = re.sub(r"<([^|>]+)\|([^>]*)>", r"\2", line)
    line = line.replace("*", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return line if len(line) <= WIDEST else line[: WIDEST - 1] + "…"
