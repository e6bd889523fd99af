"""The measurements of watcher itself: lateness, backlog, dead letters, quota, disk, clock, lag."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes import THRESHOLDS, FakeClock
from tests.trips import Trip
from watcher.core.alerts import OpsNotice
from watcher.core.cadence.call_plan import CallPlan
from watcher.core.deliveries import IncidentPost
from watcher.core.errors import Api
from watcher.core.monitoring.incidents import Incident
from watcher.core.monitoring.self_checks import ClockJump, RecentDeadLetters, SuspiciousAnswers, quota_level
from watcher.core.monitoring.silences import Silence
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch_input import Defaults
from watcher.db.stores import Stores
from watcher.monitoring.self_monitoring import ClockJumpDetector, RecentActivity, SelfMonitor
from watcher.polling.demand_scan import SharedPlan
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.watches.registry import Registry


class SelfMonitorHarness:
    """A SelfMonitor over a real store; only the destination `lost` is not configured."""

    def __init__(self, stores: Stores, clock: FakeClock, data_dir: Path, quota: QuotaBlocks) -> None:
        self.stores, self.clock = stores, clock
        self.activity, self.monotonic = RecentActivity(clock), 0.0
        self.monitor = SelfMonitor(
            stores,
            THRESHOLDS,
            quotas=lambda now: {Api.EBAY: quota_level(Api.EBAY, 5000, quota.used(now), now)},
            plan=lambda: SharedPlan(CallPlan(searches=1, calls=288.0)),
            is_configured=lambda to: to != "lost",
            activity=self.activity,
            data_dir=data_dir,
            jumps=ClockJumpDetector(lambda: self.monotonic, Seconds(30.0)),
            clock_skew=lambda: Seconds(0.0),
        )

    async def post(self, name: str, to: str = "ops") -> None:
        now = self.clock.now()
        notice = OpsNotice(name, "firing", name, "outage", now, now, "no answer")
        await self.stores.incidents.move_incident(
            None, Incident(name, name, "outage", now, now, now, now), IncidentPost(to, notice)
        )


@pytest.fixture
async def harness(stores: Stores, clock: FakeClock, tmp_path: Path) -> AsyncIterator[SelfMonitorHarness]:
    quota = QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger)
    yield SelfMonitorHarness(stores, clock, tmp_path, quota)
    await quota.close()


async def test_the_readings_of_a_healthy_daemon_show_no_problem(harness: SelfMonitorHarness) -> None:
    readings = harness.monitor.read(harness.clock.now())
    assert (readings.overdue, readings.backlog, readings.dead_letters) == (None, None, None)
    assert (readings.jump, readings.lag, readings.suspicious) == (None, None, SuspiciousAnswers(0, 0))
    assert readings.quotas[Api.EBAY][:3] == (0, 4676, 5000)  # at 8 h 7 min of the quota day
    assert readings.disk is not None
    assert 0 < readings.disk.free < readings.disk.size


async def test_an_overdue_search_is_reported_with_its_cadence(harness: SelfMonitorHarness) -> None:
    registry = Registry(harness.stores.watches, Defaults("EBAY_US"), CallPlan)
    await registry.add({"query": "zenitar mk2", "below": "50"}, harness.clock.now())
    assert harness.monitor.read(harness.clock.move(20)).overdue is None
    overdue = harness.monitor.read(harness.clock.move(11 * MINUTE)).overdue
    assert overdue is not None
    assert (overdue.query, overdue.cadence, overdue.searches) == ("zenitar mk2", 300, 1)
    assert overdue.late == pytest.approx(680)


async def test_the_backlog_excludes_destinations_that_are_not_configured(harness: SelfMonitorHarness) -> None:
    await harness.post("a", "lost")
    harness.clock.move(60)
    await harness.post("b")
    harness.clock.move(60)
    await harness.post("c")
    backlog = harness.monitor.read(harness.clock.move(60)).backlog
    assert backlog is not None
    assert (backlog.messages, harness.clock.now() - backlog.oldest) == (2, 120)


async def test_a_silenced_price_alert_is_not_part_of_the_backlog(
    harness: SelfMonitorHarness, trip: Trip
) -> None:
    now = harness.clock.now()
    silence = Silence("s", now, Instant(now + HOUR), "ann", "holiday", watch=await trip.watch(below="51"))
    await harness.stores.silences.add(silence, now)
    assert await trip.poll()
    assert harness.stores.outbox.count_unsent() == {"pending": 1}
    assert harness.monitor.read(harness.clock.move(10 * MINUTE)).backlog is None
    backlog = harness.monitor.read(harness.clock.move(HOUR)).backlog
    assert backlog is not None
    assert backlog.messages == 1


async def test_a_dead_letter_counts_for_a_day(harness: SelfMonitorHarness) -> None:
    await harness.post("a")
    (delivery,) = await harness.stores.outbox.lease_deliveries(harness.clock.now(), 9, "me", MINUTE, ())
    await harness.stores.outbox.dead_letter(delivery, harness.clock.now(), "SLACK_REFUSED", "no_service")
    assert harness.monitor.read(harness.clock.now()).dead_letters == RecentDeadLetters(
        1, "ops", "SLACK_REFUSED: no_service"
    )
    assert harness.monitor.read(harness.clock.move(DAY + 1)).dead_letters is None


async def test_only_a_clock_that_departs_from_monotonic_time_has_jumped(harness: SelfMonitorHarness) -> None:
    for step, jump in ((5.0, 0.0), (5.0, 29.0), (600.0, 0.0)):
        harness.monotonic += step
        assert harness.monitor.read(harness.clock.move(step + jump)).jump is None
    harness.monotonic += 5
    assert harness.monitor.read(harness.clock.move(-3595)).jump == ClockJump(
        harness.clock.now(), Seconds(-3600.0)
    )
    first = harness.clock.now()
    harness.monotonic += 5
    assert harness.monitor.read(harness.clock.move(5)).jump == ClockJump(first, Seconds(-3600.0))


async def test_the_maximum_lag_of_the_last_five_minutes_is_reported(harness: SelfMonitorHarness) -> None:
    for lag in (0.1, 12.0, 0.2):
        harness.activity.timing("scheduler.lag", lag)
    harness.activity.timing("poll.lag", 99.0)
    assert harness.monitor.read(harness.clock.now()).lag == 12
    harness.clock.move(7 * MINUTE)
    assert harness.monitor.read(harness.clock.now()).lag is None
    harness.activity.timing("scheduler.lag", 0.3)
    assert harness.monitor.read(harness.clock.now()).lag == 0.3


async def test_a_minute_without_a_late_round_has_no_lag(harness: SelfMonitorHarness) -> None:
    harness.activity.count("poll.ok")
    assert harness.monitor.read(harness.clock.now()).lag == 0


async def test_suspicious_answers_are_counted_for_an_hour(harness: SelfMonitorHarness) -> None:
    for _ in range(10):
        harness.activity.count("poll.ok")
        harness.clock.move(MINUTE)
    harness.activity.count("suspicious.empty")
    harness.activity.count("suspicious.prices", 2)
    harness.activity.count("cache.hit")
    assert harness.monitor.read(harness.clock.now()).suspicious == SuspiciousAnswers(10, 3)
    assert harness.monitor.read(harness.clock.move(2 * HOUR)).suspicious == SuspiciousAnswers(0, 0)
