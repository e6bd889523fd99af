"""Words that decide which words of a query a title must have, and which other words speak against it.

Words are folded as in `parsed_title`.
"""

from __future__ import annotations

from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.vocabulary import words

# Makers that sellers omit if the product has a name of its own.
MAKERS = words(
    "adidas apple asics bosch canon casio citizen dewalt festool fluke fujifilm google gucci hamilton hermes"
    " jbl lenovo logitech makita microsoft milwaukee motorola nike nikon nintendo omega oneplus prada reebok"
    " rolex ryobi samsung sega seiko sony tissot tudor valve xiaomi"
)
# Words that only carry the word or number beside them: "disc edition", "size 9", "4th generation".
CARRIERS = words("color colour colors colours edition gen item model no number series size style type v ver")
# Names of networks; a model implies its own.
NETWORKS = words("3g 4g 5g lte")
# More kinds of things that sellers omit if a model names one.
OMITTED_KINDS = vocab.KINDS | words(
    "amp amplifier bass bike binoculars blender boot boots calculator chair chronograph clock cordless"
    " coupe derailleur dslr ebike espresso film fountain grill guitar heater helmet instrument jacket jeans"
    " keyboard lamp lawn machine maker mixer mower paddle pan pedal pen player projector putter racket radio"
    " receiver record rangefinder scooter sewing skis slr snowboard sunglasses synth synthesizer telephoto"
    " television telescope treadmill truck turntable tv typewriter washer whisk wireless backpack bicycle"
    " coffee computer dishwasher dryer earphones freezer fridge glasses locomotive microwave mouse oven"
    " shaver suitcase toothbrush trousers washing"
)
# Kinds that sellers omit after a name of three words, even if no model follows. Without "console" or "bag" a
# title may be about a game or a wallet of the same name.
FREE_KINDS = OMITTED_KINDS - words(
    "bag card cards combo console doll edition figure game graphics handbag kit purse set speaker system"
    " toy unit video wallet record"
)
# Words that only describe the kind of thing after them, which sellers call by its noun alone.
DESCRIBED_KINDS = frozenset(
    (
        ("action", "figure"),
        ("board", "game"),
        ("cell", "phone"),
        ("comic", "book"),
        ("digital", "camera"),
        ("mobile", "phone"),
        ("silver", "dollar"),
        ("smart", "watch"),
        ("trading", "card"),
        ("trading", "cards"),
        ("video", "game"),
        ("wrist", "watch"),
    )
)
# A measure before one of these says what a thing takes, not how large it is.
FORMATS = frozenset(("35mm", kind) for kind in ("camera", "film", "rangefinder", "slr"))
# A later copy of an old item.
REISSUES = words("reissue reissued repress repressed remake")
# Words of the query, and words beside them in a title that make it another kind.
CONTRARIES = {
    "wifi": words("cellular gsm lte cdma 3g 4g 5g unlocked"),
    "disc": words("digital"),
    **dict.fromkeys(("1st", "original", "vintage"), REISSUES),
    "gps": words("cellular lte"),
    **dict.fromkeys(("raw", "ungraded"), vocab.GRADES),
}
# After a word of CONTRARIES these make it an extra: "disc edition + digital code".
EXTRAS = words("camera code codes content copy download game games")
# Before a kind of thing these make it another kind: "belt bag", "pocket watch".
OTHER_KINDS = {
    "bag": words("belt bum cosmetic diaper dust fanny garment lunch makeup toiletry waist"),
    "watch": words("pocket"),
}
# A size of theirs is another size.
CHILDREN = words("gs infant kids preschool td toddler toddlers youth")
# Whom a thing is made for; without a word it is for men or anybody.
FOR_MEN = words("adult adults men mens unisex")
FOR_OTHERS = words(
    "boys girls gs infant junior juniors kids ladies lady toddler toddlers wmns women womens youth"
)
# Languages of a card or a book.
LANGUAGE_NAMES = words("chinese english french german italian japanese korean spanish")
# Names of the machines that a work runs on.
PLATFORM_NAMES = words(
    "blu dvd ds dreamcast gameboy gamecube gba megadrive n64 nes nintendo pc playstation ps1 ps2 ps3 ps4 ps5"
    " psp ray saturn sega snes switch vita wii xbox"
)
# What any offer of a book, record or film says.
NEUTRAL = vocab.SALES_TALK | words(
    "a book brand condition copy edition excellent fast first 1st free good hardback hardcover in like mint"
    " near new paperback press printing published sealed ship shipping softback softcover the to uk unread us"
    " usa used usps very vg by dvd vinyl lp"
)
