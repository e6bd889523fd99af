"""Several meters as one."""

from __future__ import annotations

from collections.abc import Callable

from watcher.core.monitoring.attempts import Attempt
from watcher.ports import Meter


class MeterFanOut:
    """Hands every number to each meter, and every attempt to each observer. Implements `ports.Meter`."""

    def __init__(self, *meters: Meter) -> None:
        self._meters = list(meters)
        self.observers: list[Callable[[Attempt], None]] = []

    def join(self, meter: Meter) -> None:
        """Hand every number to this meter, too."""
        self._meters.append(meter)

    def attempt(self, attempt: Attempt, *, retry: bool = False) -> None:
        """One sample of an attempt that was sent."""
        for meter in self._meters:
            meter.attempt(attempt, retry=retry)
        for observe in self.observers:
            observe(attempt)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        for meter in self._meters:
            meter.count(name, by)

    def timing(self, name: str, seconds: float) -> None:
        """One sample of a length of time."""
        for meter in self._meters:
            meter.timing(name, seconds)

    def gauge(self, name: str, value: float) -> None:
        """Set a level."""
        for meter in self._meters:
            meter.gauge(name, value)
