from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.background import Background
from watcher.core.comps import Buying, Filters, Selection, select
from watcher.core.known_verdicts import KnownVerdicts, RecentVerdicts
from watcher.core.listing import Condition, Listing
from watcher.core.market_profile import MarketProfile
from watcher.core.money import Money
from watcher.core.readings import Reading
from watcher.core.specifics import Specifics

ROW = Listing("1", "Acme 900", Money(10_000, "USD"), Money(500, "USD"), 3000, "Used", feedback=40)
PROFILE = MarketProfile(leaves=("7",), epids=("11",), typical=10_000, rows=20, floor=1_000, low=5_000)
OTHER: dict[str, Any] = {
    "title": "Acme 900 case",
    "price": Money(2_000, "USD"),
    "shipping": None,
    "condition_id": 7000,
    "condition": "Parts",
    "url": "https://example.com/2",
    "image": "https://example.com/2.jpg",
    "fixed": False,
    "auction": True,
    "bid": Money(3_000, "USD"),
    "bid_count": 3,
    "ends_at": 9.0,
    "is_group": True,
    "group_id": "5",
    "country": "DE",
    "feedback": 3,
    "created_at": 5.0,
    "converted_from": "EUR",
    "categories": ("8",),
    "ended": True,
    "pickup_only": True,
    "epid": "12",
    "seller": "s2",
}
FILTERS = Filters(exclude=("case",), buying=Buying.FIXED, min_feedback=10, sellers=frozenset(("", "s2")))
_ROWS = st.builds(
    lambda item, changes: ROW._replace(item_id=item, **changes),
    st.sampled_from("123"),
    st.sets(st.sampled_from(sorted(OTHER)), max_size=3).map(lambda names: {n: OTHER[n] for n in names}),
)
_BACKGROUNDS = st.builds(
    Background,
    st.sampled_from((PROFILE, PROFILE._replace(leaves=()))),
    st.sampled_from(({}, {"1": Specifics((("Model", "800"),))})),
    st.sampled_from(({}, {"1": Reading.DIFFERENT}, {"2": Reading.SAME})),
)


def judged(
    rows: list[Listing],
    background: Background,
    known: KnownVerdicts | None = None,
    query: str = "acme 900",
    filters: Filters = FILTERS,
) -> Selection:
    return select(
        query, Condition.ANY, rows, currency="USD", filters=filters, background=background, known=known
    )


@given(st.lists(st.tuples(st.lists(_ROWS, max_size=4), _BACKGROUNDS), max_size=4))
def test_known_verdicts_change_no_selection(polls: list[tuple[list[Listing], Background]]) -> None:
    known = KnownVerdicts()
    for rows, background in polls:
        assert judged(rows, background, known) == judged(rows, background)


@pytest.mark.parametrize("name", OTHER)
def test_a_changed_field_is_judged_again(name: str) -> None:
    known, background = KnownVerdicts(), Background(PROFILE)
    for row in (ROW, ROW._replace(categories=("7",), auction=True, bid=Money(1, "USD"))):
        changed = row._replace(**{name: OTHER[name]})
        judged([row], background, known)
        assert judged([changed], background, known) == judged([changed], background)


def test_another_query_or_filter_is_judged_again() -> None:
    known, background = KnownVerdicts(), Background(PROFILE)
    for query, filters in (
        ("acme 900", FILTERS),
        ("acme 800", FILTERS),
        ("acme 900", Filters(min_feedback=99)),
    ):
        again = judged([ROW], background, known, query, filters)
        assert again == judged([ROW], background, None, query, filters)


def test_an_unchanged_row_is_not_judged_again() -> None:
    known, seen = KnownVerdicts(), []
    for row in (ROW, ROW._replace(url="https://example.com/2"), ROW._replace(title="Acme 901")):
        known.judge([row], "facts", Background(), lambda x: (seen.append(x.title), None)[1:] * 2)
    assert seen == ["Acme 900", "Acme 901"]


def test_recent_verdicts_keep_the_latest_rows() -> None:
    recent = RecentVerdicts(most=3)
    for key in "ab":
        recent.put(key, filled(1))
    recent.put("a", recent.take("a"))
    recent.put("c", filled(2))
    assert [len(recent.take(key)) for key in "abc"] == [1, 0, 2]
    recent.put("d", filled(4))
    assert len(recent.take("d")) == 0
    recent.put("e", filled(3))
    assert len(recent.take("e")) == 3


def filled(rows: int) -> KnownVerdicts:
    known = KnownVerdicts()
    known.judge([ROW._replace(item_id=str(i)) for i in range(rows)], "", Background(), lambda _: (None, None))
    return known
