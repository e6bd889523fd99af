"""The pipeline of lookers: which listings it looks at, in which order, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import pytest

from tests.fakes import NOON, listing
from tests.polling.fetchers import CARD
from tests.virtual import in_simulated_time
from watcher.core.alerts import Alert
from watcher.core.background import Background
from watcher.core.comps import Comps, Dropped, Selection, summarize
from watcher.core.confidence import Confidence, Doubt
from watcher.core.errors import Code, WatcherError
from watcher.core.listing import Listing
from watcher.core.rules import LastAlerted
from watcher.core.specifics import Specifics
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.core.titles.verdict import Reason
from watcher.core.watch import Question
from watcher.polling import second_look
from watcher.polling.evaluation import Evaluation, Observation
from watcher.polling.search_memory import SearchMemory
from watcher.polling.second_look import LookRequest, SecondLook, find_candidates

DOUBT = Doubt(Confidence.LIKELY, "it may be another one")
NINE = Specifics((("Grade", "9"),))


def seen(*rows: Listing, present: frozenset[str] | None = None) -> Observation:
    return Observation(rows, NOON, present, complete=True, trust_condition=True, source="ebay")


def evaluated(*rows: Listing, alerts: tuple[int, ...] = (), doubts: tuple[int, ...] = ()) -> Evaluation:
    doubted = {f"v1|{n}|0": DOUBT for n in doubts}
    comps = Comps(Selection(rows, (), (), doubted), summarize(rows, "USD"))
    states = cast("Mapping[str, LastAlerted]", {f"v1|{n}|0": None for n in alerts})
    made = [(cast("Alert", None), states)] if alerts else []
    return Evaluation({"": comps}, made, [], {}, {}, {}, {})


class Looker:
    """Finds a grade for the listings in `finds`; records what it was shown."""

    def __init__(self, *finds: int, error: WatcherError | None = None, seconds: float = 0.0) -> None:
        self.finds = {f"v1|{n}|0" for n in finds}
        self.error, self.seconds = error, seconds
        self.shown: list[list[tuple[int, bool]]] = []
        self.known: list[set[str]] = []
        self.stored: set[str] = set()
        self.recalled: list[list[str]] = []

    def recall(self, question: Question, listings: Sequence[Listing], background: Background) -> Background:
        assert question == CARD.question
        self.recalled.append([x.item_id for x in listings])
        found = {x.item_id: NINE for x in listings if x.item_id in self.stored}
        return background._replace(specifics={**background.specifics, **found}) if found else background

    async def look(self, request: LookRequest, background: Background, within: Seconds) -> Background:
        assert 0 < within <= second_look.MAX_LOOK_SECONDS
        numbers = [(int(c.listing.item_id.split("|")[1]), c.alerts) for c in request.candidates]
        self.shown.append(numbers)
        self.known.append(set(background.specifics))
        await asyncio.sleep(self.seconds)
        if self.error:
            raise self.error
        new = {c.listing.item_id: NINE for c in request.candidates if c.listing.item_id in self.finds}
        return background._replace(specifics={**background.specifics, **new}) if new else background


async def settle(
    lookers: list[Looker],
    observed: Observation,
    first: Evaluation,
    evaluate: Callable[[Observation], Evaluation] | None = None,
    memory: SearchMemory | None = None,
    now: Instant = NOON,
) -> tuple[Observation, Evaluation]:
    def same(_observed: Observation) -> Evaluation:
        return first

    memory = memory or SearchMemory({}, None, partial=False)
    return await SecondLook(lookers).settle(CARD, observed, first, evaluate or same, memory, now)


async def test_listings_about_to_alert_come_first_and_the_cheapest_of_each_kind() -> None:
    rows = [listing(n, price) for n, price in enumerate((90, 20, 70, 10, 80, None), 1)]
    looker = Looker()
    await settle([looker], seen(*rows), evaluated(*rows, alerts=(1, 3), doubts=(5, 2, 3, 6)))
    assert looker.shown == [[(3, True), (1, True), (2, False), (5, False), (6, False)]]


def test_listings_about_to_alert_may_be_in_doubt_too() -> None:
    rows = [listing(n, price) for n, price in enumerate((90, 20, 70), 1)]
    memory = SearchMemory({}, None, partial=False)
    found = find_candidates(seen(*rows), evaluated(*rows, alerts=(1, 3), doubts=(3, 2)), memory, NOON)
    assert [(c.alerts, c.doubted) for c in found] == [(True, True), (True, False), (False, True)]


async def test_a_poll_without_alerts_and_doubts_asks_no_looker() -> None:
    rows = [listing(n) for n in range(3)]
    looker = Looker(1)
    observed, first = seen(*rows), evaluated(*rows)
    assert await settle([looker], observed, first) == (observed, first)
    assert looker.shown == []


async def test_listings_that_are_only_cached_are_not_looked_at() -> None:
    rows = [listing(1), listing(2)]
    looker = Looker()
    await settle([looker], seen(*rows, present=frozenset(("v1|2|0",))), evaluated(*rows, doubts=(1, 2)))
    assert looker.shown == [[(2, False)]]


async def test_doubtful_listings_wait_between_two_looks() -> None:
    rows = [listing(n) for n in (1, 2, 3)]
    looker, memory = Looker(), SearchMemory({}, None, partial=False)
    for minute, doubts in enumerate(((1, 2), (1, 2, 3), (1, 2, 3))):
        at = Instant(NOON + minute * MINUTE)
        await settle([looker], seen(*rows), evaluated(*rows, doubts=doubts), memory=memory, now=at)
    assert looker.shown == [[(1, False), (2, False)], [(3, False)]]
    late = Instant(NOON + 10 * MINUTE)
    await settle([looker], seen(*rows), evaluated(*rows, doubts=(2, 3)), memory=memory, now=late)
    assert looker.shown[2:] == [[(2, False), (3, False)]]


async def test_a_listing_is_looked_at_whenever_it_is_about_to_alert() -> None:
    looker, memory = Looker(), SearchMemory({}, None, partial=False)
    for _ in range(2):
        await settle([looker], seen(listing(1)), evaluated(listing(1), alerts=(1,)), memory=memory)
    assert looker.shown == [[(1, True)], [(1, True)]]


async def test_listings_that_were_hardly_dropped_wrongly_are_not_looked_at() -> None:
    rows = [listing(1), listing(2)]
    doubts = {"v1|1|0": DOUBT, "v1|2|0": DOUBT._replace(confidence=Confidence.DOUBTFUL)}
    dropped = tuple(Dropped(x, Reason.QUERY, "") for x in rows)
    comps = Comps(Selection((), dropped, (), doubts), summarize((), "USD"))
    looker = Looker()
    await settle([looker], seen(*rows), evaluated()._replace(comps={"": comps}))
    assert looker.shown == [[(2, False)]]


async def test_a_look_that_finds_nothing_changes_nothing() -> None:
    observed, first = seen(listing(1)), evaluated(listing(1), alerts=(1,))

    def never(_observed: Observation) -> Evaluation:
        raise AssertionError

    assert await settle([Looker(), Looker()], observed, first, never) == (observed, first)


async def test_watches_are_evaluated_again_with_what_is_found() -> None:
    observed, first, second = seen(listing(1)), evaluated(listing(1), alerts=(1,)), evaluated(listing(1))
    given = []

    def evaluate(again: Observation) -> Evaluation:
        given.append(again)
        return second

    settled, evaluation = await settle([Looker(1)], observed, first, evaluate)
    assert settled.background.specifics == {"v1|1|0": NINE}
    assert evaluation is second
    assert given == [settled]


async def test_each_looker_sees_what_the_former_ones_found() -> None:
    rows = [listing(1), listing(2)]
    lookers = [Looker(1), Looker(2)]
    settled, _ = await settle(lookers, seen(*rows), evaluated(*rows, doubts=(1, 2)))
    assert [looker.known for looker in lookers] == [[set()], [{"v1|1|0"}]]
    assert settled.background.specifics.keys() == {"v1|1|0", "v1|2|0"}


async def test_a_listing_that_alerts_after_a_look_gets_one_too() -> None:
    rows = [listing(n) for n in (1, 2, 3)]
    looker = Looker(1, 2, 3)
    alerting = evaluated(*rows, alerts=(1, 2))
    _, evaluation = await settle(
        [looker], seen(*rows), evaluated(*rows, alerts=(1,), doubts=(3,)), lambda _: alerting
    )
    assert looker.shown == [[(1, True), (3, False)], [(2, True)]]
    assert evaluation is alerting


async def test_looks_end_although_every_one_lets_others_alert() -> None:
    rows = [listing(n) for n in range(9)]
    looker = Looker(*range(9))
    numbers = iter(range(1, 9))
    await settle(
        [looker],
        seen(*rows),
        evaluated(*rows, alerts=(0,)),
        lambda _: evaluated(*rows, alerts=(next(numbers),)),
    )
    assert looker.shown == [[(0, True)], [(1, True)]]


async def test_a_failing_looker_does_not_stop_the_next_one() -> None:
    failing, working = Looker(1, error=WatcherError(Code.DATABASE_CONNECTION_FAILED)), Looker(1)
    settled, _ = await settle([failing, working], seen(listing(1)), evaluated(listing(1), alerts=(1,)))
    assert settled.background.specifics == {"v1|1|0": NINE}


@in_simulated_time
async def test_a_looker_that_hangs_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_look, "MAX_LOOK_SECONDS", Seconds(0.05))
    hanging, late = Looker(1, seconds=60), Looker(1)
    observed, first = seen(listing(1)), evaluated(listing(1), alerts=(1,))
    assert await settle([hanging, late], observed, first) == (observed, first)
    assert (len(hanging.shown), late.shown) == (1, [])


async def test_at_most_fifty_listings_are_looked_at() -> None:
    rows = [listing(n, 100 - n) for n in range(80)]
    looker = Looker()
    await settle([looker], seen(*rows), evaluated(*rows, doubts=tuple(range(80))))
    assert looker.shown == [[(n, False) for n in range(79, 29, -1)]]


# What earlier looks found out


def test_all_listings_are_looked_up_once_and_then_those_that_are_known() -> None:
    rows = [listing(n) for n in (1, 2, 3)]
    looker, memory = Looker(), SearchMemory({}, None, partial=False)
    looker.stored = {"v1|2|0"}
    pipeline = SecondLook([looker])
    for _ in range(3):
        observed = pipeline.recall(CARD.question, seen(*rows), memory)
        assert observed.background.specifics == {"v1|2|0": NINE}
    assert looker.recalled == [["v1|1|0", "v1|2|0", "v1|3|0"], ["v1|2|0"], ["v1|2|0"]]


def test_nothing_is_looked_up_while_nothing_is_known() -> None:
    looker, memory = Looker(), SearchMemory({}, None, partial=False)
    observed = seen(listing(1))
    assert [SecondLook([looker]).recall(CARD.question, observed, memory) for _ in range(3)] == 3 * [observed]
    assert looker.recalled == [["v1|1|0"]]


def test_a_listing_whose_row_changed_is_no_longer_looked_up() -> None:
    looker, memory = Looker(), SearchMemory({}, None, partial=False)
    looker.stored = {"v1|1|0"}
    pipeline = SecondLook([looker])
    pipeline.recall(CARD.question, seen(listing(1)), memory)
    looker.stored = set()
    for _ in range(2):
        assert pipeline.recall(CARD.question, seen(listing(1)), memory).background.specifics == {}
    assert looker.recalled == [["v1|1|0"], ["v1|1|0"]]


async def test_listings_looked_at_are_recalled_at_the_next_poll() -> None:
    looker, memory = Looker(2), SearchMemory({}, None, partial=False)
    rows = [listing(1), listing(2)]
    pipeline, first = SecondLook([looker]), evaluated(*rows, alerts=(1, 2))
    observed = pipeline.recall(CARD.question, seen(*rows), memory)
    await pipeline.settle(CARD, observed, first, lambda _: first, memory, NOON)
    pipeline.recall(CARD.question, seen(*rows), memory)
    assert looker.recalled == [["v1|1|0", "v1|2|0"], ["v1|2|0"]]
