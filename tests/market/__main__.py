"""`python -m tests.market`: the simulated market as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.core.times import Instant
from watcher.demo.market import DemoMarket
from watcher.demo.recorded import RecordedMarket
from watcher.demo.source import Source


def main() -> int:
    """Serve until SIGTERM or SIGINT; the first line printed is the URL. Return the exit code."""
    options = _parse_arguments()
    start, speed = time.time(), options.speed
    try:
        source = _open_source(options, Instant(start))
        asyncio.run(_serve(options, source, lambda: start + (time.time() - start) * speed))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"tests.market: {error}\n")
        return 1
    return 0


async def _serve(options: argparse.Namespace, source: Source, clock: Callable[[], float]) -> None:
    server = MarketServer(
        source, clock=clock, port=options.port, seed=options.seed, sink_log=options.sink_log
    )
    server.quota.limit = options.quota
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await stop.wait()


def _open_source(options: argparse.Namespace, start: Instant) -> Source:
    """Return the source that the options name. Raises OSError and ValueError with a message."""
    if options.market:
        return RecordedMarket(options.market)
    if not options.scripted:
        return DemoMarket(options.seed, start)
    try:
        steps = json.loads(options.scripted.read_bytes())
    except ValueError as error:
        raise ValueError(f"{options.scripted} is not valid JSON: {error}") from error
    scripted = Scripted()
    for step in steps if isinstance(steps, list) else [steps]:
        scripted.apply(step, start)
    return scripted


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.market", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free port")
    parser.add_argument("--seed", type=int, default=1, help="seed of the simulated market and of the faults")
    parser.add_argument("--speed", type=float, default=1.0, help="simulated seconds per second")
    parser.add_argument("--quota", type=int, default=5000, help="eBay calls per day")
    parser.add_argument("--sink-log", type=Path, help="file for accepted Slack messages")
    market = parser.add_mutually_exclusive_group()
    market.add_argument("--scripted", type=Path, metavar="FILE", help="a JSON list of steps")
    market.add_argument("--market", type=Path, metavar="DIR", help="recorded answers")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
