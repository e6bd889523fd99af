"""What a poll asks the market, and among which comps the answer is evaluated.

While the market fits one page, or once the cached comps have expired, one call serves both the scan for new
listings and the comps. Otherwise a poll reads one page of a larger market: the newest listings, or the
auctions that end soonest if a watch waits for those. Once a day that is a page of the whole market. In
between it is a narrowed scan, if the watches have limits that allow one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watcher.core.categories import ttl_of
from watcher.core.errors import Api
from watcher.core.listing import Listing, Sort
from watcher.core.narrowing import Narrowing
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Inquiry, Search, Watch
from watcher.polling.comps_cache import Answer, CompsCache
from watcher.polling.contained import shared_answer
from watcher.polling.evaluation import Observation
from watcher.polling.fetch import Fetcher, PollRequest
from watcher.polling.search_memory import SearchMemory


async def read_market(
    fetcher: Fetcher, search: Search, watches: Sequence[Watch], memory: SearchMemory, now: Instant
) -> tuple[Answer, Observation]:
    """Return the answer, and the listings to evaluate. Raises CallFailed."""
    scans, sort, narrowing = memory.narrowed, Sort.BEST_MATCH, Narrowing()
    inquiry = Inquiry(search.question, soonest_stale_of(watches, fetcher.cache.freshness.ttls))
    if shared := shared_answer(fetcher.cache, inquiry, memory, now):
        memory.suspicion = None
        is_complete = not memory.partial
        whole = Observation(shared.snapshot.listings, shared.fetched_at, None, is_complete, True, shared.api)
        covered_at = search.polled_at if is_complete else None
        return shared, whole._replace(is_full_scan=True, is_shared=True, covered_at=covered_at)
    cached = _comps_of_larger_market(fetcher.cache, inquiry, watches, memory)
    if cached:
        sort = Sort.ENDING if any(w.rule.about_auctions for w in watches) else Sort.NEWEST
        narrowing = scans.narrowing(search, watches, cached, fetcher.cache, now)
    known = memory.known_prices
    if narrowing:
        known = scans.known_prices(narrowing, known)
    request = PollRequest(now, sort, known, memory.suspicion, narrowing)
    answer = await fetcher.fetch(inquiry, request)
    snapshot = answer.snapshot
    trusted = not snapshot.ignored_filters
    observed = Observation(snapshot.listings, snapshot.fetched_at, None, False, trusted, answer.api)
    if answer.api is not Api.EBAY:
        return answer, observed
    memory.suspicion = None
    is_narrowed = bool(narrowing) and narrowing.was_applied(snapshot)
    complete = snapshot.complete and not memory.partial and not is_narrowed
    covered_at = search.polled_at if complete else None
    if is_narrowed:
        covered_at = scans.covered_at(narrowing)
        scans.note(narrowing, snapshot, now)
    elif sort is Sort.NEWEST:
        scans.note_newest(snapshot, now)
    if cached and (is_narrowed or not snapshot.complete):
        observed = observed._replace(
            listings=_among_comps(cached.snapshot.listings, snapshot.listings, is_narrowed=is_narrowed),
            present=frozenset(x.item_id for x in snapshot.listings),
        )
    return answer, observed._replace(
        complete=complete,
        covered_at=covered_at,
        is_narrowed=is_narrowed,
        # Best Match is a choice of all ages, so it shows neither what is new nor how much.
        is_full_scan=not is_narrowed and (snapshot.complete or sort is not Sort.BEST_MATCH),
    )


def soonest_stale_of(watches: Sequence[Watch], ttls: Mapping[str, Seconds]) -> str:
    """Return the category of the watches with the shortest TTL: comps must be fresh for all of them."""
    return min((w.category for w in watches), key=lambda category: ttl_of(category, ttls), default="")


def _comps_of_larger_market(
    cache: CompsCache, inquiry: Inquiry, watches: Sequence[Watch], memory: SearchMemory
) -> Answer | None:
    """Return the cached comps among which one page is evaluated; None if the comps are fetched again."""
    if memory.wide is False or any(w.baseline_at is None for w in watches):
        return None
    cached = cache.get(inquiry)
    if cached is None or cached.stale or (memory.wide is None and cached.snapshot.complete):
        return None
    return cached


def _among_comps(
    cached: Sequence[Listing], shown: Sequence[Listing], *, is_narrowed: bool
) -> tuple[Listing, ...]:
    """Return the cached comps as the present answer shows them, and what else it shows.

    Listings that only a narrowed scan shows do not count.
    """
    merged = {x.item_id: x for x in cached}
    for x in shown:
        merged[x.item_id] = x._replace(is_apart=True) if is_narrowed and x.item_id not in merged else x
    return tuple(merged.values())
