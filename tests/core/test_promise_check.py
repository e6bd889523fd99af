"""Promises against reality: the realised share of listings that were still there when they were seen."""

from __future__ import annotations

import math
import random

import pytest

from watcher.core.promise_check import PromiseCheck, SeenMatch, check_promises

LIFE = 0.5  # mean days that a listing stays


def caught(interval: float) -> float:
    """Return the share that polls with this interval see."""
    x = interval / LIFE
    return (1 - math.exp(-x)) / x


def simulated(promised: float, interval: float, n: int = 3_000) -> tuple[list[SeenMatch], float]:
    """Return the matches that polls at a real interval see, and which share of all listings they are."""
    dice = random.Random(7)
    seen = []
    for _ in range(n):
        age, life = dice.uniform(0, interval), dice.expovariate(1 / LIFE)
        if life > age:
            seen.append(SeenMatch(caught(promised), math.exp(-age / LIFE)))
    return seen, len(seen) / n


@pytest.mark.parametrize("interval", [0.05, 0.2, 0.6])
def test_a_kept_promise_is_confirmed(interval: float) -> None:
    seen, share = simulated(interval, interval)
    check = check_promises(seen)
    assert check.promised == pytest.approx(caught(interval))
    assert check.realised == pytest.approx(share, abs=0.02)
    assert check.factor == pytest.approx(1, abs=0.1)


def test_unseen_listings_count_as_lost() -> None:
    seen, share = simulated(0.2, 0.6)
    check = check_promises(seen)
    assert check.realised == pytest.approx(share, abs=0.03)
    assert check.promised is not None
    assert check.promised - share > 0.2


@pytest.mark.parametrize("interval", [0.1, 0.4])
def test_a_promise_that_was_not_kept_is_corrected(interval: float) -> None:
    seen, share = simulated(0.2, interval)
    assert check_promises(seen).corrected(caught(0.2)) == pytest.approx(share, abs=0.03)


def test_items_gone_before_their_message_count_as_lost() -> None:
    seen, share = simulated(0.2, 0.2)
    check = check_promises(seen, checked=180, there=140)
    assert check.realised == pytest.approx(share * 160 / 200, abs=0.02)
    assert check.factor > 1.5
    assert check_promises(seen, checked=180, there=180) == check_promises(seen)


def test_few_matches_correct_little() -> None:
    factors = [check_promises(SeenMatch(0.8, 0.4) for _ in range(n)).factor for n in (1, 10, 1_000)]
    assert 1 < factors[0] < 1.5 < factors[1] < factors[2] < 6 == pytest.approx((1 / 0.4 - 1) / (1 / 0.8 - 1))


def test_one_very_late_match_does_not_decide() -> None:
    seen, _ = simulated(0.2, 0.2, n=200)
    assert check_promises([*seen, SeenMatch(0.8, 1e-30)]).factor < 2
    assert check_promises([SeenMatch(0.8, 0.0)]).factor < 10


def test_nothing_to_check_corrects_nothing() -> None:
    assert check_promises([]) == PromiseCheck()
    assert PromiseCheck().corrected(0.8) == 0.8
    sure = check_promises([SeenMatch(1.0, 1.0)] * 3)
    assert (sure.promised, sure.realised, sure.factor) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("factor", [0.1, 1.0, 10.0])
def test_a_correction_keeps_the_order_and_the_bounds(factor: float) -> None:
    check = PromiseCheck(9, 0.5, 0.5, factor)
    shares = [check.corrected(share) for share in (0.0, 0.2, 0.8, 0.9, 1.0)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_a_stored_check_is_read_back() -> None:
    check = PromiseCheck(9, 0.81, 0.79, 1.2)
    assert PromiseCheck.read(check.write()) == check
    assert PromiseCheck.read(PromiseCheck().write()) == PromiseCheck()


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "7", '{"matches": 1}',
        '{"matches": 1, "promised": 0.5, "realised": 0.5, "factor": 1e9}',
        '{"matches": 1, "promised": NaN, "realised": 0.5, "factor": 1}',
        '{"matches": "x", "promised": 0.5, "realised": 0.5, "factor": 1}',
    ],
)  # fmt: skip
def test_a_damaged_check_is_none(text: str) -> None:
    assert PromiseCheck.read(text) == PromiseCheck()
