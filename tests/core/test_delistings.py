"""Listings that left the market: their kinds, and the statistics of their last prices."""

from __future__ import annotations

import pytest

from tests.fakes import NOON, usd
from watcher.core.comps import Basis
from watcher.core.delistings import (
    Delisting,
    DelistingKind,
    SeenListing,
    find_delistings,
    summarize_delistings,
)
from watcher.core.item_number import hashed_id
from watcher.core.money import Money
from watcher.core.times import DAY, HOUR, Instant

TITLE = "Zenitar Mk2 rangefinder camera"
GONE = Instant(NOON + 5 * DAY)


def seen(number: int, price: float | Money | None = 50.0, **fields: object) -> SeenListing:
    values: dict[str, object] = {
        "item_id": f"v1|{number}|0",
        "title": f"{TITLE} no {number}",
        "price": usd(price) if isinstance(price, int | float) else price,
        "shipping": usd(0),
        "first_seen": NOON,
        "changed_at": GONE,
        "gone_at": GONE,
        **fields,
    }
    return SeenListing(**values)  # type: ignore[arg-type]


def kinds(*sighted: SeenListing) -> list[DelistingKind]:
    return [x.kind for x in find_delistings("zenitar mk2", sighted, "USD")]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, DelistingKind.GONE),
        ({"auction": True, "ends_at": Instant(GONE - HOUR), "bids": 3}, DelistingKind.ENDED_AT_TERM),
        ({"auction": True, "ends_at": Instant(GONE - HOUR), "bids": 0}, DelistingKind.UNSOLD),
        ({"auction": True, "ends_at": Instant(GONE - HOUR), "bids": None}, DelistingKind.UNSOLD),
        ({"auction": True, "ends_at": Instant(GONE + DAY), "bids": 3}, DelistingKind.ENDED_EARLY),
    ],
)
def test_delisting_kind_depends_on_the_end_of_an_auction(
    fields: dict[str, object], kind: DelistingKind
) -> None:
    assert kinds(seen(1, **fields)) == [kind]


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ({}, DelistingKind.RELISTED),
        ({"price": usd(60)}, DelistingKind.RELISTED),
        ({"price": usd(70)}, DelistingKind.GONE),
        ({"price": None}, DelistingKind.GONE),
        ({"price": Money(5000, "EUR")}, DelistingKind.GONE),
        ({"title": "ZENITAR  mk2 rangefinder camera NO 1"}, DelistingKind.RELISTED),
        ({"title": "Zenitar Mk2 camera, another one"}, DelistingKind.GONE),
        ({"first_seen": Instant(GONE + 15 * DAY)}, DelistingKind.GONE),
        ({"first_seen": Instant(NOON + DAY)}, DelistingKind.GONE),
        ({"first_seen": NOON}, DelistingKind.GONE),
    ],
)
def test_similar_listing_soon_after_is_a_relisting(other: dict[str, object], kind: DelistingKind) -> None:
    again = {"title": f"{TITLE} no 1", "first_seen": Instant(GONE + DAY), "gone_at": None, **other}
    assert kinds(seen(1), seen(2, **again)) == [kind]


def test_only_gone_comparable_and_priced_listings_are_delistings() -> None:
    parts = seen(2, title="Zenitar Mk2 for parts")
    assert kinds(seen(1, gone_at=None), parts, seen(3, price=None)) == []
    assert kinds(seen(1, gone_at=None)) == []


def test_delisting_has_no_text_and_no_id() -> None:
    (one,) = find_delistings("zenitar mk2", [seen(1, listed_at=Instant(NOON - DAY))], "USD")
    assert one == Delisting(
        hashed_id("v1|1|0"), DelistingKind.GONE, usd(50), usd(0), Instant(NOON - DAY), GONE
    )


def test_observed_statistics_exclude_unsold_listings() -> None:
    auction = {"auction": True, "ends_at": Instant(GONE - HOUR)}
    found = summarize_delistings(
        find_delistings(
            "zenitar mk2",
            [
                seen(1, 50),
                seen(2, 70, first_seen=Instant(GONE - DAY)),
                seen(3, 60, **auction, bids=2),
                seen(4, 900, **auction, bids=0),
                seen(5, 10, shipping=None),
            ],
            "USD",
        ),
        "USD",
    )
    stats = found.statistics
    assert (stats.basis, stats.n, stats.median) == (Basis.OBSERVED, 3, usd(60))
    assert found.kinds == {DelistingKind.GONE: 3, DelistingKind.ENDED_AT_TERM: 1, DelistingKind.UNSOLD: 1}
    assert (found.on_market, found.since) == (5 * DAY, GONE)


def test_no_delistings_give_empty_statistics() -> None:
    found = summarize_delistings([], "USD")
    assert (found.statistics.n, found.kinds, found.on_market, found.since) == (0, {}, None, None)


def test_other_currencies_are_excluded() -> None:
    foreign = Delisting("#a", DelistingKind.GONE, Money(5000, "EUR"), Money(0, "EUR"), NOON, GONE)
    found = summarize_delistings([foreign], "USD")
    assert (found.statistics.n, found.on_market, found.kinds) == (0, None, {DelistingKind.GONE: 1})
