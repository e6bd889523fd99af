"""The item specifics that a receipt keeps: only those without which a verdict would be another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tests.fakes import listing
from watcher.core.background import Background
from watcher.core.deciding_specifics import deciding_specifics
from watcher.core.item_number import hashed_id
from watcher.core.listing import Condition, Listing
from watcher.core.specifics import Specifics
from watcher.core.taught import TaughtAnswer
from watcher.core.taught_evidence import Judging
from watcher.core.watch import Question, comps_for

TABLET = Question("ipad mini 4 128gb", Condition.ANY, "electronics", "EBAY_US")
BRAND, SIZE = ("Brand", "Apple"), ("Storage Capacity", "128 GB")
COLOUR = ("Color", "Silver")


def tablets(*odd: Listing) -> tuple[Listing, ...]:
    plain = (listing(100 + n, 150 + n, title="Apple iPad Mini 4 128GB tablet") for n in range(8))
    return (*plain, *odd)


NAMELESS = listing(1, 140, title="Apple iPad Mini 4 tablet")


def decided(question: Question, rows: Iterable[Listing], background: Background) -> dict[str, Specifics]:
    judging = Judging(question.query, question.condition, question.marketplace, background=background)
    return deciding_specifics(judging, rows)


def test_only_the_pair_that_decided_is_kept() -> None:
    background = Background(specifics={"v1|1|0": Specifics((BRAND, COLOUR, SIZE))})
    assert decided(TABLET, tablets(NAMELESS), background) == {"v1|1|0": Specifics((SIZE,))}


def test_specifics_that_repeat_the_title_did_not_decide() -> None:
    background = Background(specifics={"v1|100|0": Specifics((BRAND, SIZE)), "v1|101|0": Specifics()})
    assert decided(TABLET, tablets(), background) == {}


def test_nothing_decided_without_specifics() -> None:
    assert decided(TABLET, tablets(NAMELESS), Background()) == {}


def test_a_pair_that_shows_another_item_decided() -> None:
    card = Question("rtx 4070", Condition.ANY, "electronics", "EBAY_US")
    rows = [listing(n, 550 + n, title="MSI GeForce RTX 4070 graphics card") for n in range(8)]
    other = ("Model", "NVIDIA GeForce RTX 4070 Ti")
    background = Background(specifics={"v1|3|0": Specifics((("Brand", "MSI"), other))})
    assert decided(card, rows, background) == {"v1|3|0": Specifics((other,))}
    comps = comps_for(card, rows, background=background)
    (dropped,) = comps.selection.dropped
    assert (dropped.reason, "RTX 4070 Ti" in dropped.detail) == ("specifics", True)


def test_deciding_pairs_alone_give_every_listing_the_same_verdict() -> None:
    background = Background(specifics={"v1|1|0": Specifics((BRAND, SIZE, COLOUR, SIZE))})
    rows = tablets(NAMELESS, listing(2, 30, title="Apple iPad Mini 4 case"))
    kept = background._replace(specifics=decided(TABLET, rows, background))
    assert comps_for(TABLET, rows, background=kept) == comps_for(TABLET, rows, background=background)
    assert comps_for(TABLET, rows, background=kept) != comps_for(TABLET, rows)


def test_the_pairs_of_specifics_read_as_a_line() -> None:
    assert Specifics((SIZE, COLOUR)).in_words() == "Storage Capacity: 128 GB; Color: Silver"


def test_a_pair_that_only_an_answer_is_about_decided() -> None:
    rows = tablets()
    judging = Judging(TABLET.query, TABLET.condition, TABLET.marketplace)
    specifics = {x.item_id: Specifics((BRAND, COLOUR)) for x in rows[:2]}
    judging = replace(judging, background=Background(specifics=specifics))
    gold = TaughtAnswer(hashed_id("v1|9|0"), same=False, specifics=(COLOUR,))
    assert deciding_specifics(judging, rows) == {}
    decided_now = deciding_specifics(judging, rows, (gold,))
    assert decided_now == dict.fromkeys(specifics, Specifics((COLOUR,)))
