"""The sale model of the simulated market: who sells, how soon, and what that does to the stock."""

from __future__ import annotations

from random import Random
from statistics import median

from watcher.core.times import DAY, HOUR
from watcher.demo.sales import (
    LONGEST_STAY,
    MEAN_STAY,
    MIN_RATIO,
    Departure,
    Stay,
    draw_ratio,
    draw_relisted_ratio,
    draw_stay,
    sale_rate,
)


def stays(ratio: float, n: int = 300) -> list[Stay]:
    dice = Random(5)
    return [draw_stay(dice, ratio) for _ in range(n)]


def test_the_same_dice_give_the_same_stay() -> None:
    assert draw_stay(Random(1), 1.1) == draw_stay(Random(1), 1.1) != draw_stay(Random(2), 1.1)


def test_the_chance_of_a_sale_falls_with_the_price() -> None:
    assert sale_rate(0.65) > 5
    assert 1 > sale_rate(1.0) > sale_rate(1.2) > 0.02 > sale_rate(1.5) > 0


def test_bargains_go_in_hours_and_fair_prices_in_days() -> None:
    assert median(one.lasts for one in stays(0.65)) < 5 * HOUR
    assert 1.5 * DAY < median(one.lasts for one in stays(1.0)) < 5 * DAY


def test_dear_listings_are_withdrawn_or_relisted_after_weeks() -> None:
    dear = stays(2.0)
    ends = [one.outcome for one in dear]
    assert ends.count(Departure.SOLD) < 0.1 * len(ends)
    assert {*ends} >= {Departure.WITHDRAWN, Departure.RELISTED}
    assert all(14 * DAY < one.lasts <= 35 * DAY for one in dear if one.outcome is not Departure.SOLD)
    assert all((one.pause > 0) == (one.outcome is Departure.RELISTED) for one in dear)


def test_prices_only_fall_and_never_below_the_least_ratio() -> None:
    for one in stays(1.1):
        factors = [1.0, *(factor for _, factor in one.cuts)]
        assert factors == sorted(factors, reverse=True)
        assert one.last_ratio >= MIN_RATIO - 1e-9
        assert all(at < one.lasts for at, _ in one.cuts)


def test_a_relisted_item_costs_no_more_and_is_relisted_once() -> None:
    dice = Random(5)
    for before in stays(2.0, 100):
        assert MIN_RATIO <= draw_relisted_ratio(dice, before) <= before.last_ratio
        assert draw_stay(dice, 2.0, last=True).outcome is not Departure.RELISTED


def test_stock_is_dearer_than_sales_and_as_old_as_stated() -> None:
    dice = Random(5)
    drawn = [draw_stay(dice, draw_ratio(dice)) for _ in range(3000)]
    sold = median(one.last_ratio for one in drawn if one.outcome is Departure.SOLD)
    stock = dice.choices([one.ratio for one in drawn], [one.lasts for one in drawn], k=3000)
    assert 1.07 < median(stock) / sold < 1.2
    mean = sum(one.lasts for one in drawn) / len(drawn)
    assert 0.75 * MEAN_STAY < mean < MEAN_STAY < LONGEST_STAY
