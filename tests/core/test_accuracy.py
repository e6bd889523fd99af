"""How wrong medians were: errors, their intervals, and the sentence about them."""

from __future__ import annotations

from collections import defaultdict
from math import comb

import pytest

from tests.fakes import NOON, usd
from watcher.core.accuracy import (
    MIN_SHOWN,
    Accuracy,
    AccuracyTally,
    ErrorCounter,
    ShownMedian,
    accuracy_sentence,
    compare_delistings,
    interval_rank,
    wilson,
)
from watcher.core.comps import Basis
from watcher.core.delistings import Delisting, DelistingKind
from watcher.core.money import Money
from watcher.core.times import DAY, HOUR, Instant

GONE = DelistingKind.GONE


def delisting(total: float, at: float = NOON, kind: DelistingKind = GONE, **fields: object) -> Delisting:
    values: dict[str, object] = {
        "item": f"{total}|{at}",
        "kind": kind,
        "price": usd(total),
        "shipping": usd(0),
        "listed_at": Instant(at - DAY),
        "gone_at": Instant(at),
        **fields,
    }
    return Delisting(**values)  # type: ignore[arg-type]


def shown(before: float, median: int | None = 10_000, corrected: int | None = None) -> ShownMedian:
    """Return a median; `before`: the seconds from its poll to noon."""
    return ShownMedian(Instant(NOON - before), Basis.ASK, "USD", median, (9_000, 11_000), corrected)


def summary(delistings: list[Delisting], *medians: ShownMedian) -> Accuracy | None:
    tallies: dict[Basis, AccuracyTally] = defaultdict(AccuracyTally)
    compare_delistings(delistings, medians, tallies)
    return tallies[Basis.ASK].summary("cards", Basis.ASK)


def test_a_delisting_is_compared_with_the_median_shown_just_before() -> None:
    found = summary([delisting(106)], shown(3 * HOUR, 20_000), shown(2 * HOUR), shown(0.0, 30_000))
    assert found is not None
    assert (found.plain.n, found.plain.median) == (1, pytest.approx(0.06, abs=0.001))
    assert found.plain.interval is None
    assert [share.value for share in found.plain.within.values()] == [0.0, 1.0, 1.0]
    assert found.covered is not None
    assert found.covered.value == 1.0
    assert found.corrected is None


def test_the_corrected_median_is_the_last_one_known_within_a_week() -> None:
    found = summary([delisting(100)], shown(3 * DAY, corrected=8_000), shown(HOUR))
    assert found is not None
    assert found.corrected is not None
    assert (found.corrected.n, found.corrected.median) == (1, 0.25)
    old = summary([delisting(100)], shown(8 * DAY, corrected=8_000), shown(HOUR))
    assert old is not None
    assert old.corrected is None


@pytest.mark.parametrize(
    "medians",
    [(), (shown(0.0),), (shown(8 * DAY),), (shown(HOUR, None),), (shown(HOUR)._replace(currency="EUR"),)],
)
def test_without_a_median_shown_before_there_is_no_error(medians: tuple[ShownMedian, ...]) -> None:
    assert summary([delisting(100)], *medians) is None


def test_every_kind_is_counted_and_what_left_without_a_trace_is_compared() -> None:
    others = [delisting(50, NOON - n, kind) for n, kind in enumerate(DelistingKind) if kind is not GONE]
    unknown = delisting(70, shipping=None)
    found = summary([delisting(100), unknown, *others], shown(HOUR))
    assert found is not None
    assert found.kinds == {kind: 1 + (kind is GONE) for kind in DelistingKind}
    assert (found.plain.n, found.plain.median) == (1, 0.0)
    assert found.since == min(one.gone_at for one in others)


def test_other_currencies_are_not_compared() -> None:
    assert summary([delisting(100, price=Money(10_000, "EUR"))], shown(HOUR)) is None


def test_any_number_of_errors_takes_bounded_memory() -> None:
    counter = ErrorCounter()
    for n in range(5_000):
        counter.add(n / 1_000)
    assert len(counter.steps) <= 1_001
    figures = counter.figures()
    assert figures is not None
    assert (figures.n, figures.median) == (5_000, 1.0)
    assert [share.value for share in figures.within.values()] == pytest.approx([0.01, 0.02, 0.04], abs=3e-4)


def test_the_interval_of_the_median_covers_it_with_95_percent() -> None:
    assert interval_rank(5) is None
    assert interval_rank(6) == 0
    for n in (9, 20, 57, 212, 900):
        rank = interval_rank(n)
        assert rank is not None
        missed = 2 * sum(comb(n, k) for k in range(rank + 1)) / 2**n
        assert missed + comb(n, rank + 1) / 2**n > 0.02
        assert missed <= 0.053


def test_wilsons_interval_stays_within_0_and_1() -> None:
    assert wilson(0, 10) == (0.0, 0.0, pytest.approx(0.278, abs=0.001))
    assert wilson(10, 10) == (1.0, pytest.approx(0.722, abs=0.001), 1.0)
    assert wilson(5, 10)[1:] == pytest.approx((0.237, 0.763), abs=0.001)


def test_the_sentence_names_the_number_and_needs_enough_delistings() -> None:
    found = summary([delisting(106, NOON + n) for n in range(212)], shown(HOUR))
    assert accuracy_sentence(found) == "On 212 delistings of this category our median was 6 % off."
    assert found is not None
    assert "without a category" in accuracy_sentence(found._replace(category=""))
    few = found.plain._replace(n=MIN_SHOWN - 1)
    assert accuracy_sentence(found._replace(plain=few)) == accuracy_sentence(None) == ""
