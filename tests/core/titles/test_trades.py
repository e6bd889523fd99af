"""Titles of any trade that name the item and offer a part, several items, a system or a service."""

from __future__ import annotations

import pytest

from watcher.core.titles.verdict import Reason, title_verdict

ITEM = "kestrel x1"


@pytest.mark.parametrize(
    "title",
    [
        "Groundsheet Kestrel X1",
        "Tension bolt & nut Kestrel X1",
        "Leatherette skin kit blue Kestrel X1",
        "Dust chute diverter Kestrel X1",
        "Kestrel X1 record frame display mount",
        "Kestrel X1 mudguards",
        "Spiral cutterhead drops into Kestrel X1",
        "Rolling base sized around the Kestrel X1",
        "Dressing that keeps your Kestrel X1 supple",
    ],
)
def test_a_part_of_any_trade_is_not_the_item(title: str) -> None:
    assert title_verdict(ITEM, title).reason is Reason.ACCESSORY


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        (Reason.LOT, "Herd of 5 Kestrel X1"),
        (Reason.LOT, "His and hers Kestrel X1"),
        (Reason.LOT, "Pile of three Kestrel X1"),
        (Reason.GROUP, "Kestrel X1, pick from S to XXL"),
        (Reason.SYSTEM, "Loaded pedalboard Kestrel X1, Heron T3"),
        (Reason.SYSTEM, "Osprey Galaxy tourer 23in, Kestrel X1, Heron bag"),
        (Reason.STAND_IN, "Rewaxing service Kestrel X1"),
        (Reason.STAND_IN, "Breakers slot, chase Kestrel X1"),
        (Reason.PARTS, "Kestrel X1 display piece, gutted inside"),
        (Reason.PARTS, "Kestrel X1 trips breaker"),
        (Reason.PARTS, "Kestrel X1 zip knackered, lining in ribbons"),
        (Reason.PARTS, "Kestrel X1 lacks pages 51-66"),
        (Reason.PARTS, "Kestrel X1 frontispiece missing"),
        (Reason.PARTS, "Kestrel X1, one card missing"),
        (Reason.PARTS, "Kestrel X1 80% complete"),
        (Reason.PARTS, "Kestrel X1 loses time"),
        (Reason.PARTS, "Kestrel X1 eats tapes"),
        (Reason.PARTS, "Kestrel X1 gears slipping"),
        (Reason.PARTS, "Kestrel X1 seat torn"),
        (Reason.PARTS, "Kestrel X1 squeals"),
        (Reason.STAND_IN, "Kestrel X1 wanted"),
        (Reason.ACCESSORY, "Kestrel X1 rewind crank"),
        (Reason.ACCESSORY, "Kestrel X1 derailleur hanger"),
        (Reason.LOT, "Kestrel X1 3 for 2"),
        (Reason.GROUP, "Kestrel X1 take your pick"),
        (Reason.STAND_IN, "Kestrel X1 cash paid"),
    ],
)
def test_titles_of_any_trade_are_dropped_for_their_reason(reason: Reason, title: str) -> None:
    assert title_verdict(ITEM, title).reason is reason


@pytest.mark.parametrize(
    "title",
    [
        "Kestrel X1, lot 32, works",
        "Get your Kestrel X1 now",
        "Kestrel X1 with bag, strap, liner included",
        "Kestrel X1 missing rubber foot, plays fine",
        "Kestrel X1 100% complete",
        "Kestrel X1, bent pole section swapped, watertight",
        "Kestrel X1 no longer wanted",
        "Kestrel X1, instructions missing",
        "Kestrel X1, box ripped at a corner",
        "Vintage, rare, Kestrel X1, boxed",
    ],
)
def test_words_that_only_sound_like_another_offer_keep_the_item(title: str) -> None:
    assert title_verdict(ITEM, title).reason is None


def test_another_catalogue_number_beside_ours_makes_a_lot() -> None:
    verdict = title_verdict("osprey 10497", "Osprey Galaxy 10497 and Cruiser 40580")
    assert verdict.reason is Reason.LOT


def test_a_machine_that_comes_with_a_game_is_a_system() -> None:
    verdict = title_verdict("heron emerald gba", "Game Boy Advance SP AGS-101 with Heron Emerald")
    assert verdict.reason is Reason.SYSTEM
