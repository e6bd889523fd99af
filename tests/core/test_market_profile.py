"""What strong rows have in common, and what it takes to change it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from watcher.core.listing import Listing
from watcher.core.market_profile import MarketProfile, profile_of
from watcher.core.money import Money

CARDS, CASES = ("27386", "58058"), ("31530", "58058")


def rows(n: int, *, first: int = 0, cents: int = 10_000, **changes: object) -> list[Listing]:
    plain = Listing("", "Acme 900 16GB", Money(cents, "USD"), Money(0, "USD"), 3000, "Used", categories=CARDS)
    return [
        plain._replace(item_id=f"{cents}-{changes.get('epid', '')}-{first + i}", **changes) for i in range(n)
    ]


def profile(listings: list[Listing], before: MarketProfile | None = None) -> MarketProfile:
    return profile_of("acme 900", listings, before, currency="USD")


def test_profile_tells_category_product_and_typical_price() -> None:
    found = profile(
        [
            *rows(6, epid="77", title="Acme 900 16GB Turbo"),
            *rows(2, cents=12_000),
            *rows(3, first=9, title="Acme 800"),
        ]
    )
    assert found == MarketProfile(
        leaves=("27386",),
        epids=("77",),
        typical=10_000,
        rows=8,
        home="27386",
        floor=1_250,
        closed=True,
        low=6_000,
        high=16_667,
        words=("turbo",),
    )


def test_few_rows_tell_neither_category_nor_product_nor_price() -> None:
    found = profile(rows(2, epid="77"))
    assert (found.leaves, found.epids, found.typical, found.floor) == ((), (), 0, 0)


def test_second_category_with_a_fair_share_is_also_the_items() -> None:
    assert profile([*rows(8), *rows(2, first=8, categories=CASES)]).leaves == ("27386", "31530")
    assert profile([*rows(19), *rows(1, first=19, categories=CASES)]).leaves == ("27386",)


MIXED = st.lists(
    st.builds(
        lambda n, cents, title, categories, epid: Listing(
            str(n), title, Money(cents, "USD"), None, 3000, "Used", categories=categories, epid=epid
        ),
        st.integers(0, 999),
        st.integers(8_000, 12_000),
        st.sampled_from(["Acme 900 16GB", "Acme 900 Gaming PC", "Acme 900 cooler", "Acme 800"]),
        st.sampled_from([CARDS, CASES, ()]),
        st.sampled_from(["", "77", "88"]),
    ),
    max_size=40,
    unique_by=lambda x: x.item_id,
)


@given(MIXED, st.randoms(use_true_random=False), st.none() | MIXED)
def test_profile_depends_neither_on_order_nor_on_duplicates(
    listings: list[Listing], dice: object, earlier: list[Listing] | None
) -> None:
    before = profile(earlier) if earlier is not None else None
    shuffled = [*listings, *listings[::3]]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert profile(shuffled, before) == profile(listings, before)


@given(MIXED)
def test_profile_stays_the_same_on_the_same_market(listings: list[Listing]) -> None:
    before = profile(listings)
    assert profile(listings, before) == before


@given(MIXED)
def test_profile_survives_an_answer_with_few_rows(listings: list[Listing]) -> None:
    before = profile([*rows(20, epid="77"), *listings])
    assert profile(rows(1, cents=400), before) == before
    assert profile([], before) == before


@given(st.integers(1, 4), st.integers(9_500, 10_500))
def test_few_more_or_fewer_neighbours_change_nothing(n: int, cents: int) -> None:
    market = [*rows(20, epid="77"), *rows(5, first=20, categories=CASES)]
    before = profile(market)
    assert profile([*market, *rows(n, first=90, cents=cents, categories=CASES)], before) == before
    assert profile(market[n:], before) == before


STRONG = st.lists(
    st.builds(
        lambda cents, title, categories, epid: Listing(
            "", title, Money(cents, "USD"), None, 3000, "Used", categories=categories, epid=epid
        ),
        st.sampled_from([9_000, 10_000, 11_000, 19_000, 20_000, 21_000]),
        st.sampled_from(["Acme 900 16GB", "Acme 900 Turbo", "Acme 900 Gaming PC", "Acme 900 cooler"]),
        st.sampled_from([CARDS, CASES]),
        st.sampled_from(["", "77", "88"]),
    ),
    min_size=24,
    max_size=40,
).map(lambda rows: [x._replace(item_id=str(i)) for i, x in enumerate(rows)])


@given(STRONG)
def test_listing_that_comes_and_goes_does_not_make_the_profile_swing(market: list[Listing]) -> None:
    with_it, without = market, market[1:]
    state = profile(without)
    for answer in (with_it, without):
        state = profile(answer, state)
    assert profile(with_it, state) == state
    assert profile(without, state) == state
