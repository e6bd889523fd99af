"""`python -m tests.bench.web`: what the HTTP API serves, what polls keep beside it, and what pages weigh.

Rounds of the compared loads alternate, and their medians are compared, because other work on the machine
changes from minute to minute. Ends with 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.bench.event_streams import MAX_MB, measure_streams
from tests.bench.page_weight import measure_pages
from tests.bench.web_load import Done, Load, run_load
from tests.bench.web_server import COMPS, BenchServer, bench_server

MIN_RATIO, MAX_P99_SECONDS, MAX_LOSS = 0.60, 0.020, 0.05
RATE, SCRAPES = 1_000.0, 10.0  # requests and scrapes per second
_STREAMS = 500
_TICKS = os.sysconf("SC_CLK_TCK")


class Finding(NamedTuple):
    """A measured figure; `met` is whether it is within its target."""

    what: str
    found: str
    target: str
    met: bool


class Slice(NamedTuple):
    """What the server did in a while: polls per second, and the share of one core that it used."""

    polls: float
    cpu: float
    done: Done | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.web", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure for half a minute; figures vary more")
    parser.add_argument(
        "--pages", action="store_true", help="measure the pages alone, in a quarter of a minute"
    )
    chosen = parser.parse_args(arguments)
    print(f"Load of the machine at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    found = [
        Finding(
            one.what,
            one.shown(one.found),
            "no limit" if one.limit is None else f"≤ {one.shown(one.limit)}",
            one.met,
        )
        for one in measure_pages()
    ]
    if not chosen.pages:
        found += _measure_api(quick=chosen.quick)
    for finding in found:
        met = "" if finding.met else "  MISSED"
        print(f"{finding.what:58}  {finding.found:>22}  {finding.target:>15}{met}")
    return 0 if all(finding.met for finding in found) else 1


def _measure_api(*, quick: bool) -> list[Finding]:
    with bench_server() as server:
        found = [
            *_compare_with_bare(server, rounds=3 if quick else 7, seconds=1.0 if quick else 3.0),
            *_serve_at_rate(server, rounds=1 if quick else 3, seconds=5.0 if quick else 20.0),
            *_scrape(server, rounds=3 if quick else 6, seconds=2.0 if quick else 5.0),
        ]
    cost = measure_streams(_STREAMS)
    megabytes = f"{cost.megabytes:.1f} MB"
    found.append(
        Finding(f"{_STREAMS} event streams", megabytes, f"≤ {MAX_MB:.0f} MB", cost.megabytes <= MAX_MB)
    )
    return found


def _compare_with_bare(server: BenchServer, rounds: int, seconds: float) -> list[Finding]:
    """Compare cached comps with a bare route that returns the same bytes."""
    ratios, bare, comps = [], [], []
    for _ in range(rounds):
        bare.append(run_load(Load(server.bare, "/bare", seconds)).per_second)
        comps.append(run_load(Load(server.api, COMPS, seconds)).per_second)
        ratios.append(comps[-1] / bare[-1])
    ratio = median(ratios)
    shown = f"{ratio:.0%} ({median(comps):,.0f} of {median(bare):,.0f}/s)"
    return [
        Finding("cached comps, compared with a bare route", shown, f"≥ {MIN_RATIO:.0%}", ratio >= MIN_RATIO)
    ]


def _serve_at_rate(server: BenchServer, rounds: int, seconds: float) -> list[Finding]:
    """Serve cached comps at a rate for three times `seconds`, and compare the polls with those at rest."""
    rest, busy = [], []
    for _ in range(rounds):
        rest.append(_watch(server, seconds))
        busy.append(_watch(server, seconds, Load(server.api, COMPS, seconds, rate=RATE, connections=50)))
    loads = [one.done for one in busy if one.done]
    p99 = median(done.percentile(0.99) for done in loads)
    rate = median(done.per_second for done in loads)
    loss = 1 - median(one.polls for one in busy) / median(one.polls for one in rest)
    milliseconds = f"{p99 * 1000:.1f} ms"
    cores = f"{median(one.cpu for one in rest):.0%} → {median(one.cpu for one in busy):.0%}"
    return [
        Finding(
            "answers per second at that rate",
            f"{rate:,.0f}/s",
            f"≥ {RATE * 0.95:,.0f}/s",
            rate >= RATE * 0.95,
        ),
        Finding(
            "their 99th percentile",
            milliseconds,
            f"≤ {MAX_P99_SECONDS * 1000:.0f} ms",
            p99 <= MAX_P99_SECONDS,
        ),
        Finding("polls lost meanwhile", f"{loss:.1%}", f"< {MAX_LOSS:.0%}", loss < MAX_LOSS),
        Finding("CPU of the daemon, at rest → under load", cores, "", met=True),
    ]


def _scrape(server: BenchServer, rounds: int, seconds: float) -> list[Finding]:
    """Scrape the metrics, and compare the polls with those at rest and with their own differences."""
    rest, busy = [], []
    for _ in range(rounds):
        rest.append(_watch(server, seconds).polls)
        load = Load(server.api, "/metrics", seconds, rate=SCRAPES, connections=1)
        busy.append(_watch(server, seconds, load).polls)
    one_poll = 1 / (median(rest) * seconds)  # a slice may begin just before a poll or just after it
    noise = max((max(rest) - min(rest)) / median(rest), one_poll)
    loss = 1 - median(busy) / median(rest)
    what = f"polls lost to {SCRAPES:.0f} scrapes of /metrics per second"
    return [Finding(what, f"{loss:.1%} (noise {noise:.1%})", "≤ noise", loss <= noise)]


def _watch(server: BenchServer, seconds: float, load: Load | None = None) -> Slice:
    """Return what the server does under a load, or at rest."""
    began, polls, cpu = time.perf_counter(), server.polls.value, _cpu_seconds(server.process)
    done = run_load(load) if load else None
    if load is None:
        time.sleep(seconds)
    taken = time.perf_counter() - began
    used = _cpu_seconds(server.process) - cpu
    return Slice((server.polls.value - polls) / taken, used / taken, done)


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    sys.exit(main())
