"""Health: what ops are told of an API, in which order, and that a restart changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.fakes import SELF_CHECK_LIMITS, THRESHOLDS, FakeClock
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


class Ward:
    """A health over a real store and a clock that is moved."""

    def __init__(self, stores: Stores, clock: FakeClock, **limits: float) -> None:
        self.stores, self.clock = stores, clock
        self.limits = replace(THRESHOLDS, **limits)  # type: ignore[arg-type]  # a test's own numbers
        self.told: list[OpsNotice] = []
        self.restart()

    def restart(self) -> None:
        self.health = HealthMonitor(self.stores.incidents, self.limits, SELF_CHECK_LIMITS)
        self.health.restore(self.clock.now())

    async def calls(
        self, n: int, code: Code | None = None, *, every: float = 5.0, seconds: float = 0.2
    ) -> None:
        """`n` calls to eBay, each judged, `every` so many seconds."""
        for _ in range(n):
            self.health.observe(Attempt(Api.EBAY, self.clock.now(), Seconds(seconds), code))
            self.told += await self.health.evaluate(self.clock.now())
            self.clock.move(every)

    async def wait(self, seconds: float) -> None:
        self.clock.move(seconds)
        self.told += await self.health.evaluate(self.clock.now())

    @property
    def phases(self) -> list[tuple[str, str]]:
        return [(n.symptom, n.phase) for n in self.told]

    async def outbox(self) -> Sequence[OpsNotice]:
        """What waits for ops, in order; taken out of the outbox."""
        notices = []
        while leased := await self.stores.outbox.lease_deliveries(self.clock.now(), 9, "me", MINUTE, ()):
            for delivery in leased:
                assert delivery.to == "ops"
                assert isinstance(delivery.notification, OpsNotice)
                notices.append(delivery.notification)
                await self.stores.outbox.mark_sent(delivery, self.clock.now())
        return notices


@pytest.fixture
def ward(stores: Stores, clock: FakeClock) -> Ward:
    return Ward(stores, clock)


async def test_a_high_failure_rate_is_told_when_it_starts_and_when_it_ends(ward: Ward) -> None:
    await ward.calls(10)
    await ward.calls(10, DOWN)
    assert ward.phases == [("failure-rate", "firing")]
    await ward.calls(800)
    assert ward.phases == [("failure-rate", "firing"), ("failure-rate", "resolved")]
    firing, resolved = ward.told
    assert firing.headline == "eBay: 10 of 20 calls failed in the last 5 min (50 %, limit 10 %)"
    assert firing.incident_id == resolved.incident_id
    assert "is over after" in resolved.headline
    assert dict(firing.facts)["Errors in the last hour"] == "EBAY_UNAVAILABLE 10x"
    assert "cache" in dict(firing.facts)["Effect"]
    assert "watcher status" in firing.advice


async def test_what_is_told_waits_in_the_outbox_for_ops(ward: Ward) -> None:
    await ward.calls(10)
    await ward.calls(10, DOWN)
    assert await ward.outbox() == ward.told


async def test_an_outage_is_told_within_seconds_of_the_limit_and_carries_the_other_symptoms(
    ward: Ward,
) -> None:
    await ward.calls(1)
    success = ward.clock.now() - 5
    await ward.calls(6, LATE, every=49, seconds=10)
    await ward.wait(3)
    assert ("outage", "firing") in ward.phases
    outage = next(n for n in ward.told if n.symptom == "outage")
    assert outage.since == success
    assert 300 < outage.at - success <= 305
    assert outage.headline.startswith("eBay: no successful call for 5 min")
    also = [value for name, value in outage.facts if name == "Also"]
    assert any("on average" in a for a in also)


async def test_an_outage_ends_with_its_duration_and_its_failures_open_nothing_new(ward: Ward) -> None:
    await ward.calls(1, every=60)
    await ward.calls(9, DOWN, every=60)
    await ward.calls(120, every=60)
    assert ward.phases == [("outage", "firing"), ("outage", "resolved")]
    assert ward.told[-1].headline == "eBay: the outage is over after 10 min; calls succeed again"


async def test_latency_is_told_when_it_starts_and_when_it_ends(ward: Ward) -> None:
    await ward.calls(5, seconds=7)
    await ward.calls(70)
    assert ward.phases == [("latency", "firing"), ("latency", "resolved")]
    assert ward.told[0].headline == "eBay: calls took 7 s on average in the last 5 min (5 calls, limit 5 s)"


async def test_what_lasts_is_repeated_every_four_hours(ward: Ward) -> None:
    await ward.calls(1, every=60)
    await ward.calls(9 * 60, DOWN, every=60)
    assert ward.phases == [("outage", "firing"), ("outage", "reminder"), ("outage", "reminder")]
    first, second, third = (n.at for n in ward.told)
    assert second - first == third - second == 4 * HOUR
    assert "ongoing for 4 h" in ward.told[1].headline
    assert len({n.incident_id for n in ward.told}) == 1


async def test_a_reminder_tells_what_is_known_when_there_were_no_calls_since(ward: Ward) -> None:
    await ward.calls(10, seconds=9)
    await ward.calls(10, DOWN, seconds=9)
    await ward.wait(4 * HOUR)
    assert [(n.symptom, n.phase, n.headline) for n in ward.told[-2:]] == [
        (
            "failure-rate",
            "reminder",
            "eBay: ongoing for 4 h: 10 of 20 calls failed in the last 6 h (50 %, limit 10 %)",
        ),
        ("latency", "reminder", "eBay: ongoing for 4 h 1 min: no calls in the last 5 min"),
    ]


async def test_a_restart_neither_forgets_nor_repeats_what_was_told(ward: Ward) -> None:
    await ward.calls(1, every=60)
    await ward.calls(9, DOWN, every=60)
    ward.restart()
    await ward.calls(3, DOWN, every=60)
    assert ward.phases == [("outage", "firing")]
    await ward.calls(1)
    ward.restart()
    await ward.calls(5)
    assert ward.phases == [("outage", "firing"), ("outage", "resolved")]
    assert not ward.stores.incidents.open_incidents()


async def test_windows_survive_a_restart(ward: Ward) -> None:
    await ward.calls(10)
    await ward.calls(9, DOWN)
    ward.restart()
    await ward.calls(1, DOWN)
    assert ward.phases == [("failure-rate", "firing")]


async def test_an_outage_that_a_long_downtime_hides_stays_open_until_a_call_succeeds(ward: Ward) -> None:
    await ward.calls(1, every=60)
    await ward.calls(9, DOWN, every=60)
    ward.clock.move(9 * HOUR)
    ward.restart()
    await ward.wait(5)
    assert ward.phases == [("outage", "firing"), ("outage", "reminder")]
    assert ward.health.probe_due(ward.clock.now()) == [Api.EBAY]
    await ward.calls(1)
    assert ward.phases[-1] == ("outage", "resolved")


async def test_the_next_outage_is_another_incident(ward: Ward) -> None:
    for _ in range(2):
        await ward.calls(30, every=60)
        await ward.calls(7, DOWN, every=60)
    await ward.calls(1)
    assert [phase for _, phase in ward.phases] == ["firing", "resolved", "firing", "resolved"]
    assert len({n.incident_id for n in ward.told}) == 2


async def test_an_idle_api_says_nothing(ward: Ward) -> None:
    await ward.calls(5)
    for _ in range(100):
        await ward.wait(600)
    assert not ward.told
    assert ward.health.snapshot(ward.clock.now())[Api.EBAY].status is ApiStatus.NO_DATA


async def test_an_incident_without_any_call_for_six_hours_ends(ward: Ward) -> None:
    await ward.calls(1, every=60)
    await ward.calls(8, DOWN, every=60)
    for _ in range(7 * 60):
        await ward.wait(60)
    assert ward.phases[-1] == ("outage", "resolved")
    assert "no call for 6 h" in ward.told[-1].headline


async def test_a_write_that_fails_is_tried_again_and_told_once(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(before: object, after: object, post: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await ward.calls(10)
    await ward.calls(9, DOWN)
    with monkeypatch.context() as broken:
        broken.setattr(ward.stores.incidents, "move_incident", refuse)
        with pytest.raises(WatcherError):
            await ward.calls(1, DOWN)
    await ward.wait(5)
    await ward.wait(5)
    assert ward.phases == [("failure-rate", "firing")]


async def test_attempts_are_kept_when_they_cannot_be_written(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(attempts: Sequence[Attempt], by: str) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    with monkeypatch.context() as broken:
        broken.setattr(ward.stores.incidents, "log_attempts", refuse)
        with pytest.raises(WatcherError):
            await ward.calls(1)
    await ward.calls(1)
    assert len(ward.stores.incidents.attempts_since(Instant(0))[0]) == 2


async def test_a_probe_is_due_a_minute_after_a_failure_and_not_after_a_success(ward: Ward) -> None:
    await ward.calls(1, DOWN, every=59)
    assert not ward.health.probe_due(ward.clock.now())
    ward.clock.move(1)
    assert ward.health.probe_due(ward.clock.now()) == [Api.EBAY]
    await ward.calls(1, Code.EBAY_RATE_LIMIT, every=30)
    assert not ward.health.probe_due(ward.clock.now())
    await ward.calls(1, every=600)
    assert not ward.health.probe_due(ward.clock.now())


async def test_a_snapshot_counts_the_window_and_nothing_older(ward: Ward) -> None:
    await ward.calls(1, DOWN, every=400)
    for i in range(1, 101):
        await ward.calls(1, DOWN if i == 50 else None, every=1, seconds=i / 1000)
    shot = ward.health.snapshot(ward.clock.now())
    ebay = shot[Api.EBAY]
    assert (ebay.success_count, ebay.failure_count, ebay.failure_rate) == (99, 1, 1.0)
    assert ebay.latency == Latency(1, pytest.approx(50.5), 100, 50, 95, 99)
    assert (ebay.status, ebay.last_error, ebay.last_error_at) == (
        ApiStatus.HEALTHY,
        DOWN,
        ward.clock.now() - 51,
    )
    assert ebay.last_success_at == ward.clock.now() - 1
    assert shot[Api.STRIPE].status is ApiStatus.NO_DATA
    assert (shot[Api.STRIPE].failure_rate, shot[Api.STRIPE].latency) == (None, None)


async def test_the_status_says_degraded_and_down(ward: Ward) -> None:
    await ward.calls(1, every=60)
    await ward.calls(1, DOWN, every=60)
    assert ward.health.snapshot(ward.clock.now())[Api.EBAY].status is ApiStatus.HEALTHY
    await ward.calls(1, DOWN, every=60)
    assert ward.health.snapshot(ward.clock.now())[Api.EBAY].status is ApiStatus.DEGRADED
    await ward.calls(5, DOWN, every=60)
    ebay = ward.health.snapshot(ward.clock.now())[Api.EBAY]
    assert ebay.status is ApiStatus.DOWN
    assert [i.symptom for i in ebay.incidents] == ["outage"]


async def test_calls_of_another_daemon_are_seen_once_though_their_rows_appear_out_of_order(
    ward: Ward, database_url: str
) -> None:
    def log(row: int) -> None:
        call = {"at": ward.clock.now(), "api": "ebay", "seconds": 0.2, "counts": True, "daemon": "another"}
        engine = open_engine(database_url)
        with engine.begin() as db:
            db.execute(api_calls.insert().values(id=100 * row, **call))  # above what Postgres numbers itself
        engine.dispose()

    def seen() -> int:
        return ward.health.snapshot(ward.clock.now())[Api.EBAY].success_count

    log(7)
    await ward.wait(5)
    assert seen() == 1
    log(3)
    await ward.wait(5)
    assert seen() == 2
    await ward.calls(3)
    for _ in range(30):
        await ward.wait(5)
    assert seen() == 5


async def test_a_failure_names_its_code_and_the_symptoms_their_state(ward: Ward) -> None:
    await ward.calls(2, DOWN)
    ebay = ward.health.snapshot(ward.clock.now())[Api.EBAY]
    assert ebay.codes == {DOWN: 2}
    assert (ebay.symptoms[Symptom.OUTAGE], ebay.symptoms[Symptom.LATENCY]) == (State.PENDING, State.OK)
    assert set(ward.health.snapshot(ward.clock.now())[Api.STRIPE].symptoms.values()) == {State.NO_DATA}
