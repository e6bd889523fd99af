"""The benchmark's searches: seven product families, about fifty searches each."""

from __future__ import annotations

from itertools import product, zip_longest
from typing import NamedTuple

from tests.bench.job import Wanted


class Family(NamedTuple):
    """A product family; each name with each variant is a query. `price` is in US dollars."""

    category: str
    path: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    variants: tuple[str, ...]
    price: float
    extras: tuple[str, ...]


FAMILIES = (
    Family(
        "cards",
        (("183454", "CCG Individual Cards"), ("2536", "Collectible Card Games"), ("220", "Toys & Hobbies")),
        ("charizard", "blastoise", "venusaur", "pikachu", "mewtwo", "gengar", "umbreon", "rayquaza"),
        (
            "base set 4",
            "evolutions 11",
            "celebrations 15",
            "crown zenith 46",
            "151 199",
            "fossil 5",
            "vmax 74",
        ),
        85.0,
        (
            "Pokemon",
            "Holo",
            "Rare",
            "NM",
            "LP",
            "English",
            "WOTC",
            "TCG",
            "Mint",
            "PSA 9",
            "Ungraded",
            "1999",
        ),
    ),
    Family(
        "shoes",
        (("15709", "Athletic Shoes"), ("93427", "Men's Shoes"), ("11450", "Clothing, Shoes & Accessories")),
        ("jordan 1", "jordan 4", "jordan 11", "dunk low", "yeezy 350", "gel kayano 14", "new balance 990"),
        ("bred", "military black", "panda", "university blue", "grey fog", "cream", "chicago"),
        190.0,
        ("Nike", "Air", "Retro", "OG", "Men's", "Size 9.5", "Size 10", "Size 11", "DS", "2024", "Authentic"),
    ),
    Family(
        "watches",
        (("31387", "Wristwatches"), ("260324", "Watches, Parts & Accessories"), ("281", "Jewelry & Watches")),
        (
            "seiko skx007",
            "seiko sarb033",
            "omega speedmaster",
            "tudor black bay",
            "casio gshock",
            "hamilton khaki",
        ),
        ("automatic", "chronograph", "blue dial", "black dial", "steel bracelet", "limited", "38mm"),
        640.0,
        ("Men's", "Wristwatch", "Box & Papers", "Diver", "Serviced", "Vintage", "Swiss", "Sapphire", "200m"),
    ),
    Family(
        "handbags",
        (
            ("169291", "Women's Bags & Handbags"),
            ("4250", "Women"),
            ("11450", "Clothing, Shoes & Accessories"),
        ),
        (
            "coach tabby",
            "gucci marmont",
            "louis vuitton neverfull",
            "chanel flap",
            "prada galleria",
            "fendi baguette",
        ),
        ("mini", "medium", "black leather", "canvas", "shoulder bag", "red", "vintage"),
        820.0,
        ("Authentic", "Handbag", "Gold Hardware", "Dust Bag", "Women's", "Excellent", "Crossbody", "Italy"),
    ),
    Family(
        "electronics",
        (
            ("27386", "Graphics/Video Cards"),
            ("58058", "Computers/Tablets & Networking"),
            ("175673", "Components"),
        ),
        ("rtx 4060", "rtx 4070", "rtx 4080", "rtx 4090", "rx 7800", "rx 7900", "arc a770"),
        ("super", "12gb", "16gb", "founders edition", "gaming oc", "dual fan", "trio"),
        560.0,
        (
            "Graphics Card",
            "GDDR6X",
            "NVIDIA GeForce",
            "ASUS",
            "MSI",
            "PCIe 4.0",
            "Tested",
            "Open Box",
            "HDMI",
        ),
    ),
    Family(
        "tools",
        (("3247", "Power Tools"), ("631", "Tools & Workshop Equipment"), ("11700", "Home & Garden")),
        (
            "milwaukee 2967",
            "milwaukee 2804",
            "dewalt dcd996",
            "dewalt dcf887",
            "makita xdt16",
            "festool ts55",
        ),
        ("impact driver", "drill kit", "bare tool", "18v", "brushless", "combo kit", "with battery"),
        150.0,
        ("M18 FUEL", "Cordless", "20V MAX", "New", "Charger", "5.0Ah", "Heavy Duty", "Genuine", "1/2 in"),
    ),
    Family(
        "gaming",
        (("139973", "Video Games"), ("1249", "Video Games & Consoles"), ("139971", "Consoles")),
        ("nintendo switch", "playstation 5", "xbox series x", "steam deck", "gameboy advance", "gamecube"),
        ("console", "pro controller", "zelda edition", "512gb", "bundle", "disc edition", "white"),
        290.0,
        (
            "Tested",
            "Complete",
            "CIB",
            "Region Free",
            "OEM",
            "Working",
            "w/ Games",
            "Black",
            "Cleaned",
            "Fast Ship",
        ),
    ),
)


def list_wanted(count: int | None = None) -> tuple[Wanted, ...]:
    """Return the first `count` searches, or all, alternating between families.

    The target is 60 % of the usual price, so a few listings meet it.
    """
    each = [list(product(f.names, f.variants)) for f in FAMILIES]
    return tuple(
        Wanted(" ".join(pair), family.category, round(family.price * 0.6, 2))
        for turn in zip_longest(*each)
        for family, pair in zip(FAMILIES, turn, strict=True)
        if pair
    )[:count]
