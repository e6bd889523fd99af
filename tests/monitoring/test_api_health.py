"""API health: the messages about an API, their order, and restarts that change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.fakes import THRESHOLDS, FakeClock
from tests.story import JUDGE_SECONDS
from watcher.core.alerts import OpsNotice
from watcher.core.errors import Api, Code, WatcherError
from watcher.core.monitoring.api_status import ApiStatus, Latency
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.incidents import State, Symptom
from watcher.core.times import HOUR, MINUTE, Instant, Seconds
from watcher.db.engine import open_engine
from watcher.db.schema import api_calls
from watcher.db.stores import Stores
from watcher.monitoring.api_health import HealthMonitor

DOWN, LATE = Code.EBAY_UNAVAILABLE, Code.EBAY_TIMEOUT


class HealthHarness:
    """A HealthMonitor over a real store, with a clock that tests move."""

    def __init__(self, stores: Stores, clock: FakeClock, **thresholds: float) -> None:
        self.stores, self.clock = stores, clock
        self.thresholds = replace(THRESHOLDS, **thresholds)  # type: ignore[arg-type]  # limits of a test
        self.messages: list[OpsNotice] = []
        self._evaluated_at = clock.now()
        self.restart()

    def restart(self) -> None:
        self.health = HealthMonitor(self.stores.incidents, self.thresholds)
        self.health.restore(self.clock.now())

    async def make_calls(
        self, n: int, code: Code | None = None, *, every: float = 5.0, seconds: float = 0.2
    ) -> None:
        """Make `n` calls to eBay, `every` seconds apart; evaluate every five seconds, and at the end."""
        for number in range(1, n + 1):
            self.health.observe(Attempt(Api.EBAY, self.clock.now(), Seconds(seconds), code))
            if number == n or self.clock.now() - self._evaluated_at >= JUDGE_SECONDS:
                await self._evaluate()
            self.clock.move(every)

    async def wait(self, seconds: float) -> None:
        self.clock.move(seconds)
        await self._evaluate()

    async def _evaluate(self) -> None:
        self._evaluated_at = self.clock.now()
        self.messages += await self.health.evaluate(self._evaluated_at)

    @property
    def phases(self) -> list[tuple[str, str]]:
        return [(n.symptom, n.phase) for n in self.messages]

    async def outbox(self) -> Sequence[OpsNotice]:
        """Take the messages for ops out of the outbox, in order."""
        notices = []
        while leased := await self.stores.outbox.lease_deliveries(self.clock.now(), 9, "me", MINUTE, ()):
            for delivery in leased:
                assert delivery.to == "ops"
                assert isinstance(delivery.notification, OpsNotice)
                notices.append(delivery.notification)
                await self.stores.outbox.mark_sent(delivery, self.clock.now())
        return notices


@pytest.fixture
def harness(stores: Stores, clock: FakeClock) -> HealthHarness:
    return HealthHarness(stores, clock)


async def test_high_failure_rate_is_reported_when_it_starts_and_ends(harness: HealthHarness) -> None:
    await harness.make_calls(10)
    await harness.make_calls(10, DOWN)
    assert harness.phases == [("failure-rate", "firing")]
    await harness.make_calls(800)
    assert harness.phases == [("failure-rate", "firing"), ("failure-rate", "resolved")]
    firing, resolved = harness.messages
    assert firing.headline == "eBay: 10 of 20 calls failed in the last 5 min (50 %, limit 10 %)"
    assert firing.incident_id == resolved.incident_id
    assert "is over after" in resolved.headline
    assert dict(firing.facts)["Errors in the last hour"] == "EBAY_UNAVAILABLE 10x"
    assert "cache" in dict(firing.facts)["Effect"]
    assert "watcher status" in firing.advice


async def test_messages_wait_in_the_outbox_for_ops(harness: HealthHarness) -> None:
    await harness.make_calls(10)
    await harness.make_calls(10, DOWN)
    assert await harness.outbox() == harness.messages


async def test_an_outage_is_reported_in_seconds_with_the_other_symptoms(
    harness: HealthHarness,
) -> None:
    await harness.make_calls(1)
    success = harness.clock.now() - 5
    await harness.make_calls(6, LATE, every=49, seconds=10)
    await harness.wait(3)
    assert ("outage", "firing") in harness.phases
    outage = next(n for n in harness.messages if n.symptom == "outage")
    assert outage.since == success
    assert 300 < outage.at - success <= 305
    assert outage.headline.startswith("eBay: no successful call for 5 min")
    also = [value for name, value in outage.facts if name == "Also"]
    assert any("on average" in a for a in also)


async def test_an_ended_outage_reports_its_duration_and_opens_no_incident(harness: HealthHarness) -> None:
    await harness.make_calls(1, every=60)
    await harness.make_calls(9, DOWN, every=60)
    await harness.make_calls(120, every=60)
    assert harness.phases == [("outage", "firing"), ("outage", "resolved")]
    assert harness.messages[-1].headline == "eBay: the outage is over after 10 min; calls succeed again"


async def test_high_latency_is_reported_when_it_starts_and_ends(harness: HealthHarness) -> None:
    await harness.make_calls(5, seconds=7)
    await harness.make_calls(70)
    assert harness.phases == [("latency", "firing"), ("latency", "resolved")]
    assert (
        harness.messages[0].headline
        == "eBay: calls took 7 s on average in the last 5 min (5 calls, limit 5 s)"
    )


_SLOW = [pytest.param(seconds, marks=pytest.mark.slow) for seconds in (1.0, 3.0, 5.0)]


@pytest.mark.parametrize("interval", [0.5, *_SLOW, 20.0])
async def test_a_resolved_latency_incident_stays_resolved(harness: HealthHarness, interval: float) -> None:
    await harness.make_calls(20, every=interval, seconds=8)
    await harness.make_calls(900, every=interval)
    assert harness.phases == [("latency", "firing"), ("latency", "resolved")]


async def test_a_resolved_failure_rate_incident_stays_resolved(harness: HealthHarness) -> None:
    await harness.make_calls(10, every=1)
    await harness.make_calls(10, DOWN, every=1)
    await harness.make_calls(2_000, every=1)
    assert harness.phases == [("failure-rate", "firing"), ("failure-rate", "resolved")]


@pytest.mark.parametrize("restarts", [False, True])
async def test_calls_before_the_end_of_an_incident_start_no_other_one(
    harness: HealthHarness, *, restarts: bool
) -> None:
    await harness.make_calls(10, every=1)
    await harness.make_calls(10, DOWN, every=1)
    await harness.make_calls(600, every=1)
    seen = len(harness.messages)
    assert harness.phases[-1] == ("failure-rate", "resolved")
    if restarts:
        harness.restart()
    await harness.wait(310)
    await harness.make_calls(8, DOWN, every=1)
    await harness.make_calls(8, every=1)
    assert harness.phases[seen:] == [], "8 failures are too few, whatever came before"
    await harness.make_calls(12, DOWN, every=1)
    assert harness.phases[seen:] == [("failure-rate", "firing")]


async def test_an_outage_leaves_no_failure_rate_or_latency_behind(harness: HealthHarness) -> None:
    await harness.make_calls(5, every=1)
    await harness.make_calls(400, LATE, every=1, seconds=10)
    await harness.make_calls(60, every=1)
    kinds = [phase for symptom, phase in harness.phases if symptom != "outage"]
    assert len(kinds) == len(set(harness.phases)) - 2, "each symptom starts and ends at most once"
    assert harness.phases.count(("outage", "firing")) == harness.phases.count(("outage", "resolved")) == 1


async def test_a_short_burst_of_slow_calls_is_reported_with_its_own_mean(
    stores: Stores, clock: FakeClock
) -> None:
    health = HealthMonitor(stores.incidents, THRESHOLDS)
    for n in range(60):
        health.observe(Attempt(Api.EBAY, clock.move(0.05), Seconds(8.0 if n < 5 else 0.1)))
    (notice,) = await health.evaluate(clock.now())
    assert notice.headline == "eBay: calls took 8 s on average in the last 5 min (5 calls, limit 5 s)"


async def test_an_ongoing_incident_is_repeated_every_four_hours(harness: HealthHarness) -> None:
    await harness.make_calls(1, every=60)
    await harness.make_calls(9 * 60, DOWN, every=60)
    assert harness.phases == [("outage", "firing"), ("outage", "reminder"), ("outage", "reminder")]
    first, second, third = (n.at for n in harness.messages)
    assert second - first == third - second == 4 * HOUR
    assert "ongoing for 4 h" in harness.messages[1].headline
    assert len({n.incident_id for n in harness.messages}) == 1


async def test_a_reminder_without_calls_since_reports_the_last_known_numbers(harness: HealthHarness) -> None:
    await harness.make_calls(10, seconds=9)
    await harness.make_calls(10, DOWN, seconds=9)
    await harness.wait(4 * HOUR)
    assert [(n.symptom, n.phase, n.headline) for n in harness.messages[-2:]] == [
        (
            "failure-rate",
            "reminder",
            "eBay: ongoing for 4 h: 10 of 20 calls failed in the last 6 h (50 %, limit 10 %)",
        ),
        ("latency", "reminder", "eBay: ongoing for 4 h 1 min: no calls in the last 5 min"),
    ]


async def test_a_restart_neither_forgets_nor_repeats_messages(harness: HealthHarness) -> None:
    await harness.make_calls(1, every=60)
    await harness.make_calls(9, DOWN, every=60)
    harness.restart()
    await harness.make_calls(3, DOWN, every=60)
    assert harness.phases == [("outage", "firing")]
    await harness.make_calls(1)
    harness.restart()
    await harness.make_calls(5)
    assert harness.phases == [("outage", "firing"), ("outage", "resolved")]
    assert not harness.stores.incidents.open_incidents()


async def test_windows_survive_a_restart(harness: HealthHarness) -> None:
    await harness.make_calls(10)
    await harness.make_calls(9, DOWN)
    harness.restart()
    await harness.make_calls(1, DOWN)
    assert harness.phases == [("failure-rate", "firing")]


async def test_an_outage_stays_open_over_a_downtime_until_a_call_succeeds(harness: HealthHarness) -> None:
    await harness.make_calls(1, every=60)
    await harness.make_calls(9, DOWN, every=60)
    harness.clock.move(9 * HOUR)
    harness.restart()
    await harness.wait(5)
    assert harness.phases == [("outage", "firing"), ("outage", "reminder")]
    assert harness.health.probe_due(harness.clock.now()) == [Api.EBAY]
    await harness.make_calls(1)
    assert harness.phases[-1] == ("outage", "resolved")


async def test_the_next_outage_is_a_new_incident(harness: HealthHarness) -> None:
    for _ in range(2):
        await harness.make_calls(30, every=60)
        await harness.make_calls(7, DOWN, every=60)
    await harness.make_calls(1)
    assert [phase for _, phase in harness.phases] == ["firing", "resolved", "firing", "resolved"]
    assert len({n.incident_id for n in harness.messages}) == 2


async def test_an_idle_api_sends_no_message(harness: HealthHarness) -> None:
    await harness.make_calls(5)
    for _ in range(100):
        await harness.wait(600)
    assert not harness.messages
    assert harness.health.snapshot(harness.clock.now())[Api.EBAY].status is ApiStatus.NO_DATA


async def test_an_incident_without_any_call_for_six_hours_ends(harness: HealthHarness) -> None:
    await harness.make_calls(1, every=60)
    await harness.make_calls(8, DOWN, every=60)
    for _ in range(7 * 60):
        await harness.wait(60)
    assert harness.phases[-1] == ("outage", "resolved")
    assert "no call for 6 h" in harness.messages[-1].headline


async def test_a_failed_write_is_retried_and_its_message_is_sent_once(
    harness: HealthHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(before: object, after: object, post: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await harness.make_calls(10)
    await harness.make_calls(9, DOWN)
    with monkeypatch.context() as broken:
        broken.setattr(harness.stores.incidents, "move_incident", refuse)
        with pytest.raises(WatcherError):
            await harness.make_calls(1, DOWN)
    await harness.wait(5)
    await harness.wait(5)
    assert harness.phases == [("failure-rate", "firing")]


async def test_attempts_are_kept_when_they_cannot_be_written(
    harness: HealthHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(attempts: Sequence[Attempt], by: str) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    with monkeypatch.context() as broken:
        broken.setattr(harness.stores.incidents, "log_attempts", refuse)
        with pytest.raises(WatcherError):
            await harness.make_calls(1)
    await harness.make_calls(1)
    assert len(harness.stores.incidents.attempts_since(Instant(0))[0]) == 2


async def test_a_probe_is_due_a_minute_after_a_failure_and_not_after_a_success(
    harness: HealthHarness,
) -> None:
    await harness.make_calls(1, DOWN, every=59)
    assert not harness.health.probe_due(harness.clock.now())
    harness.clock.move(1)
    assert harness.health.probe_due(harness.clock.now()) == [Api.EBAY]
    await harness.make_calls(1, Code.EBAY_RATE_LIMIT, every=30)
    assert not harness.health.probe_due(harness.clock.now())
    await harness.make_calls(1, every=600)
    assert not harness.health.probe_due(harness.clock.now())


async def test_a_snapshot_counts_only_the_window(harness: HealthHarness) -> None:
    await harness.make_calls(1, DOWN, every=400)
    for i in range(1, 101):
        await harness.make_calls(1, DOWN if i == 50 else None, every=1, seconds=i / 1000)
    snapshot = harness.health.snapshot(harness.clock.now())
    ebay = snapshot[Api.EBAY]
    assert (ebay.success_count, ebay.failure_count, ebay.failure_rate) == (99, 1, 1.0)
    assert ebay.latency == Latency(1, pytest.approx(50.5), 100, 50, 95, 99)
    assert (ebay.status, ebay.last_error) == (ApiStatus.HEALTHY, DOWN)
    assert snapshot[Api.STRIPE].status is ApiStatus.NO_DATA
    assert (snapshot[Api.STRIPE].failure_rate, snapshot[Api.STRIPE].latency) == (None, None)


async def test_the_status_becomes_degraded_and_then_down(harness: HealthHarness) -> None:
    await harness.make_calls(1, every=60)
    await harness.make_calls(1, DOWN, every=60)
    assert harness.health.snapshot(harness.clock.now())[Api.EBAY].status is ApiStatus.HEALTHY
    await harness.make_calls(1, DOWN, every=60)
    assert harness.health.snapshot(harness.clock.now())[Api.EBAY].status is ApiStatus.DEGRADED
    await harness.make_calls(5, DOWN, every=60)
    ebay = harness.health.snapshot(harness.clock.now())[Api.EBAY]
    assert ebay.status is ApiStatus.DOWN
    assert [i.symptom for i in ebay.incidents] == ["outage"]


@pytest.mark.parametrize(
    ("calls", "failures", "status"),
    [
        (40, 5, "degraded"),  # 12.5 %
        (24, 3, "degraded"),
        (40, 4, "healthy"),  # 10 % is not above the threshold
        (16, 2, "healthy"),  # too few calls to exclude chance
        (8, 6, "degraded"),  # few calls, but no chance
        (60, 48, "degraded"),
    ],
)
async def test_an_api_is_degraded_above_the_failure_rate_threshold(
    harness: HealthHarness, calls: int, failures: int, status: str
) -> None:
    failing = {n * calls // failures for n in range(failures)}
    assert calls - 1 not in failing, "a run of failures at the end is another rule"
    for n in range(calls):
        code = DOWN if n in failing else None
        harness.health.observe(Attempt(Api.EBAY, harness.clock.move(2), Seconds(0.2), code))
    assert harness.health.snapshot(harness.clock.now())[Api.EBAY].status == status


async def test_calls_of_other_daemons_count_once_if_rows_appear_out_of_order(
    harness: HealthHarness, database_url: str
) -> None:
    def log(row: int) -> None:
        call = {"at": harness.clock.now(), "api": "ebay", "seconds": 0.2, "counts": True, "daemon": "another"}
        engine = open_engine(database_url)
        with engine.begin() as db:
            db.execute(
                api_calls.insert().values(id=100 * row, **call)
            )  # above the numbers that Postgres assigns
        engine.dispose()

    def counted_calls() -> int:
        return harness.health.snapshot(harness.clock.now())[Api.EBAY].success_count

    log(7)
    await harness.wait(5)
    assert counted_calls() == 1
    log(3)
    await harness.wait(5)
    assert counted_calls() == 2
    await harness.make_calls(3)
    for _ in range(30):
        await harness.wait(5)
    assert counted_calls() == 5


async def test_a_snapshot_contains_error_codes_and_states_of_symptoms(harness: HealthHarness) -> None:
    await harness.make_calls(2, DOWN)
    ebay = harness.health.snapshot(harness.clock.now())[Api.EBAY]
    assert ebay.codes == {DOWN: 2}
    assert (ebay.symptoms[Symptom.OUTAGE], ebay.symptoms[Symptom.LATENCY]) == (State.PENDING, State.OK)
    assert set(harness.health.snapshot(harness.clock.now())[Api.STRIPE].symptoms.values()) == {State.NO_DATA}
