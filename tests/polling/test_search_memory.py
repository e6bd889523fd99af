"""What a search remembers is what reading it again from its sightings would give."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import NOON, listing
from watcher.core.listing import Snapshot
from watcher.core.polls import PollResult
from watcher.core.times import DAY, HOUR, Instant
from watcher.core.watch import SearchId
from watcher.polling.search_memory import SIGHTING_INTERVAL, SearchMemory

_POLLS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(1, 5), st.sampled_from((40.0, 50.0))), unique_by=lambda x: x[0]),
        st.sampled_from((HOUR, 0.6 * DAY, DAY, 2 * DAY)),
        st.booleans(),
    ),
    max_size=8,
)


@given(_POLLS)
def test_prices_and_old_sightings_follow_what_was_seen(polls: list[Any]) -> None:
    memory, now = SearchMemory({}, None, partial=False), NOON
    for rows, wait, is_whole in polls:
        now = Instant(now + wait)
        snapshot = Snapshot(tuple(listing(n, price) for n, price in rows), now, complete=is_whole, rows=9)
        if is_whole:
            snapshot = snapshot._replace(rows=len(rows))
        old = {
            x.item_id
            for x in snapshot.listings
            if (s := memory.seen.get(x.item_id)) and not s.gone and now - s.seen_at >= SIGHTING_INTERVAL
        }
        new, still = memory.new_sightings(snapshot, now), memory.still_there(snapshot, now)
        assert old <= {s.item_id for s in still}
        assert {s.item_id for s in still} - old <= {s.item_id for s in new}
        polled = PollResult(SearchId(1), "", now, now, now, sightings=new, still_there=still)
        memory.update(polled, snapshot, snapshot.listings)
        assert memory.known_prices == {item: s.price for item, s in memory.seen.items() if not s.gone}
        assert memory.known_prices == SearchMemory(memory.seen, now, partial=False).known_prices
