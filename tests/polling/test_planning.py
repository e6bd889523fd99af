"""When searches are polled: by the plan, its bounds and the pace of the day, and what polls teach."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.fakes import NOON, FakeClock, listing
from tests.trips import QUERY, DailyCalls, Trip, planner_of, trip_over
from watcher.core.cadence.estimates import Estimates
from watcher.core.cadence.windows import day_start, next_day_start
from watcher.core.errors import Api, Kind, NotSent
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.db.polling_plan import StoredPlan
from watcher.db.schema import searches
from watcher.db.stores import Stores
from watcher.polling.demand_scan import DemandScan, PlanTerms, SharedPlan
from watcher.polling.planning import DayCalls
from watcher.watches import doubts
from watcher.watches.doubts import Workload


def rows(trip: Trip) -> list[Any]:
    return list(trip.stores.database.rows(select(searches).order_by(searches.c.id)))


async def add(trip: Trip, number: int, user: str = "local", **draft: str) -> None:
    for n in range(number):
        await trip.registry.add(
            {"query": f"{user} camera {n}", "below": "1", "user": user, **draft}, trip.clock.now()
        )


def plan_of(stores: Stores, budget: float = 5000.0, terms: PlanTerms = PlanTerms()) -> SharedPlan:
    scan = DemandScan(stores.polling_plan, terms, SharedPlan(), foresees=True)
    assert scan.run()
    return scan.plan(NOON, budget)


# --- intervals that watches ask for ---------------------------------------------------------------


async def test_intervals_asked_for_are_stretched_for_the_user_who_asks_for_much(trip: Trip) -> None:
    await add(trip, 22, every="1m")
    await add(trip, 1, user="collector", every="1h")
    plan = plan_of(trip.stores).calls
    assert plan.asked_interval("collector", HOUR) == HOUR
    # 70 % of 5,000 calls without the 24 of the other user, for 22 watches.
    assert plan.asked_interval("local", MINUTE) == pytest.approx(22 * DAY / (3500 - 24))


async def test_a_search_is_polled_as_its_plan_says_and_not_as_it_was_asked(trip: Trip) -> None:
    await add(trip, 22, every="1m")
    for _ in range(2):  # twenty at a time
        await trip.poll()
    due = {round(r.due_at - trip.clock.now()) for r in rows(trip)}
    assert due == {round(22 * DAY / 3500)}
    assert {(r.paced, r.shortest, r.longest) for r in rows(trip)} == {(False, 60, 60)}


async def test_a_large_shortage_leaves_the_others_what_is_not_for_wishes(trip: Trip) -> None:
    many = [trip.registry.parse({"query": f"lens {n}", "below": "1", "every": "1m"}) for n in range(200)]
    await trip.stores.watches.add(many, NOON)
    await add(trip, 10, user="collector")
    scan = DemandScan(trip.stores.polling_plan, PlanTerms(), SharedPlan(), foresees=True)
    assert scan.run()
    assert sum(min(scan.plan(NOON, 5000).calls.level, n) for n in scan.demand.asked.values()) == 3500
    assert scan.plan(NOON, 5000).calls.calls == pytest.approx(5000, rel=0.01)


async def test_rules_about_medians_are_polled_daily(trip: Trip) -> None:
    await trip.watch(rule="drop 15%")
    await trip.watch(rule="low 90d", every="1h")
    await trip.poll()
    (row,) = rows(trip)
    assert (row.shortest, row.longest) == (HOUR, DAY)


# --- the plan -------------------------------------------------------------------------------------


async def test_a_plan_is_stored_and_read_back(trip: Trip) -> None:
    await add(trip, 5, every="1m")
    await add(trip, 2, user="collector", priority="high")
    await add(trip, 2, user="collector", priority="low")
    plan = plan_of(trip.stores)
    await trip.stores.polling_plan.put(plan.write())
    assert SharedPlan.read(trip.stores.polling_plan.read()) == plan


@pytest.mark.parametrize("payload", ["", "[]", "{}", '{"calls": "{}", "factors": {}}', '{"calls": 1}'])
def test_a_damaged_plan_counts_as_none(payload: str) -> None:
    assert SharedPlan.read(StoredPlan(payload, NOON)) is None


async def test_a_scan_in_slices_reads_the_same(trip: Trip) -> None:
    await add(trip, 45, every="1m")
    await trip.stores.watches.add([trip.registry.get(1)] * 450, NOON)  # more than are read at once
    scan = DemandScan(trip.stores.polling_plan, PlanTerms(), SharedPlan(), foresees=True)
    slices = sum(
        1 for _ in itertools.takewhile(lambda done: not done, iter(lambda: scan.run(lambda: True), 2))
    )
    assert slices > 4
    assert scan.plan(NOON, 5000.0) == plan_of(trip.stores)


async def test_priorities_move_calls_between_a_users_own_watches_only(trip: Trip) -> None:
    await add(trip, 1, priority="high")
    await add(trip, 1, user="collector")
    for n in range(3):
        await trip.registry.add({"query": f"lens {n}", "below": "1"}, NOON)
    plan = plan_of(trip.stores)
    watches = [row.watch for row in trip.stores.watches.listed()]
    weights = {w.question.query: plan.weight(w) for w in watches}
    assert sum(weights[w.question.query] for w in watches if w.user == "local") == pytest.approx(4)
    assert weights["collector camera 0"] == 1
    assert weights["local camera 0"] == 2 * weights["lens 0"]


async def test_registration_reads_the_stored_plan_of_many_searches(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(trip, 3, every="2m")
    await trip.stores.polling_plan.put(plan_of(trip.stores).write())
    monkeypatch.setattr(doubts, "_COMPUTED_SEARCHES", 2)
    monkeypatch.setattr(doubts, "DemandScan", None)
    day = DayCalls(5000, Instant(NOON + HOUR), 5000.0, 5000.0)
    workload = Workload(stores=trip.stores, ttls={}, terms=PlanTerms(), calls=lambda _: day, now=NOON)
    new = [trip.registry.parse({"query": f"lens {n}", "below": "1", "every": "2m"}) for n in range(7)]
    assert workload.interval(new[:1], workload.plan()) == 2 * MINUTE
    assert workload.interval(new[:1], workload.plan(new)) == pytest.approx(10 * DAY / 3500)


# --- the pace of the day --------------------------------------------------------------------------


class CountedCalls(DailyCalls):
    """As many calls are left of a day as were not made."""

    def __init__(self, trip: Trip, calls: int) -> None:
        super().__init__(calls)
        self.trip, self.before = trip, 0
        self.day = day_start(trip.clock.now())

    def __call__(self, now: Instant) -> DayCalls:
        if day_start(now) != self.day:
            self.day, self.before = day_start(now), len(self.trip.market.asked)
        self.left = max(0, self.expected - len(self.trip.market.asked) + self.before)
        return super().__call__(now)


@pytest.mark.parametrize(  # 24, 23 and 25 h
    ("date", "outage"), [("2026-06-01", 0.0), ("2026-03-08", 6.0), ("2026-11-01", 12.0)]
)
async def test_a_day_spends_its_calls(stores: Stores, date: str, outage: float) -> None:
    midnight = Instant(
        datetime.fromisoformat(date).replace(tzinfo=ZoneInfo("America/Los_Angeles")).timestamp()
    )
    trip = trip_over(stores, FakeClock(midnight))
    counted = CountedCalls(trip, 100)
    trip.poller._planner = planner_of(stores, counted)
    await add(trip, 8)
    end = next_day_start(midnight)
    down = (midnight + HOUR, midnight + (1 + outage) * HOUR)
    while trip.clock.now() < end:
        now = trip.clock.now()
        if not down[0] <= now < down[1]:
            await trip.poll()
        upcoming = trip.poller.next_poll(now) or end
        trip.clock.move(min(max(1.0, upcoming - now), end - now, 10 * MINUTE))
    assert 99 <= len(trip.market.asked) <= 100


async def test_planned_polls_wait_for_calls_and_others_do_not(trip: Trip) -> None:
    await add(trip, 1)
    await add(trip, 1, user="collector", every="1h")
    await trip.poll()
    trip.calls.left = 0
    trip.poller._planner = planner_of(trip.stores, trip.calls)
    await trip.poll(DAY)
    assert [ask.query for ask in trip.market.asked[2:]] == ["collector camera 0"]


async def test_planned_polls_are_no_more_than_the_calls_left(trip: Trip) -> None:
    planner = trip.poller._planner
    planner.room(NOON, 99)
    trip.calls.left = 2
    later = Instant(NOON + DAY / 2)
    assert planner.room(later, 99)[1].paced == 2
    trip.calls.left = 0
    assert planner.room(later, 99)[1].paced == 0


async def test_daemons_share_the_rate(stores: Stores) -> None:
    def daily(daemons: int) -> Callable[[Instant], DayCalls]:
        return lambda now: DayCalls(1000, next_day_start(now), 1000.0, 1000.0, daemons)

    alone, sharing = planner_of(stores, daily(1)), planner_of(stores, daily(2))
    for one in (alone, sharing):
        one.room(NOON, 999)
    later = Instant(NOON + HOUR / 6)
    assert sharing.room(later, 999)[1].paced == alone.room(later, 999)[1].paced // 2 > 0


async def test_an_unsent_poll_takes_no_call_from_the_pace(trip: Trip) -> None:
    await add(trip, 1)
    trip.market.failures = [NotSent(Api.EBAY, Kind.UNAVAILABLE, "the breaker is open", retry_after=5.0)]
    places, _ = trip.poller._planner.room(trip.clock.now(), 99)
    await trip.poll()
    assert trip.poller._planner.room(trip.clock.now(), 99)[0] == places


# --- what polls teach -----------------------------------------------------------------------------


async def test_a_poll_learns_how_many_new_items_match(trip: Trip) -> None:
    await trip.watch(below="54")
    start = trip.clock.now()
    await trip.poll()
    first = Estimates.read(rows(trip)[0].estimates)
    assert first is not None
    assert (first.at, first.arrivals, first.stock) == (start, 0, 7)
    trip.market.offers(
        *trip.market.listings,
        listing(21, 52, created_at=Instant(start + MINUTE)),
        listing(22, 70, created_at=Instant(start + MINUTE)),
    )
    await trip.poll(HOUR)
    (row,) = rows(trip)
    learned = Estimates.read(row.estimates)
    assert learned is not None
    assert (round(learned.arrivals), round(learned.matches), learned.stock) == (2, 1, 9)
    assert row.value > 0


async def test_a_poll_learns_how_long_items_stay_and_when_they_are_cut(trip: Trip) -> None:
    born = Instant(trip.clock.now() - DAY)
    offers = [listing(n, 50 + n, created_at=born) for n in range(1, 9)]
    trip.market.offers(*offers)
    await trip.watch(below="54")
    await trip.poll()
    trip.market.offers(listing(1, 45, created_at=born), *offers[1:7])
    await trip.poll(HOUR)
    learned = Estimates.read(rows(trip)[0].estimates)
    assert learned is not None
    assert (round(learned.cuts), round(sum(learned.others.ends) + sum(learned.bargains.ends))) == (1, 1)
    assert sum(learned.others.exposures) == pytest.approx(7.5 / 24, abs=0.03)


async def test_a_failed_poll_keeps_what_was_learned(trip: Trip) -> None:
    await trip.watch(below="54", every="1h")
    await trip.poll()
    before = rows(trip)[0]
    trip.market.failures = [NotSent(Api.EBAY, Kind.UNAVAILABLE, "down")]
    await trip.poll(HOUR)
    after = rows(trip)[0]
    assert (after.estimates, after.value, after.longest) == (before.estimates, before.value, HOUR)


async def test_a_hopeless_target_is_polled_less_often_than_a_likely_one(trip: Trip) -> None:
    now = trip.clock.now()
    trip.market.offers(*(listing(n, 50 + n, created_at=Instant(now - n * HOUR)) for n in range(1, 40)))
    trip.calls.expected = trip.calls.left = 500
    await trip.registry.add({"query": QUERY, "below": "85"}, now)
    await trip.registry.add({"query": f"{QUERY} body", "below": "1"}, now)
    for _ in range(3):
        await trip.poll(HOUR)
    likely, hopeless = rows(trip)
    assert likely.value > 20 * hopeless.value
    assert likely.due_at - likely.polled_at < hopeless.due_at - hopeless.polled_at <= DAY


async def test_the_plan_is_computed_again_within_minutes(trip: Trip) -> None:
    await add(trip, 1)
    await trip.poll()
    assert trip.stores.polling_plan.read() is None, "the first plan is computed at each start"
    await trip.poll(Seconds(5 * MINUTE))
    first = trip.stores.polling_plan.read()
    assert first is not None
    await trip.poll(MINUTE)
    assert trip.stores.polling_plan.read() == first
    await add(trip, 22, user="collector", every="1m")
    await trip.poll(Seconds(5 * MINUTE))
    assert trip.poller._planner.shared.calls.stretch_of("collector") > 9


async def test_a_plan_soon_knows_the_intervals_that_new_watches_ask_for(trip: Trip) -> None:
    await add(trip, 1)
    await trip.poll()
    await add(trip, 22, user="collector", every="1m")
    await trip.poll(MINUTE)
    assert trip.poller._planner.shared.calls.stretch_of("collector") == 1
    await trip.poll(Seconds(30))
    assert trip.poller._planner.shared.calls.stretch_of("collector") > 9


async def test_a_plan_soon_knows_the_intervals_of_edited_watches(trip: Trip) -> None:
    await add(trip, 23, user="collector")
    for _ in range(3):
        await trip.poll(MINUTE)
    edited = [row.watch.id for row in trip.stores.watches.listed()]
    await trip.registry.edit_all(edited, {"every": "1m"}, trip.clock.now())
    await trip.poll(Seconds(1))
    assert trip.poller._planner.shared.calls.stretch_of("collector") == 1
    await trip.poll(Seconds(30))
    assert trip.poller._planner.shared.calls.stretch_of("collector") > 9
