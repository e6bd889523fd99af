"""One meter that sends to several."""

from __future__ import annotations

from collections.abc import Callable

from watcher.core.monitoring.attempts import Attempt
from watcher.ports import Meter


class MeterFanOut:
    """Implements `ports.Meter`: every number goes to each meter, every attempt to each observer."""

    def __init__(self, *meters: Meter) -> None:
        self._meters = list(meters)
        self.observers: list[Callable[[Attempt], None]] = []

    def add_meter(self, meter: Meter) -> None:
        """Send every number to this meter, too."""
        self._meters.append(meter)

    def attempt(self, attempt: Attempt, *, retry: bool = False) -> None:
        """Record an attempt that was sent."""
        for meter in self._meters:
            meter.attempt(attempt, retry=retry)
        for observe in self.observers:
            observe(attempt)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        for meter in self._meters:
            meter.count(name, by)

    def timing(self, name: str, seconds: float) -> None:
        """Record a duration."""
        for meter in self._meters:
            meter.timing(name, seconds)

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""
        for meter in self._meters:
            meter.gauge(name, value)
