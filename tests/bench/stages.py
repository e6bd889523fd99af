"""Where the CPU time of a contender goes: the exclusive time of its stages, in every thread.

Functions are wrapped from outside, so that the program measured is the one that runs. The cost of wrapping is
measured and taken off; what no stage covers is the rest of its thread.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from functools import wraps
from importlib import import_module
from inspect import iscoroutinefunction
from threading import local
from typing import Any

from tests.bench.job import Lap, Measured

REST = "event loop, sockets, HTTP parser"
_CALIBRATING_CALLS = 20_000


class StageClock:
    """Adds up nanoseconds of CPU by stage; a stage within another one is taken off the outer one."""

    def __init__(self) -> None:
        self._spent: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()
        self._inner_calls: Counter[str] = Counter()
        self._threads = local()
        self._inside, self._outside = self._calibrate()

    def wrap(self, stages: Mapping[str, Sequence[str]]) -> None:
        """Replace the functions of each stage, as `module:name` or `module:class.name`, by timed ones."""
        for stage, places in stages.items():
            for place in places:
                module, _, path = place.partition(":")
                owner: Any = import_module(module)
                *parents, name = path.split(".")
                for parent in parents:
                    owner = getattr(owner, parent)
                setattr(owner, name, self._timed(stage, getattr(owner, name)))

    def reset(self) -> None:
        """Start from zero; stages that are under way in this thread do not count."""
        self._spent.clear()
        self._calls.clear()
        self._inner_calls.clear()

    def microseconds(self) -> dict[str, float]:
        """Return the time of each stage without the cost of measuring it."""
        return {
            stage: (ns - self._calls[stage] * self._inside - self._inner_calls[stage] * self._outside) / 1000
            for stage, ns in self._spent.items()
        }

    @property
    def overhead(self) -> float:
        """The microseconds that all measuring took."""
        return self._calls.total() * (self._inside + self._outside) / 1000

    def _timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        if iscoroutinefunction(function):

            @wraps(function)
            async def timed_steps(*args: Any, **kwargs: Any) -> Any:
                return await _Steps(self, stage, function(*args, **kwargs))

            return timed_steps

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.enter(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self.leave()

        return timed

    def enter(self, stage: str) -> None:
        """Begin a stage in this thread."""
        threads, now = self._threads, time.thread_time_ns()
        stack = threads.__dict__.setdefault("stack", [""])
        if len(stack) > 1:
            self._spent[stack[-1]] += now - threads.since
        self._inner_calls[stack[-1]] += 1
        self._calls[stage] += 1
        stack.append(stage)
        threads.since = time.thread_time_ns()

    def leave(self) -> None:
        """End the stage that began last in this thread."""
        threads = self._threads
        self._spent[threads.stack.pop()] += time.thread_time_ns() - threads.since
        threads.since = time.thread_time_ns()

    def _calibrate(self) -> tuple[float, float]:
        """Return the nanoseconds that a wrapped call adds to its own stage, and to its caller."""
        nothing = self._timed("inner", lambda: None)

        def call_often() -> None:
            for _ in range(_CALIBRATING_CALLS):
                nothing()

        self._timed("outer", call_often)()
        inside, outside = (self._spent[stage] / _CALIBRATING_CALLS for stage in ("inner", "outer"))
        self.reset()
        return inside, outside


class _Steps:
    """A coroutine whose every step is timed; the time in which it waits is not its own."""

    def __init__(self, clock: StageClock, stage: str, steps: Awaitable[Any]) -> None:
        self._clock, self._stage, self._steps = clock, stage, steps

    def __await__(self) -> Generator[Any, Any, Any]:
        steps, resume, value = self._steps.__await__(), None, None
        while True:
            self._clock.enter(self._stage)
            try:
                waited = steps.throw(resume) if resume else steps.send(value)
            except StopIteration as end:
                return end.value
            finally:
                self._clock.leave()
            try:
                value, resume = (yield waited), None
            except BaseException as error:  # noqa: BLE001 - a cancellation goes to the coroutine that is timed
                resume = error


class StageProfile:
    """The stages of a contender's measured polls, in microseconds per poll; they add up to its CPU time."""

    def __init__(self, module: str, stages: Mapping[str, Sequence[str]]) -> None:
        clock, profile = StageClock(), self
        clock.wrap(stages)
        self.microseconds: dict[str, float] = {}

        class ProfiledLap(Lap):
            """A lap whose end also notes the time of each stage."""

            def __init__(self) -> None:
                clock.reset()
                super().__init__()

            def end(self, polls: int) -> Measured:
                measured = super().end(polls)
                spent = {name: of / polls for name, of in clock.microseconds().items()}
                rest = (measured.cpu * 1e6 - clock.overhead) / polls - sum(spent.values())
                profile.microseconds = {**spent, REST: rest}
                return measured

        vars(import_module(module))["Lap"] = ProfiledLap
