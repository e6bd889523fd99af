"""The job that finds out how wrong medians were, from polls to the figures of a category."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.fakes import listing, usd
from tests.trips import Trip
from watcher.core.accuracy import Accuracy
from watcher.core.comps import Basis
from watcher.core.delistings import DelistingKind
from watcher.core.listing import Listing
from watcher.core.times import DAY, HOUR, Instant
from watcher.watches.accuracy_job import AccuracyJob


def job_of(trip: Trip) -> AccuracyJob:
    return AccuracyJob(trip.stores, {"cards": DAY}, 30 * DAY)


def offer(trip: Trip, number: int, price: float) -> Listing:
    title = f"Zenitar Mk2 rangefinder camera no {number}"
    return listing(number, price, 0.0, title=title, created_at=trip.clock.now())


async def live(trip: Trip, days: int = 20) -> None:
    """Poll daily while one listing leaves, at 110, and another comes."""
    goods = [offer(trip, n, 100 if n % 2 else 110) for n in range(1, 12)]
    for day in range(days):
        trip.market.offers(*goods)
        await trip.poll(DAY)
        gone = next(x for x in goods if x.price == usd(110))
        goods = [*(x for x in goods if x is not gone), offer(trip, 100 + day, 110)]


async def accuracy(trip: Trip, job: AccuracyJob) -> list[Accuracy]:
    await job.run_whole(trip.clock.now())
    return list(trip.stores.accuracy.all())


async def test_delistings_are_compared_per_category(trip: Trip) -> None:
    await trip.watch(below="1", category="Card")
    job = job_of(trip)
    assert await accuracy(trip, job) == [], "nothing has left"
    await live(trip)
    (found,) = await accuracy(trip, job)
    assert (found.category, found.basis, found.kinds) == ("cards", Basis.ASK, {DelistingKind.GONE: 19})
    assert found.plain.n == 19
    assert found.plain.median == pytest.approx(0.1)
    assert found == trip.stores.accuracy.of("cards", Basis.ASK)
    assert trip.stores.accuracy.of("shoes", Basis.ASK) is None


async def test_delistings_without_texts_count_as_before(trip: Trip) -> None:
    await trip.watch(below="1", category="cards")
    await live(trip)
    job = job_of(trip)
    (before,) = await accuracy(trip, job)
    trip.clock.move(31 * DAY)
    await trip.stores.housekeeping.prune(trip.clock.now())
    assert trip.stores.database.value(text("SELECT count(*) FROM exits")) == 19
    (after,) = await accuracy(trip, job)
    assert after.plain == before.plain
    assert after.kinds == before.kinds


async def test_the_newest_price_point_gets_the_corrected_median(trip: Trip) -> None:
    number = await trip.watch(below="1", category="cards")
    question = trip.registry.get(number).question
    await live(trip)
    assert trip.stores.accuracy.corrected(question, trip.clock.now()) is None
    await job_of(trip).run_whole(trip.clock.now())
    found = trip.stores.accuracy.corrected(question, trip.clock.now())
    assert found == usd(110), "what is sold, although most asks are 100"
    assert trip.stores.database.value(text("SELECT count(corrected) FROM price_points")) == 1
    assert trip.stores.accuracy.corrected(question, Instant(trip.clock.now() + 3 * DAY)) is None


async def test_figures_are_computed_once_an_hour_whatever_the_daemon(trip: Trip) -> None:
    await trip.watch(below="1", category="cards")
    await live(trip)
    job, other = job_of(trip), job_of(trip)
    for _ in range(3):  # the last round finds no more searches
        await job.round(trip.clock.now())
    computed_at = trip.stores.accuracy.computed_at()
    assert computed_at == trip.clock.now()
    for _ in range(3):
        await other.round(trip.clock.move(HOUR / 4))
    assert trip.stores.accuracy.computed_at() == computed_at
    trip.clock.move(HOUR)
    for _ in range(2):
        await other.round(trip.clock.now())
    assert trip.stores.accuracy.computed_at() == trip.clock.now()


async def test_an_alert_says_how_wrong_medians_were(trip: Trip) -> None:
    trip.poller.accuracy_of = lambda category, basis: f"{category} {basis}"
    await trip.watch(below="51", category="cards")
    (alert,) = await trip.poll()
    assert alert.accuracy == "cards ask"


async def test_a_removed_category_is_forgotten(trip: Trip) -> None:
    number = await trip.watch(below="1", category="cards")
    await live(trip)
    job = job_of(trip)
    assert await accuracy(trip, job)
    await trip.registry.remove(number, trip.clock.now())
    await trip.stores.housekeeping.prune(trip.clock.move(400 * DAY))
    assert await accuracy(trip, job) == []


@pytest.mark.parametrize(
    "change",
    [
        "payload = '{}'",
        "payload = '[]'",
        "payload = 'x'",
        """payload = replace(payload, '"5": ', '"6": ')""",
        "basis = 'guess'",
        """payload = replace(payload, '"since": ', '"since": 9e99, "x": ')""",
    ],
)
async def test_damaged_figures_are_left_out(trip: Trip, change: str) -> None:
    await trip.watch(below="1", category="cards")
    await live(trip, 5)
    assert await accuracy(trip, job_of(trip))
    await trip.stores.database.write(lambda conn: conn.execute(text(f"UPDATE accuracy SET {change}")))
    assert trip.stores.accuracy.all() == []
    assert trip.stores.accuracy.of("cards", Basis.ASK) is None
