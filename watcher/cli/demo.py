"""`watcher demo`: the daemon against a simulated market."""

from __future__ import annotations

import asyncio
import math
import signal
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.adapters.host.sockets import open_sockets, url_of
from watcher.cli.demo_output import DemoOutput
from watcher.cli.demo_scan import scan_sample
from watcher.cli.runner import Setup, json_command
from watcher.core.times import Instant
from watcher.core.watch import Watch
from watcher.demo.recorded import RecordedMarket
from watcher.demo.server import DemoServer
from watcher.runtime.past import PAST_START, live_through_past
from watcher.runtime.serving import serving_api
from watcher.runtime.simulation import START, Simulation, demo_watches, recorded_watches, simulated

if TYPE_CHECKING:
    from watcher.cli.demo_plans import DemoPlans

DEFAULT_SPEED = 20.0  # three minutes are an hour: fast enough to see alerts arrive, slow enough to read
_NOT_READY = "The first round of polling is not done yet."


@json_command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port of the HTTP server; 0 picks a free one.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=7,
    show_default=True,
    help="Seed of the simulated market.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 100_000),
    default=None,
    show_default=f"{DEFAULT_SPEED:g}, with --plans 1",
    help="Simulated seconds per real second.",
)
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(0.1, 10_000_000),
    metavar="SECONDS",
    help="Stop after this many seconds, of a real clock, not of the simulated one.",
)
@click.option(
    "--market",
    "directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Serve recorded searches: one file per query, a JSON array of item summaries.",
)
@click.option(
    "--plans",
    "with_plans",
    is_flag=True,
    help="Sell plans by a simulated Stripe; print a link that signs you in as a user of the free one.",
)
def demo(
    setup: Setup,
    port: int,
    seed: int,
    speed: float | None,
    seconds: float | None,
    directory: Path | None,
    with_plans: bool,
    as_json: bool,
) -> None:
    """Run the daemon against a simulated market: no keys, no network, a throw-away database."""
    if with_plans and (directory or as_json):
        raise click.UsageError("--plans goes neither with --market nor with --json.")
    try:
        recorded = RecordedMarket(directory) if directory else None
    except ValueError as error:
        raise click.UsageError(f"{error}.") from None
    output = DemoOutput(as_json, setup.debug)
    asyncio.run(_run(output, recorded, port, seed, speed, seconds, with_plans=with_plans))


async def _run(
    output: DemoOutput,
    recorded: RecordedMarket | None,
    port: int,
    seed: int,
    speed: float | None,
    seconds: float | None,
    *,
    with_plans: bool,
) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with AsyncExitStack() as stack:
        # First, to report a port in use at once.
        sockets = stack.enter_context(open_sockets("127.0.0.1", port))
        output.show_address(url_of(sockets))  # a browser that opens it now waits a moment for the page
        plans = _load_plans(sockets[0]) if with_plans else None
        pace = speed or (plans.speed if plans else DEFAULT_SPEED)
        market = simulated(
            recorded,
            seed=seed,
            speed=pace,
            at=START if recorded else PAST_START,
            on_message=output.print_message,
            server_class=plans.server_class if plans else DemoServer,
            more_config=plans.config if plans else None,
        )
        simulation = await stack.enter_async_context(market)
        app, clock = simulation.app, simulation.clock
        if recorded is not None:
            watches: Sequence[Watch] = [
                await app.registry.add(draft, clock.now()) for draft in recorded_watches(recorded)
            ]
        else:
            drafts = demo_watches(seed)
            if plans:
                await plans.add_people(simulation)
                drafts = plans.owned(drafts)
            watches = await live_through_past(simulation, seed, drafts, stop)
        await stack.enter_async_context(
            serving_api(app, sockets, lambda: "" if app.poller.finished else _NOT_READY, stop)
        )
        output.clock, output.stop = clock, stop.set
        output.begin(simulation.market.url, watches, speed=pace, recorded=recorded is not None)
        if plans:
            output.show_people(await plans.open(simulation))
        if seconds:
            stack.callback(asyncio.get_running_loop().call_later(seconds, stop.set).cancel)
        if recorded is not None:
            await simulation.run(clock.now(), stop)
            output.print_searches(await _recorded_searches(simulation, watches))
        else:
            scan = asyncio.create_task(_scan_sample(simulation, output))
            stack.push_async_callback(_cancel, scan)
        await simulation.run(Instant(math.inf), stop)
        output.end(app.status.read(clock.now()))


def _load_plans(page: socket.socket) -> DemoPlans:
    from watcher.cli.demo_plans import DemoPlans  # noqa: PLC0415 - only --plans needs the simulated Stripe

    return DemoPlans(page)


async def _scan_sample(simulation: Simulation, output: DemoOutput) -> None:
    output.print_scan(await scan_sample(simulation.app))


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def _recorded_searches(simulation: Simulation, watches: Sequence[Watch]) -> list[dict[str, Any]]:
    searches = []
    for watch in watches:
        answer, comps = await simulation.app.queries.comps(watch.inquiry)
        listings, stats = answer.snapshot.listings, comps.statistics
        searches.append(
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
    return searches
