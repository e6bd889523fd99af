"""Run one contender in its own process; its name is the argument, the job is read from standard input.

With `--stages` it prints the microseconds per poll of its stages instead of a measurement.

A contender is a coroutine function that takes a Job and returns Measured. It polls the searches in turn, one
page per poll, at most `job.concurrency` at a time: `job.warmup` polls before its Lap and `job.polls` in it.
When the Lap ends, all results must be on disk and all messages sent. The pipeline's contender is
`pipeline_contender` in tests/bench/pipeline.py; without that file only the baselines run.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec

import uvloop

from tests.bench.job import BARE, PIPELINE, SCRIPT, Job, Measured
from tests.bench.poll_stages import STAGES
from tests.bench.stages import StageProfile

CONTENDERS = {
    PIPELINE: ("tests.bench.pipeline", "pipeline_contender"),
    BARE: ("tests.bench.bare_loop", "bare_loop"),
    SCRIPT: ("tests.bench.afternoon_script", "afternoon_script"),
}


def contenders() -> list[str]:
    """Return the names of the available contenders, the pipeline first."""
    return [name for name, (module, _) in CONTENDERS.items() if find_spec(module)]


def main() -> None:
    """Run one contender and print its measurement; all use uvloop, so ratios do not compare event loops."""
    name, *options = sys.argv[1:]
    module, function = CONTENDERS[name]
    profile = StageProfile(module, STAGES[name]) if options == ["--stages"] else None
    contend: Callable[[Job], Awaitable[Measured]] = getattr(import_module(module), function)
    job = Job.from_json(json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        measured = runner.run(contend(job))
    print(json.dumps(measured._asdict() if profile is None else profile.microseconds))


if __name__ == "__main__":
    main()
