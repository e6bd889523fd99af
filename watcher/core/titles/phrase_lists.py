"""Sellers' phrases in any trade that are a reason against a title, and phrases that only sound like one.

Words are folded as in `parsed_title`.
"""

from __future__ import annotations

from watcher.core.titles.vocabulary import phrases

LOTS = phrases(
    "assortment|lot|lots|joblot|bundle|bundles|combo|playset|wholesale|pair of|set of two|set of three|"
    "set of four|matching pair|pair"
)
DEFECTS = phrases(
    "channel out|no way to test|fixer|fixer upper|dead on arrival|doa|oil on|mold inside|mold in|"
    "mould inside|snapped|shattered|headstock break|missing battery|missing cover|missing door|missing lid|"
    "missing key|missing keys|missing button|missing buttons|missing knob|missing screws|missing arm|"
    "missing leg|missing wheel|missing part|missing piece|missing pages|parts|spares|spare or repair|repair|"
    "repairs|salvage|scrap|junk|untested|not tested|as is|broken|faulty|defective|damaged|damage|cracked|"
    "cracks|crack|incomplete|not working|non working|nonworking|not functional|nonfunctional|non functional|"
    "not powering|sold as seen|as found|no pcb|no core|no heatsink|no cooler|no motherboard|without heatsink|"
    "artifact|artifacts|artifacting|please read|dead pixel|dead pixels|dead unit|dead board|bad lcd|"
    "bad screen|bad display|bad port|icloud locked|icloud lock|activation lock|activation locked|"
    "google locked|frp locked|bad esn|bad imei|blacklisted|water damage|green line|pink line|line on screen|"
    "lines on screen|screen burn|ghost touch|wont charge|missing disc|missing disk|missing pieces|"
    "missing parts|left only|right only|left earbud|right earbud|left airpod|right airpod|left shoe|"
    "right shoe|left side|right side|left ear|right ear|bent pins|bent pin|pcb only|board only|housing only|"
    "shell only|burnt smell|burning smell|burned out|burnt out|blown capacitor|blown capacitors|"
    "backlight out|condition unknown|water ingress|rust inside|haze inside"
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
    "laptop|laptops|notebook|all in one|build with|computer pc|workstation pc|pc computer|pc desktop"
)
CHOICES = phrases(
    "left or right|right or left|various sizes|sizes available|all sizes|multiple sizes|assorted sizes|"
    "you pick|u pick|pick your|pick one|pick a card|choose your|choose from|you choose|u choose|choose|"
    "select your|your choice|choice of|select options|select option|select size|select color|select model|"
    "choose options"
)
ACCESSORIES = phrases(
    "players guide|official guide|pin badge|enamel pin|lapel pin|recipe book|cook book|cookbook|"
    "service card|hands set|serial plate|water block|cooling kit|tempered glass|replacement|mouse pad|"
    "docking station|instruction manual|instruction book|lens cap|shoe laces|shoe tree|watch winder|"
    "bezel insert|spring bars|ear pad|ear pads|ear cushion|ear cushions|ear cup shell|ear tips|body cap|"
    "rear cap|back glass|case back|chapter ring|thumb grip|hand grip|sim tray|roller head|brush head|"
    "cleaner head|brush set|vinyl skin|decal skin|authenticity card|serial card|dust cover|dust bin|"
    "wall dock|front cap|hot shoe cover|lens hood|eye cup|hang tag|hang tags|swing tag|price tag|user guide|"
    "users guide|user manual|owners manual|owner manual|operating manual|service manual|repair manual|"
    "workshop manual|guide book|quick start guide|strategy guide|warranty card|guarantee card|"
    "instructions only|sticker sheet|light kit|lighting kit|led kit|band kit|bezel kit|repair kit|"
    "conversion kit|upgrade kit|rebuild kit|mod kit|cleaning kit|screw kit|gasket kit|seal kit|decal kit|"
    "display stand|power supply|power cord|power adapter|charging port|charge port|flex cable|ribbon cable|"
    "screen protector|dummy model|shutter unit|drip tray|paper tray|battery door|battery cover|belt clip|"
    "rubber grip|base shaper|bag organizer|purse organizer|wall mount|battery grip|remote control|hand strap|"
    "neck strap|wrist strap|bike mount|handlebar mount|filter set|link bracelet|stand legs|card sleeve|"
    "display case|focusing screen|date wheel|spring bar|shoe trees|lace set|underwater housing|left driver|"
    "right driver|left earcup|right earcup|chuck key|voice chip|head cover|head covers|crevice tool|"
    "zipper pull|inner box|service papers|card door|thumb grips"
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
