"""How many retries an API is worth: in an outage they must not multiply the calls."""

from __future__ import annotations


class RetryBudget:
    """One retry for every `calls` first attempts, with at most `most` saved up and `start` given.

    Counted in whole parts of a retry, so that a sum of fifths is exact.
    """

    def __init__(self, calls: int = 5, most: int = 10, start: int = 5) -> None:
        self._price, self._most = calls, most * calls
        self._parts = min(start, most) * calls

    def deposit(self) -> None:
        """A first attempt is sent."""
        if self._parts < self._most:
            self._parts += 1

    def withdraw(self) -> bool:
        """Whether one more retry is affordable; if so it is paid."""
        if self._parts < self._price:
            return False
        self._parts -= self._price
        return True
