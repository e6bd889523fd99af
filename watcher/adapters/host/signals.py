"""Signals that mean nothing to the daemon. By default most of them would end it without a word."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable

log = logging.getLogger(__name__)
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
_NAMES = ("USR1", "USR2", "ALRM", "VTALRM", "PROF", "IO", "PWR", "STKFLT", "XCPU")


def unused_signals() -> list[int]:
    """Return the numbers of the signals that would end a process, and that nothing here uses."""
    named: list[int] = [getattr(signal, f"SIG{name}") for name in _NAMES if hasattr(signal, f"SIG{name}")]
    if hasattr(signal, "SIGRTMIN"):
        named += range(signal.SIGRTMIN, signal.SIGRTMAX + 1)
    return named


def hold_signals() -> None:
    """Ignore the unused signals, and one that asks for a reload, until the daemon can handle them."""
    for number in (*unused_signals(), signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def log_unused_signals(loop: asyncio.AbstractEventLoop) -> None:
    """Log the unused signals instead of ending."""

    def note(number: int) -> Callable[[], None]:
        return lambda: log.warning("ignored signal %s; SIGTERM ends, SIGHUP reloads", _name_of(number))

    for number in unused_signals():
        loop.add_signal_handler(number, note(number))


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
