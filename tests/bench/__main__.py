"""`python -m tests.bench`: CPU per poll of the whole pipeline against two frozen baselines.

One local server, a process of its own, answers all; each contender runs in a fresh process with a fresh
database, in every round, in turn, so that a machine that slows down slows all of them.
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
from tests.bench.goods import all_wanted
from tests.bench.job import Job, Measured
from tests.bench.pages import PER_PAGE
from tests.bench.report import Round, Run, figures, table

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("aiohttp", "httpx", "msgspec", "sqlalchemy", "uvloop")
SPARE_BODIES = 2  # a search, for a contender that does not poll quite evenly
PATIENCE = 300  # seconds that one contender may take


class Server(NamedTuple):
    """The market's address and how large its pages are, in bytes."""

    url: str
    page: int
    wire: int

    def reset(self) -> None:
        """Serve every search from its first body again, and count from zero."""
        request = urllib.request.Request(f"{self.url}/bench/reset", method="POST")
        urllib.request.urlopen(request, timeout=5).close()

    def searches(self) -> int:
        """How many searches were asked since."""
        with urllib.request.urlopen(f"{self.url}/bench/counts", timeout=5) as answer:
            return json.load(answer).get(SEARCH, 0)


@contextmanager
def serving(searches: int, polls_each: int) -> Iterator[Server]:
    """The market in its own process, until the block ends."""
    wish = ["--searches", str(searches), "--polls-each", str(polls_each)]
    command = [sys.executable, "-m", "tests.bench.bench_server", *wish]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        try:
            told = json.loads(process.stdout.readline() or sys.exit("The benchmark's server did not start."))
            yield Server(f"http://127.0.0.1:{told['port']}", told["pageBytes"], told["wireBytes"])
        finally:
            process.stdin.close()


def run(name: str, server: Server, polls: int, searches: int) -> Run:
    """One contender in a fresh process, with a fresh database."""
    server.reset()
    with tempfile.TemporaryDirectory(prefix="watcher-bench-") as folder:
        job = Job(
            url=server.url,
            slack=server.url + SLACK,
            database=Path(folder) / "bench.db",
            wanted=all_wanted(searches),
            polls=polls,
            warmup=searches,
        )
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.contender", name],
            check=False,
            cwd=ROOT,
            input=json.dumps(job.as_json()),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    if done.returncode:
        sys.exit(f"The {name} failed.\n{done.stderr}")
    measured, requests = Measured(**json.loads(done.stdout.splitlines()[-1])), server.searches()
    if measured.polls < polls or requests < measured.polls + job.warmup:
        sys.exit(
            f"The {name} says it polled {measured.polls} times; the server answered {requests} searches."
        )
    return Run(measured, requests / (measured.polls + job.warmup))


def setting(server: Server, rounds: int, polls: int, searches: int) -> dict:
    """What the figures hold for."""
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


def headline(of: dict) -> str:
    """The setting for people."""
    libraries = ", ".join(f"{name} {number}" for name, number in of["libraries"].items())
    page, wire = of["pageBytes"] / 1000, of["wireBytes"] / 1000
    return "\n".join(
        (
            f"Python {of['python']}, {of['cores']} cores, load {of['load']} at the start; {libraries}",
            f"{of['rounds']} rounds of {of['pollsPerRound']} polls, 20 at once; {of['searches']} searches",
            f"{of['listingsPerPage']} listings a page: {page:.0f} KB, {wire:.0f} gzipped",
            "At each poll 5 % of the titles are new. Every contender runs on uvloop, without TLS.\n",
        )
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print it. An aim that is missed is said, and fails nothing."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=_positive, default=5, help="how often each contender runs (5)")
    parser.add_argument("--polls", type=_positive, default=600, help="measured polls in a round (600)")
    parser.add_argument("--searches", type=_positive, default=200, help="searches, polled in turn (200)")
    parser.add_argument("--only", nargs="*", choices=contenders(), help="leave the others out")
    parser.add_argument("--json", action="store_true", help="print JSON")
    wish = parser.parse_args(arguments)
    if wish.searches > (most := len(all_wanted())):
        parser.error(f"there are {most} searches to choose from, not {wish.searches}")
    names = wish.only or contenders()
    started = time.monotonic()
    polls_each = 1 + -(-wish.polls // wish.searches) + SPARE_BODIES
    rounds: list[Round] = []
    with serving(wish.searches, polls_each) as server:
        about = setting(server, wish.rounds, wish.polls, wish.searches)
        if not wish.json:
            print(headline(about), flush=True)
        for number in range(wish.rounds):
            turn = names[number % len(names) :] + names[: number % len(names)]
            done = {name: run(name, server, wish.polls, wish.searches) for name in turn}
            rounds.append({name: done[name] for name in names})
    found = figures(rounds)
    seconds = round(time.monotonic() - started, 1)
    print(json.dumps({"setting": about, **found, "seconds": seconds}) if wish.json else table(found))


if __name__ == "__main__":
    main()
