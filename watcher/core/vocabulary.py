"""The words sellers use, of any trade: what makes an item another one, part of one, or more than one.

Words are folded as `titles` folds them: lower case, no accents, no apostrophes, `w/` as `with`, `+` and
`&` as `and`. A phrase that maps to None is harmless and shields the words in it: a damaged box is no
damaged item.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a literal list."""
    return frozenset(text.split())


# A word that makes another model of the model it directly follows ...
SUFFIXES = words(
    "ti super xt xtx pro max plus ultra mini lite xl se slim fold flip edge neo oled evo mk mark ii iii iv"
)
# ... and those that do so even after another one: "pro max", "ti super"; but "xt ultra" is a trim.
SECOND_SUFFIXES = words("max super plus xl ii iii iv")

# After a bare number "FE" is an edition, after a lettered model another model: "S21 FE".
LETTERED_SUFFIXES = SUFFIXES | {"fe"}
# Letters glued to a part number that name another part; any other tells its colour or packing.
NAME_LETTERS = words("m s x")

# Spellings of one word, each as the one it is compared in: "PS5" and "PlayStation 5".
ALIASES = {"generation": "gen", "sz": "size", "volume": "vol", "ps": "playstation", "grey": "gray"}

# Unit spellings → the one they are compared in. A single letter counts only when glued to its number.
UNITS = {
    **dict.fromkeys(("gb", "g", "go", "gig", "gigs"), "gb"),
    **dict.fromkeys(("tb", "t"), "tb"),
    **dict.fromkeys(("inch", "inches", "in", "zoll"), "inch"),
    **dict.fromkeys(("v", "volt", "volts"), "v"),
    **dict.fromkeys(("w", "watt", "watts"), "w"),
    **{
        u: u
        for u in (
            "mb",
            "mm",
            "cm",
            "ml",
            "oz",
            "kg",
            "lb",
            "lbs",
            "ft",
            "mah",
            "ah",
            "hz",
            "ghz",
            "mhz",
            "mp",
        )
    },
}
LENGTHS = ("inch", "cm", "mm")
GLUED_UNITS = words("g go t in v w")
STORAGE = ("gb", "tb", "mb")

# Words of a query that a title need not repeat.
FILLERS = words("a an and the of for with in on or by to at new used preowned genuine original authentic")
# What a thing is; sellers leave it out when a model number says it.
KINDS = words(
    "bag boots camera card cards console doll drill driver figure game graphics handbag handset headphones"
    " lens phone purse saw set shoe shoes smartphone sneaker sneakers system tablet tool tote toy trainers"
    " unit video wallet watch wristwatch"
)
# Words whose number is no model: "psa 10", "size 9", "series 7".
GRADERS = words("psa bgs cgc sgc beckett size us uk eu")
NUMBERED = (
    GRADERS
    | SUFFIXES
    | words("series gen part vol chapter no number version model type class level set edition")
)
GRADE_GAPS = words("gem mint mt gm pristine grade graded")

NEGATIONS = words("no not non never without zero isnt")
DENIALS = words("no not non without")
COMPARISONS = words("vs versus than not non unlike like")
SIMILAR = words("similar comparable equivalent alternative identical")
# A noun shortly after one of these comes with the item, or is said to be missing.
INCLUDED = words("with including includes included incl comes no without missing extra bonus free")

# Something made to go with an item. A firm noun says so wherever it stands, unless it is included; a
# loose one before the model or directly after it; an organ, which the item has too, directly after it.
FIRM_NOUNS = words(
    "adapter adaptor bracket brackets cable cables cord decal decals dongle faceplate faceplates holster"
    " insoles keychain keychains keyring laces lanyard mousepad mug poster posters protector protectors"
    " riser shoelaces shroud shrouds sticker stickers toploader toploaders tshirt waterblock winder"
)
LOOSE_NOUNS = words(
    "band bands batteries battery bumper case cases charger chargers controller controllers cooler coolers"
    " cover covers dock fan fans heatsink heatsinks holder holders pouch remote sleeve sleeves stand stands"
    " strap straps"
)
ORGANS = words(
    "backplate bezel bezels blade blades button buttons dial dials digitizer grip grips housing knob knobs"
    " lcd lid motherboard screen screens shell skin skins tray"
)
# Before a loose noun: it tells how many or of what kind the item itself has.
COUNTED = words("single dual twin double triple tri quad two three four blower long short original working")
# Before one of ENCLOSING: it is the thing sold.
ENCLOSING = words("bumper case cases cover covers pouch shell skin skins sleeve sleeves")
WRAPPED = words(
    "armor bumper carrying clear flip hard magnetic magsafe phone protective rubber rugged shockproof"
    " silicone slim soft storage tpu transparent travel wallet"
)
MADE_FOR = words("for fits fit compatible replaces")
# After "for" these name no item; before it these make it praise.
FOR_WHOM = words(
    "sale parts part repair repairs spares men women mens womens kids boys girls him her adults youth gaming"
    " collectors display trade ai use all everyone beginners work home office pc computer desktop mining deep"
    " machine streaming editing ages"
)
PRAISE = words("great best perfect ideal good ready excellent made built designed only asking")
BARE = words("new oem genuine original authentic brand used sealed nib free shipping fast hot")
# The wrapping of an item; alone ("box only", "empty case") it is not the item.
WRAPPINGS = words(
    "artwork bag box boxes booklet case cases certificate cover dustbag inserts instructions manual"
    " packaging papers sleeve slipcover tin wrapper"
)
ABSENT_ITEMS = words("camera card console device disc disk game games phone shoes tool unit watch")
FOOTWEAR = words("shoe shoes sneaker sneakers boot boots size sz mens womens trainers socks earrings gloves")
# What a whole system lists before it comes to the item in it.
COMPONENTS = words("cpu hdd intel nvme ram ryzen ssd windows xeon")
# After these a system is where the item was or goes: "pulled from a gaming pc".
OUT_OF = words("from for of in no not non")
# Before "x16" these make it a bus or a measure, not a quantity.
BUSES = words("pci pcie e express gen lanes slot")
# Before "4x" these make it a quantity, not a part of a name: "with 4x", but "Ventus 3x".
OPENERS = words("with and of lot includes including set")
COUNT_NOUNS = words("pcs pieces pack pk units")
COUNTABLE = words("cards cartridges coins comics discs figures games stamps")
SETS = words("set kit pack lot group bundle quantity qty")


def phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """The phrases of a literal list, each as its words."""
    return tuple(tuple(phrase.split()) for phrase in text.split("|"))


LOTS = phrases(
    "lot|lots|joblot|bundle|bundles|combo|playset|wholesale|pair of|set of two|set of three|set of four|"
    "matching pair|pair"
)
DEFECTS = phrases(
    "parts|spares|spare or repair|repair|repairs|salvage|scrap|junk|untested|not tested|"
    "as is|broken|faulty|defective|damaged|damage|cracked|cracks|crack|incomplete|"
    "not working|non working|nonworking|doesnt work|does not work|dont work|not functional|nonfunctional|"
    "non functional|not powering|no power|wont power|wont turn|wont boot|doesnt turn|no post|no boot|"
    "no display|no video|no signal|no pcb|no core|no heatsink|no cooler|no motherboard|without heatsink|"
    "artifact|artifacts|artifacting|please read|dead pixel|dead pixels|dead unit|dead board|"
    "bad lcd|bad screen|bad display|bad port|"
    "icloud locked|icloud lock|activation lock|activation locked|google locked|frp locked|bad esn|"
    "bad imei|blacklisted|water damage|missing pieces|missing parts|left only|right only|"
    "left earbud|right earbud|left airpod|right airpod|left shoe|right shoe|pcb only|board only|"
    "housing only|shell only"
)
COPIES = phrases(
    "reprint|reprints|replica|replicas|proxy|proxies|custom|customized|fan art|fanart|fan made|fake|"
    "facsimile|reproduction|repro|novelty|inspired by|homage|orica|bootleg|dummy|unofficial|knockoff|"
    "lookalike|look alike|metal card|gold plated card|counterfeit|modded"
)
PRESALES = phrases(
    "presale|pre sale|preorder|pre order|pre ordered|preordered|backorder|confirmed order|"
    "order confirmed|coming soon|not in hand|ships when released"
)
SYSTEMS = phrases(
    "gaming pc|gaming computer|gaming desktop|gaming laptop|gaming rig|gaming system|gaming tower|"
    "mining rig|prebuilt|pre built|custom pc|pc build|desktop pc|desktop computer|tower pc|mini pc|"
    "laptop|laptops|notebook|all in one|build with|computer pc|workstation pc|pc computer|pc desktop"
)
CHOICES = phrases(
    "you pick|u pick|pick your|pick one|pick a card|choose your|choose from|you choose|u choose|choose|"
    "select your|your choice|choice of"
)
ACCESSORIES = phrases(
    "water block|screen protector|tempered glass|replacement|mouse pad|t shirt|charging cable|"
    "docking station|lens cap|shoe laces|shoe tree|watch winder|bezel insert|spring bars"
)
HARMLESS = phrases(
    "damaged box|damage to box|damaged packaging|box damage|box damaged|packaging damage|broken in|"
    "all parts|no parts missing|a lot|lot number|lot no|lots of life|fan edition|game of the year|"
    "booster case|hobby case|custom shop|custom edition|1 pair|one pair|not for parts|never repaired"
)
