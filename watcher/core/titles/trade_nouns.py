"""Parts and things made for an item, trade by trade, that no item of the trade is called by itself.

Words are folded as in ``. A noun that also names an item which people search for, such as a saddle,
a pedal or a lens, is not listed.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TRADES = {
    "bicycles and prams": (
        "mudguard mudguards fender fenders pannier panniers kickstand chainguard spokes skewer skewers"
        " dropout footmuff raincover cupholder carrycot bassinet sunshade handlebar handlebars grips"
        " innertube innertubes pegs footrest seatpad crossbar"
    ),
    "vehicles": (
        "wiper wipers hubcap hubcaps mats strut struts bushing bushings mudflap mudflaps taillight"
        " taillights headlight headlights foglight foglights lugnuts dipstick radiator towbar manifold fob"
        " keyfob fairing windshield windscreen exhaust gauge rotors calipers carb driveshaft crankshaft"
        " camshaft flywheel fuse relay linkage rocker shroud skirt swingarm axle nameplate emblem"
    ),
    "fishing and outdoors": (
        "footprint groundsheet groundcloth flysheet rainfly guyline guylines vestibule spool"
        " spools bail stakes sheath scabbard"
    ),
    "sewing and machines": (
        "bobbin presser needles treadle impeller armature cutterhead collet spindle diverter"
        " chute fence infeed outfeed driveshaft gasket bearings bearing washers bolt bolts nuts"
        " rivets sprocket pinion cog brushroll belts pawl bushings"
    ),
    "instruments and music": (
        "tremolo tailpiece mouthpiece ligature gigbag capo drumhead slipmat slipmats potentiometer pots"
        " nameplate pickguard songbook tablature reeds strings endpin chinrest tuners"
    ),
    "books, films and games": (
        "bookmark bookmarks bookplate dustjacket workbook audiobook ebook screenplay "
        " artbook longbox coaster coasters "
    ),
    "telephones and computers": (
        "popsocket armband midframe earpiece touchpad trackpad standoffs heatspreader backpanel bottomcase"
        " keycap docking faceplate thumbstick lanyard "
    ),
    "kitchen and household": (
        " burrs portafilter tamper knockbox splashguard crisper descaler carafe casters caster"
        " headrest lumbar slipcover jug racks drawer shelf gasket basket toner"
    ),
    "coins and cards": "capsule capsules airtite binder toploader",
    "cameras and watches": (
        "eyecup eyepiece leatherette diopter baseplate bellows hotshoe endlink endlinks crystal"
        " halfcase caseback lenscap lugs"
    ),
    "clothes": "liner liners zipper zippers laces insoles costume sweater outfit",
    "care": (" dubbin lubricant proofide descaler grease primer degreaser cleanser touchup"),
}
TRADE_NOUNS = frozenset(noun for nouns in _TRADES.values() for noun in nouns.split())

# These mark something else only at the end of a title; before a name they describe the item ("burr grinder").
FINAL_TRADE_NOUNS = _words(
    "adhesive apron bangle blanket brooch burr candle clock conditioner coaster cufflinks doormat"
    " earrings glue jigsaw lampshade magnet mousemat necklace paste pendant"
    " pillow pillowcase refill refills rug soundtrack tapestry tarp tattoo towel umbrella"
    " audiobook snowglobe topper valance workbook"
)

# A verb and a preposition before the item's name that say the same: "drops into", "sized around".
FITTING_VERBS = _words(
    "adapt adapted adapts attach attaches bolt bolts built clamp clamps click clicks clip clips connect"
    " connects cut cuts designed drop drops engineered fasten fastens fit fits fitted fitting go goes hang"
    " hangs hook hooks made match matches meant mount mounted mounts plug plugs pop pops push pushes push"
    " screw screws shaped sit sits sized slide slides slip slips slot slots snap snaps stick sticks strap"
    " straps suited swap tailored thread threads tuned upgrade work works wrap wraps"
)
FITTING_PREPOSITIONS = _words("into onto to on around over under inside with against your")
# "Your" before a name is the buyer's item, except after one of these: "get your Kestrel".
BEFORE_OWN = _words(
    "be build buy catch choose claim collect complete enjoy find for get grab have in is make own pick play"
    " relive select start this to"
)
DETERMINERS = _words("a all an any both every most my our the their this your")
