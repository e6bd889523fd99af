"""What can be wrong with watcher itself: limits, and the words that go with them."""

from __future__ import annotations

import pytest

from tests.fakes import SELF_CHECK_LIMITS
from watcher.core.errors import Api
from watcher.core.monitoring.incidents import Symptom
from watcher.core.monitoring.self_checks import CheckFinding, QuotaLevel, Readings, run_self_checks
from watcher.core.times import DAY, Instant

NOW = Instant(1_750_000_000.0)


def of(symptom: Symptom, readings: Readings) -> CheckFinding:
    (found,) = (f for f in run_self_checks(readings, SELF_CHECK_LIMITS, NOW) if f.symptom is symptom)
    return found


def quota(used: int, *, left_of_day: float, bound: int = 4500) -> CheckFinding:
    start = Instant(NOW - (1 - left_of_day) * DAY)
    return of(
        Symptom.QUOTA,
        Readings(quotas={Api.EBAY: QuotaLevel(used, bound, 5000, start, Instant(start + DAY))}),
    )


@pytest.mark.parametrize(
    ("used", "said"),
    [
        (4300, "the quota is nearly used up: 4300 of 5000 calls are used, 200 are left for polls until "),
        (4500, "the quota for polls is used up until "),
        (4999, "the rest is reserved for interactive use"),
        (5000, "the quota is used up until "),
        (5001, "5001 of 5000 calls are used"),
    ],
)
def test_a_quota_that_ends_before_its_day_is_told_with_who_still_has_some(used: int, said: str) -> None:
    found = quota(used, left_of_day=0.5)
    assert found.signal.since == NOW
    assert not found.signal.over
    assert said in found.description.firing


def test_a_quota_that_lasts_its_day_is_well() -> None:
    assert quota(4275, left_of_day=0.5).signal.since is None
    assert quota(4276, left_of_day=0.1).signal.since is None
    assert quota(4500, left_of_day=0.05).signal.since is None
    assert quota(5000, left_of_day=0.01).signal.since == NOW, "with all gone people wait as well"


def test_the_want_of_quota_is_over_at_twice_its_limit() -> None:
    assert not quota(4051, left_of_day=0.5).signal.over
    assert quota(4050, left_of_day=0.5).signal.over


def test_where_polls_may_use_nothing_they_want_for_nothing() -> None:
    assert quota(0, left_of_day=0.5, bound=0).signal == (None, True)


def test_what_was_not_read_is_no_finding() -> None:
    told = {f.symptom for f in run_self_checks(Readings(), SELF_CHECK_LIMITS, NOW)}
    assert told.isdisjoint({Symptom.QUOTA, Symptom.DISK, Symptom.LAG})
    assert all(f.signal == (None, True) for f in run_self_checks(Readings(), SELF_CHECK_LIMITS, NOW))
