"""The pipeline of lookers: which listings it looks at, in which order, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

import pytest

from tests.fakes import NOON, listing
from tests.polling.fetchers import CARD
from watcher.core.alerts import Alert
from watcher.core.background import Background
from watcher.core.comps import Comps, Selection, summarize
from watcher.core.confidence import Confidence, Doubt
from watcher.core.errors import Code, WatcherError
from watcher.core.listing import Listing
from watcher.core.rules import LastAlerted
from watcher.core.specifics import Specifics
from watcher.core.times import Seconds
from watcher.polling import second_look
from watcher.polling.evaluation import Evaluation, Observation
from watcher.polling.second_look import LookRequest, SecondLook

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

    async def look(self, request: LookRequest, background: Background, within: Seconds) -> Background:
        assert 0 < within <= second_look.MAX_SECONDS
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
) -> tuple[Observation, Evaluation]:
    def same(_observed: Observation) -> Evaluation:
        return first

    return await SecondLook(lookers).settle(CARD, observed, first, evaluate or same, NOON)


async def test_listings_about_to_alert_come_first_and_the_cheapest_of_each_kind() -> None:
    rows = [listing(n, price) for n, price in enumerate((90, 20, 70, 10, 80, None), 1)]
    looker = Looker()
    await settle([looker], seen(*rows), evaluated(*rows, alerts=(1, 3), doubts=(5, 2, 3, 6)))
    assert looker.shown == [[(3, True), (1, True), (2, False), (5, False), (6, False)]]


async def test_without_alerts_and_doubts_nobody_looks() -> None:
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


async def test_what_alerts_only_after_a_look_is_looked_at_once_more() -> None:
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


async def test_a_looker_that_hangs_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_look, "MAX_SECONDS", Seconds(0.05))
    hanging, late = Looker(1, seconds=60), Looker(1)
    observed, first = seen(listing(1)), evaluated(listing(1), alerts=(1,))
    assert await settle([hanging, late], observed, first) == (observed, first)
    assert (len(hanging.shown), late.shown) == (1, [])


async def test_at_most_fifty_listings_are_looked_at() -> None:
    rows = [listing(n, 100 - n) for n in range(80)]
    looker = Looker()
    await settle([looker], seen(*rows), evaluated(*rows, doubts=tuple(range(80))))
    assert looker.shown == [[(n, False) for n in range(79, 29, -1)]]
