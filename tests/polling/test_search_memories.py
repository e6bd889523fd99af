"""The poller remembers the searches that were polled last, within bounds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from tests.fakes import NOON
from watcher.core.listing import Condition
from watcher.core.polls import Seen
from watcher.core.watch import Question, Search, SearchId
from watcher.db.searches import SearchStore
from watcher.polling import search_memory
from watcher.polling.search_memory import SearchMemories

LISTING = Seen(NOON, NOON, None, None, False)


@dataclass
class StoredListings:
    """A store whose searches have four listings each; it notes which were read."""

    read: list[int] = field(default_factory=list)

    def seen(self, search: SearchId) -> dict[str, Seen]:
        self.read.append(search)
        return {f"v1|{search}{n}|0": LISTING for n in range(4)}


def search(number: int) -> Search:
    question = Question(f"omega {number}", Condition.ANY, "", "EBAY_US")
    return Search(SearchId(number), question, NOON)


def polled(memories: SearchMemories, *numbers: int) -> None:
    for number in numbers:
        memories.of(search(number))


@pytest.fixture
def stored() -> StoredListings:
    return StoredListings()


@pytest.fixture
def memories(stored: StoredListings, monkeypatch: pytest.MonkeyPatch) -> SearchMemories:
    monkeypatch.setattr(search_memory, "MAX_ALL_LISTINGS", 12)
    return SearchMemories(cast(SearchStore, stored))


def test_the_search_polled_longest_ago_is_forgotten(memories: SearchMemories, stored: StoredListings) -> None:
    polled(memories, 1, 2, 3, 1, 4)
    assert stored.read == [1, 2, 3, 4]
    polled(memories, 1, 3, 4)
    assert stored.read == [1, 2, 3, 4]
    polled(memories, 2)
    assert stored.read == [1, 2, 3, 4, 2]


def test_a_memory_that_grows_displaces_others(memories: SearchMemories, stored: StoredListings) -> None:
    polled(memories, 1, 2, 3)
    memories.of(search(3)).seen.update({f"v1|9{n}|0": LISTING for n in range(5)})
    polled(memories, 3, 3)
    assert len(stored.read) == 3
    polled(memories, 2, 1)
    assert stored.read[3:] == [2, 1]


def test_one_search_beyond_all_bounds_is_remembered(memories: SearchMemories, stored: StoredListings) -> None:
    memories.of(search(1)).seen.update({f"v1|9{n}|0": LISTING for n in range(50)})
    polled(memories, 1, 1)
    assert stored.read == [1]


def test_a_forgotten_search_leaves_room_for_others(memories: SearchMemories, stored: StoredListings) -> None:
    polled(memories, 1, 2, 3)
    memories.forget(SearchId(2))
    memories.forget(SearchId(2))
    polled(memories, 4, 1, 3)
    assert stored.read == [1, 2, 3, 4]


def test_searches_are_bounded_too(
    memories: SearchMemories, stored: StoredListings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_memory, "MAX_SEARCHES", 2)
    polled(memories, 1, 2, 3, 1)
    assert stored.read == [1, 2, 3, 1]


def test_all_but_the_listings_stays_when_listings_are_displaced(
    memories: SearchMemories, stored: StoredListings
) -> None:
    first = memories.of(search(1))
    first.slips, first.wide, first.looked_at = frozenset(("v1|9|0",)), True, {"v1|1|0"}
    polled(memories, 2, 3, 4)
    assert len(first.seen) == 4, "a poll under way goes on with them"
    again = memories.of(search(1))
    assert (again.slips, again.wide, again.looked_at) == (first.slips, True, None)
    assert again.seen == first.seen
    assert stored.read == [1, 2, 3, 4, 1]


def test_a_poll_that_was_recorded_meanwhile_is_read_from_the_store(
    memories: SearchMemories, stored: StoredListings
) -> None:
    first = memories.of(search(1))
    first.slips = frozenset(("v1|9|0",))
    polled(memories, 2, 3, 4)
    first.polled_at = NOON  # recorded while its listings were displaced
    assert not memories.of(replace(search(1), polled_at=NOON)).slips
    assert stored.read == [1, 2, 3, 4, 1]


def test_the_listings_of_a_first_poll_count_as_soon_as_it_is_recorded(
    memories: SearchMemories, stored: StoredListings
) -> None:
    polled(memories, 1, 2)
    first = memories.of(search(3))
    first.seen.update({f"v1|9{n}|0": LISTING for n in range(4)})
    memories.keep(SearchId(3), first)
    polled(memories, 3, 2)
    assert stored.read == [1, 2, 3], "search 1 alone had to go"
    polled(memories, 1)
    assert stored.read == [1, 2, 3, 1]


def test_a_poll_whose_listings_were_displaced_meanwhile_is_remembered(
    memories: SearchMemories, stored: StoredListings
) -> None:
    first = memories.of(search(1))
    polled(memories, 2, 3, 4)
    memories.keep(SearchId(1), first)
    assert memories.of(search(1)) is first
    assert stored.read == [1, 2, 3, 4]
