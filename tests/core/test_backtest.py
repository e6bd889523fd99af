"""Back-tests: how often a rule would have alerted on stored history, and the rule suggested instead."""

from __future__ import annotations

from tests.fakes import NOON, listing, usd
from watcher.core.backtest import Backtest, HistoryPoint, PastListing, backtest
from watcher.core.comps import Basis, Statistics, summarize
from watcher.core.times import DAY, HOUR, Instant
from watcher.core.watch import Watch
from watcher.core.watch_input import Defaults, watch_from

START = Instant(NOON - 40 * DAY)


def watch(rule: str, **fields: str) -> Watch:
    draft = {"query": "zenitar mk2 camera", "rule": rule, **fields}
    return watch_from(draft, Defaults("EBAY_US"))


def point(day: float, median: float, low: float | None = None, n: int = 9) -> HistoryPoint:
    at = Instant(START + day * DAY)
    lowest = usd(median if low is None else low)
    return HistoryPoint(at, Statistics(Basis.ASK, "USD", n, lowest, lowest, *[usd(median)] * 3))


def past(
    number: int, day: float, price: float, shipping: float | None = 0.0, **fields: object
) -> PastListing:
    at = Instant(START + day * DAY)
    return PastListing(listing(number, price, shipping, **fields), at, at)


TWENTY = [past(i, i, 100.0 + i) for i in range(20)]
POINTS = [point(day, 110.0, 100.0) for day in range(40)]


def run(
    rule: str, pool: list[PastListing] = TWENTY, points: list[HistoryPoint] = POINTS, **fields: str
) -> Backtest:
    return backtest(watch(rule, **fields), pool, points, usd(5), NOON)


def test_below_counts_each_listing_once() -> None:
    found = run("below 103")
    assert (found.verdict, found.alerts, found.messages, found.listings) == ("sometimes", 4, 4, 20)
    assert found.sentence == "In 40 d of stored history it would have sent 4 messages about 4 of 20 listings."
    assert found.suggestion == ""


def test_listings_of_one_poll_share_a_message() -> None:
    pool = [past(i, 5, 100.0) for i in range(3)] + [past(10 + i, 5, 700.0) for i in range(9)]
    found = run("below 103", pool)
    assert (found.alerts, found.messages) == (3, 1)
    assert "1 message about 3 of 12" in found.sentence


def test_rule_that_never_alerts_gets_a_suggestion_that_does() -> None:
    found = run("below 50")
    assert (found.verdict, found.alerts, found.suggestion) == ("never", 0, "below 101.90 USD")
    assert found.sentence == (
        'In 40 d of stored history it would never have alerted. Try "below 101.90 USD".'
    )
    assert run(found.suggestion).verdict == "sometimes"


def test_rule_that_always_alerts_gets_a_suggestion_that_does_not() -> None:
    found = run("below 500")
    assert (found.verdict, found.suggestion) == ("always", "below 101.90 USD")
    assert "it would have alerted for 20 of 20 listings, so it filters too little." in found.sentence


def test_unknown_shipping_is_treated_as_the_watch_says() -> None:
    pool = [past(1, 1, 96.0, None), *TWENTY]
    assert run("below 101", pool).alerts == 3
    assert run("below 101", pool, unknown_shipping="skip").alerts == 2
    assert run("below 101", pool, unknown_shipping="1").alerts == 3


def test_listings_that_are_not_comparable_do_not_count() -> None:
    pool = [*TWENTY, past(50, 3, 1.0, title="Zenitar Mk2 camera for parts")]
    assert run("below 99", pool).alerts == 0
    pool = [*TWENTY, past(50, 3, 50.0, title="Zenitar Mk2 camera with strap")]
    assert run("below 99", pool).alerts == 1
    assert run("below 99", pool, exclude="strap").alerts == 0


def test_deal_is_measured_against_the_median_of_its_time() -> None:
    pool = [past(i, 10 + i, 200.0) for i in range(9)] + [
        past(20, 2, 60.0),
        past(21, 30, 60.0),
        past(22, 0, 60.0),
    ]
    points = [point(day, 100.0 if day < 20 else 70.0) for day in range(1, 40)]
    assert run("deal 70%", pool, points).alerts == 1
    assert run("deal 1%").suggestion == "deal 93%"


def test_new_counts_listings_that_came_after_the_start() -> None:
    pool = [past(i, 0, 100.0) for i in range(15)] + [past(20, 5, 100.0)]
    assert run("new", pool).alerts == 1
    assert run("new", pool[:15]).suggestion == ""


def test_low_needs_a_week_of_points_and_a_lower_total() -> None:
    pool = [*TWENTY, past(30, 20, 99.0), past(31, 3, 1.0)]
    found = run("low 90d", pool)
    assert found.alerts == 1


def test_earlier_points_of_the_same_day_count_for_low() -> None:
    day = 20.0
    points = [
        *(point(d, 110.0, 100.0) for d in range(20)),
        point(day, 110.0, 98.0),
        point(day + 0.5, 110.0, 50.0),
    ]
    assert run("low 90d", [*TWENTY, past(30, day + 0.25, 99.0)], points).alerts == 0
    assert run("low 90d", [*TWENTY, past(30, day + 0.25, 97.0)], points).alerts == 1


def test_median_rule_alerts_once_and_rearms() -> None:
    medians = [110.0] * 5 + [90.0] * 5 + [110.0] * 5 + [90.0]
    points = [point(day, m) for day, m in enumerate(medians)]
    found = run("median-below 95", [], points)
    assert (found.verdict, found.alerts) == ("sometimes", 2)
    assert found.sentence == "In 40 d of stored history it would have sent 2 messages."
    never = run("median-below 50", [], points)
    assert (never.verdict, never.suggestion) == ("never", "median-below 90.00 USD")


def test_drop_is_measured_against_the_days_before() -> None:
    points = [point(day, 100.0) for day in range(10)] + [point(10, 80.0)]
    assert run("drop 15%", [], points).alerts == 1
    assert run("drop 30%", [], points).verdict == "never"
    assert run("drop 30%", [], points).suggestion == ""


def test_polls_without_a_total_are_not_history() -> None:
    empty = HistoryPoint(Instant(START + DAY), summarize((), "USD"))
    assert run("median-below 95", [], [empty, *(point(day, 110.0) for day in range(2, 9))]).alerts == 0
    assert run("low 90d", [past(1, 12, 1.0)], [empty]).alerts == 0
    assert run("median-below 95", [], [empty]).suggestion == ""


def test_short_history_gives_no_verdict() -> None:
    assert backtest(watch("below 5"), [], [], None, NOON).sentence == (
        "A back-test needs three days of history; none is stored."
    )
    young = [PastListing(listing(1), Instant(NOON - HOUR), NOON)]
    found = backtest(watch("below 5"), young, [], None, NOON)
    assert (found.verdict, found.since) == ("unknown", NOON - HOUR)
    assert found.sentence == "A back-test needs three days of history; only 1 h is stored."


def test_ending_gets_no_verdict_because_bids_are_not_stored() -> None:
    assert run("ending 15m 50").sentence == "No history of auction bids is stored."


def test_there_is_no_suggestion_without_comparable_listings() -> None:
    found = run("below 5", [past(1, 3, 1.0, title="a lens")])
    assert (found.verdict, found.alerts, found.listings) == ("sometimes", 0, 0)
