"""Polls that another poll has answered: of the same words in any condition, if that saw the whole market.

The search in any condition makes those in one condition due when its answer is recorded, and their polls read
it instead of asking the market. They cost no call, and are never later than without it.
"""

from __future__ import annotations

from watcher.core.contained import can_be_divided, contained_in, containing, part_of
from watcher.core.listing import Snapshot
from watcher.core.marketplaces import currency_of
from watcher.core.resilience.plausibility import find_suspicion
from watcher.core.times import HOUR, Instant, Seconds
from watcher.core.watch import Inquiry, Search
from watcher.db.searches import SearchStore
from watcher.polling.comps_cache import Answer, CompsCache, cache_key
from watcher.polling.search_memory import SearchMemory

# Seconds for which an answer in any condition replaces a call.
_SHARED_SECONDS = 20.0
# Seconds after which it is looked up again whether there are such searches.
_KNOWN_SECONDS = Seconds(HOUR)


def shared_answer(cache: CompsCache, inquiry: Inquiry, memory: SearchMemory, now: Instant) -> Answer | None:
    """Return what a poll in any condition has just found out for this question; None if nothing exact."""
    question = inquiry.question
    wider = containing(question)
    if wider is None:
        return None
    fetched = dict(cache.versions(wider)).get(str(cache_key(wider)))
    if fetched is None or abs(now - fetched) > _SHARED_SECONDS:
        return None
    stored = cache.get(Inquiry(wider))
    if stored is None or not can_be_divided(stored.snapshot):
        return None
    part = part_of(stored.snapshot, question.condition)
    if find_suspicion(memory.known_prices, part, currency_of(question.marketplace)):
        return None
    return cache.new_answer(inquiry, part)


async def share_answer(
    store: SearchStore, search: Search, memory: SearchMemory, snapshot: Snapshot, now: Instant
) -> bool:
    """Make the searches due whose questions eBay's answer contains; return whether there are some."""
    known_at, ids = memory.contained
    is_known = known_at is not None and 0 <= now - known_at < _KNOWN_SECONDS
    if is_known and not ids:  # almost always
        return False
    questions = contained_in(search.question)
    if not questions or not can_be_divided(snapshot):
        return False
    if not is_known:
        ids = store.polled_ids([question.key for question in questions])
        memory.contained = now, ids
    if ids:
        await store.hurry(ids, now, Seconds(0.0))
    return bool(ids)
