"""How often a search is polled."""

from __future__ import annotations

from watcher.core.times import DAY, Seconds

# A tenth of the day's calls stays for people who ask by hand and for second attempts.
RESERVE = 0.1


def interval(
    wanted: Seconds | None, *, searches: int, daily_quota: int, min_interval: Seconds, ttl: Seconds
) -> Seconds:
    """Seconds between two polls of one search.

    What its most impatient watch wants (`--every`), else an even share of the day's quota over all
    active searches; never below `min_interval`, and without a wish never above the category's TTL.
    """
    if wanted is not None:
        return max(wanted, min_interval)
    share = Seconds(DAY * max(1, searches) / max(1.0, daily_quota * (1 - RESERVE)))
    return max(min_interval, min(share, ttl))
