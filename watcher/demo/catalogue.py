"""The products of the simulated market and the phrases of their sellers."""

from __future__ import annotations

from typing import NamedTuple


class Grade(NamedTuple):
    """A condition of a product: its relative frequency, price factor `worth`, and words for the title."""

    condition_id: str
    text: str
    frequency: float
    worth: float = 1.0
    note: str = ""


class Product(NamedTuple):
    """A product; `price` is its true total in US dollars, in the condition of the first of `grades`.

    Each of `names` contains all words of the query. `other_models` and `accessories` have prices as a share
    of the product's. `ebay_categories` start with the leaf. `stock` is the usual number on offer at once;
    `drawing` is the name of what its pictures show.
    """

    query: str
    category: str
    price: float
    ebay_categories: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    extras: tuple[str, ...]
    other_models: tuple[tuple[str, float], ...]
    accessories: tuple[tuple[str, float], ...]
    grades: tuple[Grade, ...]
    shipping: float
    stock: int
    drawing: str


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


def _split_shares(text: str) -> tuple[tuple[str, float], ...]:
    pairs = (part.rsplit("@", 1) for part in text.split("|"))
    return tuple((title.strip(), float(share)) for title, share in pairs)


_CARD = (
    Grade("4000", "Ungraded", 6),
    Grade("2750", "Graded", 3, 1.5, "PSA 7"),
    Grade("2750", "Graded", 1, 2.2, "PSA 9"),
    Grade("4000", "Ungraded", 1, 0.93, "moderately played"),
)
_WORN = (
    Grade("3000", "Pre-owned", 7),
    Grade("3000", "Pre-Owned", 2, 0.95),
    Grade("1000", "New with tags", 1, 1.25),
    Grade("1500", "New without tags", 1, 1.15),
)
_SHOES = (
    Grade("1000", "New with box", 6),
    Grade("1500", "New without box", 1, 0.97),
    Grade("3000", "Pre-owned - Good", 3, 0.93),
)
_GEAR = (
    Grade("3000", "Used", 6),
    Grade("1000", "New", 3, 1.2),
    Grade("1500", "Open box", 1, 1.08),
    Grade("2020", "Very Good - Refurbished", 1, 1.02),
    Grade("2500", "Seller refurbished", 1, 1.0),
)
_TOYS = (
    Grade("1000", "New", 6, 1.0, "sealed"),
    Grade("3000", "Used", 3, 0.93),
    Grade("1000", "Brand New", 1, 1.03),
    Grade("1500", "New (other)", 1, 0.97),
)
_OLD = (Grade("3000", "Used", 8), Grade("3000", "Usato", 1, 1.0), Grade("3000", "Pre-owned", 1, 0.97))

LOT_PHRASES = _split("LOT OF {n} {} | {} lot x{n} | Job lot: {n} x {}")
PARTS_PHRASES = _split(
    "{} FOR PARTS OR NOT WORKING | {} broken, for repair | {} as is, untested | FAULTY {} spares repair"
)
BOX_PHRASES = _split("{} BOX ONLY | EMPTY BOX for {} | {} - original box only, item not included")
CHOICE_PHRASES = _split("{} - Choose your size | {} you pick | {} pick your color")
PRESALE_PHRASES = _split("PRESALE {} ships in 30 days | {} PRE-ORDER")
COPY_PHRASES = {
    "cards": _split("{} REPRINT proxy | {} custom gold metal card | {} facsimile reprint"),
    "gaming": _split("{} repro unofficial | {} reproduction"),
}
OTHER_COPY_PHRASES = _split("{} replica | {} style, unofficial homage")
ADVERTISING = ("", "", "", "L@@K", "Rare & clean", "Fast ship", "★ Top", "Free Returns", "<MINT>")
PHRASES = (
    *LOT_PHRASES,
    *PARTS_PHRASES,
    *BOX_PHRASES,
    *CHOICE_PHRASES,
    *PRESALE_PHRASES,
    *COPY_PHRASES["cards"],
    *COPY_PHRASES["gaming"],
    *OTHER_COPY_PHRASES,
)

# The first five have a bargain within ten minutes, so each has a different category.
PRODUCTS = (
    Product(
        "pokemon charizard base set 4/102",
        "cards",
        310.0,
        (("183454", "CCG Individual Cards"), ("2536", "Collectible Card Games"), ("220", "Toys & Hobbies")),
        _split(
            "Pokemon Charizard Base Set 4/102 Holo Rare | 1999 Pokémon Pokemon Base Set Charizard #4/102 |"
            "Charizard 4/102 Base Set Pokemon Card WOTC | Pokemon TCG Charizard Holo 4/102 Base Set Unlimited"
        ),
        _split("LP | NM | WOTC 1999 | English | MP | unlimited | holo | from binder"),
        _split_shares(
            "Pokemon Blastoise Base Set 2/102 Holo@0.3 | Pokemon Charizard Base Set 2 4/130 Holo@0.6 |"
            "Pokemon Charizard Celebrations 25th 2021@0.25 | Pokemon Venusaur Base Set 15/102@0.25"
        ),
        _split_shares("Toploader sleeves for Pokemon Charizard@0.03 | Charizard Base Set poster@0.05"),
        _CARD,
        4.5,
        85,
        "card",
    ),
    Product(
        "nintendo switch oled",
        "gaming",
        235.0,
        (("139971", "Video Game Consoles"), ("1249", "Video Games & Consoles")),
        _split(
            "Nintendo Switch OLED Model 64GB Console | Nintendo Switch - OLED White Joy-Con HEG-001 |"
            "Nintendo Switch OLED Neon Red Blue Console | Nintendo Switch OLED 64GB Handheld White"
        ),
        _split("tested | complete | with dock | great condition | works great | clean"),
        _split_shares(
            "Nintendo Switch Lite Turquoise@0.5 | Nintendo Switch V2 32GB Console@0.7 |"
            "Nintendo Switch V1 HAC-001@0.6 | Nintendo Switch 2 Console@1.9"
        ),
        _split_shares(
            "Screen protector for Nintendo Switch OLED@0.03 | Carrying case for Nintendo Switch OLED@0.06 |"
            "Replacement dock for Nintendo Switch OLED@0.2 | Silicone grip cover Switch OLED@0.04"
        ),
        _GEAR,
        12.0,
        115,
        "console",
    ),
    Product(
        "omega speedmaster 3570.50",
        "watches",
        4150.0,
        (("31387", "Wristwatches"), ("14324", "Watches, Parts & Accessories"), ("281", "Jewelry & Watches")),
        _split(
            "Omega Speedmaster Professional 3570.50 Moonwatch | Omega Speedmaster 3570.50.00 3570.50 42mm |"
            "OMEGA Speedmaster Moonwatch Ref 3570.50 Manual Wind | Omega Speedmaster Pro 3570.50 Hesalite"
        ),
        _split("box & papers | full set 2006 | serviced | steel | cal. 1861 | one owner | unpolished"),
        _split_shares(
            "Omega Speedmaster Reduced 3510.50@0.5 | Omega Speedmaster Date 3513.50@0.55 |"
            "Omega Speedmaster Mark 40 3520.53@0.5 | Omega Seamaster 2531.80@0.75"
        ),
        _split_shares(
            "Bracelet 1998/849 for Omega Speedmaster 3570.50@0.16 | Hesalite crystal fits Omega 3570.50@0.01"
            " | Leather strap for Omega Speedmaster 20mm@0.01 | Bezel insert for Speedmaster 3570.50@0.06"
        ),
        _WORN,
        35.0,
        70,
        "chronograph",
    ),
    Product(
        "air jordan 1 chicago 2015",
        "shoes",
        1350.0,
        (("15709", "Athletic Shoes"), ("93427", "Men's Shoes")),
        _split(
            "Nike Air Jordan 1 Retro High OG Chicago 2015 | Air Jordan 1 Chicago 2015 555088-101 |"
            "2015 Nike Air Jordan 1 High Chicago | Jordan Air 1 Retro Chicago (2015) 555088 101"
        ),
        _split("Size 9 | Size 10 | Size 10.5 | US 11 | Sz 12 | Size 8.5 | DS | VNDS"),
        _split_shares(
            "Air Jordan 1 Lost and Found Chicago 2022@0.3 | Air Jordan 1 Mid Chicago@0.13 |"
            "Air Jordan 1 Low Chicago@0.15 | Air Jordan 1 Bred Toe 2018@0.35"
        ),
        _split_shares("Replacement laces for Air Jordan 1 Chicago@0.01 | Air Jordan 1 Chicago keychain@0.01"),
        _SHOES,
        18.0,
        60,
        "shoe",
    ),
    Product(
        "milwaukee m18 fuel 2904-20",
        "tools",
        128.0,
        (("184655", "Cordless Drills"), ("3247", "Power Tools"), ("631", "Tools & Workshop Equipment")),
        _split(
            "Milwaukee 2904-20 M18 FUEL Hammer Drill | Milwaukee M18 FUEL 1/2 in Hammer Drill Driver 2904-20"
            " | MILWAUKEE 2904-20 M18 Fuel 18V Brushless | Milwaukee Tool M18 Fuel 2904-20 (Tool Only)"
        ),
        _split("bare tool | brand new | Gen 4 | free ship | tested | open box"),
        _split_shares(
            "Milwaukee M18 FUEL 2903-20 Drill Driver@0.9 | Milwaukee 2804-20 M18 FUEL Hammer Drill@0.75 |"
            "Milwaukee M18 2902-20 Hammer Drill@0.6 | Milwaukee M12 FUEL 3404-20@0.7"
        ),
        _split_shares(
            "Side handle for Milwaukee 2904-20@0.15 | Belt clip fits Milwaukee M18 2904-20@0.06 |"
            "Battery mount for Milwaukee M18@0.1 | Chuck replacement Milwaukee 2904-20@0.3"
        ),
        (Grade("1000", "New", 6), Grade("1000", "Brand New", 2), *_GEAR[:1], *_GEAR[2:]),
        11.0,
        100,
        "drill",
    ),
    Product(
        "louis vuitton speedy 30 monogram",
        "handbags",
        610.0,
        (("169291", "Women's Bags & Handbags"), ("4251", "Women's Accessories")),
        _split(
            "Louis Vuitton Monogram Speedy 30 Hand Bag M41526 | Authentic Louis Vuitton Speedy 30 Monogram |"
            "LOUIS VUITTON Speedy 30 Boston Bag Monogram Canvas | Louis Vuitton Speedy 30 Monogram Brown"
        ),
        _split("M41526 | vintage | good condition | SP0990 | from Japan | with lock | clean interior"),
        _split_shares(
            "Louis Vuitton Speedy 25 Damier Ebene@1.0 | Louis Vuitton Speedy 35 Monogram@0.9 |"
            "Louis Vuitton Keepall 50 Monogram@1.3 | Louis Vuitton Speedy Bandouliere 30@2.1"
        ),
        _split_shares(
            "Base shaper for Louis Vuitton Speedy 30@0.04 | Organizer insert for Speedy 30@0.05 |"
            "Dust bag Louis Vuitton@0.05 | Shoulder strap for Speedy 30 Monogram@0.12"
        ),
        _WORN,
        20.0,
        85,
        "bag",
    ),
    Product(
        "sony wh-1000xm5",
        "electronics",
        205.0,
        (("112529", "Headphones"), ("293", "Consumer Electronics")),
        _split(
            "Sony WH-1000XM5 Wireless Noise Canceling Headphones | Sony WH-1000XM5 Over-Ear Black |"
            "SONY WH-1000XM5 Silver Headphones | Sony WH-1000XM5 Bluetooth Noise Cancelling"
        ),
        _split("black | silver | with case | excellent | midnight blue | tested"),
        _split_shares(
            "Sony WH-1000XM4 Wireless Headphones@0.7 | Sony WF-1000XM5 Earbuds@0.85 |"
            "Sony WH-CH720N Headphones@0.3 | Sony WH-1000XM6 Headphones@1.7"
        ),
        _split_shares(
            "Ear pads replacement for Sony WH-1000XM5@0.08 | Carrying case for Sony WH-1000XM5@0.09 |"
            "Charging cable for Sony WH-1000XM5@0.04"
        ),
        _GEAR,
        8.0,
        110,
        "headphones",
    ),
    Product(
        "lego 75192 millennium falcon",
        "toys",
        655.0,
        (("19006", "LEGO Complete Sets & Packs"), ("183446", "LEGO Toys"), ("220", "Toys & Hobbies")),
        _split(
            "LEGO Star Wars 75192 Millennium Falcon UCS | LEGO 75192 Ultimate Millennium Falcon |"
            "LEGO Star Wars UCS Millennium Falcon (75192) | Lego 75192 Millennium Falcon 7541 pieces"
        ),
        _split("UCS | NISB | complete | retired | free ship | 100%"),
        _split_shares(
            "LEGO 75257 Millennium Falcon@0.22 | LEGO 75105 Millennium Falcon@0.2 |"
            "LEGO 10179 Millennium Falcon UCS@2.6 | LEGO 75375 Millennium Falcon@0.12"
        ),
        _split_shares(
            "Display stand for LEGO 75192 Millennium Falcon@0.07 | LED light kit for LEGO 75192@0.09 |"
            "Instruction manual LEGO 75192@0.08 | Minifigures from LEGO 75192@0.12"
        ),
        _TOYS,
        28.0,
        75,
        "spaceship",
    ),
    Product(
        "lebron james topps chrome 111",
        "sports-cards",
        980.0,
        (("261328", "Trading Card Singles"), ("212", "Sports Trading Cards"), ("64482", "Sports Mem")),
        _split(
            "2003-04 Topps Chrome LeBron James #111 RC | LeBron James 2003 Topps Chrome Rookie 111 |"
            "2003 Topps Chrome #111 LeBron James Rookie Card | Topps Chrome LeBron James RC 111 Cavaliers"
        ),
        _split("RC | Cavs | raw | sharp corners | rookie | centered"),
        _split_shares(
            "2003 Topps LeBron James #221 RC@0.3 | 2003 Topps Chrome Carmelo Anthony #113@0.1 |"
            "2003 Bowman LeBron James #123@0.25 | 2003 Topps Chrome Dwyane Wade #115@0.15"
        ),
        _split_shares("Magnetic holder for LeBron James Topps Chrome@0.02 | LeBron James rookie poster@0.03"),
        _CARD,
        5.0,
        70,
        "player",
    ),
    Product(
        "sony a7 iii body",
        "electronics",
        890.0,
        (("31388", "Digital Cameras"), ("625", "Cameras & Photo")),
        _split(
            "Sony Alpha A7 III Body Only 24.2MP Mirrorless | Sony a7 III Camera Body ILCE-7M3 |"
            "SONY Alpha a7 III Mirrorless Body | Sony A7 III Full Frame Body Black"
        ),
        _split("low shutter count | with charger | mint | 12k clicks | excellent | ILCE7M3"),
        _split_shares(
            "Sony A7 II Body ILCE-7M2@0.55 | Sony A7R III Body@1.15 |"
            "Sony A7 IV Body ILCE-7M4@1.7 | Sony A6400 Body@0.7"
        ),
        _split_shares(
            "Battery grip for Sony A7 III@0.07 | NP-FZ100 battery for Sony A7 III@0.05 |"
            "Camera cage for Sony A7 III body@0.08 | Screen protector Sony A7 III@0.01"
        ),
        _GEAR,
        15.0,
        80,
        "camera",
    ),
    Product(
        "seiko skx007",
        "watches",
        265.0,
        (("31387", "Wristwatches"), ("14324", "Watches, Parts & Accessories"), ("281", "Jewelry & Watches")),
        _split(
            "Seiko SKX007 Automatic Diver 200m | Seiko SKX007K2 SKX007 Jubilee | SEIKO SKX007 7S26-0020 Diver"
            " | Seiko SKX007J1 SKX007 Made in Japan"
        ),
        _split("7S26 | 42mm | serviced | keeps time | jubilee | rubber"),
        _split_shares(
            "Seiko SKX009 Pepsi Diver@1.0 | Seiko SKX013 Midsize@1.2 |"
            "Seiko 5 Sports SRPD55@0.65 | Seiko SNZF17 Sea Urchin@0.6"
        ),
        _split_shares(
            "Jubilee bracelet for Seiko SKX007@0.15 | Ceramic bezel insert SKX007@0.07 |"
            "Sapphire crystal for Seiko SKX007@0.09 | Dial for Seiko SKX007@0.1"
        ),
        _WORN,
        9.0,
        85,
        "diver",
    ),
    Product(
        "chrono trigger snes",
        "gaming",
        185.0,
        (("139973", "Video Games"), ("1249", "Video Games & Consoles")),
        _split(
            "Chrono Trigger SNES Super Nintendo Cart | Chrono Trigger (Super Nintendo, SNES) Authentic |"
            "CHRONO TRIGGER SNES game cartridge | SNES Chrono Trigger Super Nintendo 1995"
        ),
        _split("authentic | tested | cleaned | saves | loose | good label"),
        _split_shares(
            "Chrono Trigger Nintendo DS@0.4 | Chrono Cross PlayStation@0.2 |"
            "Secret of Mana SNES@0.3 | Chrono Trigger PS1 Final Fantasy Chronicles@0.2"
        ),
        _split_shares("Manual only for Chrono Trigger SNES@0.25 | Chrono Trigger SNES map poster@0.1"),
        (Grade("5000", "Good", 5), Grade("4000", "Very Good", 3, 1.05), Grade("6000", "Acceptable", 2, 0.93)),
        5.0,
        70,
        "cartridge",
    ),
    Product(
        "levis 501 big e selvedge",
        "vintage",
        340.0,
        (("175759", "Vintage Clothing"), ("11450", "Clothing, Shoes & Accessories")),
        _split(
            "Vintage Levis 501 Big E Selvedge Jeans | 60s Levis 501 Big E Redline Selvedge Denim |"
            "Levis 501 Selvedge BIG E jeans 1960s | Levis Big E 501 Selvedge Single Stitch"
        ),
        _split("W32 L30 | 34x32 | 1960s | faded | hidden rivets | W30 | W36"),
        _split_shares(
            "Levis 501 Selvedge 80s Red Line@0.4 | Levis 505 Big E Jeans@0.8 |"
            "Levis 70505 Big E Jacket Type III@1.1 | LVC Levis 501 1955 Big E@0.5"
        ),
        _split_shares("Levis Big E patch@0.06 | Button set for Levis 501@0.04"),
        _OLD,
        12.0,
        55,
        "jeans",
    ),
    Product(
        "stanley no 45 combination plane",
        "antiques",
        155.0,
        (("20081", "Antiques"),),
        _split(
            "Antique Stanley No 45 Combination Plane | Stanley No 45 Combination Plow Plane with cutters |"
            "STANLEY No 45 Combination Plane Sweetheart | Stanley Combination Plane No 45 w/ box"
        ),
        _split("cutters | sweetheart | 1910s | nickel | original box | complete"),
        _split_shares(
            "Stanley No 55 Combination Plane@1.9 | Stanley No 46 Skew Plane@1.6 |"
            "Record No 405 Multi Plane@0.9 | Stanley No 4 Smoothing Plane@0.4"
        ),
        _split_shares("Cutter for Stanley No 45@0.1 | Fence rods for Stanley No 45 plane@0.15"),
        _OLD,
        19.0,
        50,
        "plane",
    ),
)
