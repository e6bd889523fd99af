"""Sellers' phrases in any trade that are a reason against a title, and phrases that only sound like one.

Words are folded as in `parsed_title`.
"""

from __future__ import annotations

from watcher.core.titles.vocabulary import phrases

LOTS = phrases(
    "assortment|lot|lots|joblot|bundle|bundles|combo|playset|wholesale|pair of|set of two|set of three|"
    "set of four|matching pair|pair|trio of|quartet of|his and hers|hers and his|mr and mrs|matching set|"
    "twin pack|two pack|three pack|two for one|buy one get one|bogo|both included|job lot|two off|"
    "three off|one of each|two of each|whole collection|entire collection|collection of|both of them|"
    "assorted|duo of|couple of|dozen|half dozen|multipack|multibuy|multi buy|both versions|both colors|"
    "both sizes|double set|two sets|three sets|2 sets|3 sets|2 for 1|2 for|3 for 2|buy 2|buy 3|"
    "sold together|sold as a lot|sold as a pair|sold as pair|all three|all four|all five|all six|full run|"
    "complete run|matched pair|stereo pair|consecutive pair|two tone pair|choice lot|clearance lot|"
    "estate lot|mixed lot|large lot|huge lot|small lot|starter lot|three available"
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
    "on the fritz|beyond repair|runs fast|runs slow|running slow|running fast|loses time|gains time|"
    "losing time|gaining time|stops after|stops randomly|cuts out|fell off|fallen off|came off|"
    "coming off|only works on|only works when|only works if|works sometimes|sometimes works|does nothing|"
    "smoke came|smokes when|sparks when|dropped in|fell in|fell into|water got|got wet|liquid spill|"
    "liquid damage|spill damage|spilled on|run over|ran over|scratched to death|badly scratched|disc rot|"
    "disk rot|needle jumps|record jumps|jumps and skips|neck twisted|twisted neck|worn out|worn through|"
    "motor burned|burned motor|for restoration|to restore|restoration project|unknown condition|"
    "no guarantee|no guarantees|without testing|no testing|for breaking|breaking for|password forgotten|"
    "forgotten password|bios password|supervisor password|blue screens|kernel panic|kernel panics|holed|"
    "plugged hole|ex mount|ex jewellery|ex jewelry|mount removed|mount mark|hands fell|one side silent|"
    "one side dead|one side only|one ear quiet|one channel|left channel only|right channel only|"
    "half the screen|half the keys|save battery dead|anti reverse slips|slips under load|out of true|"
    "out of tune machine|timing out of|out of sync|wont stay|stuck closed|stuck open|stuck shut|"
    "sticks open|rusted shut|rusted out|engine blown|blown engine|head gasket blown|no mot|write off|"
    "salvage title|for scrap|strip for|stripping for|stripped for|as a project|project bike|project car|"
    "project guitar|needs rebuild|cracked neck|neck crack|neck broken|headstock cracked|headstock repair|"
    "broken off|broke off|snapped off|torn off|ripped off|burnt out|does not come with internals|zip split|"
    "split zip|split seam|seam split down|rip on|ripped at|torn at|big tear|"
    "large tear|large hole|big hole|burn hole|burn holes|cigarette burn|cigarette burns|bleach stain|"
    "bleach stains|stained badly|heavy staining|title page gone|title page missing|map missing|lacking map|"
    "lacks map|lacks frontispiece|back cover gone|front cover gone|cover detached|covers detached|"
    "binding broken|spine broken|broken spine|broken binding|partly used|part used|"
    "partially used|used up|nearly empty|almost empty|one piece short|pieces short|not complete|"
    "incomplete set|partial set|part set|odd shoe|single shoe|is toast|board fried|gave up the ghost|"
    "packed up|given up|conked out|bit the dust|kicked the bucket|past its best|seen better days|"
    "trips breaker|trips the breaker|trips fuse|blows fuse|blows fuses|trips electrics|trips rcd|"
    "trips gfci|in ribbons|in tatters|in shreds|falling apart|fallen apart|come apart|coming apart|"
    "gone sticky|gone soft|gone hard|gone brittle|gone yellow|seized up|rusted solid|rusted through|"
    "rotted out|rotten|moth holes|moth eaten|moth damage|dry rot|dry rotted|rusty inside|chewed up|"
    "dog chewed|chewed by|ripped by|holes in|hole in|bent frame|frame bent|frame crack|bent wheel|jumps on|"
    "skips on|sticks on|stuck groove|groove damage|pages missing|pages torn|pages loose|torn pages|"
    "lacks pages|lacks page|lacking pages|lacking page|wanting pages|pages absent|plates missing|"
    "lacks title|lacks plates|loose pages|detached boards|boards detached|spine detached|water stained|"
    "water stains|waterstained|smells of smoke|mouldy|moldy|mildewed|mildew|holed|gutted inside|"
    "internals removed|internals gone|guts removed|no internals|missing internals|empty shell|motor hums|"
    "motor grinds|gears strip|gears stripped|backlight out|condition unknown|water ingress|rust inside|"
    "haze inside"
)
COPIES = phrases(
    "rom hack|romhack|hack rom|homebrew|pretend play|pcb clone|diy pcb|diy kit|diy clone|fantasy piece|"
    "fantasy coin|wooden toy|toy version|toy replica|plastic toy|kids toy|childrens toy|dollhouse|"
    "dolls house|doll size|barbie size|lego moc|moc|brick built|building block set|fridge sized|wax seal|"
    "resin copy|resin cast copy|foam copy|3d printed|3d print|tribute edition fan|bootlegs|parody|"
    "fan edition book|repop|re pop|reproductions|replicas|copies|recreation|kit car|clone of|copy of|"
    "cloned|remake of|toy model|scale miniature|reprint|reprints|replica|replicas|proxy|proxies|custom|"
    "customized|fan art|fanart|fan made|fake|facsimile|rp|porcelain|reproduction|repro|novelty|inspired by|"
    "homage|orica|bootleg|dummy|unofficial|knockoff|quality clone|clones|oem copy|ko|knock off|3rd party|"
    "4th party|third party|lookalike|look alike|metal card|gold plated card|counterfeit|modded|rep|reps|"
    "superclone|super clone|mirror quality|mirror copy|1 to 1|1to1|super rep|ljr|pk god|pk version|pk 2.0|"
    "pk 3.0|pk 4.0|pk 5.0|aaa copy|high copy|quality copy|museum copy|copy coin|copy medal|vsf|noob|"
    "zf factory|clean factory|noob factory|unauthorized authentic|not authentic|non authentic|not original|"
    "replika|best version|best batch|top batch|aaa quality|dupe|dupes|knockoffs|knock offs|imitation|"
    "inspired|aceo|alternative brick|alternative bricks|alternative blocks|superfake|compatible brick|"
    "compatible bricks|compatible block|compatible blocks|compatible building|compatible set|"
    "compatible model|ips v|ips mod|ips kit|retrofit|retrofitted|reshell|reshelled|ua pair|ua quality|"
    "ua batch|ua version|ua best|ua"
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
    "choose options|pick from|s xxl|s xl|xs xxl|xs xl|xs s m l|s m l xl|select card|pick card|choose card|"
    "individual cards|choose number|select number|select your size|take your pick|many to choose|"
    "lots to choose|size of your choice|your choice of|variation listing|made to order size|pick size|"
    "pick a size|pick your size|pick any|any size|various models|all models|many sizes|your pick|pick of|"
    "your size|sizes from|size options|multi listing|multi variation|select yours|pick yours|choose yours|"
    "choice size|several sizes|different sizes|listing for choice|sold individually|sold separately|"
    "priced individually|priced each|price per|s to xl|s to xxl|xs to xl|xs to xxl|s m l|m l xl|"
    "small to large|s through xl"
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
    "repair kit|skin kit|peg bag|gig bag|stuff sack|shutter curtain|rewind crank|rewind knob|film door|"
    "film back|chuck jaws|saddle clamp|derailleur hanger|bar end plugs|bar ends|tyre valve|chassis wheel|"
    "chassis wheels|fly sheet only|poles only|line roller|needle clamp|motor belt|platter mat|"
    "slipcase only|dice only|pieces only|tokens only|spare tokens|cartridge shell|burr set|heating element|"
    "scratchplate|expansion card|sample pack|preset pack|presets pack|soundbank|sound pack|lace kit|"
    "heel tabs|heel tips|fur trim|belt loop|slab empty|owners handbook|drivers handbook|owner handbook|"
    "display plaque|light set|lights set|mounting plate|spare key|extension tube|extension tubes|"
    "front element|rear element|aperture ring|focus ring|zoom ring|filter ring|waist level finder|"
    "eye level finder|viewfinder window|accessory pack|accessory kit|accessories pack|starter kit for|"
    "upgrade parts|body shell|body kit|side skirts|sun visor|gear knob|gear stick|shift knob|"
    "steering wheel cover|seat covers|trunk mat|boot mat|number plate|dash cam mount|phone mount|"
    "phone holder|tank bag|top box|crash bars|engine guard|chain cover|foot pegs|lever set|brake levers|"
    "clutch lever|clutch cable|throttle cable|speedo cable|tool roll|repair stand|cutting guide|guide rail|"
    "sanding pads|sanding discs|drill bit set|bit set|blade set|spare blade|spare blades|"
    "replacement blades|spare battery|extra battery|spare bulb|spare lamp|ink cartridge|toner cartridge|"
    "print head|fuser unit|drum unit|vacuum bag|hepa filter|filter cartridge|water jug|milk jug|"
    "milk frother attachment|descaling kit|grinding disc|mixing bowl|glass bowl|steel bowl|bowl lid|"
    "lens bag|lens pouch|lens case|filter holder|step up ring|adapter ring|tripod plate|tripod collar|"
    "tripod mount|quick release plate|l bracket|cage kit|battery tray|battery compartment|battery holder|"
    "hand crank|winding key|doll stand|doll dress|doll outfit|doll shoes|dolls clothes|track pieces|"
    "spare wheels|spare tyre|spare tire|rubber tyres|wooden stand|plinth|insert only|inlay only|obi strip|"
    "lyric booklet only|hype sticker only|bonus poster|rule book|rulebook|score pad|player mat|"
    "card sleeves|deck box|token set|upgrade tokens|organiser insert|box insert|foam tray|miniatures only|"
    "expansion only|save game|texture pack|wrap kit|service kit|seal set|trim kit|spares kit|parts kit|"
    "bushing kit|gear kit|belt kit|clip kit|bolt kit|mounting kit|fitting kit|tune up kit|maintenance kit|"
    "care kit|rivet kit|spacer kit|mobile base|rolling cart|dust chute|dust port|dust hood|presser foot|"
    "feed dog|needle plate|spool pin|drain hose|drip tray|steam wand|dough hook|flat beater|wire whip|"
    "splash guard|pouring shield|meat grinder|pasta roller|vacuum bags|bar tape|inner tube|brake pads|"
    "brake pad|brake cable|brake lever|gear cable|chain guard|seat clip|seat clamp|saddle cover|seat cover|"
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
