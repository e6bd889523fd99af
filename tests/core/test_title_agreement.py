"""What the titles of similar listings agree on."""

from __future__ import annotations

import pytest

from watcher.core.listing import Listing
from watcher.core.title_agreement import agree


def listing(title: str, *categories: str) -> Listing:
    return Listing("v1|1|0", title, None, None, categories=categories)


@pytest.mark.parametrize(
    ("titles", "query", "confidence"),
    [
        (
            (
                "Pokemon Charizard Base Set (4/102) Holo Rare",
                "Charizard 4/102 Base Set Pokemon Card WOTC NM",
                "1999 Pokemon Charizard Base Set 4/102 PSA 7",
                "Pikachu Base Set 58/102",
            ),
            "pokemon charizard base set 4/102",
            0.75,
        ),
        (
            ("Sony WH-1000XM5 headphones", "sony WH1000XM5 black", "NEW Sony wh-1000xm5"),
            "sony wh-1000xm5",
            1.0,
        ),
        (
            ("Louis Vuitton Speedy bag", "LOUIS VUITTON speedy", "Louis Vuitton Speedy"),
            "louis vuitton speedy",
            1.0,
        ),
        (("Zenitar lens", "Zenitar bag", "Zenitar strap"), "zenitar", 0.2),  # a brand alone names none
        (("Zenitar camera", "Zenitar camera case", "old Zenitar camera"), "zenitar camera", 0.2),
        (("Zenitar MK2 camera",), "zenitar mk2 camera", 0.4),  # one title can be wrong
    ],
)
def test_shared_words_name_the_item(titles: tuple[str, ...], query: str, confidence: float) -> None:
    agreed = agree([listing(title) for title in titles])
    assert agreed
    assert (agreed.query, agreed.confidence) == (query, confidence)


@pytest.mark.parametrize("titles", [(), ("Red dress", "Blue shoes", "Green hat"), ("", "\N{BLACK STAR}")])
def test_titles_that_agree_on_nothing_name_nothing(titles: tuple[str, ...]) -> None:
    assert agree([listing(title) for title in titles]) is None


def test_the_category_is_that_of_most_listings_about_the_item() -> None:
    card = "Charizard Base Set 4/102"
    cards = [listing(card, "183454", "2536"), listing(card, "183454"), listing(card, "220")]
    agreed = agree(cards)
    assert agreed
    assert agreed.category == "cards"
    undecided = agree([listing(card, "183454"), listing(card), listing(card, "9999999")])
    assert undecided
    assert undecided.category == ""
