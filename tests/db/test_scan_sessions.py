"""Scans that wait to be confirmed: each its user's own, for an hour, and not without end."""

from __future__ import annotations

from tests.fakes import NOON
from watcher.core.times import HOUR, Instant
from watcher.db.scan_sessions import MAX_SESSIONS_PER_USER
from watcher.db.stores import Stores


async def test_a_session_is_its_users_own_and_ends_after_an_hour(stores: Stores) -> None:
    ends = await stores.scan_sessions.add("digest", "collector", "{}", NOON)
    find = stores.scan_sessions.find
    assert ends == NOON + HOUR
    assert find("digest", "collector", Instant(ends - 1)) == "{}"
    assert find("digest", "collector", ends) is None
    assert find("digest", "stranger", NOON) is None
    assert find("another", "collector", NOON) is None


async def test_the_oldest_of_too_many_sessions_ends(stores: Stores) -> None:
    await stores.scan_sessions.add("other", "owner", "{}", NOON)
    for number in range(MAX_SESSIONS_PER_USER + 1):
        await stores.scan_sessions.add(str(number), "collector", "{}", Instant(NOON + number))
    find = stores.scan_sessions.find
    assert find("0", "collector", NOON) is None
    assert find("1", "collector", NOON)
    assert find("other", "owner", NOON)
