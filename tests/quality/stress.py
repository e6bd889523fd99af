"""`make test-stress`: a pytest plugin that delays whatever a test may wrongly expect to be fast.

Random delays of up to 50 ms hold back the writer's thread and every other thread, processes that start, and
events of sockets; the event loop stalls now and then. A test that waits for a condition passes anyway. The
delays of a test depend on the seed and its name. A loop in simulated time is not delayed.
"""

from __future__ import annotations

import os
import random
import selectors
import signal
import subprocess
import sys
import threading
import time
from asyncio import BaseEventLoop, selector_events
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby
from typing import Any

import pytest

from tests import forks
from watcher.db.reader import ReadThread
from watcher.db.writer import Writer

_LONGEST = 0.05  # seconds
_dice = random.Random()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("stress")
    group.addoption("--stress", metavar="SEED", help="delay threads, sockets and processes at random")
    group.addoption("--shuffle", metavar="SEED", help="run the tests of each file in a random order")
    group.addoption("--hogs", type=int, default=0, help="processes that compete for the CPU meanwhile")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.stress is not None:
        _delay_everything()
    if not hasattr(config, "workerinput"):
        hogs = [
            subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(config.option.hogs)
        ]
        config.add_cleanup(lambda: [hog.kill() or hog.wait() for hog in hogs])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if (seed := config.option.shuffle) is not None:
        files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
        for tests in files:
            random.Random(f"{seed} {tests[0].path.name}").shuffle(tests)
        items[:] = [test for tests in files for test in tests]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    _dice.seed(f"{item.config.option.stress} {item.nodeid}")


def _delay(probability: float) -> None:
    if _dice.random() < probability:
        time.sleep(_dice.uniform(0.001, _LONGEST))


def _delay_everything() -> None:
    _delay_around(Writer, "_write", 0.15)
    _delay_around(threading.Thread, "run", 0.3)
    submit = ThreadPoolExecutor.submit

    def submitted(pool: Any, function: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        def delayed() -> Any:
            _delay(0.5)
            try:
                return function(*args, **named)
            finally:
                _delay(0.5)

        return submit(pool, delayed)

    ThreadPoolExecutor.submit = submitted  # type: ignore[assignment]
    read = ReadThread.run
    ReadThread.run = lambda thread, asked: read(thread, lambda: (_delay(0.05), asked())[1])  # type: ignore[method-assign]
    _delay_processes()
    _delay_sockets()


def _delay_around(owner: type, name: str, probability: float) -> None:
    method = getattr(owner, name)

    def delayed(self: object, *args: Any) -> Any:
        _delay(probability)
        try:
            return method(self, *args)
        finally:
            _delay(probability)

    setattr(owner, name, delayed)


def _delay_processes() -> None:
    """Stop each process as soon as it has started, and let it continue a little later."""
    started, forked = subprocess.Popen.__init__, forks._fork

    def start(self: Any, *args: Any, **named: Any) -> None:
        started(self, *args, **named)
        _pause(self.pid)

    def fork(*args: Any) -> tuple[int, int]:
        pid, status = forked(*args)
        _pause(pid)
        return pid, status

    subprocess.Popen.__init__ = start  # type: ignore[method-assign]
    forks._fork = fork


def _pause(pid: int) -> None:
    def go_on() -> None:
        time.sleep(seconds)
        with suppress(OSError):
            os.kill(pid, signal.SIGCONT)

    if _dice.random() < 0.5:
        seconds = _dice.uniform(0.001, _LONGEST)
        with suppress(OSError):  # it has ended, or belongs to another user
            os.kill(pid, signal.SIGSTOP)
            threading.Thread(target=go_on, daemon=True).start()


class _SlowSelector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]  # chosen by the platform
    """Reports some events late, and sometimes stalls."""

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[int, float] = {}  # until when, by descriptor

    def select(self, timeout: float | None = None) -> list[Any]:
        _delay(0.002)
        ready = list(super().select(timeout))
        now = time.monotonic()
        reported = [event for event in ready if self._is_due(event[0].fd, now)]
        if ready and not reported and timeout != 0:
            time.sleep(0.001)  # they are ready again at once
        return reported

    def _is_due(self, fd: int, now: float) -> bool:
        until = self._held.get(fd)
        if until is None and _dice.random() < 0.1:
            self._held[fd] = now + _dice.uniform(0.0, _LONGEST)
            return False
        if until is not None and now < until:
            return False
        self._held.pop(fd, None)
        return True


def _delay_sockets() -> None:
    """Give loops in real time a slow selector; those in simulated time bring their own."""
    made = selector_events.BaseSelectorEventLoop.__init__

    def make(self: BaseEventLoop, selector: selectors.BaseSelector | None = None) -> None:
        made(self, selector or _SlowSelector())  # type: ignore[arg-type]

    selector_events.BaseSelectorEventLoop.__init__ = make  # type: ignore[method-assign]
