"""The retry budget: in an outage, retries must not multiply the calls."""

from __future__ import annotations


class RetryBudget:
    """Allows one retry per `calls_per_retry` first attempts; saves up to `max_saved`, beginning at `start`.

    It counts fractions of a retry as integers, so that a sum of fifths is exact.
    """

    def __init__(self, calls_per_retry: int = 5, max_saved: int = 10, start: int = 5) -> None:
        self._calls_per_retry, self._max_parts = calls_per_retry, max_saved * calls_per_retry
        self._parts = min(start, max_saved) * calls_per_retry

    def deposit(self) -> None:
        """Count a first attempt that is sent."""
        if self._parts < self._max_parts:
            self._parts += 1

    def withdraw(self) -> bool:
        """Pay for one retry; return False if the budget is used up."""
        if self._parts < self._calls_per_retry:
            return False
        self._parts -= self._calls_per_retry
        return True
