"""What watches can expect of their polls, and how that is checked against what was seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from tests.fakes import NOON, listing, listings
from tests.trips import QUERY, Trip
from watcher.core.cadence.call_plan import CallPlan
from watcher.core.cadence.estimates import Estimates, Lives
from watcher.core.cadence.lives import BINS
from watcher.core.comps import Filters
from watcher.core.promise_check import PromiseCheck
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Priority, Watch
from watcher.db import schema
from watcher.polling.demand_scan import SharedPlan
from watcher.polling.evaluation import Observation, select_comps
from watcher.watches.promises import Promises

SEVEN = listings([60, 62, 65, 68, 70, 71, 73], start=10)
PLAN = SharedPlan(CallPlan(NOON, threshold=0.001, floor=DAY, budget=4_500.0))
KNOWN = Estimates(NOON, bargains=Lives((1.0,) * BINS, (0.2,) * BINS))


def promises(trip: Trip, plan: SharedPlan = PLAN) -> Promises:
    return Promises(trip.stores, lambda: plan)


async def learned(trip: Trip, watch: int, value: float, known: Estimates | None = KNOWN) -> Watch:
    """Store what the polls of a watch's search taught; return the watch."""
    search = trip.registry.get(watch).search_id
    values = {"value": value, "estimates": known.write() if known else ""}
    row = update(schema.searches).where(schema.searches.c.id == search).values(values)
    await trip.stores.database.write(lambda conn: conn.execute(row))
    return trip.registry.get(watch)


async def test_a_watch_is_promised_the_interval_of_its_search(trip: Trip) -> None:
    rare = await learned(trip, await trip.watch(below="50"), 0.05)
    often = await learned(trip, await trip.watch(query="other", below="50"), 5.0)
    slow, fast = (promises(trip).view(watch, None) for watch in (rare, often))
    assert MINUTE <= fast["everySeconds"] < slow["everySeconds"] <= DAY
    assert 0 < slow["stillThere"] < fast["stillThere"] < 1
    assert slow["atLeastEverySeconds"] == DAY
    assert not slow["guess"]


async def test_a_high_priority_gains_what_the_other_watches_lose(trip: Trip) -> None:
    watch = await learned(trip, await trip.watch(below="50"), 0.5)
    await learned(trip, await trip.watch(query="other", below="50"), 0.5)
    view = promises(trip).view(watch, None)
    assert view["stillThere"] < view["stillThereIfHigh"]
    assert 0 < view["othersLose"] < 0.1
    high = promises(trip).view(replace(watch, priority=Priority.HIGH), None)
    assert high["stillThereIfHigh"] is None


async def test_the_watches_of_others_lose_nothing(trip: Trip) -> None:
    watch = await learned(trip, await trip.watch(below="50"), 0.5)
    await learned(trip, await trip.watch(query="other", below="50", user="collector"), 0.5)
    assert promises(trip).view(watch, None)["othersLose"] == 0


async def test_an_interval_that_is_asked_for_is_promised_as_it_is(trip: Trip) -> None:
    watch = await learned(trip, await trip.watch(below="50", every="15m"), 0.5)
    view = promises(trip).view(watch, None)
    assert view["said"].startswith("Looked at every 15 min; of bargains")
    assert (view["everySeconds"], view["atLeastEverySeconds"]) == (900, 900)
    assert view["stillThereIfHigh"] is None


async def test_a_stretched_floor_is_named(trip: Trip) -> None:
    watch = await learned(trip, await trip.watch(below="50"), 0.0)
    stretched = SharedPlan(PLAN.calls._replace(floor=Seconds(7 * DAY), stretch=7.0))
    assert promises(trip, stretched).view(watch, None)["said"].startswith("Looked at every 7 d or sooner;")


async def test_enough_calls_promise_the_shortest_interval(trip: Trip) -> None:
    watch = await learned(trip, await trip.watch(below="50"), 0.5)
    plenty = SharedPlan(PLAN.calls._replace(threshold=0.0))
    assert promises(trip, plenty).view(watch, None)["said"].startswith("Looked at every minute; of")


async def test_calls_that_do_not_suffice_are_shared_in_turn_at_first(trip: Trip) -> None:
    watch = trip.registry.get(await trip.watch(below="50"))
    await trip.watch(query="other", below="50")
    await learned(trip, await trip.watch(query="third", below="50", every="1h"), 0.5)
    hourly = update(schema.searches).where(schema.searches.c.id == 3).values(shortest=HOUR, longest=HOUR)
    await trip.stores.database.write(lambda conn: conn.execute(hourly))
    scarce = SharedPlan(PLAN.calls._replace(threshold=0.0, budget=28.0, asked_calls=24.0))
    view = promises(trip, scarce).view(watch, None)
    assert view["everySeconds"] == 12 * HOUR
    assert view["said"].startswith("Looked at about every 12 h, at least every 24 h; of bargains")


async def test_a_watch_on_an_unknown_market_is_promised_a_guess(trip: Trip) -> None:
    parsed = trip.registry.parse({"query": "never seen", "below": "50"})
    view = promises(trip).view(parsed, None)
    assert view["guess"]
    assert view["said"].endswith("until enough of these have come and gone.")
    first = await learned(trip, await trip.watch(below="50"), 0.5, None)
    assert promises(trip).view(first, None)["guess"]


async def test_an_unsaved_watch_adds_its_part_to_a_known_search(trip: Trip) -> None:
    saved = await learned(trip, await trip.watch(below="50"), 0.05)
    alone = promises(trip).view(saved, None)["everySeconds"]
    joining = trip.registry.parse({"query": QUERY, "below": "80"})
    assert promises(trip).view(joining, comps_of(joining))["everySeconds"] < alone


async def test_a_higher_target_is_promised_shorter_intervals(trip: Trip) -> None:
    views = [
        promises(trip).view(parsed, comps_of(parsed))
        for below in ("40", "80")
        for parsed in [trip.registry.parse({"query": "never seen", "below": below})]
    ]
    assert [view["of"] for view in views] == ["bargains", "listings"]
    assert views[0]["everySeconds"] > views[1]["everySeconds"]


async def test_a_rule_about_the_median_is_promised_no_share(trip: Trip) -> None:
    watch = await learned(trip, await trip.watch(rule="median-below 50"), 0.0)
    assert promises(trip).view(watch, None)["stillThere"] is None


async def test_promises_are_checked_by_the_ages_of_seen_matches(trip: Trip) -> None:
    await trip.watch(below="50")
    trip.market.offers(*SEVEN)
    await trip.poll()
    for number in range(1, 4):
        await offer(trip, number, created_at=Instant(trip.clock.now() + HOUR / 2))
    await offer(trip, 9, created_at=None)
    await learned(trip, 1, 0.5)
    check = await promises(trip).check(trip.clock.now())
    life = KNOWN.life(PLAN.calls.priors_of(""))
    assert check.matches == 3
    assert check.realised == pytest.approx(life.survival(HOUR / 2 / DAY), abs=0.01)
    assert trip.stores.promises.last_check() == check
    assert promises(trip).view(trip.registry.get(1), None)["stillThere"] == pytest.approx(
        check.corrected(uncorrected(trip)), abs=1e-3
    )


async def test_price_cuts_do_not_check_promises(trip: Trip) -> None:
    await trip.watch(below="50")
    trip.market.offers(*SEVEN, listing(1, 80.0, created_at=trip.clock.now() - DAY))
    await trip.poll()
    await offer(trip, 1, created_at=trip.clock.now() - DAY)
    assert (await promises(trip).check(trip.clock.now())).matches == 0
    assert trip.stores.promises.last_check() == PromiseCheck()


def uncorrected(trip: Trip) -> float:
    needs = trip.stores.promises.needs(trip.registry.get(1).question.key)
    assert needs is not None
    life = KNOWN.life(PLAN.calls.priors_of(""))
    return life.caught(PLAN.calls.interval(needs.value or 0.0, life) / DAY)


async def offer(trip: Trip, number: int, **fields: Any) -> None:
    """Offer a listing that alerts at the poll an hour later."""
    trip.market.offers(*SEVEN, listing(number, 45.0, **fields))
    assert await trip.poll(HOUR)


def comps_of(watch: Watch) -> Any:
    observed = Observation(SEVEN, NOON, None, complete=True, trust_condition=True, source="ebay")
    return select_comps(replace(watch.question, query=QUERY), observed, Filters())
