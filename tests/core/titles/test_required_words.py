"""Which words of a query a title must have, which a listing's facts may supply, and what stays open."""

from __future__ import annotations

import pytest

from watcher.core.titles.verdict import Reason, title_verdict


@pytest.mark.parametrize(
    ("query", "title"),
    [
        # what only carries a word or number is free
        ("Kestrel X1 disc edition", "Kestrel X1 Disc Version"),
        ("Kestrel X1 white colour", "Kestrel X1 white"),
        ("Kestrel watch series 7", "Kestrel Watch 7"),
        # a code without the letters that only prefix it
        ("Kestrel DMC-GH2 body", "Kestrel GH2 body only"),
        ("Kestrel WH-1000XM4", "Kestrel 1000XM4 black"),
        # other words for the same
        ("Kestrel automatic diver", "Kestrel auto diver"),
        ("Kestrel falcon 12/98 japanese", "Kestrel Falcon 12/98 JPN"),
        ("Kestrel falcon 12/98 japanese", "Kestrel Falcon #12 Japanese Ultra Rare"),
        ("Kestrel tablet wifi", "Kestrel Tablet Wi-Fi"),
        ("Kestrel tablet wifi", "Kestrel Tablet Wi-Fi, no cellular"),
        # nothing says that it is graded
        ("Kestrel 12/98 raw", "Kestrel 12/98 near mint"),
        ("Kestrel 12/98 raw", "Kestrel 12/98 PSA 10 candidate"),
        ("Kestrel X1 128GB", "Kestrel X1 16GB RAM 128GB"),
        ("Kestrel Laptop 512GB", "Kestrel Laptop 32GB 512GB"),
    ],
)
def test_titles_may_leave_out_or_respell_some_words(query: str, title: str) -> None:
    assert title_verdict(query, title).reason is None


@pytest.mark.parametrize(
    ("query", "title", "reason"),
    [
        ("Kestrel X1 disc edition", "Kestrel X1 digital edition", Reason.QUERY),
        ("Kestrel WH-1000XM4", "Kestrel WF-1000XM4", Reason.QUERY),
        ("Kestrel tablet wifi", "Kestrel Tablet WiFi + Cellular", Reason.QUERY),
        ("Kestrel 12/98 raw", "Kestrel 12/98 PSA 10", Reason.QUERY),
        ("Kestrel 12/98", "Kestrel 12/98 and 14/98", Reason.LOT),
        ("Kestrel lens IS II", "Kestrel lens IS III", Reason.QUERY),
        ("Kestrel tablet 64GB", "Kestrel tablet 32GB 64GB", Reason.GROUP),
        ("Kestrel tablet 64GB", "Kestrel tablet 16/32/64GB", Reason.GROUP),
        ("Kestrel watch 45mm", "Kestrel watch 41mm 45mm", Reason.GROUP),
    ],
)
def test_another_kind_card_or_choice_is_not_the_item(query: str, title: str, reason: Reason) -> None:
    assert title_verdict(query, title).reason is reason


@pytest.mark.parametrize(
    ("query", "title", "missing"),
    [
        ("Kestrel falcon sealed", "Kestrel Falcon", ("sealed",)),
        ("Kestrel X1 512GB", "Kestrel X1", ("512gb",)),
        ("Kestrel diver 8926OB", "Kestrel Diver", ("8926ob",)),
        # another code or capacity of the same shape speaks against the title
        ("Kestrel diver 8926OB", "Kestrel Diver 9937OB", ()),
        ("Kestrel X1 512GB", "Kestrel X1 256GB", ()),
        ("Kestrel falcon sealed", "Kestrel Falcon not sealed", ()),
        ("Kestrel falcon sealed", "Kestrel Falcon sealed", ()),
    ],
)
def test_a_verdict_names_the_words_that_facts_may_supply(
    query: str, title: str, missing: tuple[str, ...]
) -> None:
    assert title_verdict(query, title).missing == missing


@pytest.mark.parametrize(
    "title",
    [
        "The Flight of Kestrels",
        "The Flight of Kestrels (Falcon Press), paperback",
        "Flight of Kestrels by Merlin",
    ],
)
def test_a_whole_work_needs_no_author(title: str) -> None:
    assert title_verdict("Flight of Kestrels Merlin", title).reason is None


@pytest.mark.parametrize(
    "title", ["Flight of Kestrels Anthology", "Flight of Kestrels DVD Season 2", "Kestrels"]
)
def test_a_work_with_other_words_needs_its_author(title: str) -> None:
    assert title_verdict("Flight of Kestrels Merlin", title).reason is Reason.QUERY


@pytest.mark.parametrize(
    ("query", "title", "weights"),
    [
        ("Kestrel submariner", "Kestrel Submariner", ()),
        ("Kestrel submariner", "Kestrel Submarnier", (1,)),
        ("Flight of Kestrels Merlin", "Flight of Kestrels", (1,)),
        ("Kestrel submariner", "Kestrel Submariner Deluxe", (1,)),
    ],
)
def test_a_title_that_fits_tells_its_doubts(query: str, title: str, weights: tuple[int, ...]) -> None:
    verdict = title_verdict(query, title)
    assert verdict.reason is None
    assert tuple(doubt.weight for doubt in verdict.doubts) == weights
    assert all(doubt.why for doubt in verdict.doubts)
