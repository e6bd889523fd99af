"""How certain verdicts are: what leaves them open, what answers it, and what does not move them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.background import Background
from watcher.core.comps import Filters, Selection, select
from watcher.core.confidence import Confidence, Doubt, weigh
from watcher.core.listing import Condition, Listing
from watcher.core.market_profile import MarketProfile, profile_of
from watcher.core.money import Money
from watcher.core.readings import Reading
from watcher.core.specifics import Specifics
from watcher.core.titles.verdict import Reason

QUERY = "acme slate 13 512gb wifi"
TITLE = "Acme Slate 13 512GB WiFi"
SLATES, COVERS = ("171485", "58058"), ("176973", "58058")


def row(item_id: str, title: str = TITLE, *, cents: int = 10_000, **changes: object) -> Listing:
    price = Money(cents, "USD")
    plain = Listing(item_id, title, price, Money(0, "USD"), 3000, "Used", categories=SLATES)
    return plain._replace(**changes)


STRONG = tuple(row(f"strong{i}", cents=9_500 + 100 * i) for i in range(10))


def chosen(*rows: Listing, query: str = QUERY, background: Background = Background()) -> Selection:
    return select(query, Condition.ANY, [*STRONG, *rows], currency="USD", background=background)


def verdict(*rows: Listing, query: str = QUERY, background: Background = Background()) -> tuple[str, str]:
    """Return the reason ("" if kept) and the confidence of the first row."""
    selection = chosen(*rows, query=query, background=background)
    item = rows[0].item_id
    reasons = {d.listing.item_id: str(d.reason) for d in selection.dropped}
    return reasons.get(item, ""), str(selection.confidence_of(item))


def test_weights_add_up_to_a_confidence() -> None:
    assert weigh([]) is None
    assert weigh([(0, "nothing")]) is None
    assert weigh([(1, "a")]) == Doubt(Confidence.LIKELY, "a")
    assert weigh([(1, "b"), (1, "a")]) == Doubt(Confidence.DOUBTFUL, "a; b")
    assert weigh([(1, "a"), (2, "b")]) == Doubt(Confidence.DOUBTFUL, "b; a")
    assert weigh([(1, "a"), (1, "a")]) == Doubt(Confidence.LIKELY, "a")


def test_plain_listing_among_its_like_is_sure() -> None:
    assert verdict(row("x")) == ("", "sure")
    assert not chosen().doubts


def test_listing_of_another_category_is_dropped() -> None:
    assert verdict(row("x", categories=COVERS)) == ("category", "sure")
    assert verdict(row("x", categories=())) == ("", "sure"), "an unknown category says nothing"


def test_category_says_nothing_with_few_strong_rows() -> None:
    few = [row(str(i)) for i in range(4)]
    stray = row("x", categories=COVERS)
    assert stray in select(QUERY, Condition.ANY, [*few, stray], currency="USD").kept


def test_low_price_is_a_doubt_and_never_a_verdict() -> None:
    assert verdict(row("x", cents=5_000)) == ("", "likely")
    assert verdict(row("x", cents=7_000)) == ("", "sure")


def test_high_price_is_a_doubt_if_nothing_else_is_open() -> None:
    assert verdict(row("x", cents=16_000)) == ("", "sure")
    assert verdict(row("x", cents=40_000)) == ("", "likely")
    known = Background(profile_of(QUERY, [x._replace(epid="77") for x in STRONG], currency="USD"))
    assert verdict(row("x", epid="88", cents=40_000), background=known) == ("", "likely")
    assert verdict(row("x", epid="77", cents=40_000), background=known) == ("", "sure")


def test_low_price_of_another_product_is_dropped_in_doubt() -> None:
    known = Background(profile_of(QUERY, [x._replace(epid="77") for x in STRONG], currency="USD"))
    assert verdict(row("x", epid="88"), background=known) == ("", "likely")
    assert verdict(row("x", epid="88", cents=5_000), background=known) == ("", "likely")
    assert verdict(row("x", epid="88", cents=3_000), background=known) == ("doubt", "doubtful")
    selection = chosen(row("x", epid="88", cents=3_000), background=known)
    (dropped,) = selection.dropped
    assert dropped.detail == "it costs 30% of what others ask; the catalogue knows it as another product"
    assert selection.doubts["x"] == Doubt(Confidence.DOUBTFUL, dropped.detail)


def test_words_that_no_other_title_says_are_a_doubt() -> None:
    assert verdict(row("x", f"{TITLE} Cactus Galliano Diorissimo")) == ("", "likely")
    usual = [row(f"u{i}", f"{TITLE} Cactus Galliano Diorissimo") for i in range(3)]
    assert verdict(row("x", f"{TITLE} Cactus Galliano Diorissimo"), *usual) == ("", "sure")


def test_scattered_words_are_a_doubt_only_among_many_rows_or_words() -> None:
    scattered = row("x", f"Cactus {TITLE} Galliano")
    assert verdict(scattered) == ("", "sure")
    assert verdict(scattered, *(row(f"more{i}") for i in range(10))) == ("", "likely")
    assert verdict(row("x", f"Cactus, {TITLE}, Galliano, Diorissimo, Oblique")) == ("", "likely")


def test_missing_word_is_doubtful_and_answered_by_structure() -> None:
    bare = row("x", "Acme Slate 13 WiFi")
    assert verdict(bare) == ("query", "doubtful")
    capacity = Background(specifics={"x": Specifics((("Storage Capacity", "512 GB"),))})
    assert verdict(bare, background=capacity) == ("", "sure")
    product = Background(profile_of(QUERY, [x._replace(epid="77") for x in STRONG], currency="USD"))
    assert verdict(bare._replace(epid="77"), background=product) == ("", "sure")


def test_condition_answers_a_word_and_leaves_a_doubt() -> None:
    query = "acme slate 13 sealed"
    sealed = row("x", "Acme Slate 13", condition_id=1000, condition="New")
    assert verdict(sealed, query=query) == ("", "likely")
    assert verdict(row("x", "Acme Slate 13"), query=query)[0] == "query"


def test_condition_ungraded_casts_doubt_on_a_graded_title() -> None:
    query, title = "acme rookie 57 psa 10", "1998 Acme Rookie #57 PSA 10"
    card = row("x", title, condition_id=4000, condition="Ungraded")
    assert verdict(card, query=query)[1] != "sure"


def test_contradicting_specifics_drop_with_the_pair() -> None:
    cellular = Background(specifics={"x": Specifics((("Connectivity", "Wi-Fi + 4G"),))})
    assert verdict(row("x"), background=cellular) == ("specifics", "sure")
    (dropped,) = chosen(row("x"), background=cellular).dropped
    assert dropped.detail == '"Connectivity" is "Wi-Fi + 4G", the query says "wifi"'


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (Reading.SAME, ("", "sure")),
        (Reading.DIFFERENT, ("reader", "sure")),
        (Reading.UNSURE, ("", "likely")),
    ],
)
def test_reading_decides_what_is_open(reading: Reading, expected: tuple[str, str]) -> None:
    read = Background(readings={"x": reading})
    assert verdict(row("x", cents=5_000), background=read) == expected


def test_reader_keeps_what_the_title_drops_but_no_hard_fact() -> None:
    same = Background(readings={"x": Reading.SAME})
    assert verdict(row("x", "Slate for all"), background=same) == ("", "sure")
    assert verdict(row("x", price=Money(9_000, "EUR")), background=same)[0] == Reason.CURRENCY
    assert verdict(row("x", condition_id=7000), background=same)[0] == Reason.PARTS
    excluded = select(
        QUERY,
        Condition.ANY,
        [row("x")],
        currency="USD",
        filters=Filters(exclude=("slate",)),
        background=same,
    )
    assert excluded.kept == ()


MIXED = st.lists(
    st.builds(
        lambda n, title, cents, categories, epid: row(
            f"m{n}", title, cents=cents, categories=categories, epid=epid
        ),
        st.integers(0, 99),
        st.sampled_from(
            [
                TITLE,
                "Acme Slate 13 WiFi",
                f"{TITLE} Cactus Galliano Diorissimo",
                "Acme Slate 15",
                f"Case for {TITLE}",
            ]
        ),
        st.sampled_from([900, 5_000, 9_000, 10_000, 40_000]),
        st.sampled_from([SLATES, COVERS, ()]),
        st.sampled_from(["", "77", "88"]),
    ),
    max_size=12,
    unique_by=lambda x: x.item_id,
)


def outcome(selection: Selection) -> dict[str, tuple[str, Doubt | None]]:
    reasons = {d.listing.item_id: str(d.reason) for d in selection.dropped}
    items = {x.item_id for x in selection.kept} | reasons.keys()
    return {item: (reasons.get(item, ""), selection.doubts.get(item)) for item in items}


@given(MIXED, st.randoms(use_true_random=False))
def test_confidence_depends_neither_on_order_nor_on_duplicates(rows: list[Listing], dice: object) -> None:
    shuffled = [*STRONG, *rows, *rows[::2], *STRONG[::3]]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    again = select(QUERY, Condition.ANY, shuffled, currency="USD")
    assert outcome(again) == outcome(chosen(*rows))


@given(MIXED, MIXED)
def test_verdict_is_a_function_of_row_and_profile(rows: list[Listing], others: list[Listing]) -> None:
    known = Background(profile_of(QUERY, [*STRONG, *rows], currency="USD"))
    alone = outcome(select(QUERY, Condition.ANY, rows, currency="USD", background=known))
    among = outcome(select(QUERY, Condition.ANY, [*others, *rows], currency="USD", background=known))
    assert alone.items() <= among.items()


@given(MIXED, st.integers(1, 2), st.integers(9_500, 10_500), st.integers(0, 9))
def test_neighbours_within_the_margins_change_no_confidence(
    rows: list[Listing], n: int, cents: int, gone: int
) -> None:
    market = [*STRONG, *(row(f"more{i}") for i in range(20)), *rows]
    before = profile_of(QUERY, market, currency="USD")
    moved = [*market[:gone], *market[gone + 1 :], *(row(f"new{i}", cents=cents) for i in range(n))]
    after = profile_of(QUERY, moved, before, currency="USD")
    known = [Background(MarketProfile(*p)) for p in (before, after)]
    first, second = (outcome(select(QUERY, Condition.ANY, rows, currency="USD", background=b)) for b in known)
    assert first == second
