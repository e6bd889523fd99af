"""What every contender of the benchmark is given, and what it gives back."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import NamedTuple


class Wanted(NamedTuple):
    """One search to poll: the query, its category, and a target total in US dollars."""

    query: str
    category: str
    target: float


class Job(NamedTuple):
    """The same for all: poll `wanted` in turn, `warmup` polls unmeasured, then `polls` measured ones.

    `url` is the market's base URL, `slack` a webhook on the same server, `database` a file that does not
    exist yet in a directory of the contender's own.
    """

    url: str
    slack: str
    database: Path
    wanted: tuple[Wanted, ...]
    polls: int
    warmup: int
    concurrency: int = 20

    @classmethod
    def from_json(cls, text: dict) -> Job:
        """The job as `as_json` wrote it."""
        wanted = tuple(Wanted(*w) for w in text["wanted"])
        return cls(**{**text, "database": Path(text["database"]), "wanted": wanted})

    def as_json(self) -> dict:
        """The job as plain values."""
        return {**self._asdict(), "database": str(self.database)}


class Measured(NamedTuple):
    """Seconds of CPU (user and system, all threads of this process) and of wall time for `polls` polls."""

    cpu: float
    wall: float
    polls: int


class Lap:
    """The measured part of a run: make one after the warm-up, and end it when all is recorded."""

    def __init__(self) -> None:
        self._cpu = _cpu_seconds()
        self._wall = time.perf_counter()

    def end(self, polls: int) -> Measured:
        """What was spent since the lap began."""
        return Measured(_cpu_seconds() - self._cpu, time.perf_counter() - self._wall, polls)


def _cpu_seconds() -> float:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime
