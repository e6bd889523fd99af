"""Checks of watcher itself: their limits and their messages."""

from __future__ import annotations

import pytest

from tests.fakes import THRESHOLDS
from watcher.core.errors import Api
from watcher.core.monitoring.incidents import Symptom
from watcher.core.monitoring.self_checks import CheckFinding, QuotaLevel, Readings, run_self_checks
from watcher.core.times import DAY, Instant

NOW = Instant(1_750_000_000.0)


def finding_of(symptom: Symptom, readings: Readings) -> CheckFinding:
    (found,) = (f for f in run_self_checks(readings, THRESHOLDS, NOW) if f.symptom is symptom)
    return found


def quota_finding(used: int, *, left_of_day: float, bound: int = 4500) -> CheckFinding:
    start = Instant(NOW - (1 - left_of_day) * DAY)
    return finding_of(
        Symptom.QUOTA,
        Readings(quotas={Api.EBAY: QuotaLevel(used, bound, 5000, start, Instant(start + DAY))}),
    )


@pytest.mark.parametrize(
    ("used", "words"),
    [
        (4300, "the quota is nearly used up: 4300 of 5000 calls are used, 200 are left for polls until "),
        (4499, "the quota is nearly used up: 4499 of 5000 calls are used, 1 is left for polls until "),
        (4500, "the quota for polls is used up until "),
        (4999, "the rest is reserved for interactive use"),
        (5000, "the quota is used up until "),
        (5001, "5001 of 5000 calls are used"),
    ],
)
def test_a_quota_shortage_reports_what_is_left_and_for_which_calls(used: int, words: str) -> None:
    found = quota_finding(used, left_of_day=0.5)
    assert found.signal.since == NOW
    assert not found.signal.over
    assert words in found.description.firing


def test_a_quota_that_lasts_until_its_reset_is_not_a_shortage() -> None:
    assert quota_finding(4275, left_of_day=0.5).signal.since is None
    assert quota_finding(4276, left_of_day=0.1).signal.since is None
    assert quota_finding(4500, left_of_day=0.05).signal.since is None
    assert quota_finding(5000, left_of_day=0.01).signal.since == NOW, (
        "without any calls, interactive requests wait too"
    )


def test_a_quota_shortage_is_over_at_twice_its_limit() -> None:
    assert not quota_finding(4051, left_of_day=0.5).signal.over
    assert quota_finding(4050, left_of_day=0.5).signal.over


def test_a_quota_without_calls_for_polls_is_never_short() -> None:
    assert quota_finding(0, left_of_day=0.5, bound=0).signal == (None, True)


def test_a_missing_reading_gives_no_finding() -> None:
    findings = tuple(run_self_checks(Readings(), THRESHOLDS, NOW))
    assert {f.symptom for f in findings}.isdisjoint({Symptom.QUOTA, Symptom.DISK, Symptom.LAG})
    assert all(f.signal == (None, True) for f in findings)
