"""Rows that are known from former answers are not decoded again, and read the same."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.scripted_ebay import row
from tests.adapters.test_spoiled_rows import JSON_TEXTS, contract_fields, spoiled
from tests.fakes import NOON
from watcher.adapters.ebay.known_rows import KnownRows, RecentRows, cut_rows
from watcher.adapters.ebay.responses import EbayPage, parse_search_page
from watcher.core.errors import CallFailed, Kind
from watcher.core.times import HOUR, Instant


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def answer_of(*rows: dict[str, Any] | str, **more: Any) -> bytes:
    head = compact({"total": len(rows), **more})[:-1]
    texts = (x if isinstance(x, str) else compact(x) for x in rows)
    return f'{head},"itemSummaries":[{",".join(texts)}]}}'.encode()


def read(body: bytes, known: KnownRows | None = None, now: Instant = NOON) -> EbayPage | Kind:
    try:
        return parse_search_page(body, now, known=known)
    except CallFailed as failure:
        return failure.kind


def test_unchanged_row_keeps_its_listing_and_a_changed_one_is_read_again() -> None:
    known: KnownRows = {}
    first = parse_search_page(answer_of(row(1), row(2), row(3)), NOON, known=known)
    price = {"value": "5.00", "currency": "USD"}
    body = answer_of(row(3), row(2, price=price), row(1), next="https://x/", warnings=[{"errorId": 12002}])
    second = parse_search_page(body, NOON, known=known)
    assert second == parse_search_page(body, NOON)
    assert second.listings[0] is first.listings[2]
    assert second.listings[2] is first.listings[0]
    assert str(second.listings[1].price) == "$5.00"
    assert second.next == "https://x/"
    assert second.warnings


def test_end_of_an_auction_is_judged_by_the_time_of_each_answer() -> None:
    known: KnownRows = {}
    body = answer_of(row(1, buyingOptions=["AUCTION"], itemEndDate="2025-06-15T16:00:00Z"))
    first, again, later, last = [
        parse_search_page(body, Instant(NOON + hours * HOUR), known=known).listings[0]
        for hours in (0, 0.5, 2, 3)
    ]
    assert again is first
    assert last is later
    assert (first.ended, later.ended) == (False, True)


def test_end_of_a_fixed_price_listing_is_judged_by_the_time_of_each_answer() -> None:
    known: KnownRows = {}
    body = answer_of(row(1, buyingOptions=["FIXED_PRICE"], itemEndDate="2025-06-15T16:00:00Z"))
    ended = [
        parse_search_page(body, Instant(NOON + hours * HOUR), known=known).listings[0].ended
        for hours in (0, 2)
    ]
    assert ended == [False, True]


def test_row_without_an_address_is_shown_on_the_site_of_each_answer() -> None:
    known: KnownRows = {}
    body = answer_of(row(1, itemWebUrl=None))
    links = [parse_search_page(body, NOON, site, known).listings[0].link for site in ("ebay.com", "ebay.de")]
    assert links == ["https://www.ebay.com/itm/1", "https://www.ebay.de/itm/1"]


def test_rows_used_last_are_known_and_their_number_has_a_bound() -> None:
    recent = RecentRows(most=8)
    listing = parse_search_page(answer_of(row(1)), NOON).listings[0]
    for request in range(100):
        recent.put(0, recent.take(0))
        recent.put(request, {2 * request: listing, 2 * request + 1: listing})
    assert recent.take(1) == {}
    assert recent.take(96) == {}
    assert [len(recent.take(request)) for request in (0, 97, 98, 99)] == [2, 2, 2, 2]
    assert recent.take(99) == {}


def test_only_rows_of_the_last_answer_are_known() -> None:
    known: KnownRows = {}
    for rows in ((row(1), row(2)), (row(2), row(3), row(4))):
        parse_search_page(answer_of(*rows), NOON, known=known)
    assert [x.item_id for x in known.values()] == [row(n)["itemId"] for n in (2, 3, 4)]


def test_answer_of_another_form_is_not_cut() -> None:
    whole = answer_of(row(1), row(2))
    assert cut_rows(whole) is not None
    for other in (
        json.dumps(json.loads(whole)).encode(),
        whole + b"\n",
        whole.replace(b"itemSummaries", b"itemSales"),
        b'{"total":0,"itemSummaries":[]}',
        b"",
    ):
        assert cut_rows(other) is None


_TITLES = st.sampled_from(("Nike", 'Nike {"itemId":"v1|1|0"', "}]}", '"},{"itemId":"', "\\", 'a"}]},'))
_NESTED = '{"itemId":"v1|7|0","title":"x","a":[{"itemId":"b"},{"itemId":"c"}]}'
_ROWS = st.one_of(
    st.builds(lambda n, title: compact(row(n, title=title)), st.integers(1, 4), _TITLES),
    st.builds(
        lambda n, name, odd: spoiled({name: odd}, n),
        st.integers(1, 3),
        st.sampled_from(contract_fields()),
        JSON_TEXTS,
    ),
    st.sampled_from(('{"itemId":"v1|5|0"}', '{"itemId":""}', _NESTED, "null", '{"itemId":"v1|6|0"},', "")),
)
_DAMAGE = st.tuples(st.integers(0, 4000), st.integers(0, 40), st.binary(max_size=3))
_BODIES = st.tuples(
    st.lists(_ROWS, max_size=5),
    st.none() | _DAMAGE,
)


@given(st.lists(_BODIES, min_size=1, max_size=4))
def test_known_rows_never_change_what_is_read(answers: list[Any]) -> None:
    known: KnownRows = {}
    for rows, damage in answers:
        body = answer_of(*rows)
        for _ in range(2):
            assert read(body, known) == read(body)
        if damage:
            start, length, instead = damage
            body = body[:start] + instead + body[start + length :]
            assert read(body, known) == read(body)
