"""Titles that name the item and offer something else, and those that only sound like it, in any trade."""

from __future__ import annotations

import pytest

from watcher.core.titles.verdict import Reason, TitleVerdict, title_verdict

ITEM = "kestrel x1"


def verdict_on(offer: str) -> TitleVerdict:
    return title_verdict(ITEM, f"Kestrel X1 {offer}")


@pytest.mark.parametrize(
    "offer",
    [
        "no hdmi output",
        "HDMI fault",
        "disc drive not reading",
        "overheats shuts off",
        "sold as seen",
        "Not Turning On",
        "turns on no picture",
        "Does Not Charge",
        "sensor fungus",
        "shutter stuck",
        "error 20",
        "vertical lines screen",
        "no left channel audio",
        "no Face ID",
        "won't zoom",
        "can't pair, READ",
        "fails to focus",
        "no longer works",
        "stopped working",
        "stuck on logo, keeps restarting",
        "left stick drift",
        "E-05 error",
        "black screen",
        "powers on then off",
        "MDM locked",
        "needs minor repair",
        "HDMI port loose",
        "no power, with power cord",
        "EVF dead",
        "dead voices",
        "doesn't take discs",
        "turns itself off",
        "flashing red light",
        "touch screen glitch",
        "distorted sound",
        "random shutdown",
        "E74 error",
        "burnt smell",
        "motor burned out",
        "haze inside lens",
        "rust inside",
    ],
)
def test_a_function_that_fails_is_a_defect_whatever_its_name(offer: str) -> None:
    verdict = verdict_on(offer)
    assert verdict.reason is Reason.PARTS


@pytest.mark.parametrize(
    "offer",
    [
        "AT&T locked",
        "bad battery health 70%",
        "battery health 85%",
        "battery replaced",
        "stick drift free",
        "drop dead gorgeous",
        "console, bad battery health 70%",
        "console bad battery health 70%",
        "works",
        "fixed",
        "no scratches",
        "no box",
        "no power cord",
        "no display issues",
        "no HDMI cable, no charger",
        "no stick drift",
        "no fungus, haze or scratches",
        "never overheats",
        "does not overheat",
        "doesn't include a charger",
        "won't disappoint",
        "not refurbished",
        "not including manual",
        "overheating fixed",
        "HDMI port repaired, works great",
        "fault-free",
        "tested for leaks",
        "auto shuts off",
        "turns on and works",
        "non smoking home",
        "1999 error variety #20",
        "no iCloud lock",
        "won't take long to ship",
        "does not include battery",
        "key issue",
        "no edge cracks",
        "no visible water damage",
    ],
)
def test_a_title_that_denies_a_fault_or_names_its_cure_is_kept(offer: str) -> None:
    assert verdict_on(offer).reason is None


@pytest.mark.parametrize(
    "title",
    [
        "Kestrel X1 PHOTO ONLY read description",
        "JPEG image of Kestrel X1",
        "Kestrel X1 printed photograph",
        "Photo of a Kestrel X1",
        "Kestrel X1 8x10 photo",
        "Kestrel X1 canvas print",
        "Kestrel X1 raffle ticket",
        "Kestrel X1 deposit only",
        "Kestrel X1 console rental 1 week",
        "Kestrel X1 hire per day",
        "Break slot: Kestrel X1",
        "Spot in break Kestrel X1",
        "MYSTERY Pack chance at Kestrel X1",
        "Mystery graded slab Kestrel X1",
        "Win a Kestrel X1",
        "Kestrel X1 unlock service",
        "Kestrel X1 PDF instructions",
        "WTB Kestrel X1",
        "Kestrel X1 receipt only",
        "Kestrel X1 $20 gift card",
        "Screenshot of Kestrel X1",
        "Kestrel X1 discount code",
    ],
)
def test_a_picture_chance_rental_or_deposit_is_not_the_item(title: str) -> None:
    verdict = title_verdict(ITEM, title)
    assert verdict.reason is Reason.STAND_IN


@pytest.mark.parametrize(
    ("query", "title"),
    [
        (ITEM, "Kestrel X1 see photos"),
        (ITEM, "Kestrel X1 actual photo of the item"),
        (ITEM, "Kestrel X1 camera for photo and video"),
        (ITEM, "Kestrel X1 last chance to buy"),
        (ITEM, "Kestrel X1 ex-rental"),
        (ITEM, "Kestrel X1 Blu-ray + digital code"),
        (ITEM, "Kestrel X1 dual card slot"),
        ("selphy cp1500 photo printer", "Canon Selphy CP1500 Photo Printer"),
        ("apollo 11 photo", "Apollo 11 printed photograph NASA photo"),
        ("mystery box", "Mystery box"),
        ("kestrel x1 poster", "Kestrel X1 poster"),
    ],
)
def test_a_picture_is_kept_as_a_feature_or_if_the_query_asks_for_it(query: str, title: str) -> None:
    assert title_verdict(query, title).reason is None


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("nikon z6 ii", "Nikon Z 6II"),
        ("nikon z6 ii", "Nikon Z 6 II body"),
        ("nikon z6 ii", "Nikon Z6 2"),
        ("canon eos r5", "Canon EOS R 5"),
        ("canon eos r5", "Canon EOSR5"),
        ("casio ga-2100", "GA-2100SKE-7A"),
        ("casio ga-2100", "Casio GA2100THB-7AER"),
        ("omega 3570.50", "Omega 35705000"),
        ("omega 3570.50", "Omega 3570-50"),
        ("canon 5d mark iii", "Canon 5DIII"),
        ("samsung galaxy s22 ultra", "Samsung Galaxy S 22 Ultra"),
        ("fujifilm x-t4", "Fujifilm XT4"),
        ("rolex submariner 116610", "Rolex Submariner 116610LN"),
        ("casio f-91w", "Casio F 91W"),
    ],
)
def test_spaces_and_letters_glued_to_a_model_do_not_change_it(query: str, title: str) -> None:
    assert title_verdict(query, title).reason is None


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("nikon z6 ii", "Nikon Z6III"),
        ("nikon z6 ii", "Nikon Z 6III"),
        ("nikon z6 ii", "Nikon Z6 2 batteries"),
        ("nikon z6 ii", "Nikon Z 7 II"),
        ("i7-9700", "Intel Core i7-9700K"),
        ("i7-9700", "Intel i7-9700F-3.0GHz"),
        ("ryzen 7 5800x", "AMD Ryzen 7 5800X3D"),
        ("canon eos r5", "Canon EOS R5 Mark II"),
        ("canon eos r5", "Canon EOSR5 Mark II"),
        ("canon eos r5", "Canon EOS R 50"),
        ("casio ga-2100", "Casio GA-2110SKE-7A"),
        ("omega 3570.50", "Omega 35735000"),
        ("samsung galaxy s22", "Samsung Galaxy S 22 Ultra"),
    ],
)
def test_a_letter_or_numeral_that_names_another_model_is_noticed(query: str, title: str) -> None:
    verdict = title_verdict(query, title)
    assert verdict.reason is Reason.QUERY


@pytest.mark.parametrize(
    ("query", "title", "reason"),
    [
        ("sony wh-1000xm4", "Sony WH-1000XM4 ear pads", Reason.ACCESSORY),
        ("canon eos r5", "Canon EOS R5 body cap", Reason.ACCESSORY),
        ("rolex submariner 116610", "Rolex Submariner 116610 movement 3135", Reason.ACCESSORY),
        (ITEM, "Kestrel X1 user guide book", Reason.ACCESSORY),
        (ITEM, "Kestrel X1 hang tag", Reason.ACCESSORY),
        (ITEM, "Kestrel X1 front faceplate", Reason.ACCESSORY),
        ("dyson v8 vacuum", "Dyson V8 vacuum wall dock", Reason.ACCESSORY),
        (ITEM, "Kestrel X1 clone", Reason.REPRINT),
        (ITEM, "Kestrel X1 tremolo bridge", Reason.ACCESSORY),
        ("canon eos r5", "Canon EOS R5 cage", Reason.ACCESSORY),
        ("canon eos r5", "Canon EOS R5 focusing screen", Reason.ACCESSORY),
        ("rolex submariner 116610", "Rolex Submariner 116610 date wheel", Reason.ACCESSORY),
        ("sony wh-1000xm4", "Sony WH-1000XM4 left driver", Reason.ACCESSORY),
        (ITEM, "Kestrel X1 compatible bricks", Reason.REPRINT),
        (ITEM, "Kestrel X1 Reps", Reason.REPRINT),
        (ITEM, "Kestrel X1 style headphones", Reason.REPRINT),
        (ITEM, "Kestrel X1 1:1 mirror quality", Reason.REPRINT),
    ],
)
def test_a_part_or_copy_named_after_the_item_is_dropped(query: str, title: str, reason: Reason) -> None:
    verdict = title_verdict(query, title)
    assert verdict.reason is reason


@pytest.mark.parametrize(
    "offer",
    [
        "headphones with ear pads",
        "headphones, new ear pads",
        "ear pads worn",
        "handle repaired",
        "w/ user guide",
        "swiss movement, serviced",
        "style DD1391-100",
        "1:1 macro",
        "not a replica",
        "bag with hang tag",
        "with cage and inner box",
    ],
)
def test_a_part_that_is_included_or_described_keeps_the_item(offer: str) -> None:
    assert verdict_on(offer).reason is None


def test_a_word_of_the_query_hides_no_other_defect() -> None:
    assert title_verdict("stuck in love", "Stuck in Love DVD").reason is None
    verdict = title_verdict("stuck in love", "Stuck in Love DVD disc not reading")
    assert verdict.reason is Reason.PARTS
