"""`python -m watcher.demo`: the simulated outside as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.core.times import Instant
from watcher.demo.market import DemoMarket
from watcher.demo.recorded import RecordedMarket
from watcher.demo.scripted import Scripted
from watcher.demo.server import DemoServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from watcher.demo.source import Source


def main() -> int:
    """Serve until SIGTERM or SIGINT; the first line printed is the URL. Returns the exit code."""
    wish = _arguments()
    start, speed = time.time(), wish.speed
    try:
        source = _source(wish, Instant(start))
        asyncio.run(_serve(wish, source, lambda: start + (time.time() - start) * speed))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"watcher.demo: {error}\n")
        return 1
    return 0


async def _serve(wish: argparse.Namespace, source: Source, clock: Callable[[], float]) -> None:
    server = DemoServer(source, clock=clock, port=wish.port, seed=wish.seed, sink_log=wish.sink_log)
    server.quota.limit = wish.quota
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    async with server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await over.wait()


def _source(wish: argparse.Namespace, start: Instant) -> Source:
    """The market that was asked for. Raises OSError and ValueError with a sentence."""
    if wish.market:
        return RecordedMarket(wish.market)
    if not wish.scripted:
        return DemoMarket(wish.seed, start)
    try:
        steps = json.loads(wish.scripted.read_bytes())
    except ValueError as error:
        raise ValueError(f"{wish.scripted} is no JSON: {error}") from error
    scripted = Scripted()
    for step in steps if isinstance(steps, list) else [steps]:
        scripted.apply(step, start)
    return scripted


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m watcher.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same market")
    parser.add_argument("--speed", type=float, default=1.0, help="how fast the market's clock runs")
    parser.add_argument("--quota", type=int, default=5000, help="eBay's calls a day")
    parser.add_argument("--sink-log", type=Path, help="where accepted Slack messages are written down")
    market = parser.add_mutually_exclusive_group()
    market.add_argument("--scripted", type=Path, metavar="FILE", help="a JSON list of steps")
    market.add_argument("--market", type=Path, metavar="DIR", help="recorded answers")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
