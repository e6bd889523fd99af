"""`python -m tests.bench`: CPU per poll of the whole pipeline against two frozen baselines.

One local server in its own process serves all contenders. In each round every contender runs once, in a
fresh process with a fresh database, so that a machine that slows down affects all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from tests.bench.bench_server import SEARCH, SLACK
from tests.bench.contender import contenders
from tests.bench.job import Job, Measured
from tests.bench.pages import PER_PAGE
from tests.bench.poll_stages import STAGES
from tests.bench.queries import list_wanted
from tests.bench.report import Round, Run, figures, stage_table, table

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("aiohttp", "httpx", "msgspec", "sqlalchemy", "uvloop")
SPARE_BODIES = 2  # per search, for a contender that does not poll quite evenly
MAX_CONTENDER_SECONDS = 300


class Server(NamedTuple):
    """The market's address and its mean page size in bytes, plain and compressed."""

    url: str
    page: int
    wire: int

    def reset(self) -> None:
        """Reset the rotation of bodies and the counters."""
        request = urllib.request.Request(f"{self.url}/bench/reset", method="POST")
        urllib.request.urlopen(request, timeout=5).close()

    def count_searches(self) -> int:
        """Return the number of searches since the last reset."""
        with urllib.request.urlopen(f"{self.url}/bench/counts", timeout=5) as answer:
            return json.load(answer).get(SEARCH, 0)


@contextmanager
def serving(searches: int, polls_each: int) -> Iterator[Server]:
    """Run the market in its own process until the block ends."""
    options = ["--searches", str(searches), "--polls-each", str(polls_each)]
    command = [sys.executable, "-m", "tests.bench.bench_server", *options]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        try:
            ready = json.loads(process.stdout.readline() or sys.exit("The benchmark's server did not start."))
            yield Server(f"http://127.0.0.1:{ready['port']}", ready["pageBytes"], ready["wireBytes"])
        finally:
            process.stdin.close()


def contend(name: str, server: Server, polls: int, searches: int, *options: str) -> dict:
    """Return what one contender prints, in a fresh process with a fresh database. Exits if it fails."""
    server.reset()
    with tempfile.TemporaryDirectory(prefix="watcher-bench-") as folder:
        job = Job(
            url=server.url,
            slack=server.url + SLACK,
            database=Path(folder) / "bench.db",
            wanted=list_wanted(searches),
            polls=polls,
            warmup=searches,
        )
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.contender", name, *options],
            check=False,
            cwd=ROOT,
            input=json.dumps(job.as_json()),
            capture_output=True,
            text=True,
            timeout=MAX_CONTENDER_SECONDS,
        )
    if done.returncode:
        sys.exit(f"The {name} failed.\n{done.stderr}")
    printed: dict = json.loads(done.stdout.splitlines()[-1])
    return printed


def run(name: str, server: Server, polls: int, searches: int) -> Run:
    """Run one contender and check that it polled as it says. Exits if it did not."""
    measured = Measured(**contend(name, server, polls, searches))
    requests, warmup = server.count_searches(), searches
    if measured.polls < polls or requests < measured.polls + warmup:
        sys.exit(f"The {name} reported {measured.polls} polls, but the server answered {requests} searches.")
    return Run(measured, requests / (measured.polls + warmup))


def describe_setting(server: Server, rounds: int, polls: int, searches: int) -> dict:
    """Return the conditions of the measurement."""
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "libraries": {"sqlite": sqlite3.sqlite_version} | {name: version(name) for name in LIBRARIES},
        "searches": searches,
        "rounds": rounds,
        "pollsPerRound": polls,
        "listingsPerPage": PER_PAGE,
        "pageBytes": server.page,
        "wireBytes": server.wire,
    }


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a whole number above 0')
    return int(text)


def headline(setting: dict) -> str:
    """Return the conditions as text."""
    libraries = ", ".join(f"{name} {number}" for name, number in setting["libraries"].items())
    page, wire = setting["pageBytes"] / 1000, setting["wireBytes"] / 1000
    return "\n".join(
        (
            f"Python {setting['python']}, {setting['cores']} cores, load {setting['load']} at the start",
            libraries,
            f"{setting['searches']} searches; {setting['rounds']} rounds of {setting['pollsPerRound']} polls",
            f"{setting['listingsPerPage']} listings per page: {page:.0f} KB, {wire:.0f} KB gzipped",
            "In each poll 5 % of the titles are new. Every contender runs on uvloop, without TLS.\n",
        )
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print the figures; a missed target does not change the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=_positive, default=5, help="runs per contender (5)")
    parser.add_argument("--polls", type=_positive, default=600, help="measured polls per round (600)")
    parser.add_argument("--searches", type=_positive, default=200, help="number of searches (200)")
    parser.add_argument("--only", nargs="*", choices=contenders(), help="run only these contenders")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    if options.searches > (available := len(list_wanted())):
        parser.error(f"--searches must be at most {available}")
    names = options.only or contenders()
    started = time.monotonic()
    polls_each = 1 + -(-options.polls // options.searches) + SPARE_BODIES
    rounds: list[Round] = []
    with serving(options.searches, polls_each) as server:
        setting = describe_setting(server, options.rounds, options.polls, options.searches)
        if not options.json:
            print(headline(setting), flush=True)
        for number in range(options.rounds):
            order = names[number % len(names) :] + names[: number % len(names)]
            done = {name: run(name, server, options.polls, options.searches) for name in order}
            rounds.append({name: done[name] for name in names})
        stages = {
            name: contend(name, server, options.polls, options.searches, "--stages")
            for name in names
            if name in STAGES
        }
    found = figures(rounds)
    seconds = round(time.monotonic() - started, 1)
    if options.json:
        print(json.dumps({"setting": setting, **found, "stages": stages, "seconds": seconds}))
        return
    print(table(found))
    for name, of in stages.items():
        print(stage_table(name, of))


if __name__ == "__main__":
    main()
