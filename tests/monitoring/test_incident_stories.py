"""Stories over simulated time: the messages that ops receive between two instants, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.story import DOWN, LATE, Between, Story, always, at, between, every_other
from watcher.core.errors import Api, Code
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.self_checks import (
    ClockJump,
    DiskSpace,
    OutboxBacklog,
    OverdueSearch,
    QuotaLevel,
    Readings,
    RecentDeadLetters,
    SuspiciousAnswers,
    UnrecordedPolls,
)
from watcher.core.monitoring.silences import Silence
from watcher.core.times import HOUR, Instant, Seconds
from watcher.monitoring.api_health import HealthMonitor


@pytest.fixture
def story(database_url: str) -> Iterator[Story]:
    story = Story(database_url)
    yield story
    story.close()


async def test_twelve_minutes_of_failures_send_one_start_and_one_end(story: Story) -> None:
    story.ebay("09:00", "10:00")
    story.ebay("10:00", "10:12", fails=every_other)
    story.ebay("10:12", "11:10")
    await story.until("11:10")
    notice = story.want(between("10:05:35", "10:05:50"), "firing", "failure-rate")
    assert notice.headline == "eBay: 10 of the last 20 calls failed (50 %, limit 10 %)"
    assert dict(notice.facts)["Errors in the last hour"] == "EBAY_UNAVAILABLE 10x"
    assert dict(notice.facts)["Effect"] == (
        "Watches are polled late, and comps come from the cache with their age."
    )
    assert "watcher status" in notice.advice
    story.want(between("10:16", "10:18"), "resolved", "failure-rate", "is over after 11 min")
    story.nothing_else()


@pytest.mark.slow
async def test_a_long_failure_rate_incident_is_repeated_every_four_hours(story: Story) -> None:
    story.ebay("08:00", "10:00")
    story.ebay("10:00", "15:00", fails=every_other)
    story.ebay("15:00", "21:00")
    await story.until("21:00")
    story.want(between("10:05:35", "10:08"), "firing", "failure-rate", "eBay: 10 of the last 20 calls failed")
    story.want(between("14:05:35", "14:08"), "reminder", "failure-rate", "eBay: ongoing for 4 h: ")
    story.want(between("18:05:35", "18:08"), "reminder", "failure-rate", "calls failed in the last 6 h")
    story.want(between("19:30", "20:00"), "resolved", "failure-rate", "is over after")
    story.nothing_else()


async def test_an_outage_is_reported_within_15_seconds_of_its_limit(story: Story) -> None:
    story.ebay("08:30", "09:00")
    story.ebay("09:00", "09:30", fails=always, code=LATE)
    story.ebay("09:30", "09:50")
    await story.until("09:50")
    notice = story.want(between("09:04:42", "09:05:00"), "firing", "outage", "no successful call for 5 min")
    assert 300 < notice.at - notice.since <= 315
    story.want(between("09:30", "09:30:15"), "resolved", "outage", "eBay: the outage is over after 30 min")
    story.nothing_else()


async def test_refused_credentials_are_reported_also_after_a_restart(
    story: Story,
) -> None:
    story.ebay("08:30", "09:00")
    story.ebay("09:00", "09:30", fails=always, refused=True)
    story.ebay("09:30", "09:50")
    await story.until("09:04:30")
    story.restart()
    await story.until("09:50")
    headline = "eBay: credentials refused, no successful call for 5 min"
    notice = story.want(between("09:04:42", "09:05:15"), "firing", "outage", headline)
    assert notice.advice.startswith("Check client_id and client_secret in [ebay]")
    story.want(between("09:30", "09:30:15"), "resolved", "outage", "eBay: the outage is over after 30 min")
    story.nothing_else()


async def test_under_five_minutes_without_a_success_is_not_an_outage(story: Story) -> None:
    story.ebay("08:50", "09:00", calls=30)
    story.ebay("09:00:10", "09:04:50", fails=always)
    story.ebay("09:04:50", "09:10", calls=30)
    await story.until("09:04:50")
    assert not any(t.notice.symptom == "outage" for t in story.channel.took)
    await story.until("09:10")
    assert not any(t.notice.symptom == "outage" for t in story.channel.took)


async def test_an_idle_or_rate_limited_api_is_not_down(story: Story) -> None:
    story.ebay("08:00", "08:30")
    story.ebay("09:30", "09:45", calls=5, fails=always, code=Code.EBAY_RATE_LIMIT)
    await story.until("10:00")
    story.nothing_else()


async def test_latency_above_the_limit_is_reported_within_15_seconds(story: Story) -> None:
    story.ebay("08:00", "08:20", seconds=5.0)
    story.ebay("08:20", "08:40", seconds=5.3)
    story.ebay("08:40", "09:00", seconds=0.3)
    await story.until("09:00")
    story.want(between("08:20", "08:20:15"), "firing", "latency", "(17 calls, limit 5 s)")
    story.want(between("08:40", "08:42"), "resolved", "latency", "the high latency is over after 2")
    story.nothing_else()


async def test_one_message_reports_an_outage_that_ended_while_slack_was_down(story: Story) -> None:
    story.ebay("08:00", "09:00")
    story.ebay("09:00", "09:20", fails=always)
    story.ebay("09:20", "10:00")
    story.slack_is_down("08:50", "09:40")
    await story.until("10:00")
    notice = story.want(between("09:40", "09:46"), "firing", "outage", "the outage is over after 20 min")
    assert notice.ended_at == pytest.approx(at("09:20"), abs=15)
    assert "could be delivered" in dict(notice.facts)["Delayed"]
    story.nothing_else()


async def test_a_reminder_replaces_an_undelivered_first_message(
    story: Story,
) -> None:
    story.limits = replace(story.limits, repeat=Seconds(600.0))
    story.restart()
    story.ebay("08:00", "08:30")
    story.ebay("08:30", "09:30", fails=always)
    story.slack_is_down("08:30", "09:10")
    await story.until("09:14")
    notice = story.want(between("09:10", "09:14"), "firing", "outage", "no successful call for 3")
    assert notice.ended_at is None
    story.nothing_else()


async def test_an_intermittent_outage_is_one_flapping_incident(
    story: Story,
) -> None:
    story.ebay("08:00", "08:30")
    for start in (30, 37, 44, 51):
        story.ebay(f"08:{start}", f"08:{start + 6}", fails=always)
        story.ebay(f"08:{start + 6}", f"08:{start + 7}")
    story.ebay("08:58", "09:40")
    await story.until("09:40")
    story.want(between("08:34:40", "08:35"), "firing", "outage", "no successful call")
    story.want(between("08:36", "08:36:15"), "resolved", "outage")
    flapping = story.want(
        between("08:41:40", "08:42:15"), "firing", "outage", "the outage comes and goes (3 changes)"
    )
    assert "stable for 15 min" in flapping.advice
    story.want(between("09:12", "09:13:30"), "resolved", "outage", "the outage is over after")
    story.nothing_else()


# restarts, kills, clocks


@pytest.mark.parametrize("moment", ["09:02", "09:05:02", "09:10", "09:30:02", "09:40"])
async def test_a_kill_in_any_state_neither_repeats_nor_loses_a_message(story: Story, moment: str) -> None:
    story.ebay("08:30", "09:00")
    story.ebay("09:00", "09:30", fails=always)
    story.ebay("09:30", "10:00")
    await story.until("08:31")
    await story.until(moment)
    story.restart(7.0)
    await story.until("10:00")
    story.want(between("09:04:42", "09:05:15"), "firing", "outage")
    story.want(between("09:30", "09:30:25"), "resolved", "outage")
    story.nothing_else()


@pytest.mark.parametrize(
    "jump", [-24 * HOUR, 24 * HOUR, *(pytest.param(h, marks=pytest.mark.slow) for h in (-HOUR, HOUR))]
)
@pytest.mark.parametrize("state", ["ok", "pending", "firing", "resolved"])
async def test_a_clock_jump_in_any_state_neither_repeats_nor_loses_a_message(
    story: Story, state: str, jump: float
) -> None:
    story.clock.at = Instant(at("08:00") + 3 * 24 * HOUR)
    await _call_every_minute(story, 30, None)
    if state == "ok":
        story.clock.move(jump)
    await _call_every_minute(story, 3 if state == "pending" else 8, DOWN)
    if state == "pending":
        story.clock.move(jump)
        await _call_every_minute(story, 8, DOWN)
    if state == "firing":
        story.clock.move(jump)
        await _call_every_minute(story, 8, DOWN)
    await _call_every_minute(story, 20, None)
    if state == "resolved":
        story.clock.move(jump)
        await _call_every_minute(story, 20, None)
    phases = [t.notice.phase for t in story.channel.took if t.notice.symptom == "outage"]
    if jump == 24 * HOUR and state == "firing":
        phases.remove("reminder")  # by this clock, four hours have passed
    assert phases == ["firing", "resolved"]
    assert {t.notice.symptom for t in story.channel.took} == {"outage"}


async def _call_every_minute(story: Story, minutes: float, code: Code | None) -> None:
    """Make a call every minute by the story's own clock."""
    story.down = [Between(Instant(0.0), Instant(1e12))] if code else []
    for _ in range(round(minutes)):
        story.health.observe(Attempt(Api.EBAY, story.clock.now(), Seconds(0.2), code))
        for _ in range(6):
            await story.tick()
            story.clock.move(10)


async def test_calls_from_the_future_do_not_break_the_windows(story: Story) -> None:
    future = Attempt(Api.EBAY, at("+3 08:00"), Seconds(0.2))
    await story.stores.incidents.log_attempts([future] * 50, "a daemon with a wrong clock")
    story.restart()
    story.ebay("08:00", "08:30")
    story.ebay("08:30", "08:40", fails=always)
    story.ebay("08:40", "09:00")
    await story.until("08:20")
    await story.stores.incidents.log_attempts([future], "a daemon with a wrong clock")
    await story.until("09:00")
    story.want(between("08:34:42", "08:35:15"), "firing", "outage")
    story.want(between("08:40", "08:40:15"), "resolved", "outage")
    story.nothing_else()


# silences and acknowledgements


async def test_an_incident_that_outlasts_maintenance_is_reported_after_it(
    story: Story,
) -> None:
    window = Silence("s1", at("08:40"), at("09:00"), "ann", "announced by eBay", api="ebay")
    await story.stores.silences.add(window, story.clock.now())
    story.ebay("08:30", "08:40")
    story.ebay("08:40", "09:05", fails=always)
    story.ebay("09:05", "09:10")
    await story.until("09:10")
    story.want(between("09:00", "09:00:15"), "firing", "outage", "no successful call for 2")
    story.want(between("09:05", "09:05:15"), "resolved", "outage")
    story.nothing_else()


async def test_an_end_within_maintenance_is_reported_after_it(story: Story) -> None:
    window = Silence("s1", at("08:50"), at("09:30"), "ann", "announced by eBay", api="ebay")
    await story.stores.silences.add(window, story.clock.now())
    story.ebay("08:30", "08:40")
    story.ebay("08:40", "09:00", fails=always)
    story.ebay("09:00", "10:00")
    await story.until("10:00")
    story.want(between("08:44:40", "08:45"), "firing", "outage")
    story.want(between("09:30", "09:31"), "resolved", "outage")
    story.nothing_else()


async def test_an_incident_within_maintenance_is_stored_but_not_reported(story: Story) -> None:
    window = Silence("s1", at("09:00"), at("10:00"), "ann", "announced by eBay", symptom="outage")
    await story.stores.silences.add(window, story.clock.now())
    story.ebay("08:30", "09:00")
    story.ebay("09:00", "09:20", fails=always)
    story.ebay("09:20", "10:30")
    await story.until("10:30")
    story.nothing_else()
    (kept,) = story.stores.incidents.latest(9)
    assert (kept.symptom, kept.reported, kept.resolved_at is not None) == ("outage", False, True)


async def test_an_acknowledged_incident_sends_nothing_until_it_ends(story: Story) -> None:
    story.limits = replace(story.limits, repeat=Seconds(600.0))
    story.restart()
    story.ebay("08:30", "08:40")
    story.ebay("08:40", "10:00", fails=always)
    story.ebay("10:00", "10:10")
    await story.until("09:00")
    story.want(between("08:44:40", "08:45"), "firing", "outage")
    story.want(between("08:54:40", "08:55:10"), "reminder", "outage")
    (incident,) = story.stores.incidents.open_incidents()
    assert await story.stores.incidents.ack(incident.id, story.clock.now(), "ann")
    await story.until("10:10")
    story.want(between("10:00", "10:00:15"), "resolved", "outage")
    story.nothing_else()


# watcher itself


LEVEL = QuotaLevel(100, 4500, 5000, at("08:00"), at("+1 08:00"))
PROBLEMS: dict[str, tuple[Readings, str, str]] = {
    "watch-overdue": (
        Readings(overdue=OverdueSearch("omega", Seconds(700.0), Seconds(300.0), 3)),
        'watcher: 3 searches are overdue; "omega" by 11 min 40 s, at a cadence of 5 min (limit 2 times that)',
        "watcher: the delay of watches is over",
    ),
    "polls-unrecorded": (
        Readings(unrecorded=UnrecordedPolls("omega", 4, 2)),
        'watcher: the last 4 polls of "omega" could not be recorded (2 searches are affected)',
        "watcher: the run of polls that could not be recorded is over",
    ),
    "outbox-stuck": (
        Readings(backlog=OutboxBacklog(12, at("08:50"))),
        "watcher: 12 messages are waiting, the oldest for ",
        "watcher: the outbox backlog is over",
    ),
    "dead-letters": (
        Readings(dead_letters=RecentDeadLetters(1, "sneakers", "SLACK_REFUSED: no_service")),
        "watcher: 1 message is refused for good; the last to sneakers: SLACK_REFUSED: no_service",
        "watcher: the run of refused messages is over",
    ),
    "quota": (
        Readings(quotas={Api.EBAY: LEVEL._replace(used=4400)}),
        "eBay: the quota is nearly used up: 4400 of 5000 calls are used, 100 are left for polls until ",
        "eBay: the quota shortage is over",
    ),
    "disk": (
        Readings(disk=DiskSpace(4_000_000_000, 100_000_000_000)),
        "watcher: the database's disk is nearly full: 4 GB of 100 GB are free (4 %, limit 5 %)",
        "watcher: the shortage of disk space is over",
    ),
    "suspicious-answers": (
        Readings(suspicious=SuspiciousAnswers(20, 6)),
        "watcher: 6 of 20 answers in the last 1 h were suspicious",
        "watcher: the run of suspicious answers is over",
    ),
    "clock-jump": (
        Readings(jump=ClockJump(at("08:59:50"), Seconds(-3600.0))),
        "watcher: the clock jumped 1 h back at 2026-01-05T08:59:50Z (limit 30 s)",
        "watcher: the clock problem is over",
    ),
    "scheduler-lag": (
        Readings(lag=Seconds(14.2)),
        "watcher: rounds started up to 14.2 s late in the last 5 min (limit 10 s)",
        "watcher: the scheduler lag is over",
    ),
}
HEALTHY = Readings(
    quotas={Api.EBAY: LEVEL},
    disk=DiskSpace(50, 100),
    suspicious=SuspiciousAnswers(20, 0),
    lag=Seconds(0.0),
)


@pytest.mark.parametrize("symptom", PROBLEMS)
async def test_a_problem_of_watcher_itself_is_reported_at_its_start_and_end(
    story: Story, symptom: str
) -> None:
    readings, headline, end = PROBLEMS[symptom]
    story.readings = lambda now: readings if at("09:00") <= now < at("09:10") else HEALTHY
    await story.until("10:00")
    notice = story.want(between("09:00", "09:02:15"), "firing", symptom, headline)
    assert notice.advice
    assert dict(notice.facts)["Effect"]
    story.want(between("09:10", "09:16"), "resolved", symptom, end)
    story.nothing_else()


async def test_incidents_end_without_configuration_but_not_without_data(
    story: Story,
) -> None:
    quotas = {Api.SERPAPI: LEVEL._replace(used=5000), Api.EBAY: LEVEL}
    story.readings = lambda now: replace(HEALTHY, quotas=quotas, disk=PROBLEMS["disk"][0].disk)
    await story.until("08:10")
    story.readings = lambda now: replace(
        HEALTHY, disk=None
    )  # SerpAPI is no longer configured, and the disk cannot be read
    await story.until("09:00")
    assert {t.notice.symptom for t in story.channel.took[:2]} == {"quota", "disk"}
    story.checked = 2
    headline = "SerpAPI: the quota incident is over after 9 min 5 s; it is no longer used"
    story.want(between("08:10", "08:10:15"), "resolved", "quota", headline)
    story.nothing_else()


async def test_incidents_of_other_machines_end_if_one_daemon_is_left(story: Story) -> None:
    story.health = HealthMonitor(story.stores.incidents, story.limits, machine="watcher-old")
    story.readings = lambda now: replace(HEALTHY, disk=PROBLEMS["disk"][0].disk)
    await story.until("08:10")
    story.want(between("08:01", "08:01:15"), "firing", "disk", "watcher: the database's disk is nearly full")
    story.restart()
    story.readings = lambda now: HEALTHY
    await story.until("08:20")
    story.want(between("08:10", "08:11"), "resolved", "disk", "watcher-old: the disk incident is over")
    story.nothing_else()


async def test_catching_up_within_two_minutes_reports_no_overdue_watch(story: Story) -> None:
    late = PROBLEMS["watch-overdue"][0]
    story.readings = lambda now: late if now < at("08:01:50") else HEALTHY
    await story.until("08:30")
    story.nothing_else()


# several daemons


async def test_daemons_on_one_database_share_calls_and_report_once(story: Story, database_url: str) -> None:
    other = Story(database_url)
    try:
        for one in (story, other):  # each makes half of the calls
            one.ebay("08:00", "08:30", calls=9)
            one.ebay("08:30", "08:40", calls=9, fails=every_other)
            one.ebay("08:40", "09:40", calls=9)
        for minute in range(100):
            until = Instant(at("08:00") + 60 * (minute + 1))
            await story.run(until)
            await other.run(until)
        sent = sorted([*story.channel.took, *other.channel.took], key=lambda t: t.at)
        assert [(t.notice.symptom, t.notice.phase) for t in sent] == [
            ("failure-rate", "firing"),
            ("failure-rate", "resolved"),
        ]
        assert between("08:35", "08:37").begin <= sent[0].at <= between("08:35", "08:37").end
    finally:
        other.close()
