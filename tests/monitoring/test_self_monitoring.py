"""What is measured of watcher itself: lateness, waiting messages, dead letters, quota, disk, clock, lag."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes import SELF_CHECK_LIMITS, FakeClock
from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import IncidentPost
from watcher.core.errors import Api
from watcher.core.monitoring.incidents import Incident
from watcher.core.monitoring.self_checks import ClockJump, RecentDeadLetters, SuspiciousAnswers, quota_level
from watcher.core.monitoring.silences import Silence
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch_input import Defaults
from watcher.db.stores import Stores
from watcher.monitoring.self_monitoring import ClockJumpDetector, RecentActivity, SelfMonitor
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.watches.registry import Registry


class Desk:
    """SelfMonitor over a real store; only the destination `lost` leads nowhere."""

    def __init__(self, stores: Stores, clock: FakeClock, place: Path, allowance: QuotaBlocks) -> None:
        self.stores, self.clock, self.pulse, self.passed = stores, clock, RecentActivity(clock), 0.0
        self.sensors = SelfMonitor(
            stores,
            SELF_CHECK_LIMITS,
            quotas=lambda now: {Api.EBAY: quota_level(Api.EBAY, 5000, allowance.used(now), now)},
            cadence=lambda _watch: Seconds(5 * MINUTE),
            knows=lambda to: to != "lost",
            activity=self.pulse,
            data_dir=place,
            jumps=ClockJumpDetector(lambda: self.passed, Seconds(30.0)),
            clock_skew=lambda: Seconds(0.0),
        )

    async def post(self, name: str, to: str = "ops") -> None:
        now = self.clock.now()
        notice = OpsNotice(name, "firing", name, "outage", now, now, "no answer")
        await self.stores.incidents.move_incident(
            None, Incident(name, name, "outage", now, now, now, now), IncidentPost(to, notice)
        )


@pytest.fixture
async def desk(stores: Stores, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Desk]:
    allowance = QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger)
    yield Desk(stores, clock, tmp_path, allowance)
    await allowance.close()


async def test_where_all_is_well_there_is_nothing_to_find(desk: Desk) -> None:
    readings = desk.sensors.read(desk.clock.now())
    assert (readings.overdue, readings.backlog, readings.dead_letters) == (None, None, None)
    assert (readings.jump, readings.lag, readings.suspicious) == (None, None, SuspiciousAnswers(0, 0))
    assert readings.quotas[Api.EBAY][:3] == (0, 4500, 5000)
    assert readings.disk is not None
    assert 0 < readings.disk.free < readings.disk.size


async def test_a_search_is_late_by_its_own_cadence(desk: Desk) -> None:
    registry = Registry(desk.stores.watches, Defaults("EBAY_US"), 5000)
    await registry.add({"query": "zenitar mk2", "below": "50"}, desk.clock.now())
    assert desk.sensors.read(desk.clock.move(20)).overdue is None
    late = desk.sensors.read(desk.clock.move(11 * MINUTE)).overdue
    assert late is not None
    assert (late.query, late.cadence, late.searches) == ("zenitar mk2", 300, 1)
    assert late.late == pytest.approx(680)


async def test_what_waits_is_measured_by_its_oldest_and_not_where_nobody_can_be_reached(desk: Desk) -> None:
    await desk.post("a", "lost")
    desk.clock.move(60)
    await desk.post("b")
    desk.clock.move(60)
    await desk.post("c")
    waiting = desk.sensors.read(desk.clock.move(60)).backlog
    assert waiting is not None
    assert (waiting.messages, desk.clock.now() - waiting.oldest) == (2, 120)


async def test_a_silenced_price_alert_does_not_wait_too_long(desk: Desk) -> None:
    now = desk.clock.now()
    silence = Silence("s", now, Instant(now + HOUR), "ann", "holiday", watch=1)
    await desk.stores.silences.add(silence, now)
    assert desk.sensors.read(desk.clock.move(10 * MINUTE)).backlog is None


async def test_a_dead_letter_counts_for_a_day(desk: Desk) -> None:
    await desk.post("a")
    (delivery,) = await desk.stores.outbox.lease_deliveries(desk.clock.now(), 9, "me", MINUTE, ())
    await desk.stores.outbox.dead_letter(delivery, desk.clock.now(), "SLACK_REFUSED", "no_service")
    assert desk.sensors.read(desk.clock.now()).dead_letters == RecentDeadLetters(
        1, "ops", "SLACK_REFUSED: no_service"
    )
    assert desk.sensors.read(desk.clock.move(DAY + 1)).dead_letters is None


async def test_a_clock_that_moves_with_the_time_that_passes_does_not_jump(desk: Desk) -> None:
    for step, jump in ((5.0, 0.0), (5.0, 29.0), (600.0, 0.0)):
        desk.passed += step
        assert desk.sensors.read(desk.clock.move(step + jump)).jump is None
    desk.passed += 5
    assert desk.sensors.read(desk.clock.move(-3595)).jump == ClockJump(desk.clock.now(), Seconds(-3600.0))
    first = desk.clock.now()
    desk.passed += 5
    assert desk.sensors.read(desk.clock.move(5)).jump == ClockJump(first, Seconds(-3600.0))


async def test_the_worst_lag_of_five_minutes_counts_and_is_forgotten(desk: Desk) -> None:
    for lag in (0.1, 12.0, 0.2):
        desk.pulse.timing("scheduler.lag", lag)
    desk.pulse.timing("poll.lag", 99.0)
    assert desk.sensors.read(desk.clock.now()).lag == 12
    desk.clock.move(7 * MINUTE)
    assert desk.sensors.read(desk.clock.now()).lag is None
    desk.pulse.timing("scheduler.lag", 0.3)
    assert desk.sensors.read(desk.clock.now()).lag == 0.3


async def test_doubted_answers_are_counted_for_an_hour(desk: Desk) -> None:
    for _ in range(10):
        desk.pulse.count("poll.ok")
        desk.clock.move(MINUTE)
    desk.pulse.count("suspicious.empty")
    desk.pulse.count("suspicious.prices", 2)
    desk.pulse.count("cache.hit")
    assert desk.sensors.read(desk.clock.now()).suspicious == SuspiciousAnswers(10, 3)
    assert desk.sensors.read(desk.clock.move(2 * HOUR)).suspicious == SuspiciousAnswers(0, 0)
