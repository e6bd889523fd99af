"""Which words of a query a title must have, which a listing's facts may supply, and what stays open."""

from __future__ import annotations

import pytest

from watcher.core.titles.verdict import Reason, title_verdict


@pytest.mark.parametrize(
    ("query", "title"),
    [
        # what only carries a word or number is free
        ("Kestrel X1 disc edition", "Kestrel X1 Disc Version"),
        ("PlayStation 5 disc edition console", "PS5 Disc Version 825GB"),
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
        ("Kestrel X1 5G 128GB", "Kestrel X1 128GB"),
        ("Kestrel stand mixer 5 quart", "Kestrel 5qt Stand Mixer"),
        ("Kestrel Tabby shoulder bag 26", "Kestrel Tabby 26 Shoulder Bag"),
        ("Kestrel mountain e-bike", "Kestrel Mountain Electric Bike"),
        ("Kestrel AE-1 35mm film camera", "Kestrel AE-1 black body"),
        ("Kestrel 56mm lens E mount", "Kestrel 56mm lens for E"),
        ("Kestrel action figure 1984", "Kestrel figure 1984"),
        ("Kestrel Falcon #01", "Kestrel Falcon 01"),
        ("Kestrel fleece medium", "Kestrel Fleece Mens Sz M"),
        # a number says the year
        ("1986 Kestrel Falcon #57 PSA 8", "Kestrel Falcon #57 PSA 8"),
        # nothing says that it is graded
        ("Kestrel 12/98 raw", "Kestrel 12/98 near mint"),
        ("Kestrel 12/98 raw", "Kestrel 12/98 PSA 10 candidate"),
        ("Kestrel X1 128GB", "Kestrel X1 16GB RAM 128GB"),
        ("Kestrel Laptop 512GB", "Kestrel Laptop 32GB 512GB"),
        ("Kestrel falcon PSA 9", "Kestrel falcon PSA 9 crack in slab"),
        ("Kestrel laptop", "Kestrel laptop hinge crack tested works"),
        ("Kestrel phone", "Kestrel phone cracked back glass works perfectly"),
        ("Kestrel X1", "Kestrel X1 not KO"),
        ("Kestrel X1", "Kestrel X1 cosmetic damage fully working"),
        ("Kestrel GR III", "Kestrel GRIII"),
        ("Kestrel Blues Junior IV", "Kestrel Blues Jr IV 1x12 combo amp"),
        ("Kestrel GX derailleur 12 speed", "Kestrel GX derailleur 12sp"),
        ("Kestrel 51 pen", "Kestrel 51 pen gold cap"),
        ("Kestrel Minilogue XD", "Kestrel Minilogue XD 4-voice synth"),
        ("Kestrel dunk low mens 9.5", "Kestrel Dunk Low 9.5"),
        ("Kestrel 1:64 racer", "Kestrel Racer 1/64"),
        ("Kestrel high top black", "Kestrel Hi black"),
        ("Kestrel pods second generation", "Kestrel pods 2nd gen"),
        ("Kestrel X1", "Kestrel X1 console and case only"),
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
        ("Kestrel 10497", "Kestrel 10497 and Zenitar 40580", Reason.LOT),
        ("Kestrel falcon 12/98 japanese", "Kestrel Falcon 12/98 Korean", Reason.QUERY),
        ("1986 Kestrel Falcon #57 PSA 8", "1987 Kestrel Falcon #57 PSA 8", Reason.QUERY),
        ("Kestrel Falcon robot 1984", "Kestrel Falcon robot 1984 reissue", Reason.QUERY),
        ("Kestrel saddle bag", "Kestrel saddle belt bag", Reason.QUERY),
        ("Kestrel Tacoma light 2016-2023", "Kestrel Tundra light 2016-2023", Reason.QUERY),
        ("1921 Kestrel dollar MS65", "1921 Falcon dollar MS65", Reason.QUERY),
        ("Kestrel X100V", "Kestrel X100T like the X100V", Reason.QUERY),
        ("Kestrel X100V", "Kestrel X-E4 pairs with X100V", Reason.QUERY),
        ("Kestrel X100V", "Kestrel X-E4 (check my X100V too)", Reason.QUERY),
        ("Kestrel X100V", "Kestrel X-E4 little brother of X100V", Reason.QUERY),
        ("Kestrel Falcon Odyssey Switch", "Switch Kestrel Falcon Odyssey edition console", Reason.SYSTEM),
        ("Kestrel Falcon Odyssey Switch", "Switch console with Kestrel Falcon Odyssey", Reason.SYSTEM),
        ("Kestrel Falcon Odyssey Switch", "Kestrel Falcon Odyssey Switch Pro Controller", Reason.ACCESSORY),
        ("Kestrel 990v5 grey 10", "Kestrel 990v5 grey kids 10", Reason.QUERY),
        ("Kestrel Boston clog 42", "Kestrel London clog 42", Reason.QUERY),
        ("Kestrel Slash 4x4", "Kestrel Rustler 4x4", Reason.QUERY),
        ("Kestrel No 45 plane", "Kestrel No 45 plane cutter", Reason.ACCESSORY),
        ("Kestrel Blues Junior", "Kestrel Blues Junior no sound needs repair", Reason.PARTS),
        ("Kestrel 500C/M", "Kestrel 500C", Reason.QUERY),
        ("Ticket to Ride Europe", "Ticket to Ride USA", Reason.QUERY),
        ("Ticket to Ride Europe", "Ticket to Ride Europe 1912 expansion", Reason.ACCESSORY),
        ("Kestrel GX derailleur 12 speed", "Kestrel NX derailleur 12 speed", Reason.QUERY),
        ("Kestrel M6", "Kestrel M6 half case", Reason.ACCESSORY),
        ("Kestrel X1", "Kestrel X2 older version of Kestrel X1", Reason.QUERY),
        ("Kestrel X1", "Falcon 9 not a Kestrel X1", Reason.QUERY),
        ("Kestrel X1", "Falcon 9 from the creators of Kestrel X1", Reason.QUERY),
        ("Kestrel X1", "Falcon 9 Kestrel X1 killer", Reason.REPRINT),
        ("Kestrel X1", "Parnis sub style Kestrel X1", Reason.REPRINT),
        ("Kestrel X1", "Falcon 9 designed for Kestrel X1", Reason.ACCESSORY),
        ("Kestrel X1", "Kestrel X1 and Kestrel X6", Reason.LOT),
        ("Kestrel X1", "Wanted Kestrel X1", Reason.STAND_IN),
        ("Kestrel X1", "Falcon 9 classic style", Reason.QUERY),
        ("Kestrel X1", "Kestrel X1 balsam separation in lens", Reason.PARTS),
        ("Kestrel X1", "Kestrel X1 project", Reason.PARTS),
        ("Kestrel X1", "Kestrel X1 for parts free shipping", Reason.PARTS),
        ("Kestrel X1", "Kestrel X1 overheats free shipping", Reason.PARTS),
        ("Kestrel X1", "Kestrel X1 instructions see photos", Reason.ACCESSORY),
        ("Kestrel X1", "Kestrel X1 instructions - ships fast", Reason.ACCESSORY),
        ("Kestrel X1", "Kestrel X1 clone free shipping", Reason.REPRINT),
        ("Kestrel GR III", "Kestrel GR II", Reason.QUERY),
        ("Kestrel pods pro 2", "For Kestrel Pods Pro 2 earphones", Reason.ACCESSORY),
        ("Kestrel mixer 5 qt", "Kestrel mixer bowl 5 qt only", Reason.ACCESSORY),
        ("Kestrel robot 1984", "Kestrel robot trailer only 1984", Reason.ACCESSORY),
        ("Kestrel lens IS II", "Kestrel lens IS III", Reason.QUERY),
        ("Kestrel tablet 64GB", "Kestrel tablet 32GB 64GB", Reason.GROUP),
        ("Kestrel tablet 64GB", "Kestrel tablet 16/32/64GB", Reason.GROUP),
        ("Kestrel watch 45mm", "Kestrel watch 41mm 45mm", Reason.GROUP),
        ("Kestrel low panda size 9", "Kestrel low panda sizes 8-13", Reason.GROUP),
        ("Kestrel low panda size 9", "Kestrel low panda LJR batch size 9", Reason.REPRINT),
        ("Kestrel low panda size 9", "Kestrel low panda PK 4.0 size 9", Reason.REPRINT),
        ("Kestrel falcon PSA 9", "Kestrel falcon PSA 9 cracked card", Reason.PARTS),
        ("Kestrel phone", "Kestrel phone cracked screen works", Reason.PARTS),
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
        ("Kestrel V2 black", "Kestrel V2", ("black",)),
        ("Kestrel RX 590", "Kestrel RX 580", ()),
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
        ("Kestrel Falcon Odyssey guitar", "Kestrel Falcon Odyssey", (1,)),
        ("Kestrel Falcon #57 PSA 8", "Kestrel Falcon #57 Silver PSA 8", (1,)),
        ("Kestrel Falcon silver #57 PSA 8", "Kestrel Falcon #57 Silver PSA 8", ()),
        ("Kestrel submariner", "Kestrel Submariner silo only", (1,)),
        ("The Legend of Kestrel Tears of Falcon", "Kestrel Tears of Falcon", (1,)),
        ("Flight of Kestrels Merlin", "Flight of Kestrels", (1,)),
        ("Kestrel submariner", "Kestrel Submariner Reissue", (1,)),
    ],
)
def test_a_title_that_fits_tells_its_doubts(query: str, title: str, weights: tuple[int, ...]) -> None:
    verdict = title_verdict(query, title)
    assert verdict.reason is None
    assert tuple(doubt.weight for doubt in verdict.doubts) == weights
    assert all(doubt.why for doubt in verdict.doubts)


@pytest.mark.parametrize(
    "title",
    [
        "Kestrel Drill X1 With Battery",
        "Kestrel X1 drill w/ battery",
        "Kestrel X1 drill with 5.0Ah battery and charger",
        "Kestrel X1 drill + battery",
        "Kestrel X1 drill, battery included",
    ],
)
def test_a_part_asked_for_with_the_item_may_come_with_it(title: str) -> None:
    assert title_verdict("Kestrel X1 drill with battery", title).reason is None


@pytest.mark.parametrize(
    "title",
    [
        "Kestrel X1 drill tool only",
        "Kestrel X1 drill without battery",
        "Kestrel X1 drill, battery not included",
        "Kestrel X1 drill, no charger or battery",
    ],
)
def test_a_part_asked_for_with_the_item_is_not_withheld(title: str) -> None:
    assert title_verdict("Kestrel X1 drill with battery", title).reason is Reason.QUERY
