"""Sellers' phrases in any trade that are a reason against a title, and phrases that only sound like one.

Words are folded as in `parsed_title`.
"""

from __future__ import annotations

from watcher.core.titles.vocabulary import phrases

LOTS = phrases(
    "assortment|lot|lots|joblot|bundle|bundles|combo|playset|wholesale|pair of|set of two|set of three|"
    "set of four|matching pair|pair|trio of|quartet of|his and hers|hers and his|mr and mrs|matching set|"
    "twin pack|two pack|three pack|two for one|buy one get one|bogo|both included|job lot|two off|three off|"
    "one of each|two of each|whole collection|entire collection|collection of|both of them|"
    "assorted|duo of|couple of|dozen|half dozen|multipack|multibuy|multi buy|three available"
) + tuple(
    (group, "of", count)
    for group in (
        "set",
        "pack",
        "lot",
        "pair",
        "group",
        "bundle",
        "box",
        "collection",
        "pile",
        "stack",
        "herd",
        "flock",
    )
    for count in ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
)
DEFECTS = phrases(
    "channel out|no way to test|fixer|fixer upper|dead on arrival|doa|oil on|mold inside|mold in|"
    "mould inside|snapped|shattered|headstock break|missing battery|missing cover|missing door|missing lid|"
    "missing key|missing keys|missing button|missing buttons|missing knob|missing screws|missing arm|"
    "missing leg|missing wheel|missing part|missing piece|missing pages|parts|spares|spare or repair|"
    "repair|repairs|salvage|scrap|junk|untested|not tested|as is|broken|faulty|defective|damaged|damage|"
    "cracked|cracks|crack|incomplete|not working|non working|nonworking|not functional|nonfunctional|"
    "non functional|not powering|sold as seen|as found|no pcb|no core|no heatsink|no cooler|no motherboard|"
    "without heatsink|artifact|artifacts|artifacting|please read|dead pixel|dead pixels|dead unit|"
    "dead board|bad lcd|bad screen|bad display|bad port|icloud locked|icloud lock|activation lock|"
    "activation locked|google locked|frp locked|bad esn|bad imei|blacklisted|water damage|green line|"
    "pink line|line on screen|lines on screen|screen burn|ghost touch|wont charge|missing disc|"
    "missing disk|missing pieces|missing parts|left only|right only|left earbud|right earbud|left airpod|"
    "right airpod|left shoe|right shoe|left side|right side|left ear|right ear|bent pins|bent pin|pcb only|"
    "board only|housing only|shell only|burnt smell|burning smell|burned out|burnt out|blown capacitor|"
    "blown capacitors|display piece|shelf queen only|prop only|non runner|non starter|donor|no go|"
    "on the fritz|beyond repair|is toast|board fried|gave up the ghost|packed up|given up|conked out|"
    "bit the dust|kicked the bucket|past its best|seen better days|trips breaker|trips the breaker|"
    "trips fuse|blows fuse|blows fuses|trips electrics|trips rcd|trips gfci|in ribbons|in tatters|"
    "in shreds|falling apart|fallen apart|come apart|coming apart|gone sticky|gone soft|gone hard|"
    "gone brittle|gone yellow|seized up|rusted solid|rusted through|rotted out|rotten|moth holes|"
    "moth eaten|moth damage|dry rot|dry rotted|rusty inside|chewed up|dog chewed|chewed by|ripped by|"
    "holes in|hole in|bent frame|frame bent|frame crack|bent wheel|jumps on|skips on|sticks on|"
    "stuck groove|groove damage|pages missing|pages torn|pages loose|torn pages|lacks pages|lacks page|"
    "lacking pages|lacking page|wanting pages|pages absent|plates missing|lacks title|lacks plates|"
    "loose pages|detached boards|boards detached|spine detached|water stained|water stains|waterstained|"
    "smells of smoke|mouldy|moldy|mildewed|mildew|holed|gutted inside|internals removed|internals gone|"
    "guts removed|no internals|missing internals|empty shell|motor hums|motor grinds|gears strip|"
    "gears stripped|backlight out|condition unknown|water ingress|rust inside|haze inside"
)
COPIES = phrases(
    "rom hack|romhack|hack rom|homebrew|pretend play|pcb clone|diy pcb|diy kit|diy clone|"
    "fantasy piece|fantasy coin|wooden toy|toy model|scale miniature|reprint|reprints|replica|replicas|proxy|"
    "proxies|custom|customized|fan art|fanart|fan made|fake|facsimile|rp|porcelain|reproduction|repro|"
    "novelty|inspired by|homage|orica|bootleg|dummy|unofficial|knockoff|quality clone|clones|oem copy|ko|"
    "knock off|3rd party|4th party|third party|lookalike|look alike|metal card|gold plated card|counterfeit|"
    "modded|rep|reps|superclone|super clone|mirror quality|mirror copy|1 to 1|1to1|super rep|ljr|pk god|"
    "pk version|pk 2.0|pk 3.0|pk 4.0|pk 5.0|aaa copy|high copy|quality copy|museum copy|copy coin|copy medal|"
    "vsf|noob|zf factory|clean factory|noob factory|unauthorized authentic|not authentic|non authentic|"
    "not original|replika|best version|best batch|top batch|aaa quality|dupe|dupes|knockoffs|knock offs|"
    "imitation|inspired|aceo|alternative brick|alternative bricks|alternative blocks|superfake|"
    "compatible brick|compatible bricks|compatible block|compatible blocks|compatible building|"
    "compatible set|compatible model|ips v|ips mod|ips kit|retrofit|retrofitted|reshell|reshelled|ua pair|"
    "ua quality|ua batch|ua version|ua best|ua"
)
PRESALES = phrases(
    "presale|pre sale|preorder|pre order|pre ordered|preordered|backorder|confirmed order|"
    "order confirmed|coming soon|not in hand|ships when released"
)
SYSTEMS = phrases(
    "gaming pc|gaming computer|gaming desktop|gaming laptop|gaming rig|gaming system|gaming tower|"
    "mining rig|prebuilt|pre built|custom pc|pc build|desktop pc|desktop computer|tower pc|mini pc|"
    "loaded pedalboard|loaded board|board loaded|loaded rig|full rig|complete rig|whole rig|"
    "loaded tackle box|laptop|laptops|notebook|all in one|build with|computer pc|workstation pc|"
    "pc computer|pc desktop"
)
CHOICES = phrases(
    "left or right|right or left|various sizes|sizes available|all sizes|multiple sizes|assorted sizes|"
    "you pick|u pick|pick your|pick one|pick a card|choose your|choose from|you choose|u choose|choose|"
    "select your|your choice|choice of|select options|select option|select size|select color|select model|"
    "choose options|pick from|pick size|pick a size|pick your size|pick any|any size|"
    "various models|all models|many sizes|"
    "your pick|pick of|"
    "your size|sizes from|size options|multi listing|multi variation|"
    "select yours|pick yours|choose yours|choice size|several sizes|different sizes|"
    "listing for choice|sold individually|sold separately|priced individually|priced each|"
    "price per|s to xl|s to xxl|xs to xl|xs to xxl|s m l|m l xl|small to large|s through xl"
)
ACCESSORIES = phrases(
    "players guide|official guide|pin badge|enamel pin|lapel pin|recipe book|cook book|cookbook|"
    "service card|hands set|serial plate|water block|cooling kit|tempered glass|replacement|mouse pad|"
    "docking station|instruction manual|instruction book|lens cap|shoe laces|shoe tree|watch winder|"
    "bezel insert|spring bars|ear pad|ear pads|ear cushion|ear cushions|ear cup shell|ear tips|body cap|"
    "rear cap|back glass|case back|chapter ring|thumb grip|hand grip|sim tray|roller head|brush head|"
    "cleaner head|brush set|vinyl skin|decal skin|authenticity card|serial card|dust cover|dust bin|"
    "wall dock|front cap|hot shoe cover|lens hood|eye cup|hang tag|hang tags|swing tag|price tag|"
    "user guide|users guide|user manual|owners manual|owner manual|operating manual|service manual|"
    "repair manual|workshop manual|guide book|quick start guide|strategy guide|warranty card|"
    "guarantee card|instructions only|sticker sheet|light kit|lighting kit|led kit|band kit|bezel kit|"
    "repair kit|skin kit|wrap kit|service kit|seal set|trim kit|spares kit|parts kit|bushing kit|gear kit|"
    "belt kit|clip kit|bolt kit|mounting kit|fitting kit|tune up kit|maintenance kit|care kit|rivet kit|"
    "spacer kit|mobile base|rolling cart|dust chute|dust port|dust hood|presser foot|feed dog|needle plate|"
    "spool pin|drain hose|drip tray|steam wand|dough hook|flat beater|wire whip|splash guard|"
    "pouring shield|meat grinder|pasta roller|vacuum bags|bar tape|inner tube|brake pads|brake pad|"
    "brake cable|brake lever|gear cable|chain guard|seat clip|seat clamp|saddle cover|seat cover|"
    "saddle bag|rain cover|snack tray|cup holder|mosquito net|sun shade|tent poles|tent pole|pole set|"
    "ground sheet|gear loft|guy lines|reel seat|reel handle|spare spool|drag washer|line guide|rod tip|"
    "tip top|truss rod|tuning pegs|tuning peg|pickup ring|scratch plate|string set|control plate|"
    "neck plate|power lead|patch lead|display frame|record frame|frame display|display mount|display box|"
    "display cube|display shelf|acrylic box|acrylic case|acrylic stand|slip mat|outer sleeves|"
    "record sleeves|lyric sheet|lyrics sheet|sheet music|song book|guitar tab|study guide|reading guide|"
    "teachers guide|companion guide|cliffs notes|audio book|book cover|dust jacket only|cover only|"
    "jacket only|wiper blade|wiper blades|floor mats|floor mat|boot liner|cargo liner|roof rack|roof bars|"
    "tow bar|mud flaps|mud guard|trim ring|wheel nuts|lug nuts|key fob|key ring|end links|end link|"
    "watch tool|coin capsule|coin holder|coin album|coin flip|card saver|magnetic holder|grading sleeve|"
    "light seals|light seal|eye piece|lens adapter|soft release|thumb rest|leather conditioner|"
    "leather care|saddle soap|touch up paint|touch up pen|leather dressing|shoe cream|screen guard|"
    "camera protector|lens protector|back cover|rear cover|hand knit|hand knitted|hand crochet|crocheted|"
    "doll clothes|stud on|zip in|storm hood|rain hood|detachable hood only|clip in liner|button in|"
    "conversion kit|upgrade kit|rebuild kit|mod kit|cleaning kit|screw kit|gasket kit|seal kit|decal kit|"
    "display stand|power supply|power cord|power adapter|charging port|charge port|flex cable|ribbon cable|"
    "screen protector|dummy model|shutter unit|drip tray|paper tray|battery door|battery cover|belt clip|"
    "rubber grip|base shaper|bag organizer|purse organizer|wall mount|battery grip|remote control|"
    "hand strap|neck strap|wrist strap|bike mount|handlebar mount|filter set|link bracelet|stand legs|"
    "card sleeve|display case|focusing screen|date wheel|spring bar|shoe trees|lace set|underwater housing|"
    "left driver|right driver|left earcup|right earcup|chuck key|voice chip|head cover|head covers|"
    "crevice tool|zipper pull|inner box|service papers|card door|thumb grips"
)
HARMLESS = phrases(
    "spare parts bag|spare parts included|extra parts|pieces replaced|"
    "sticker residue|tape residue|sticker on|combo amp|combo amplifier|tube combo|guitar combo|bass combo|"
    "cosmetic damage|missing key chain|damaged box|damage to box|damaged packaging|box damage|box damaged|"
    "packaging damage|broken in|all parts|no parts missing|a lot|lot number|lot no|lot of life|lot of eye|"
    "lots of|no repro parts|no replacement parts|fan edition|game of the year|booster case|hobby case|"
    "custom shop|custom edition|left driver side|right driver side|button fly|button down|button up|"
    "battery health|battery replaced|1 pair|one pair|not for parts|never repaired|ua curry|ua hovr|"
    "ua charged|ua project"
)
