"""The geometry of charts: what is drawn where, and what their sentences say."""

from __future__ import annotations

import re
from itertools import pairwise

from watcher.core.backtest import HistoryPoint
from watcher.core.comps import Basis, Statistics
from watcher.core.money import Money
from watcher.core.times import DAY, Instant
from watcher.web.pages.charts import (
    HISTORY_HEIGHT,
    Event,
    HistoryChart,
    draw_history,
    draw_sparkline,
    nice_step,
    short,
)
from watcher.web.pages.histogram import draw_histogram

NOW = Instant(1_790_000_000.0)


def usd(amount: float) -> Money:
    return Money(round(amount * 100), "USD")


def point(days_ago: float, median: float) -> HistoryPoint:
    low, p25, p75, high = (usd(median * share) for share in (0.8, 0.9, 1.1, 1.3))
    figures = Statistics(Basis.ASK, "USD", 12, low, p25, usd(median), p75, high)
    return HistoryPoint(Instant(NOW - days_ago * DAY), figures)


def chart(points: list[HistoryPoint], *events: Event, target: Money | None = None) -> HistoryChart:
    made = draw_history(points, events, target, Instant(NOW - 90 * DAY), NOW)
    assert made is not None
    return made


def test_a_sparkline_goes_up_when_the_price_does() -> None:
    assert draw_sparkline([100, 200]).path == "M0 4h0l1-4"


def test_a_day_without_a_price_is_a_gap_in_a_sparkline() -> None:
    drawn = draw_sparkline([100, None, 200, 150])
    assert drawn.path == "M0 4h0M2 0h0l1 2"
    assert drawn.said == "3 days"


def test_a_constant_price_is_a_level_sparkline() -> None:
    assert draw_sparkline([100, 100, 100]).path == "M0 2h0h2"


def test_a_sparkline_without_a_price_is_empty() -> None:
    assert draw_sparkline([None, None]).path == ""


def test_a_history_without_a_median_has_no_chart() -> None:
    empty = HistoryPoint(NOW, Statistics(Basis.ASK, "USD", 0))
    assert draw_history([empty], [], None, Instant(NOW - DAY), NOW) is None


def test_a_history_says_its_range_target_and_alerts() -> None:
    points = [point(80, 50), point(79, 41), point(1, 55), point(0.5, 47)]
    alert = Event(Instant(NOW - DAY), usd(44), "alert")
    assert chart(points, alert, target=usd(45)).said == (
        "90 days: median $41 to $55, now $47, target $45, 1 alert"
    )


def test_everything_of_a_history_is_within_its_box() -> None:
    points = [point(n / 4, 40 + (n * 7) % 23) for n in range(340, 0, -1)]
    made = chart(points, Event(Instant(NOW - 3 * DAY), usd(9_999), "dear"), target=usd(45))
    for path in (made.band, made.median, made.low):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", path)]
        assert all(0 <= x <= 1000 for x in numbers[::2])
        assert all(0 <= y <= HISTORY_HEIGHT for y in numbers[1::2])
    assert [dot.y for dot in made.dots] == [0]
    assert made.target is not None
    assert 0 < made.target < HISTORY_HEIGHT


def test_a_history_of_many_polls_has_a_bounded_number_of_points() -> None:
    made = chart([point(90 - n / 100, 40 + n % 5) for n in range(9_000)])
    assert 200 < made.median.count("L") <= 300


def test_a_time_without_polls_interrupts_the_line() -> None:
    made = chart([point(80, 50), point(79, 50), point(20, 50), point(19, 50)])
    assert made.median.count("M") == 2
    assert made.band.count("Z") == 2


def test_a_target_far_below_the_prices_does_not_flatten_them() -> None:
    made = chart([point(80, 50), point(79, 52)], target=usd(5))
    assert made.target is None
    assert "target $5" in made.said


def test_a_target_in_another_currency_is_not_drawn() -> None:
    made = chart([point(80, 50), point(79, 52)], target=Money(5_000, "EUR"))
    assert made.target is None
    assert "target" not in made.said


def test_the_table_of_a_history_has_a_row_for_each_day() -> None:
    made = chart([point(3.1, 50), point(3, 51), point(1, 52)])
    assert [row.statistics.median for row in made.rows] == [usd(52), usd(51)]


def test_gridlines_stand_at_round_amounts_within_the_chart() -> None:
    made = chart([point(80, 2_700), point(79, 4_100)])
    assert [tick.text for tick in made.amounts] == ["$2,000", "$3,000", "$4,000"]
    assert all(0 <= tick.at <= HISTORY_HEIGHT for tick in made.amounts)


def test_steps_are_whole_units_unless_prices_differ_by_less() -> None:
    assert [nice_step(n, "USD") for n in (0.2, 3, 30, 130, 180, 420)] == [1, 5, 50, 200, 200, 500]
    assert nice_step(30, "JPY") == 50


def test_cents_are_shown_only_if_there_are_some() -> None:
    assert [short(usd(n)) for n in (45, 45.5, 1_250)] == ["$45", "$45.50", "$1,250"]
    assert short(Money(1_000, "JPY")) == "¥1,000"


def test_a_histogram_counts_every_listing_once() -> None:
    made = draw_histogram([usd(n) for n in (40, 41, 41.5, 44, 47, 52, 58, 900)], usd(45))
    assert made is not None
    assert sum(int(bar.said.split()[0]) for bar in made.bars) == 8
    assert made.said == "8 listings from $40 to $900, half of them up to $47; 4 at most $45"


def test_the_bars_of_a_histogram_do_not_overlap() -> None:
    made = draw_histogram([usd(40 + n / 3) for n in range(60)], None)
    assert made is not None
    assert all(a.x + a.width < b.x for a, b in pairwise(made.bars))


def test_bars_at_or_below_the_target_are_marked() -> None:
    made = draw_histogram([usd(n) for n in range(40, 64)], usd(50))
    assert made is not None
    assert [bar.matches for bar in made.bars].count(True) == 10


def test_few_listings_have_no_histogram() -> None:
    assert draw_histogram([usd(n) for n in range(1, 6)], None) is None
