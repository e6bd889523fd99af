"""`python -m tests.bench.scale`: what many watches cost, with a target for each figure.

A watch in ten shares its search with nine others. Parts: `import`, `ready` (start, resident memory and CPU of
a daemon with nothing due), `tick`, `register`, `lag` (at 100 polls a second) and `week` (in simulated time:
memory and the database day by day). The watches are imported in any case.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.request import Request, urlopen

from sqlalchemy import bindparam, create_engine, select, update

from tests import crash
from tests.bench.scale_places import (
    POSTGRES,
    SQLITE,
    Place,
    RunningDaemon,
    compile_modules,
    daemon,
    installed,
    listening,
    market_process,
    now,
    place,
)
from tests.bench.scale_week import Day, days_of
from watcher.config import load_settings
from watcher.core.times import DAY, HOUR, Instant
from watcher.db.schema import searches, watches
from watcher.runtime import App
from watcher.runtime.jobs import judge_health, send_gauges
from watcher.runtime.simulation import SimulatedClock

SIZES = (100_000, 1_000_000)
PER_SEARCH = 10  # watches
_SMALL = 1_000  # watches; what a registration costs is compared with that
_IDLE_SECONDS, _SETTLE_SECONDS = 40.0, 12.0
_POLLS_PER_SECOND, _LAG_SECONDS = 100, 30
_TICKS, _REGISTRATIONS = 200, 40
_FLAT = 0.05  # growth of memory from the second day of a week to its last
_MEGABYTE = 1e6


class Figure(NamedTuple):
    """One measurement; it passes if it is at most `most`, or at least `least`."""

    name: str
    value: float
    text: str
    most: float | None = None
    least: float | None = None
    aim: str = ""

    @property
    def verdict(self) -> str:
        """PASS, MISSED, or empty without a target."""
        if self.most is None and self.least is None:
            return ""
        good = (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )
        return "PASS" if good else "MISSED"


Report = Callable[[Figure], None]


def row(watches_: int, backend: str, figure: Figure) -> str:
    """Return one row of the table."""
    return f"| {watches_:,} | {backend} | {figure.name} | {figure.text} | {figure.aim} | {figure.verdict} |"


def write_watches(at: Place, count: int) -> None:
    """Write the file to import: money targets that differ on each search, and a median's share on some."""
    file = at.home / "watches.csv"
    with file.open("w") as out:
        out.write("query,rule,label\n")
        for n in range(count):
            rule = "deal 75%" if n % PER_SEARCH == 9 else f"below {20 + n % PER_SEARCH} USD"
            out.write(f"zenitar mk{n // PER_SEARCH} camera,{rule},number {n}\n")


async def import_watches(at: Place, count: int) -> list[Figure]:
    """Import the file with the command."""
    write_watches(at, count)
    await compile_modules(at)
    begun = time.monotonic()
    words = crash.watcher(at.config, "watch", "import", str(at.home / "watches.csv"))
    async with crash.process(*words, stdout=asyncio.subprocess.DEVNULL, env=installed()) as child:
        assert await child.wait() == 0
    rate = count / (time.monotonic() - begun)
    return [Figure("import", rate, f"{rate:,.0f} watches/s", least=20_000, aim="≥ 20,000/s")]


def settle(at: Place) -> None:
    """Make every search look polled, and due in some days."""
    engine, at_ = create_engine(at.url), now()
    with engine.begin() as conn:
        conn.execute(
            update(searches).values(
                polled_at=at_ - HOUR, due_at=at_ + 2 * DAY + searches.c.id * 0.01, paced=False
            )
        )
        conn.execute(update(watches).values(baseline_at=at_ - HOUR))
    if engine.dialect.name != "sqlite":  # what autovacuum does within a minute
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


async def measure_ready(at: Place, report: Report) -> None:
    """Start the daemon twice; measure memory and CPU while nothing is due."""
    async with daemon(at) as first:
        found = [first.ready_after]
    async with daemon(at) as running:
        found.append(running.ready_after)
        await asyncio.sleep(_SETTLE_SECONDS)
        share = await _cpu_share(running, _IDLE_SECONDS)
        memory = running.memory() / _MEGABYTE
    ready = min(found)
    report(Figure("start to ready", ready, f"{ready:.2f} s", most=1.0, aim="≤ 1 s"))
    report(Figure("resident memory, idle", memory, f"{memory:.0f} MB", most=120, aim="≤ 120 MB"))
    report(Figure("CPU, idle", share, f"{share:.2%} of a core", most=0.01, aim="≤ 1 %"))


async def _cpu_share(running: RunningDaemon, seconds: float) -> float:
    used, begun = running.cpu_seconds(), time.monotonic()
    await asyncio.sleep(seconds)
    return (running.cpu_seconds() - used) / (time.monotonic() - begun)


@asynccontextmanager
async def _opened(at: Place, clock: SimulatedClock | None = None) -> AsyncIterator[App]:
    async with App.opened(load_settings(at.config, {}), clock=clock, lockstep=clock is not None) as app:
        if clock is not None:
            app.connect_meters()
        yield app


async def measure_ticks(at: Place, report: Report) -> None:
    """Time the rounds of the daemon's loops while nothing is due."""

    async def judge(app: App, instant: Instant) -> object:
        return await judge_health(app, instant)

    rounds: dict[str, Callable[[App, Instant], Awaitable[object]]] = {
        "poll": lambda app, instant: app.poller.tick(instant),
        "deliver": lambda app, instant: app.dispatcher.drain(instant),
        "judge": judge,
        "gauges": send_gauges,
    }
    async with _opened(at) as app:
        for name, work in rounds.items():
            times = []
            for _ in range(_TICKS if name != "judge" else _TICKS // 10):
                begun = time.perf_counter()
                await work(app, now())
                times.append(time.perf_counter() - begun)
                if sum(times) > 5:
                    break
            median = statistics.median(times) * 1000
            report(Figure(f"tick: {name}", median, f"{median:.2f} ms", most=5, aim="≤ 5 ms"))


async def measure_registration(at: Place, report: Report) -> None:
    """Register watches one by one over HTTP; compare with a database of `_SMALL` watches."""
    took = await _register(at)
    with place(at.backend, at.market_port) as small:
        await import_watches(small, _SMALL)
        settle(small)
        least = await _register(small)
    text = f"{took * 1000:.1f} ms, {least * 1000:.1f} ms among {_SMALL:,}"
    report(Figure("one registration", took / least, text, most=1.5, aim="≤ 1.5 times that"))


async def _register(at: Place) -> float:
    async with daemon(at):
        times = []
        for n in range(_REGISTRATIONS):
            body = json.dumps({"query": f"leitz summicron {n}", "below": "500 USD"}).encode()
            headers = {"Content-Type": "application/json"}
            request = Request(f"http://127.0.0.1:{at.port}/api/watches", body, headers)
            begun = time.perf_counter()
            await asyncio.to_thread(lambda request=request: urlopen(request).read())
            times.append(time.perf_counter() - begun)
    return statistics.median(times)


async def measure_lag(at: Place, report: Report) -> None:
    """Let searches become due at an even rate; every poll reports how late it began."""
    engine, polls = create_engine(at.url), _POLLS_PER_SECOND * _LAG_SECONDS
    async with listening() as (listener, port):
        at.config.write_text(at.config.read_text() + f'[statsd]\nhost = "127.0.0.1"\nport = {port}\n')
        async with daemon(at) as running:
            await asyncio.sleep(_SETTLE_SECONDS / 4)
            start = now() + 1
            with engine.begin() as conn:
                ids = conn.scalars(select(searches.c.id).order_by(searches.c.id).limit(polls)).all()
                due = [{"number": n, "at": start + i / _POLLS_PER_SECOND} for i, n in enumerate(ids)]
                moved = update(searches).where(searches.c.id == bindparam("number"))
                conn.execute(moved.values(due_at=bindparam("at")), due)
            used = running.cpu_seconds()
            await asyncio.sleep(_LAG_SECONDS + 4)
            cpu = (running.cpu_seconds() - used) / max(1, len(listener.lags))
            memory = running.peak_memory() / _MEGABYTE
    engine.dispose()
    lags = sorted(listener.lags)[:polls]
    lost = polls - len(lags)
    p99 = lags[int(len(lags) * 0.99)] if lags else float("inf")
    text = (
        f"{p99 * 1000:,.0f} ms ({cpu * 1000:.1f} ms CPU per poll{f', {lost} polls missing' if lost else ''})"
    )
    late = p99 + (60 if lost > polls // 100 else 0)
    report(Figure("due-time lag, p99 at 100 polls/s", late, text, most=1.0, aim="≤ 1 s"))
    report(Figure("peak memory at 100 polls/s", memory, f"{memory:.0f} MB"))


async def measure_week(at: Place, report: Report) -> None:
    """Live a week in simulated time; state the memory and the database at the end of each day."""
    days: list[Day] = []
    async for day in days_of(at):
        if days:
            report(figure_of_day(day, days[-1]))
        days.append(day)
    for figure in figures_of_week(days):
        report(figure)


def figure_of_day(day: Day, before: Day) -> Figure:
    """Return the memory at the end of a day, with what the day did."""
    memory = day.memory / _MEGABYTE
    text = (
        f"{memory:.1f} MB ({day.polls - before.polls:,} polls of {day.polled:,} searches, "
        f"{day.alerts - before.alerts:,} alerts, database +{(day.size - before.size) / _MEGABYTE:.1f} MB, "
        f"{(day.cpu - before.cpu) * 1000 / max(1, day.polls - before.polls):.1f} ms CPU per poll)"
    )
    return Figure(f"resident memory after day {day.number}", memory, text)


def figures_of_week(days: Sequence[Day]) -> list[Figure]:
    """Return how flat memory is from the second day on, and what the last day added to the database."""
    first, *others, before, last = days
    settled = others[1].memory if len(others) > 1 else before.memory
    growth = last.memory / max(1, settled) - 1
    added = last.size - before.size
    each, all_polls = added / max(1, last.polled), (last.size - first.size) / max(1, last.polls)
    day = (
        f"+{added / _MEGABYTE:.1f} MB, {each:,.0f} bytes per search polled, {all_polls:,.0f} per poll so far"
    )
    return [
        Figure("memory, last day to the second", growth, f"{growth:+.1%}", most=_FLAT, aim=f"≤ +{_FLAT:.0%}"),
        Figure("database per day of history", each, day),
    ]


PARTS: dict[str, Callable[[Place, Report], Awaitable[None]]] = {
    "ready": measure_ready,
    "tick": measure_ticks,
    "register": measure_registration,
    "lag": measure_lag,
    "week": measure_week,
}


async def measure(count: int, backend: str, parts: Sequence[str], report: Report) -> None:
    """Measure these parts with a new database of `count` watches."""
    async with market_process() as market:
        with place(backend, market) as at:
            for figure in await import_watches(at, count):
                report(figure)
            settle(at)
            size = at.size() / count
            report(Figure("database per watch", size, f"{size:,.0f} bytes"))
            for part in parts:
                await PARTS[part](at, report)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watches", type=int, nargs="*", default=SIZES)
    parser.add_argument("--on", nargs="*", choices=(SQLITE, POSTGRES), default=(SQLITE, POSTGRES))
    parser.add_argument("--parts", nargs="*", choices=tuple(PARTS), default=tuple(PARTS))
    options = parser.parse_args()
    print("| watches | database | figure | measured | aim | |\n|---|---|---|---|---|---|")
    for count in options.watches:
        for backend in options.on:
            asyncio.run(
                measure(
                    count,
                    backend,
                    options.parts,
                    lambda f, count=count, backend=backend: print(row(count, backend, f), flush=True),
                )
            )


if __name__ == "__main__":
    main()
