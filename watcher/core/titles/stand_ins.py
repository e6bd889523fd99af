"""Find what only stands for the item: a picture of it, a chance of it, a deposit, a rental, a service."""

from __future__ import annotations

from collections.abc import Callable

from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.vocabulary import phrases, words

_PICTURES = words("photo photos photograph photographs picture pictures pic pics image images")
_FILES = words("jpeg jpg png gif pdf stl svg")
_FILE_THINGS = words(
    "download downloads file files image images instructions manual only pattern picture photo of"
)
# After a picture these make it a feature, a tool or a place: "photo printer", "picture frame".
_PICTURE_THINGS = words(
    "album albums book booth box camera editing editor engine frame frames graphic id lab lens mode paper"
    " printer printers processor quality retention scanner sensor session sharing shoot shoots stabilization"
    " stabilizer stabilized stick storage studio tube video viewer"
)
# Before a picture these make it one of this very item: "see photos", "stock photo".
_PICTURES_OF_LISTING = words(
    "actual all as check example exact in item listing more my other our own real reference representative"
    " sample see shown stock the these this view your"
)
_OF_LISTING = words(
    "actual all back condition damage each exact front item items my real serial what wear you your"
)
_PRINTED = words("art canvas digital framed glossy giclee matted printed print jpeg jpg poster wall")
_ART = words(
    "canvas decal giclee lithograph painting poster posters print prints sign wallpaper screenshot sketch"
    " drawing"
)
_ART_KINDS = words(
    "art canvas fine frame framed giclee metal oil photo picture poster print tin wall watercolor"
)
_ADVERTS = words("ad ads advert advertisement advertisements adverts clipping cutting")

_CHANCES = words(
    "giveaway giveaways raffle raffles razz sweepstake sweepstakes tombola repack repacks nft ptcgo"
)
_BREAK_THINGS = words("entry hunt random slot slots spot spots team teams")
_BREAK_KINDS = words("box boxes case group live pack personal pyt random team")
_MYSTERY_THINGS = words(
    "bag bags box boxes bundle card cards cube envelope grab graded item lot pack packs prize slab slabs tin"
)
_FAR = 4  # words between "mystery" and its thing, or between a rental and its duration
_DURATIONS = words(
    "daily day days hour hourly hours month monthly months night nights week weekend weekly weeks"
)
_RENTALS = words("hire hired hiring lease leasing rent rental rentals renting")
_FORMER_RENTALS = words("blockbuster ex former hollywood previous previously vhs dvd")
_PAYMENTS = words("deposit downpayment installment installments instalment instalments layaway")
_NOT_DEPOSITS = words("account bag bags bank bottle box boxes glass ore safe slip slips")
_SERVICES = words("service services submission submissions")
_SERVICE_KINDS = words(
    "appraisal authentication calibration certification cleaning conversion customization customizing"
    " detailing diagnostic editing engraving flashing grading installation installing jailbreak modding"
    " modification painting pickup polishing programming protection recovery refinishing removal rental"
    " repair repairing replacement restoration restoring setup shipping transfer unlock unlocking upgrade"
    " verification check checks inspection"
)
# Before a "service" these name no work: "serving set" and "working service".
_NO_WORK = words("dining during including needing serving string wedding working being king spring")
_ONLINE = words("digital epic fortnite game online origin psn roblox steam xbox")
_INCLUDED = vocab.INCLUDED_BEFORE | words("and plus")
_PHRASES = phrases(
    "will swap|will trade|swap or trade|to swap|to trade|trade for|wish to buy|want to purchase|swap with|"
    "warranty extension|activation key|activation code|down payment|do not buy|dont buy|do not bid|"
    "dont bid|do not purchase|not for sale|mail in|send in|chance at|chance to|chance of|chances to|"
    "chances at|win a|win an|win the|win this|hot pack|hot packs|grab bag|grab bags|prize draw|"
    "competition entry|competition ticket|contest entry|lottery ticket|lottery entry|lottery spot|"
    "prize ticket|reservation fee|booking fee|grading fee|entry fee|holding fee|submission fee|draw ticket|"
    "swap only|swap for|for swap|trade only|wtb|want to buy|wanted to buy|looking to buy|looking for a|"
    "we buy|i buy|cash for your|sell us|sell your|protection plan|warranty plan|extended warranty|"
    "insurance plan|service contract|unlock code|unlocking code|digital download|digital code|"
    "digital codes|digital copy|digital file|digital files|digital card|digital key|digital item|"
    "digital delivery|digital art|random team|random teams|download code|instant download|mp3 download|"
    "online code|online codes|activation code|game key|cd key|cardboard cutout|paper model|papercraft|"
    "magazine page|magazine pages|magazine article|receipt only|invoice only|serial number only|"
    "warranty only|information only|description only|screenshot|screenshots|photocopy|gift card|"
    "gift voucher|voucher code|discount code|coupon code|press photo|wall art|wall decor|"
    "for display purposes|while you wait|cash paid|pay cash|paying cash|cash waiting|prices paid|"
    "price paid for|will pay|top dollar|vst|vst plugin|plugin|plug in software|emulation|"
    "emulator|ringtone|save file|game save|saved game|kindle edition|e book|dvd of|film of the|tab book|"
    "test report|build plans|building plans|plans only|pattern only|account transfer|insurance|lesson pack|"
    "lessons|workshop place|seminar|webinar|appraisal|valuation|shipping only|postage only|"
    "shipping upgrade|test listing|do not order|reserved for|reserved listing|custom listing for|"
    "private listing for|placeholder|out of stock|sold out|borrow|loan|"
    "photoshoot hire|party hire|event hire|experience day|driving experience|gift experience|screen test|"
    "trailer film|documentary|post it to us|drop it off|labour only|labor only|we come to you|send us your|"
    "call out|online course|video course|masterclass|online lesson|"
    "online lessons|guitar lesson|guitar lessons|training course|tutorial|tuition|workshop ticket|"
    "in search of|searching for|hunting for|looking for one|trade in|part exchange|px for|"
    "part ex|contribution to|contribution towards|donation|crowdfunding|gift certificate|wish list|"
    "raffle ticket|happy meal|made from recycled|made out of|upcycled|cake topper|cardboard standup|"
    "life size cutout|breakers slot|breaker slot|case break|box break|pick your team|hit draft|rental fee|"
    "hire only|concert ticket|cinema ticket|museum ticket|event ticket|"
    "entry ticket|tribute act|tribute band|lookbook|catalogue page|catalog page|blueprint|patent print|"
    "poster print|cross stitch|sewing pattern|knitting pattern|crochet pattern|craft kit|paint by numbers|"
    "diamond painting|domain name|username|gamertag|voucher"
)

FoundStandIn = tuple[str, frozenset[str]]
"""The words that show a stand-in, and those that exempt a title if the query names one of them."""


def find_stand_ins(words: tuple[str, ...], gaps: tuple[str, ...]) -> list[FoundStandIn]:
    """Return the phrases for something that only stands for the item."""
    phrases_found: list[tuple[str, ...]] = []
    for i, word in enumerate(words):
        phrases_found += [
            phrase
            for phrase in _BY_FIRST_WORD.get(word, ())
            if words[i : i + len(phrase)] == phrase and not _is_included(words, i)
        ]
        if (finder := _FINDERS.get(word)) and (found := finder(words, gaps, i)):
            phrases_found.append(found)
    return [(" ".join(p), STAND_IN_SIGNS.intersection(p) - _PICTURES) for p in phrases_found]


def asks_for_picture(words: tuple[str, ...]) -> bool:
    """Return whether a query asks for a picture itself: "signed photo", but not "photo printer"."""
    return any(
        word in _PICTURES | _FILES and _after(words, i) not in _PICTURE_THINGS for i, word in enumerate(words)
    )


def _after(words: tuple[str, ...], i: int) -> str:
    return words[i + 1] if i + 1 < len(words) else ""


def _is_included(words: tuple[str, ...], i: int) -> bool:
    """Return whether what starts at `i` comes with the item: "Blu-ray + digital code"."""
    return (
        not _INCLUDED.isdisjoint(words[max(0, i - 2) : i])
        or _denied(words, i)
        or words[i - 1 : i] == ("last",)
    )


def _denied(words: tuple[str, ...], i: int) -> bool:
    return i > 0 and words[i - 1] in vocab.NEGATIONS


def _picture(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    """Return a picture that is itself for sale: "photo only", "image of ...", "printed photograph"."""
    before, after = words[i - 1] if i else "", _after(words, i)
    if before in _PICTURES_OF_LISTING or after in _PICTURE_THINGS or _denied(words, i):
        return ()
    if after in ("only", "printed", "framed") or (after in _ART and not _is_included(words, i)):
        return words[i : i + 2]
    if after == "of" and i + 2 < len(words):
        depicted = words[i + 2 + (words[i + 2] in ("the", "a", "an")) :][:1]
        return () if _OF_LISTING.issuperset(depicted) else words[i : i + 3]
    if before in _PRINTED or words[i] == "photograph":
        return words[max(0, i - 1) : i + 1]
    return words[i : i + 1] if _has_print_size(words, gaps, i) else ()


def _has_print_size(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> bool:
    """Return whether the size of a print stands next to it: "8x10 photo"."""
    for start in (i - 3, i + 1):
        size = words[start : start + 3] if start >= 0 else ()
        if len(size) == len("8x1") and size[1] == "x" and size[0].isdigit() and size[2][:1].isdigit():
            return not gaps[start + 1].strip()
    return False


def _file(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    """Return a file for sale: "jpeg image", "pdf instructions"; but not "raw jpeg" of a camera."""
    after = _after(words, i)
    for_sale = (
        not after
        or after in vocab.SALES_TALK
        or after in _FILE_THINGS
        or (i > 0 and words[i - 1] == "digital")
    )
    return words[i : i + 2] if for_sale and not _is_included(words, i) else ()


def _art(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    """Return a work of art that shows the item: "art print", "oil painting", "canvas print"."""
    before = words[i - 1] if i else ""
    of_item = _after(words, i) == "of" and words[i] in ("painting", "poster", "drawing", "print", "sketch")
    if (before in _ART_KINDS or of_item) and before != words[i] and not _is_included(words, i):
        return words[max(0, i - 1) : i + 1]
    return ()


def _advert(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    """Return an advertisement that shows the item: "magazine ad", "advertisement"."""
    before = words[i - 1] if i else ""
    if words[i].startswith("advert") or before in ("magazine", "newspaper", "print", "promo", "vintage"):
        return () if _is_included(words, i) or _after(words, i) == "edition" else words[max(0, i - 1) : i + 1]
    return ()


def _chance(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    return () if _denied(words, i) else words[i : i + 1]


def _download(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    return () if _is_included(words, i) or _after(words, i) == "card" else words[max(0, i - 1) : i + 1]


def _break(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    """Return a share in the opening of sealed boxes: "break slot", "box break"."""
    if not _BREAK_THINGS.isdisjoint(words[max(0, i - 2) : i]) and words[i - 1] in ("in", "for", "box"):
        return words[i - 2 : i + 1]
    if _after(words, i) in _BREAK_THINGS:
        return words[i : i + 2]
    return words[i - 1 : i + 1] if i and words[i - 1] in _BREAK_KINDS else ()


def _mystery(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    """Return a pack with unknown contents: "mystery pack", "mystery graded slab"."""
    thing = next((w for w in words[i + 1 : i + 1 + _FAR] if w in _MYSTERY_THINGS), "")
    return (words[i], thing) if thing and not _is_included(words, i) else ()


def _rental(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    """Return a rental: "rental 1 week", "for rent"; but not a former one, "ex rental"."""
    if not _FORMER_RENTALS.isdisjoint(words) or words[i - 1 : i] == ("no",) or gaps[i + 1 : i + 2] == ("-",):
        return ()
    near = words[max(0, i - _FAR) : i] + words[i + 1 : i + 1 + _FAR]
    if duration := next((w for w in near if w in _DURATIONS), ""):
        return (words[i], duration)
    offered = i > 0 and words[i - 1] in ("for", "to")
    return words[max(0, i - offered) : i + 1] if offered or not i or i + 1 == len(words) else ()


def _payment(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    """Return a part of the price: "deposit only"; but not a "safe deposit box"."""
    if _after(words, i) in _NOT_DEPOSITS or words[i - 1 : i] == ("safe",) or _denied(words, i):
        return ()
    return words[i : i + 1]


def _service(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    """Return work on an item that the buyer has: "repair service", "grading submission"."""
    before = words[i - 1] if i else ""
    work = before in _SERVICE_KINDS or (before.endswith("ing") and before not in _NO_WORK)
    return (before, words[i]) if work and not _is_included(words, i - 1) else ()


def _account(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    before = words[i - 1] if i else ""
    if i and vocab.SALES_TALK.issuperset(words[i + 1 :]):
        return words[i : i + 1]
    return (before, words[i]) if before in _ONLINE and not _is_included(words, i - 1) else ()


def _wanted(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> tuple[str, ...]:
    """Return the first word of a wish to buy: "wanted", "ISO" for "in search of"."""
    if i and words[i] == "wanted" and i + 1 == len(words):
        return () if words[i - 1] in ("most", "longer") else words[i:]
    return words[:1] if not i and len(words) > 1 and not words[1][0].isdigit() else ()


_Finder = Callable[[tuple[str, ...], tuple[str, ...], int], tuple[str, ...]]
_FINDERS: dict[str, _Finder] = {
    **dict.fromkeys(_PICTURES, _picture),
    **dict.fromkeys(_FILES, _file),
    **dict.fromkeys(_ART, _art),
    **dict.fromkeys(_ADVERTS, _advert),
    **dict.fromkeys(_CHANCES, _chance),
    **dict.fromkeys(("break", "breaks"), _break),
    **dict.fromkeys(_RENTALS, _rental),
    **dict.fromkeys(_PAYMENTS, _payment),
    **dict.fromkeys(_SERVICES, _service),
    **dict.fromkeys(("wanted", "iso"), _wanted),
    "download": _download,
    "mystery": _mystery,
    "account": _account,
}
_BY_FIRST_WORD: dict[str, list[tuple[str, ...]]] = {}
for _phrase in _PHRASES:
    _BY_FIRST_WORD.setdefault(_phrase[0], []).append(_phrase)
STAND_IN_SIGNS = frozenset(_FINDERS) | frozenset(_BY_FIRST_WORD)
