"""What the dispatcher remembers of each destination: holds, consecutive failures, dead letters."""

from __future__ import annotations

from dataclasses import dataclass

from watcher.core.times import MINUTE, Instant, Seconds

FIRST_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = Seconds(2.0), Seconds(5 * MINUTE)
# Attempts at one message before the next message to its destination gets a turn. A destination counts as
# down after as many consecutive failures.
ATTEMPTS_BEFORE_YIELDING = 3


@dataclass(slots=True)
class DestinationState:
    """One destination. Its last attempt began at `attempt_at`; the next may not begin before `held_until`."""

    attempt_at: Instant = Instant(0.0)
    held_until: Instant = Instant(0.0)
    # The receiver set `held_until`, not our own backoff.
    hold_requested: bool = False
    # Consecutive transient failures, and when the last series of them ended.
    failures: int = 0
    recovered_at: Instant = Instant(0.0)
    is_sending: bool = False
    # The last message was refused for good.
    is_refusing: bool = False
    # True until a success shows that there are none.
    may_have_dead_letters: bool = True

    def is_held(self, now: Instant) -> bool:
        """Return whether the destination must wait. A hold from before the clock was set back is void."""
        return self.attempt_at <= now < self.held_until

    def is_available(self, now: Instant) -> bool:
        """Return whether a message may be sent now."""
        return not (self.is_sending or self.is_held(now))

    def hold(self, now: Instant, wait: float, *, requested: bool = False) -> None:
        """Send nothing for `wait` seconds."""
        self.held_until, self.hold_requested = Instant(now + wait), requested

    @property
    def is_down(self) -> bool:
        """Whether attempts keep failing, and the receiver did not ask for the wait."""
        return self.failures >= ATTEMPTS_BEFORE_YIELDING and not self.hold_requested


def backoff_seconds(failures: int, jitter: float) -> float:
    """Return the wait: 2 to 4 s, doubling, 150 to 300 s at most. `jitter` is between 1 and 2."""
    return min(FIRST_BACKOFF_SECONDS * 2.0 ** min(failures, 20), MAX_BACKOFF_SECONDS / 2) * jitter
