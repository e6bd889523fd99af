"""What polls record of the pictures of listings."""

from __future__ import annotations

from tests.fakes import NOON, listing
from watcher.core.listing import Snapshot
from watcher.core.polls import PollResult
from watcher.core.times import DAY, MINUTE, Instant, Seconds
from watcher.core.watch import SearchId
from watcher.polling.search_memory import SearchMemory

FIRST, SECOND = "https://i.ebayimg.com/1.jpg", "https://i.ebayimg.com/2.jpg"


def seen(memory: SearchMemory, image: str, after: Seconds) -> tuple[list[str], list[str]]:
    """Return the pictures that a poll records as new or changed, and as still there."""
    at = Instant(NOON + after)
    snapshot = Snapshot((listing(1, image=image),), at)
    found = memory.new_sightings(snapshot, at), memory.still_there(snapshot, at)
    recorded = PollResult(SearchId(1), "", at, at, at, sightings=found[0], still_there=found[1])
    memory.update(recorded, snapshot, snapshot.listings)
    return [s.image for s in found[0]], [s.image for s in found[1]]


def test_a_new_picture_alone_is_recorded_within_a_day() -> None:
    memory = SearchMemory({}, None, partial=False)
    assert seen(memory, FIRST, Seconds(0)) == ([FIRST], [])
    assert seen(memory, SECOND, MINUTE) == ([], [])
    assert seen(memory, SECOND, Seconds(DAY)) == ([], [SECOND])
    assert seen(memory, SECOND, Seconds(DAY + MINUTE)) == ([], [])


def test_an_address_that_a_database_may_refuse_is_not_recorded() -> None:
    for odd in (
        "https://i.ebayimg.com/\0.jpg",
        "https://i.ebayimg.com/\ud83d.jpg",
        "https://ï/1.jpg",
        "a\nb",
    ):
        assert seen(SearchMemory({}, None, partial=False), odd, Seconds(0)) == ([""], [])
