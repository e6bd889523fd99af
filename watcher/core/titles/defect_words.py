"""Words that show a defect: what an item does, how it fails, and what its parts look like then.

Words are folded as in `parsed_title`.
"""

from __future__ import annotations

from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.vocabulary import phrases, words

# What an item does or gives. "No" before one of these is a defect: "no hdmi output", "no face id".
FUNCTIONS = words(
    "af audio autofocus backlight bluetooth boot charge charging compression connection connectivity cooling"
    " detection display faceid feed flow focus function functions gps hdmi heat id ignition image input lcd"
    " lights network output picture playback post power pressure reception response rotation screen service"
    " signal sound spark spin start steam suction sync tone touch touchid vibration video vision volume wifi"
)
# Between "no" and a function: "no disc read function", "no left channel audio".
FUNCTION_KINDS = words(
    "analog av back battery cell cellular channel charging clear color dial digital disc disk earpiece face"
    " front fuel gas headphone hot laser left main mains mic optical phone rear right self steam tv usable"
    " visible visual water"
)
# What may follow a function that is denied; another noun is merely missing: "power cord".
CLAUSE_WORDS = (
    words(
        "after all and as at but by due fix for from has if in is just need needs no not on only or otherwise"
        " please read sold so spares still when while with works parts repair see as untested turns powers"
    )
    | vocab.SALES_TALK
)
# A function so basic that its absence is a defect whatever follows, except one of these.
BASICS = words("boot display sound post power signal video")
BASIC_THINGS = words(
    "absorbing absorption bar bars board box card effect effects engineer insulation leak mode proof"
    " system adapter adaptor bank banks box brick bricks burn button cable cables card case cord cords damage"
    " fade fault faults interruption issue issues lead leads loss marks model needed outage pack packs plug"
    " port problem problems required stand station strip supply switch tool tools"
)

# Negated, any verb is a defect ("wont zoom") except these and the verbs that fail.
AUXILIARIES = words("wont doesnt cant cannot couldnt didnt wouldnt")
OPEN_NEGATIONS = frozenset(
    phrases(
        "will not|does not|can not|could not|did not|would not|fails to|failed to|fail to|failing to|"
        "unable to|refuses to|refusing to|struggles to|not able to"
    )
)
ADVERBS = words(
    "always appear consistently correctly currently even ever fully go properly quite really seem stay to"
    " want"
)
HARMLESS_VERBS = words(
    "accept affect be beat believe belong buy come comes combine contain cost cover dance deny detract"
    " differ disappoint distract do effect explain expose feel fight find fit forget get give guarantee"
    " have hide hinder hurry hurt help impact include includes interfere know last let live look lose love"
    " make match matter mean meet miss need negotiate notice offer own pass pay prevent refund regret reply"
    " represent require return say see sell ship show sleep slow smell smoke split stand state stop stretch"
    " suit swap take tell trade understand use wait want wear wrong"
)
FAILING_STEMS = words(
    "bleed bleeds break breaks burn burns chip chips clog clogs crack cracks crash crashes creak creaks drift"
    " drifts drip drips dry dries fade fades fail fails fall falls flake flakes flicker flickers fog fogs"
    " freeze freezes glitch glitches jam jams lag lags leak leaks loosen overheat overheats peel peels rattle"
    " rattles rip rips rub rust rusts scratch scratches shed skip skips slide slip slips smudge snag spill"
    " squeak squeaks stain stick sticks stutter tarnish tear tears tip warp wobble wobbles yellow"
)
HARMLESS_GERUNDS = words(
    "accepting adding being bearing burning buying clothing combining cracking during clipping drifting"
    " drawing earring evening fading failing flickering freezing giving glitching going having hiding"
    " including king lagging leaking lending letting listing looking losing lying making matching missing"
    " morning negotiating nothing offering overheating painting parting paying peeling pilling piling"
    " refunding rendering renting returning ring rubbing rushing rusting selling sharing shedding shipping"
    " skipping slipping smelling smoking something splitting spring sticking stretching string swapping"
    " taking teasing trading trying using wearing wing yellowing"
)
MIN_GERUND = 6  # letters
STATES_DENIED = words(
    "booted detected functional operable operational recognised recognized responsive usable"
)
NOT_VERBS = words(
    "boot boots charge charges connect connects detect function pair power powers recognise recognize"
    " respond responds start starts turn turns work works"
)
FUNCTION_VERBS = NOT_VERBS | words(
    "close closes cool cools eject ejects feed feeds fire fires focus focuses heat heats hold holds load"
    " loads lock locks move moves open opens play plays post print prints read reads record run runs spin"
    " spins stay sync syncs wind winds zoom zooms"
)

# What the item may fail to take or show, while "won't take long" and "doesn't show wear" are harmless.
TAKING_VERBS = words("accept accepts find get see show take takes")
TAKEN_THINGS = words(
    "battery card cards cartridge cartridges charge disc discs disk disks film games image ink paper picture"
    " power sim tape tapes"
)
# Names with "dead" in them, by the word before and after it.
BEFORE_DEAD_NAMES = words("battery drop evil grateful left of red the walking")
AFTER_DEAD_NAMES = words("boys cells gorgeous kennedys rings souls")
# Words that say a fault by themselves.
FAULTS = words(
    "distorts squeals dribbles sputters stalls backfires bodged botched backfiring misfire misfiring"
    " malfunctioned unsafe knackered gutted busted kaput borked perished shredded unplayable unreadable"
    " unrepairable cannibalised cannibalized conked croaked deformed disintegrated disintegrating"
    " electrocuted fubar melted mangled misaligned nonfunctioning nonoperational overheated overheat"
    " powerless rotted severed shattering snaps splintered uneconomical unfinished wonky wrecked zapped"
    " corroded leaked warped stripped hums bootloop bootlooping bricked bsod crashes crackles crackling"
    " crackly delaminated delaminating delamination failed failing fails failure failures fault faults"
    " flicker flickering flickers flickery freezes freezing fogged fogging foggy fungus glitches glitching"
    " glitchy hissing inop inoperable inoperative intermittent intermittently jammed jams leak leaking"
    " leaks leaky malfunction malfunctioning malfunctions misfires misfiring overheating overheats rattles"
    " reboots restarts rrod seized shorted shutdown shutdowns skips smokes stuck stutters stuttering"
    " unbootable undetected unresponsive unusable waterlogged ylod banned"
)
# What a part can be; the word alone says nothing: "Dead Space", "error card", "first issue".
BAD_STATES = words(
    "torn ripped snapped split bent lifting slipping rusted rotten perished seized buckled twisted stripped"
    " chewed melted burnt wobbly wobbles noisy inaccurate erratic mushy drifts hunts jumps slack collapsed"
    " punctured bulging swollen bad blank blown blurry broken cloudy erratic garbled glitch muffled scratchy"
    " dead defective dim distorted drift error errors faulty frozen gone issue issues jam loose problem"
    " problems shot slipping slips sticking sticks sticky stuck"
)
# These may be named between the part and the word: "gimbal overload error".
NAMED_FAULTS = words("error errors issue issues problem problems")
STATES_BEFORE_PART = words(
    "torn ripped snapped bent stripped perished seized buckled swollen bulging collapsed distorted"
    " distorted muffled garbled erratic bad blank blown blurry broken burned burnt dead defective faulty"
    " frozen sticky"
)
PARTS = words(
    "aperture arm axle bail bearing bearings blade blades brake brakes bridge buckle cable canopy chain"
    " crank curtain cord dpad drag drum encoder fader foam fork frets gears handle handles handlebar"
    " headset heel jaw latch leg legs meter neck pages plug pole poles pot pots rubber saddle seat sole"
    " soles soundboard spoke spokes spring stem strap string tonearm tyre tyres valves wheel wheels wing"
    " zip zipper amp analog antenna audio autofocus backlight board bluetooth button buttons camera channel"
    " charger charging chip chuck clutch compressor con cone connection connector console cpu cup digitizer"
    " disc display dock drive ear earbud earcup earpiece element engine evf eject fan feeder focus fuse"
    " gear gearbox gimbal gpu grinder hands hdmi heater hinge ignition inverter jack joycon joystick key"
    " keyboard keys laser lcd lens memory mic microphone mirror motherboard motor mount nand noise output"
    " pads paper panel pickup pixel pixels port power printhead psu pump ram reader relay roller rollers"
    " rotor screen sector sectors sensor shutter side slot socket solenoid sound speaker speakers stick"
    " switch system thermostat thumbstick touch touchpad touchscreen trackpad transmission tray trigger"
    " tube tuner tweeter usb valve video viewfinder wifi woofer zoom cancelling canceling af battery gps"
)
# Worn or weak, although the item works, and what only sounds like a fault: a comic of importance.
WEAR = frozenset(
    phrases(
        "key issue|key issues|bad battery|dead battery|battery dead|battery gone|battery loose|battery bad|"
        "ear pads|pads bad"
    )
)
SIGNALS = words("blinking blinks flashes flashing solid")
SCREENS = words("amoled display lcd monitor oled panel phone picture plasma screen tv")
LINE_KINDS = words("vertical horizontal screen display lcd dark colored")
SCREEN_COLOURS = words("black blank blue frozen green purple white")
STICKS = words("analog con joycon joystick left right stick thumbstick controller cons joycons")
NOISES = words("buzzing clicking grinding humming rattling squealing weird strange screeching")
LOCKS = words(
    "account activation bios computrace efi frp google icloud id mdm owner passcode password pin supervisor"
)
LOCKED = words("lock locked locks protected enrolled")
NEEDS = words("need needed needing needs require requires requiring")
WORK_TO_DO = words(
    "alignment attention calibrating calibration fix fixed fixing overhaul overhauling realignment rebuild"
    " rebuilding recap refurb refurbishing reflow reglue regluing repair repaired repairing repairs"
    " reprogramming restoration restoring resoldering service serviced servicing soldering tlc work"
)
NEED_GAPS = words("a an to be new minor some little full good major the small")
OFF_VERBS = words("cuts cutting dies goes powers powering shuts shutting switches switching turns turning")
OFF = words("off out down")
ON_VERBS = words("boots lights power powers turn turns")
DEATHS = words("light ring screen")

# After one of these a new statement begins: "no sound, needs repair".
ENDS_DENIAL = NEEDS | words("but has have")
FAULT_DENIALS = vocab.NEGATIONS | words(
    "doesnt dont wont didnt none nor hasnt hardly anti fixed repaired resolved"
)
CURED = words("renewed swapped fixed repaired resolved corrected solved cured free proof removed replaced")
CURE_GAPS = words(
    "section has been was now is just recently professionally problem problems issue issues all are"
)
# A denial before one of these denies only that: "no box, screen flickers".
DENIED_THINGS = (
    vocab.FIRM_NOUNS
    | vocab.LOOSE_NOUNS
    | vocab.PACKAGING
    | words(
        "accessories box charger cord lid paperwork refund refunds remote reserve return returns warranty"
    )
)
# Between "missing" and the thing.
BEFORE_MISSING_THINGS = words("a an the one two three its original some of few several left right front rear")
# Before a thing these count how many of it are missing, and things whose absence makes an item incomplete.
SOME = words("one two three four few some several most many half couple a page pages 1 2 3 4 5 6")
LOSABLE = words(
    "arm brick bricks card crystal dial die dice disc engine eye fork frontispiece fuse gear glass handset"
    " head internals key keys leg legs lens map meeple meeples mirror motor nose page pages pawn pawns"
    " plate plates pole poles prism record roof seat shutter spine string title token tokens tooth valve"
    " wing wings winder"
)
# What an item may lack without being incomplete.
HARMLESS_MISSING = (
    DENIED_THINGS
    | vocab.PACKAGING
    | vocab.FIRM_NOUNS
    | vocab.LOOSE_NOUNS
    | vocab.OWN_PARTS
    | vocab.DIRECT_PARTS
    | words(
        "anything nothing out you in link persons person piece pieces parts part disc disk insert inserts"
        " tag tags booklet earpads eartips jewel foil tape stylus needle sound and but from is replaced"
        " please see only foot feet rubber tamper accessories guides guide instruction instructions"
        " stickers sticker cap caps dust screw screws hook"
    )
)
