from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from watcher.core.comps import Filters, Selection, select, summarize
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.titles.verdict import Reason

LAPTOPS, CARDS = ("177", "58058"), ("27386", "58058")


def listing(item_id: str, title: str, *, cents: int = 10_000, **changes: object) -> Listing:
    plain = Listing(item_id, title, Money(cents, "USD"), Money(0, "USD"), 3000, "Used", categories=CARDS)
    return plain._replace(**changes)


def chosen(query: str, listings: Sequence[Listing], filters: Filters = Filters()) -> Selection:
    return select(query, Condition.ANY, listings, currency="USD", filters=filters)


def kept_ids(selection: Selection) -> list[str]:
    return [x.item_id for x in selection.kept]


MARKET = (
    listing("good", "Acme 900 16GB"),
    listing("variant", "Acme 900 Ti 16GB"),
    listing("lot", "Lot of 3 Acme 900"),
    listing("parts", "Acme 900 not working"),
    listing("box", "Acme 900 BOX ONLY"),
    listing("fan", "Cooling fan for Acme 900"),
    listing("copy", "Acme 900 replica"),
    listing("later", "Acme 900 presale"),
    listing("choice", "Acme 900 choose your size"),
    listing("system", "Gaming PC with Acme 900, Ryzen, 1TB SSD"),
    listing("other", "Acme 800 16GB"),
    listing("group", "Acme 900 black", is_group=True),
)
REASONS = {
    "variant": Reason.QUERY,
    "lot": Reason.LOT,
    "parts": Reason.PARTS,
    "box": Reason.ACCESSORY,
    "fan": Reason.ACCESSORY,
    "copy": Reason.REPRINT,
    "later": Reason.PRESALE,
    "choice": Reason.GROUP,
    "system": Reason.SYSTEM,
    "other": Reason.QUERY,
    "group": Reason.GROUP,
}


def test_every_listing_is_kept_or_dropped_with_its_reason() -> None:
    selection = chosen("acme 900", MARKET)
    assert kept_ids(selection) == ["good"]
    assert {d.listing.item_id: d.reason for d in selection.dropped} == REASONS
    assert all(d.detail for d in selection.dropped)


@given(st.permutations(MARKET))
def test_selection_does_not_depend_on_the_order(shuffled: list[Listing]) -> None:
    selection = chosen("acme 900", shuffled)
    assert kept_ids(selection) == ["good"]
    assert {d.listing.item_id: d.reason for d in selection.dropped} == REASONS


def test_no_comparable_listing_gives_empty_comps() -> None:
    selection = chosen("acme 700", MARKET)
    assert selection.kept == ()
    assert len(selection.dropped) == len(MARKET)


def test_excluded_words_drop_titles_in_any_spelling() -> None:
    listings = [
        listing("a", "Acme 900 WHITE"),
        listing("b", "Acme 900 off-white"),
        listing("c", "Acme 900 Whitestone"),
        listing("d", "Acme 900 Pokémon edition"),
        listing("e", "Acme 900 for  display"),
    ]
    selection = chosen("acme 900", listings, Filters(exclude=("white", "pokemon", "for display", " ")))
    assert kept_ids(selection) == ["c"]
    assert [(d.reason, d.detail) for d in selection.dropped] == [
        (Reason.EXCLUDED, 'the title says "white"'),
        (Reason.EXCLUDED, 'the title says "white"'),
        (Reason.EXCLUDED, 'the title says "pokemon"'),
        (Reason.EXCLUDED, 'the title says "for display"'),
    ]


def test_query_for_parts_keeps_listings_for_parts() -> None:
    broken = listing("a", "Acme 900 for parts", condition_id=7000, condition="For parts or not working")
    assert kept_ids(chosen("acme 900", [broken])) == []
    assert kept_ids(chosen("acme 900 for parts", [broken])) == ["a"]


def laptops(called_laptop: int, plain: int) -> list[Listing]:
    return [
        *(listing(f"l{i}", "Acme Slate 13 Laptop", categories=LAPTOPS) for i in range(called_laptop)),
        *(listing(f"p{i}", "Acme Slate 13 i7 16GB", categories=LAPTOPS) for i in range(plain)),
    ]


def test_title_with_laptop_is_kept_if_the_query_means_laptops() -> None:
    assert len(chosen("acme slate 13", laptops(3, 5)).kept) == 8


def test_system_is_dropped_among_its_components() -> None:
    cards = [listing(str(i), "Acme 900 16GB") for i in range(10)]
    stray = listing("stray", "Acme 900 Gaming PC")
    own = listing("own", "Acme 900 Gaming Laptop", categories=LAPTOPS)
    selection = chosen("acme 900", [*cards, stray, own])
    assert [(d.listing.item_id, d.reason) for d in selection.dropped] == [
        ("stray", Reason.SYSTEM),
        ("own", Reason.SYSTEM),
    ]


def test_systems_are_dropped_even_if_nothing_else_is_found() -> None:
    assert chosen("acme 900", [listing("a", "Acme 900 Gaming PC", categories=())]).kept == ()


def test_accepted_system_must_still_match_the_query() -> None:
    wrong = listing("wrong", "Acme Slate 15 Laptop", categories=LAPTOPS)
    selection = chosen("acme slate 13", [*laptops(3, 5), wrong])
    assert [(d.listing.item_id, d.reason) for d in selection.dropped] == [("wrong", Reason.QUERY)]


def coolers(called_cooler: int, plain: int) -> list[Listing]:
    return [
        *(listing(f"c{i}", "Acme NH90 cooler") for i in range(called_cooler)),
        *(listing(f"p{i}", "Acme NH90 140mm black") for i in range(plain)),
    ]


def test_title_with_cooler_is_kept_if_most_titles_have_it() -> None:
    bracket = listing("bracket", "Acme NH90 bracket")
    elsewhere = listing("elsewhere", "Acme NH90 cooler", categories=LAPTOPS)
    selection = chosen("acme nh90", [*coolers(5, 3), bracket, elsewhere])
    assert len(selection.kept) == 8
    assert {d.listing.item_id for d in selection.dropped} == {"bracket", "elsewhere"}


def test_cooler_is_dropped_if_few_titles_or_few_accessories_have_it() -> None:
    assert len(chosen("acme nh90", coolers(3, 5)).kept) == 5
    assert len(chosen("acme nh90", coolers(9, 2)).kept) == 2, "two plain titles are too few"


NOISE = st.builds(
    lambda n, title, cents, changes: listing(f"noise{n}", title, cents=cents)._replace(**changes),
    st.integers(0, 10**6),
    st.sampled_from(
        [
            "Acme 900 Ti 16GB",
            "Lot of 3 Acme 900",
            "Acme 900 not working",
            "Acme 900 box only",
            "Cooling fan for Acme 900",
            "Acme 900 replica",
            "Gaming PC with Acme 900",
            "Acme 800",
        ]
    ),
    st.integers(1, 10**7),
    st.just({}),
)
WITHOUT_TOTAL = st.builds(
    lambda n, cents, changes: listing(f"other{n}", "Acme 900", cents=cents)._replace(**changes),
    st.integers(0, 10**6),
    st.integers(5_000, 20_000),
    st.sampled_from(
        [
            {"shipping": None},
            {"price": Money(9_000, "EUR")},
            {"price": Money(9_000, "EUR"), "shipping": Money(0, "EUR")},
            {"shipping": Money(100, "EUR")},
            {"is_group": True},
            {"condition_id": 7000},
            {"price": None},
        ]
    ),
)
ABSURD = st.builds(
    lambda n, cents: listing(f"absurd{n}", "Acme 900", cents=cents),
    st.integers(0, 10**6),
    st.integers(10**6, 10**9),
)
GENUINE = st.lists(st.integers(8_000, 12_000), min_size=10, max_size=30).map(
    lambda prices: [listing(str(i), "Acme 900 16GB", cents=cents) for i, cents in enumerate(prices)]
)


@given(
    GENUINE,
    st.lists(NOISE, max_size=30),
    st.lists(WITHOUT_TOTAL, max_size=8),
    st.randoms(use_true_random=False),
)
def test_noise_and_duplicates_never_change_the_statistics(
    genuine: list[Listing], noise: list[Listing], others: list[Listing], dice: object
) -> None:
    market = [*genuine, *noise, *others, *genuine[::2], *noise[::3]]
    dice.shuffle(market)  # type: ignore[attr-defined]
    assert summarize(chosen("acme 900", market).kept, "USD") == summarize(genuine, "USD")


@given(GENUINE, st.lists(ABSURD, max_size=2), st.lists(NOISE, max_size=10))
def test_absurd_prices_move_the_median_within_its_interval(
    genuine: list[Listing], absurd: list[Listing], noise: list[Listing]
) -> None:
    before = summarize(genuine, "USD")
    next_to_nothing = listing("nothing", "Acme 900", cents=99)
    after = summarize(chosen("acme 900", [*genuine, *absurd, *noise, next_to_nothing]).kept, "USD")
    assert before.interval
    assert after.median
    assert before.interval[0] <= after.median <= before.interval[1]
    assert after.low == before.low


@given(GENUINE, st.integers(1, 9))
def test_overlapping_pages_are_one_answer(genuine: list[Listing], size: int) -> None:
    pages = [
        genuine[i : i + size + 1] for i in range(0, len(genuine), size)
    ]  # each page repeats a row of the next one
    selection = chosen("acme 900", [x for page in pages for x in page])
    assert selection == chosen("acme 900", genuine)
