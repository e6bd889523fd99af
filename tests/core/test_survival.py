"""The median of asks, corrected for what stays unsold."""

from __future__ import annotations

from statistics import median

from tests.fakes import NOON, usd
from watcher.core.delistings import SeenListing, find_delistings
from watcher.core.money import Money
from watcher.core.survival import MIN_ENTRANTS, Entrant, corrected_median, find_entrants
from watcher.core.times import DAY, HOUR, Instant, Seconds

QUERY = "zenitar mk2"


def seen(
    number: int, price: float, *, age: float = 5.0, stay: float | None = None, **fields: object
) -> SeenListing:
    """Return a listing that was listed `age` days ago, and left after `stay` days."""
    listed = Instant(NOON - age * DAY)
    gone = None if stay is None else Instant(listed + stay * DAY)
    values: dict[str, object] = {
        "item_id": f"v1|{number}|0",
        "title": f"Zenitar Mk2 rangefinder camera no {number}",
        "price": None if price is None else usd(price),
        "shipping": usd(0),
        "first_seen": Instant(listed + HOUR),
        "changed_at": gone or Instant(listed + HOUR),
        "gone_at": gone,
        "listed_at": listed,
        **fields,
    }
    return SeenListing(**values)  # type: ignore[arg-type]


def entrants(*listings: SeenListing) -> list[Entrant]:
    return find_entrants(QUERY, listings, find_delistings(QUERY, listings, "USD"), "USD", NOON)


def corrected(*listings: SeenListing) -> Money | None:
    return corrected_median(entrants(*listings), "USD")


# Cheap ones leave after a day, dear ones stay: on offer are two cheap ones and all of the dear ones.
CHEAP = [seen(n, 100 + n, age=1 + n, stay=1.0) for n in range(10)]
DEAR = [seen(100 + n, 200 + n, age=1 + n) for n in range(10)]


def test_unsold_listings_do_not_raise_the_corrected_median() -> None:
    on_offer = [one for one in (*CHEAP, *DEAR) if one.gone_at is None or one.gone_at > NOON]
    assert median(one.price.minor for one in on_offer if one.price) > 20_000
    found = corrected(*CHEAP, *DEAR)
    assert found is not None
    assert found.minor < 12_000


def test_without_known_exits_each_listing_counts_once() -> None:
    found = corrected(*(seen(n, 100 + n, age=1 + n / 2) for n in range(21)))
    assert found == usd(110)


def test_too_few_listings_give_no_corrected_median() -> None:
    few = [seen(n, 100) for n in range(MIN_ENTRANTS - 1)]
    assert corrected(*few) is None
    assert corrected(*few, seen(99, 100)) == usd(100)
    assert corrected() is None


def test_listings_seen_late_or_long_ago_do_not_count() -> None:
    late = seen(1, 100, age=9, first_seen=Instant(NOON - DAY))
    unknown = seen(2, 100, listed_at=None)
    assert entrants(late, unknown, seen(3, 100, age=29)) == []
    assert len(entrants(seen(4, 100, age=27))) == 1


def test_older_listings_count_only_if_recent_ones_are_few() -> None:
    old = [seen(n, 300, age=20) for n in range(30)]
    assert corrected(*old) == usd(300)
    assert corrected(*old, *(seen(100 + n, 100) for n in range(MIN_ENTRANTS))) == usd(100)


def test_an_item_that_was_relisted_counts_once() -> None:
    title = "Zenitar Mk2 rangefinder camera"
    first = seen(1, 100, age=9, stay=4.0, title=title)
    again = seen(2, 98, age=4.5, title=title)
    assert [one.total for one in entrants(first, again)] == [9_800]


def test_auctions_other_items_and_unknown_shipping_do_not_count() -> None:
    auction = seen(1, 100, auction=True, bids=2)
    part = seen(2, 100, title="Zenitar Mk2 camera for parts")
    unpriced = seen(3, 100, shipping=None)
    assert entrants(auction, part, unpriced, seen(4, None)) == []


def test_the_order_of_listings_does_not_matter() -> None:
    assert corrected(*CHEAP, *DEAR) == corrected(*reversed([*CHEAP, *DEAR]))


def test_listings_that_leave_at_once_have_a_weight() -> None:
    at_once = [Entrant(100 + n, Seconds(DAY), Seconds(0.0), may_be_sold=True) for n in range(20)]
    assert corrected_median(at_once, "USD") == Money(109, "USD")
