"""Runs one contender in a process of its own: its name is the argument, the job comes on standard input.

A contender is a coroutine function of a Job that returns Measured. It polls every search once per turn,
`job.warmup` polls before its Lap and `job.polls` in it, at most `job.concurrency` at a time, one page of the
market a poll; all that a poll leaves behind is on disk, and every message it caused is sent, when the Lap
ends. The pipeline's is `pipeline_contender` in tests/bench/pipeline.py; without that file only the baselines
run.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec

import uvloop

from tests.bench.job import Job, Measured

PIPELINE, BARE, SCRIPT = "whole pipeline", "bare loop", "afternoon script"
WHERE = {
    PIPELINE: ("tests.bench.pipeline", "pipeline_contender"),
    BARE: ("tests.bench.bare_loop", "bare_loop"),
    SCRIPT: ("tests.bench.afternoon_script", "afternoon_script"),
}


def contenders() -> list[str]:
    """The names of those that are here, the pipeline first."""
    return [name for name, (module, _) in WHERE.items() if find_spec(module)]


def main() -> None:
    """Run one and print what it measured. All run on uvloop, so that no ratio hides an event loop."""
    module, function = WHERE[sys.argv[1]]
    contend: Callable[[Job], Awaitable[Measured]] = getattr(import_module(module), function)
    job = Job.from_json(json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        measured = runner.run(contend(job))
    print(json.dumps(measured._asdict()))


if __name__ == "__main__":
    main()
