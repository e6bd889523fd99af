from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.comps import select, summarize
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.price_clusters import (
    PriceGroup,
    describe_price_groups,
    find_price_groups,
    warn_of_common_median,
    warn_of_price_groups,
)
from watcher.core.titles.verdict import Reason


def usd(dollars: float) -> Money:
    return Money(round(dollars * 100), "USD")


def on_offer(*prices: float, title: str = "Acme 900", first: int = 0) -> list[Listing]:
    return [Listing(f"{title}{i + first}", title, usd(p), usd(0), 3000, "Used") for i, p in enumerate(prices)]


def too_low(listings: list[Listing]) -> set[str]:
    chosen = select("acme 900", Condition.ANY, listings, currency="USD")
    return {d.listing.item_id for d in chosen.dropped if d.reason is Reason.PRICE}


ALIKE = (480.0, 500.0, 510.0, 520.0, 560.0, 590.0)


@pytest.mark.parametrize("share", [0.13, 0.4, 0.5, 0.6])
def test_a_bargain_is_never_too_low(share: float) -> None:
    assert not too_low(on_offer(*ALIKE, 520 * share))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.02, 0.05])
def test_a_tiny_price_among_similar_prices_is_not_the_item(share: float) -> None:
    (cheap,) = on_offer(520 * share, title="Acme 900 thing")
    market = [*on_offer(*ALIKE), cheap]
    assert too_low(market) == {cheap.item_id}
    chosen = select("acme 900", Condition.ANY, market, currency="USD")
    assert cheap not in chosen.kept
    (drop,) = chosen.dropped
    assert (drop.reason, drop.listing) == (Reason.PRICE, cheap)
    assert "of the others' median" in drop.detail


def test_low_prices_are_ordinary_if_prices_differ_widely() -> None:
    assert not too_low(on_offer(5, 20, 90, 400, 1500, 6000))


def test_three_prices_are_too_few_to_judge_one_of_them() -> None:
    assert not too_low(on_offer(500, 510, 1))
    assert not too_low(on_offer(0, 0, 0, 0))
    assert not too_low([])


def test_unknown_shipping_is_judged_by_the_price() -> None:
    (cheap,) = on_offer(5)
    unknown = cheap._replace(shipping=None)
    assert too_low([*on_offer(*ALIKE, title="Acme 900 black"), unknown]) == {unknown.item_id}


def test_an_auction_with_a_price_that_is_too_low_is_dropped() -> None:
    (cheap,) = on_offer(5)
    hybrid = cheap._replace(item_id="hybrid", auction=True, bid=usd(1))
    chosen = select("acme 900", Condition.ANY, [*on_offer(*ALIKE), hybrid], currency="USD")
    assert chosen.auctions == ()


def test_an_absurd_asking_price_stays_and_hardly_moves_the_median() -> None:
    market = [*on_offer(*ALIKE), *on_offer(90_000, title="Acme 900 mint")]
    kept = select("acme 900", Condition.ANY, market, currency="USD").kept
    assert len(kept) == 7
    before, after = summarize(kept[:-1], "USD"), summarize(kept, "USD")
    assert before.interval
    assert after.median
    assert before.interval[0] <= after.median <= before.interval[1]


SMALL = on_offer(300, 310, 320, 330, 340, title="Acme 900 40GB")
LARGE = on_offer(800, 820, 850, 880, 900, title="Acme 900 80GB")


def test_two_variants_are_two_groups_named_by_what_tells_them_apart() -> None:
    assert find_price_groups("acme 900", [*LARGE, *SMALL], "USD") == (
        PriceGroup(("40gb",), 5, usd(300), usd(320), usd(340)),
        PriceGroup(("80gb",), 5, usd(800), usd(850), usd(900)),
    )


def test_a_variant_that_is_not_named_has_no_words() -> None:
    plain = on_offer(300, 310, 320, 330, 340, title="Acme 900")
    assert [group.words for group in find_price_groups("acme 900", [*LARGE, *plain], "USD")] == [
        (),
        ("80gb",),
    ]


def test_three_variants_are_three_groups() -> None:
    huge = on_offer(2000, 2050, 2100, 2150, title="Acme 900 160GB")
    found = find_price_groups("acme 900", [*SMALL, *LARGE, *huge], "USD")
    assert [group.words for group in found] == [("40gb",), ("80gb",), ("160gb",)]
    assert [group.median for group in found] == [usd(320), usd(850), usd(2075)]


def test_words_of_the_query_distinguish_no_group() -> None:
    assert find_price_groups("acme 900 (40gb, 80gb)", [*SMALL, *LARGE], "USD") == ()


def test_prices_that_no_words_tell_apart_are_one_group() -> None:
    same = on_offer(300, 310, 320, 330, 340, 800, 820, 850, 880, 900)
    assert find_price_groups("acme 900", same, "USD") == ()


def test_among_few_titles_only_a_measure_distinguishes_groups() -> None:
    red = on_offer(300, 310, 320, 330, 340, title="Acme 900 red")
    blue = on_offer(800, 820, 850, 880, 900, title="Acme 900 blue")
    assert find_price_groups("acme 900", [*red, *blue], "USD") == ()
    more_red = on_offer(*range(300, 400, 10), title="Acme 900 red")
    more_blue = on_offer(*range(800, 900, 10), title="Acme 900 blue")
    assert [group.words for group in find_price_groups("acme 900", [*more_red, *more_blue], "USD")] == [
        ("red",),
        ("blue",),
    ]


@pytest.mark.parametrize("n", [0, 1, 7])
def test_few_totals_are_one_group(n: int) -> None:
    assert find_price_groups("acme 900", [*SMALL, *LARGE][:n], "USD") == ()


def test_one_price_is_one_group() -> None:
    assert find_price_groups("acme 900", on_offer(*[300] * 10), "USD") == ()


def test_groups_are_over_totals_of_one_currency() -> None:
    unknown = [x._replace(item_id=f"u{x.item_id}", shipping=None) for x in LARGE]
    foreign = [
        x._replace(item_id=f"f{x.item_id}", price=Money(1, "EUR"), shipping=Money(0, "EUR")) for x in LARGE
    ]
    assert find_price_groups("acme 900", [*SMALL, *unknown, *foreign], "USD") == ()


@given(st.permutations([*SMALL, *LARGE]))
def test_the_order_of_listings_does_not_change_the_groups(shuffled: list[Listing]) -> None:
    assert find_price_groups("acme 900", shuffled, "USD") == find_price_groups(
        "acme 900", [*SMALL, *LARGE], "USD"
    )


def test_a_warning_names_each_group_with_its_number_and_price() -> None:
    raw = on_offer(*range(180, 190), title="Acme 900 raw")
    graded = on_offer(*range(900, 1_018, 9), title="Acme 900 PSA 10")
    groups = find_price_groups("acme 900", [*raw, *graded], "USD")
    assert describe_price_groups(groups) == "10 around $184.50 (raw), 14 around $958.50 (psa)"
    assert describe_price_groups(groups) in warn_of_price_groups(groups)
    assert warn_of_common_median(groups).startswith("The median covers several items")
    assert (warn_of_price_groups(()), warn_of_common_median(())) == ("", "")
