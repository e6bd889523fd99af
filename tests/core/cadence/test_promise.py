from __future__ import annotations

from watcher.core.cadence.call_plan import CallPlan
from watcher.core.cadence.estimates import Estimates, Lives, Priors
from watcher.core.cadence.lives import BINS
from watcher.core.cadence.promise import Stake, promise
from watcher.core.times import HOUR, Instant

PRIORS = Priors()
PLAN = CallPlan(threshold=0.05, budget=4500.0)


def known(ends: float, days: float, arrivals: float, window: float) -> Estimates:
    """Return estimates of bargains of which some ended, some arrived, all at the ages of the fourth bin."""
    at = [float(i == 3) for i in range(BINS)]
    lives = Lives(tuple(ends * x for x in at), tuple(days * x for x in at))
    return Estimates(Instant(0.0), arrivals=arrivals, windows=tuple(window * x for x in at), bargains=lives)


def test_high_priority_takes_from_the_users_other_watches() -> None:
    stake = Stake(3.0, known(40.0, 4.0, 40.0, 10.0), PRIORS, 3.0)
    found = promise(PLAN, stake, [stake] * 5, "normal", 6.0)
    assert found.share_if_high
    assert found.others_lose
    assert found.share < found.share_if_high < 1
    assert 0 < found.others_lose < 0.2
    assert promise(PLAN, stake, [stake], "high", 3.0).share_if_high is None


def test_an_interval_asked_for_does_not_depend_on_the_priority() -> None:
    stake = Stake(3.0, known(40.0, 4.0, 40.0, 10.0), PRIORS, 3.0, fixed=HOUR)
    assert promise(PLAN, stake, [], "normal", 1.0)[::2] == (HOUR, None)


def test_well_known_lives_are_promised_as_they_are() -> None:
    one = known(4000.0, 400.0, 400.0, 100.0)
    assert abs(one.share_alive(PRIORS, 0.05) - one.life(PRIORS).caught(0.05)) < 0.02


def test_markets_that_show_nothing_are_promised_less() -> None:
    nothing, something = known(0.0, 0.0, 0.0, 10.0), known(0.0, 0.0, 20.0, 10.0)
    assert nothing.share_alive(PRIORS, 1.0) < something.share_alive(PRIORS, 1.0)


def test_a_longer_interval_promises_less() -> None:
    one = known(4.0, 2.0, 5.0, 10.0)
    shares = [one.share_alive(PRIORS, days) for days in (0.01, 0.1, 1.0, 7.0)]
    assert shares == sorted(shares, reverse=True)
