"""The input and the result of a contender of the benchmark."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import NamedTuple

PIPELINE, BARE, SCRIPT = "whole pipeline", "bare loop", "afternoon script"


class Wanted(NamedTuple):
    """A search to poll: query, category and a target total in US dollars."""

    query: str
    category: str
    target: float


class Job(NamedTuple):
    """Poll `wanted` in turn: `warmup` polls unmeasured, then `polls` measured ones.

    `url` is the market's base URL, `slack` a webhook on the same server, `database` a file that does not yet
    exist, in a directory that belongs to the contender.
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
        """Return the job that `as_json` wrote."""
        wanted = tuple(Wanted(*w) for w in text["wanted"])
        return cls(**{**text, "database": Path(text["database"]), "wanted": wanted})

    def as_json(self) -> dict:
        """Return the job as plain values."""
        return {**self._asdict(), "database": str(self.database)}


class Measured(NamedTuple):
    """Seconds of CPU (user and system, all threads of this process) and of wall time for `polls` polls."""

    cpu: float
    wall: float
    polls: int


class Lap:
    """The measured part of a run: create it after the warm-up, end it when everything is recorded."""

    def __init__(self) -> None:
        self._cpu = _cpu_seconds()
        self._wall = time.perf_counter()

    def end(self, polls: int) -> Measured:
        """Return the time spent since the lap started."""
        return Measured(_cpu_seconds() - self._cpu, time.perf_counter() - self._wall, polls)


def _cpu_seconds() -> float:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime
