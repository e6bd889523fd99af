from __future__ import annotations

import pytest

from watcher.core.cadence.demand import CategoryTally
from watcher.core.cadence.estimates import Estimates, Lives, Priors
from watcher.core.cadence.lives import BINS, LifeCurve
from watcher.core.times import Instant

PRIORS = Priors()


def searched(ends: float, days: float, arrivals: float, window: float) -> Estimates:
    """Return estimates of bargains of which some ended and some arrived, all in the fourth age bin."""
    at = [float(i == 3) for i in range(BINS)]
    lives = Lives(tuple(ends * x for x in at), tuple(days * x for x in at))
    return Estimates(Instant(0.0), arrivals=arrivals, windows=tuple(window * x for x in at), bargains=lives)


def learned(searches: list[Estimates]) -> LifeCurve:
    """Return the curve of bargains after some plans."""
    priors = PRIORS
    for _ in range(20):
        tally = CategoryTally()
        for known in searches:
            tally.add(known, priors)
        priors = tally.priors(PRIORS)
    return priors.bargains


def test_markets_that_show_nothing_raise_the_hazards_of_all() -> None:
    seen = [searched(20.0, 5.0, 20.0, 10.0)] * 20
    assert sum(learned([*seen, *[searched(0.0, 0.0, 0.0, 10.0)] * 20]).hazards) > sum(learned(seen).hazards)


def test_unseen_items_raise_hazards_only_within_a_bound() -> None:
    seen = [searched(20.0, 5.0, 20.0, 10.0)] * 20
    hidden = [searched(0.0, 0.0, 0.0, 10.0)] * 2000
    assert max(learned([*seen, *hidden]).hazards) < 3.5 * max(learned(seen).hazards)


def test_ages_without_ends_have_the_common_hazard() -> None:
    curve = learned([searched(20.0, 5.0, 20.0, 10.0)] * 50)
    assert curve.hazards[0] == pytest.approx(curve.hazards[3], rel=0.05)
    assert learned([]).hazards == pytest.approx(PRIORS.bargains.hazards)
