"""Sellers' vocabulary in any trade: words that mark a different item, a part of one, or several.

Words are folded as in `parsed_title`: lower case, no accents, no apostrophes, `w/` as `with`, `+` and `&`
as `and`. A phrase that maps to None is harmless and protects its words: a damaged box is not a damaged item.
"""

from __future__ import annotations

from watcher.core.titles.trade_nouns import FINAL_TRADE_NOUNS, TRADE_NOUNS


def words(text: str) -> frozenset[str]:
    """Return the words of a literal list."""
    return frozenset(text.split())


# Right after a model's name these make it a different model.
SUFFIXES = words(
    "ti super xt pro max plus ultra mini lite xl se slim fold flip edge neo oled evo mk mark ii iii iv vi vii"
)
# These make it a different model even after another suffix: "pro max", "ti super"; but "xt ultra" is a trim.
SECOND_SUFFIXES = words("max super plus xl ii iii iv vi vii")

# Numbers that name the platform of an item, so the words before them name the item: "Chrono Cross PS1".
PLATFORMS = frozenset((("n", "64"), *(("playstation", str(i)) for i in range(1, 6))))

# After a bare number "FE" is an edition; after a lettered model it makes another model: "S21 FE".
LETTERED_SUFFIXES = SUFFIXES | {"fe"}
# Before a strap: the strap is sold alone if the title ends with it.
STRAP_OWNERS = words("camera crossbody guitar shoulder")
# After a number these count parts of one item; before other words a number marks a sequel.
COUNTED_PARTS = words("cd cds dvd dvds lp lps disc discs pack packs pc pcs piece pieces player players way x")
# Roman numerals among the suffixes; after the same number they only repeat it: "Jordan 4 IV".
ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7"}
MARK_NUMERALS = {**{number: roman for roman, number in ROMAN.items()}, **{roman: roman for roman in ROMAN}}
# Query words that distinguish members of a family, so a title must contain them.
VARIANTS = SUFFIXES | words("air digital")
# After a name without a number these make another item: "Switch Lite".
SIBLINGS = words("air flip fold lite max mini plus pro se slim ultra xl")
# Letters glued to a size that change it: for children, youths, women.
SIZE_LETTERS = words("c k y w")
# Letters for sizes of clothing.
CLOTHING_SIZES = words("s m l")
# Letters glued to a part number that name another part; any other marks colour or packaging.
NAME_LETTERS = words("m s x")

# Spellings of one word, mapped to the canonical one: "PS5" and "PlayStation 5".
ALIASES = {
    "generation": "gen",
    "sz": "size",
    "volume": "vol",
    "version": "v",
    "ps": "playstation",
    "ed": "edition",
    "first": "1st",
    "fuji": "fujifilm",
    "grey": "gray",
    "blk": "black",
    "med": "medium",
    "lrg": "large",
    "vtg": "vintage",
    "jr": "junior",
    "ltd": "limited",
    "anniv": "anniversary",
    "dlx": "deluxe",
    "lthr": "leather",
    "brn": "brown",
    "grn": "green",
    "kt": "k",
    "refurb": "refurbished",
    "second": "2nd",
    "third": "3rd",
    "fourth": "4th",
    "fifth": "5th",
    "sm": "small",
    "wht": "white",
    "grau": "gray",
    "gris": "gray",
    "schwarz": "black",
    "noir": "black",
    "weiss": "white",
    "blanc": "white",
    "blau": "blue",
    "bleu": "blue",
    "grun": "green",
    "gehause": "body",
    "objektiv": "lens",
    "uhr": "watch",
    "neu": "new",
    "nds": "ds",
    "nsw": "switch",
    "nero": "black",
    "bianco": "white",
}

# Names of several words that sellers also write as one, mapped to the canonical form.
SPELLINGS = {
    "dust bag": "dustbag",
    "game boy advance": "gba",
    "gameboy advance": "gba",
    "logic board": "motherboard",
    "main board": "motherboard",
    "nintendo 64": "n64",
    "never opened": "unopened",
    "promax": "pro max",
    "psone": "ps1",
    "psx": "ps1",
    "sim free": "unlocked",
    "sim-free": "unlocked",
    "super nes": "snes",
    "super nintendo": "snes",
    "t-shirt": "tshirt",
    "eau de parfum": "edp",
    "eau de toilette": "edt",
    "e-bike": "ebike",
    "electric bike": "ebike",
    "electric bicycle": "ebike",
    "wi-fi": "wifi",
    "wi fi": "wifi",
}

# Endings of ordinal numbers, which name no model.
ORDINALS = ("1st", "2nd", "3rd", "th")

# Sizes of shoes in Europe.
EU_SIZES = frozenset(map(str, range(34, 51)))
# Graders; the number after one is a grade.
GRADES = words("psa bgs cgc sgc beckett pcgs ngc anacs")
# Synonyms for the state or make of an item.
SYNONYMS = {
    "bag": words("clutch crossbody handbag hobo purse satchel tote"),
    "handbag": words("bag crossbody hobo purse satchel tote"),
    "purse": words("bag crossbody handbag"),
    "complete": words("cib"),
    "automatic": words("auto selfwinding"),
    "autographed": words("auto autograph signed"),
    "signed": words("auto autograph autographed"),
    "chronograph": words("chrono"),
    "graded": GRADES,
    "vintage": words("antique"),
    "bluetooth": words("bt wireless"),
    "wireless": words("bluetooth cordless"),
    "sterling": words("925"),
    "refurbished": words("renewed reconditioned"),
    "holo": words("holographic holofoil foil"),
    "alt": words("alternate"),
    "high": words("hi"),
    "top": words("hi lo"),
    "low": words("lo"),
    "bros": words("brothers"),
    "brothers": words("bros"),
    "mic": words("microphone"),
    "microphone": words("mic"),
    "tv": words("television"),
    "television": words("tv"),
    "cartridge": words("cart"),
    "cart": words("cartridge"),
    "machine": words("maker"),
    "maker": words("machine"),
    "professional": words("pro"),
    "hardcover": words("hardback hc hardbound"),
    "paperback": words("softcover pb softback"),
    "womens": words("ladies lady wmns women woman"),
    "mens": words("men man gents male"),
    "japanese": words("jpn japan jp jap"),
    "english": words("eng en"),
    "german": words("germany deutsch ger"),
    "french": words("france francais"),
    "italian": words("italy ita"),
    "spanish": words("spain espanol"),
    "korean": words("korea kor"),
    "chinese": words("china chn"),
    "rookie": words("rc"),
    "rc": words("rookie"),
    "mechanical": words("mech"),
    "multimeter": words("dmm multi"),
    "watch": words("chronograph diver wristwatch"),
    "crossbody": words("shoulder"),
    "shoulder": words("crossbody"),
    "cib": words("complete"),
    "lp": words("vinyl lps record"),
    "console": words("system"),
    "headphones": words("earphones headset"),
    "laptop": words("notebook"),
    "phone": words("smartphone"),
    "shoes": words("sneakers trainers"),
    "sneakers": words("shoes trainers"),
    "system": words("console"),
    "press": words("pressing issue"),
    "pressing": words("press issue"),
    "perfume": words("cologne edc edp edt fragrance parfum"),
    "sealed": words("bnib misb nib nisb unopened"),
    "vinyl": words("lp lps record records vinile"),
}

# Spellings of units, mapped to the canonical one. A single letter counts only if glued to its number.
UNITS = {
    **dict.fromkeys(("gb", "g", "go", "gig", "gigs"), "gb"),
    **dict.fromkeys(("tb", "t"), "tb"),
    **dict.fromkeys(("inch", "inches", "in", "zoll"), "inch"),
    **dict.fromkeys(("v", "volt", "volts"), "v"),
    **dict.fromkeys(("w", "watt", "watts"), "w"),
    **dict.fromkeys(("qt", "quart", "quarts"), "qt"),
    **dict.fromkeys(("gal", "gallon", "gallons"), "gal"),
    **dict.fromkeys(("ct", "ctw", "carat", "carats"), "ct"),
    **dict.fromkeys(("oz", "ounce", "ounces"), "oz"),
    **dict.fromkeys(("lb", "lbs"), "lb"),
    **dict.fromkeys(("ft", "feet"), "ft"),
    **dict.fromkeys(("speed", "sp", "spd"), "speed"),
    **{
        u: u
        for u in (
            "mb",
            "mm",
            "cm",
            "ml",
            "kg",
            "mah",
            "ah",
            "hz",
            "ghz",
            "mhz",
            "mp",
        )
    },
}
# Units of length, those that count only if glued to their number, and those of storage.
LENGTHS = ("inch", "cm", "mm")
GLUED_UNITS = words("g go t in v w sp spd")
STORAGE = ("gb", "tb", "mb")

# Query words that a title may omit.
FILLERS = words(
    "a an and the of for with in on or by to at new used preowned genuine original authentic og retro"
    " sparepart"  # the mark of a translated part
)
# Kinds of things; sellers omit them if a model number implies them.
KINDS = words(
    "bag blower boots camera card cards chainsaw combo console doll drill driver edition figure game"
    " graphics grinder handbag handset headphones impact jigsaw joiner jointer kit laptop lens monitor"
    " multimeter nailer phone planer printer purse ratchet router sander saw set shoe shoes smartphone"
    " sneaker sneakers speaker system tablet tool tote toy trainers trimmer unit vacuum video wallet watch"
    " wrench wristwatch"
)
# Sizes and grades: the number after one of these is one.
GRADERS = GRADES | words("size us uk eu")
# Words for an ungraded item that might get a grade.
UNGRADED = words("raw ungraded candidate contender potential worthy should")
# Right next to a number, these make it a size.
SIZE_SIGNS = words("size us uk eu mens womens")
# Words whose number does not name a model: "gen 2", "psa 10", "size 9".
NUMBERED = (
    GRADERS
    | SUFFIXES
    | words("series gen part vol v chapter no number version model type class level set edition")
)
# Words allowed between a grader and the grade: "PSA gem mint 10".
GRADE_GAPS = words("by gem mint mt nm gm ex vg excellent pristine grade graded")

# "size 9" is also "US 9" and "mens 9".
SIZED = {"size": words("size us mens men"), "us": words("size us mens men")}
# After a number, these make it a size: "10 M".
SHOE_WIDTHS = words("m d mens us")
# Roman numerals that distinguish members of a series; those in SUFFIXES follow a number.
NUMERALS = words("ii iii iv vi vii viii ix xi xii xiii xiv xv xvi")
# Roman numerals and their numbers; sellers write either.
OTHER_NUMERAL = {"i": "1", "v": "5", "viii": "8", "ix": "9", "x": "10", "xi": "11", "xii": "12", "xiii": "13"}
OTHER_NUMERAL |= {"xiv": "14", "xv": "15", "xvi": "16", **ROMAN}
OTHER_NUMERAL |= {number: roman for roman, number in OTHER_NUMERAL.items()}
# Before a defect these negate it: "never repaired".
NEGATIONS = words("no not non never without zero isnt")
# Before a word of the query these negate it: "no box".
DENIALS = words("no not non without")
# Before a model these negate it.
MODEL_DENIALS = words("not non")
# What follows one of these is not the item for sale; "like new" does not count.
COMPARING_WORDS = words(
    "vs versus replaces than unlike like matches rivals resembles to from of as with my our selling on"
    " before predates beats called over at"
)
# These compare only after one of the words given.
COMPARING_ONLY_AFTER = {
    "to": words(
        "similar comparable equivalent alternative identical successor predecessor close next rival"
        " companion answer brother cousin follow followup forerunner homage precursor prequel relative"
        " sequel sibling sister tribute up upgrade nod related related sibling step superior inferior"
        " preferred prior ode"
    ),
    "from": words("upgrade upgraded step up different descended"),
    "of": words(
        "sister brother cousin sibling successor predecessor style instead v variant maker makers creator"
        " creators"
    ),
    "as": words("same"),
    "with": words("pair pairs paired goes match matches compatible"),
    **dict.fromkeys(("my", "our"), words("check see visit also out other")),
    "selling": words("also"),
    "on": words("based take spin riff modelled modeled variation twist"),
    "before": words("one model generation version just came made used"),
    "called": words("often sometimes wrongly mistakenly commonly usually also so"),
    "over": words("choose chosen preferred pick upgrade"),
    "at": words("recorded written shot made filmed"),
}
# After "like" these describe a condition: "like new".
AFTER_LIKE_NEW = words("new brand mint unused nothing")
# A noun shortly after one of these is included with the item, or stated to be missing.
INCLUDED_BEFORE = words(
    "with include including includes included incl comes need needs no without missing extra bonus free lacks"
    " original stock upgraded"
)
# Right after a noun these mean that it is included.
INCLUDED_AFTER = words("included incl installed applied attached on present")


# Things made to go with an item. A firm noun marks an accessory anywhere unless it is included; a loose noun
# only before the model or directly after it; a part that the item itself has only directly after it.
FIRM_NOUNS = words(
    "accessory adapter adaptor bracket brackets cable cables cage cages hangtag hangtags cord decal decals"
    " dongle faceplate faceplates holster insoles keychain keychains keyring laces lanyard headcover"
    " headcovers mousepad mug protector protectors riser shoelaces shroud shrouds toploader toploaders"
    " tshirt waterblock winder assembly booklet brochure caddy carburetor carburettor catalog catalogue"
    " dustbag earpads eartips enclosure gasket gaskets insole keycaps leaflet liner mainboard motherboard"
    " organizer ornament patch playmat playmats raincoat screws thumbsticks tripod sparepart"
)
LOOSE_NOUNS = words(
    "beater beaters minifigure minifigures minifigs ticket tickets poster posters sticker stickers band"
    " bands batteries battery bumper case cases charger chargers"
    " controller controllers cooler coolers cover covers dock fan fans heatsink heatsinks holder holders"
    " pouch remote sleeve sleeves stand stands strap straps attachment attachments brush brushes cushion"
    " cushions earbud filter filters hinge hinges hose nozzle propeller propellers wrap"
)
OWN_PARTS = words(
    "antenna backplate bezel bezels bracelet blade blades buckle button buttons clasp crown crystal dial"
    " dials digitizer glass grip grips handle housing insert inserts knob knobs lcd lid link links screen"
    " screens shell skin skins tray trigger wheel wheels"
)
# If a title, or its part before "with", ends with one of these, the item's name only describes it.
FINAL_NOUNS = (
    FIRM_NOUNS
    | LOOSE_NOUNS
    | TRADE_NOUNS
    | FINAL_TRADE_NOUNS
    | words(
        "armor badge badges basket beanie bin bolts carafe expansion grates muffler footswitch caseback"
        " cradle fader faders flex jug keycap knob knobs palmrest pcb rails reservoir seal seals slider"
        " sliders springs tray visor wallet backplate board boards box bags beater bobbin bobbins boxes cap"
        " caps certificate clips cutter cutters digitizer gearbox globe hat headshell hoodie housing insert"
        " inserts instructions links manual pads pickguard plates plush plushie shirt standee wallpaper"
        " portafilter receipt ribbon screws tag tags"
    )
) - words("controller controllers cooler coolers fan fans band bands strap straps")
# These end the name of a part too, but only right after the item's name; elsewhere they describe the item
# ("maple neck", "swiss movement").
DIRECT_PARTS = words(
    "antenna arm armrest armrests base belt bottom bowl bracket bulb cage container chain charm crown bridge"
    " chuck clip cord copy cup door drive ears eyecup flash flex frame gearbox guard guide hands harness"
    " head headband hook hub kickstand legs manual mirror motor mount movement neck nib pad panel pcb pedal"
    " pickguard pin plate port portafilter prism pulley pump rail screw seat seats sensor tire tires shell"
    " shaper shutter socket speaker speakers spring stem switch tip top trailer tray viewfinder wand wheel"
    " wheels"
)
# Allowed between the item's name and such a part.
PART_QUALIFIERS = words(
    "back belt body bottom bulb burner button drive volume charging jog rack depth foot stop disc driver"
    " flat front headband genuine inner left loaded loose lower main metal oem original outer passenger"
    " plastic power pulley rear right rubber spare steam top tremolo upper used voice water"
)
# These end the part of a title that names the item.
BREAKS = words("with for from by in no without includes including fits")
# Words for a complete item.
WHOLE = words("complete cib")
# A case of one of these metals belongs to a watch.
METALS = words("aluminium aluminum ceramic steel titanium")
# Included with an item, never made for one model: "shoulder bag, dust bag, receipt".
PAPERS = words("certificate dustbag receipt")
# At the end of a title these name a copy of the item.
FINAL_COPIES = words("clone clones superfake superfakes")
# Right after the item's name these name something that competes with it.
COMPETITORS = words("alternative alternatives competitor equivalent killer lookalike rival substitute")
# Materials; one may follow the noun that ends a title.
MATERIALS = words("acrylic leather nylon plastic rubber silicone wood")
# Colours; one may follow the noun that ends a title.
COLOURS = words(
    "beige black blue bronze brown burgundy clear cyan gold gray green ivory lavender magenta maroon navy"
    " orange pink purple red rose silver tan teal turquoise white yellow"
)
# Query words for the state of an item.
STATES = words("cib sealed") | COLOURS | VARIANTS
# If one of these precedes "box" and the like at the end of a title, the item is in its own box: "open box".
OWN_BOX_WORDS = words(
    "a and box boxed complete damaged factory full half in inner large long mint mystery near new no on"
    " open opened orig original out outer own papers special retail sealed set short small the tin to with"
    " without"
)
# Before a loose noun: the number or kind of a feature of the item itself.
COUNTED = words("one single dual twin double triple tri quad two three four long short original working")
# Things around an item, and words before one of them that show that it is what is sold.
ENCLOSING = words("bumper case cases cover covers pouch shell skin skins sleeve sleeves")
CASE_WORDS = words(
    "armor bumper carrying clear flip hard magnetic magsafe phone protective rubber rugged shockproof"
    " silicone slim soft storage tpu transparent travel wallet"
)
# Between an accessory and the item that it is made for.
MADE_FOR = words("for fits fit compatible replaces")
# "For" does not name an item before one of these, or after one of PRAISE: "great for gaming".
FOR_WHOM = words(
    "sale parts part repair repairs spares men women mens womens kids boys girls him her adults youth"
    " gaming collectors display trade ai use all everyone beginners work home office pc computer desktop"
    " mining deep machine streaming editing ages"
)
PRAISE = words("great best perfect ideal good ready excellent only asking")
# After a part of the item, its condition: "screen flawless", "handle repaired".
PART_PRAISE = words(
    "clean excellent faded flawless good great intact like looks mint nice peeling perfect pristine ready"
    " redone repaired replaced restored scratched torn wear well working works worn yellowed"
)
# Words in any offer, which name no item.
SALES_WORDS = words("new oem genuine original authentic brand used sealed nib free shipping fast hot")
# What sellers say at the end of a title.
SALES_TALK = SALES_WORDS | words(
    "delivery description desc look nice photo photos pic pics picture pictures postage rare returns see"
    " seller ship ships today uk us usa wow"
)
# Words that describe the item itself; what follows is included with it.
DESCRIBING = words("nm played polished runs serviced tested unlocked unworn vg working works worn")
# Packaging; alone ("box only", "empty case") it is not the item.
PACKAGING = words(
    "artwork bag bottle box boxes booklet case cases certificate cover dustbag inserts instructions jar"
    " manual minifigs minifigures packaging papers sleeve slipcover tin wrapper"
)
# Pieces that are sold separately if the title says so: "pot only".
SEPARABLE_PIECES = words(
    "attachment base blaster keyboard bottle bowl cap container dress head headcover jar jacket lid motor"
    " outfit pot pump seat steelbook tank top trailer wand"
)
# "no phone" marks an offer without the item; "case, no game" marks packaging alone.
ABSENT_THINGS = words(
    "bike bricks guitar lego tablet tv camera console drill handset headphones item laptop phone"
    " shoes sneakers tool watch"
)
ABSENT_ITEMS = words(
    "bike book bricks guitar laptop lego record set ship tablet tv camera card console device disc disk"
    " game games phone shoes tool unit watch"
)
# With one of these, a "pair" is one item.
FOOTWEAR = words("shoe shoes sneaker sneakers boot boots size sz mens womens trainers socks earrings gloves")
# Parts whose damage does not keep the item from working, and packaging that only holds it.
COSMETIC_PARTS = words(
    "back backing backplate base bezel body bottom box bumper case casing corner corners cover edge edges"
    " finish frame hinge hinges holder housing jewel lid outer packaging paint plastic rear shell side sides"
    " slab sleeve tin trim"
)
# These hold the item and are not part of it.
HOLDERS = words("box case holder jewel packaging slab sleeve tin")
# Words that show that the item was tried and works.
WORKING = words("functional runs tested working works functions operational perfectly")
# After a capacity these make it one of a computer's.
MEMORY = words("ddr ddr3 ddr4 ddr5 emmc hdd memory nvme ram ssd storage unified")
# Things that a game or a disc is for; the title may offer one with the item.
MACHINES = words("console handheld player system")
# Components that a system lists before the item that it contains.
COMPONENTS = words("cpu desktop hdd nvme processor psu ram ssd tower windows workstation")
# Every system lists at least one of these.
STORAGE_COMPONENTS = words("hdd nvme ram ssd windows")
# Endings of names of systems: "MacBook", "ThinkPad".
SYSTEM_ENDINGS = ("book", "pad")
# After these, a system is the origin or the destination of the item: "pulled from a gaming pc".
OUT_OF = words("from for of in no not non")
# Query words that ask for a lot.
LOT_WORDS = words("lot lots joblot bulk wholesale bundle bundles")
# Before "x16" these make it a bus or a measure rather than a quantity.
BUSES = words("pci pcie e express gen lanes slot")
# Before "4x" these make it a quantity rather than part of a name: "with 4x", but "Ventus 3x".
QUANTITY_OPENERS = words("with and of lot includes including set")
# After a number these make it a quantity.
COUNT_NOUNS = words("pcs pieces pack pk units")
# Ten or more of these make a lot.
LOT_NOUNS_IF_MANY = words("cards cartridges coins comics discs figures games stamps")
# Even a few of these make a lot; two discs may be one game.
LOT_NOUNS = words("cards coins comics figures stamps")
# "Set of 4" is a quantity; "4 pieces set" is one item.
SETS = words(
    "set kit pack lot group bundle quantity qty roll tube herd flock pile stack bunch stash haul crate trio"
    " assortment batch collection family army gang selection"
)


def phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the phrases of a literal list, each as a tuple of words."""
    return tuple(tuple(phrase.split()) for phrase in text.split("|"))
