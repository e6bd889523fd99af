"""The second look: what more can be found out about listings before a poll decides about them.

Some listings deserve it: those about to alert, the cheapest first, then those whose verdict is doubtful. A
pipeline of lookers adds what they find to what is known of the listings, and the watches are evaluated again.
It is bounded in listings and in seconds. What fails or comes too late is left out: then the titles decide.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol

from watcher.core.background import Background
from watcher.core.comps import Selection
from watcher.core.confidence import Confidence
from watcher.core.errors import WatcherError
from watcher.core.listing import Listing
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Inquiry, Question
from watcher.polling.evaluation import Evaluation, Observation
from watcher.polling.fetch import loop_time
from watcher.polling.search_memory import SearchMemory

log = logging.getLogger(__name__)

# Seconds of all lookers together, per poll; alerts wait for them.
MAX_LOOK_SECONDS = Seconds(20.0)
MAX_CANDIDATES = 50  # listings per poll
# What is found out may let other listings alert, which then deserve a second look too.
_ROUNDS = 2
_UNPRICED = (1, 0)


class LookCandidate(NamedTuple):
    """A listing that deserves a second look: it is about to alert (`alerts`), or not sure (`doubted`)."""

    listing: Listing
    alerts: bool
    doubted: bool = False


class LookRequest(NamedTuple):
    """The listings of one poll that deserve a second look, the most urgent first, and their question.

    The category of `inquiry` is the one that all watches of the question name, else empty. `found`: the
    number of listings about whose specifics this poll has found something out already.
    """

    inquiry: Inquiry
    candidates: tuple[LookCandidate, ...]
    now: Instant
    found: int = 0


class Looker(Protocol):
    """Finds out more about listings."""

    def recall(self, question: Question, listings: Sequence[Listing], background: Background) -> Background:
        """Return the background with what was found out about listings earlier; the same one if nothing was.

        Raises WatcherError.
        """

    async def look(self, request: LookRequest, background: Background, within: Seconds) -> Background:
        """Return the background with what is found within these seconds; the same one if nothing is.

        It decides itself which of the candidates are worth its calls. Calls that fail are left out.
        Raises WatcherError.
        """


class SecondLook:
    """Lets lookers look at the listings of a poll, one after the other; each sees what was found before."""

    def __init__(self, lookers: Sequence[Looker]) -> None:
        self._lookers = tuple(lookers)

    def recall(self, question: Question, observed: Observation, memory: SearchMemory) -> Observation:
        """Return what was observed with what earlier looks found out. Raises WatcherError.

        All listings are looked up at the first poll only, later those about which something is known.
        """
        known = memory.looked_at
        rows = [x for x in observed.listings if known is None or x.item_id in known] if known != set() else ()
        background = observed.background
        for looker in self._lookers if rows else ():
            background = looker.recall(question, rows, background)
        found = {*background.specifics, *background.readings}
        if known is None:
            memory.looked_at = found
        else:
            known.difference_update(x.item_id for x in rows if x.item_id not in found)
        return observed if background is observed.background else observed._replace(background=background)

    async def settle(
        self,
        inquiry: Inquiry,
        observed: Observation,
        evaluation: Evaluation,
        evaluate: Callable[[Observation], Evaluation],
        memory: SearchMemory,
        now: Instant,
    ) -> tuple[Observation, Evaluation]:
        """Return what was observed with what is found out now, and its evaluation."""
        ends_at, before = loop_time() + MAX_LOOK_SECONDS, len(observed.background.specifics)
        done: set[tuple[str, bool]] = set()
        for _ in range(_ROUNDS):
            found = find_candidates(observed, evaluation, memory, now)
            candidates = [c for c in found if (c.listing.item_id, c.alerts) not in done][:MAX_CANDIDATES]
            if not candidates:
                break
            done.update((c.listing.item_id, c.alerts) for c in candidates)
            memory.note_doubts([c.listing.item_id for c in candidates if not c.alerts], now)
            found_out = len(observed.background.specifics) - before
            request = LookRequest(inquiry, tuple(candidates), now, found_out)
            background = await self._look(request, observed.background, ends_at)
            if background is observed.background:
                break
            observed = observed._replace(background=background)
            evaluation = evaluate(observed)
            memory.note_looks((*background.specifics, *background.readings))
        return observed, evaluation

    async def _look(self, request: LookRequest, background: Background, ends_at: float) -> Background:
        for looker in self._lookers:
            left = Seconds(ends_at - loop_time())
            if left <= 0:
                break
            try:
                # Each looker ends in time by itself; this is for a database or a bug that keeps it.
                async with asyncio.timeout(left):
                    background = await looker.look(request, background, left)
            except TimeoutError:
                log.warning("a second look took too long")
                break
            except WatcherError as error:
                log.warning("a second look failed", extra={"code": error.code}, exc_info=error)
        return background


def find_candidates(
    observed: Observation, evaluation: Evaluation, memory: SearchMemory, now: Instant
) -> Sequence[LookCandidate]:
    """Return the listings on offer that deserve a second look: those about to alert, then doubtful ones.

    Doubtful ones that were among the candidates of a former poll wait for a while.
    """
    alerting = {item for _, states in evaluation.alerts for item in states}
    open_ = doubted_in(evaluation.comps[""].selection)
    doubted = open_ - alerting
    if now < memory.doubts_due:
        doubted -= memory.doubted
    if not (alerting or doubted):
        return ()
    present = observed.present
    rows = [x for x in observed.listings if present is None or x.item_id in present]
    first = [LookCandidate(x, True, x.item_id in open_) for x in _cheapest_first(rows, alerting)]
    return first + [LookCandidate(x, alerts=False, doubted=True) for x in _cheapest_first(rows, doubted)]


def doubted_in(selection: Selection) -> set[str]:
    """Return the ids of listings that may have been dropped or kept wrongly."""
    doubts = selection.doubts
    if not doubts:
        return set()
    return {item for item, doubt in doubts.items() if doubt.confidence is Confidence.DOUBTFUL} | {
        x.item_id for x in selection.kept if x.item_id in doubts
    }


def _cheapest_first(rows: Sequence[Listing], wanted: Collection[str]) -> Sequence[Listing]:
    return sorted((x for x in rows if x.item_id in wanted), key=_cost) if wanted else ()


def _cost(listing: Listing) -> tuple[int, int]:
    amount = listing.total or listing.price or listing.bid
    return _UNPRICED if amount is None else (0, amount.minor)
