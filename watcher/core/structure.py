"""What the facts of a listing say about being the item, beside its title."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from watcher.core.confidence import Confidence, Doubt, weigh
from watcher.core.listing import CONDITION_IDS, Condition, Listing
from watcher.core.market_profile import MarketProfile, is_elsewhere, open_phrases
from watcher.core.specifics import Specifics, SpecificsCheck, Standing, check_specifics
from watcher.core.titles.query import parse_query
from watcher.core.titles.verdict import Reason, TitleVerdict, Verdict

_NEW, _GRADED, _UNGRADED = frozenset((1000,)), frozenset((2750,)), frozenset((4000,))
_OPENED, _RAW = frozenset((1500,)), 4000
_USED, _REFURBISHED = CONDITION_IDS[Condition.USED], CONDITION_IDS[Condition.REFURBISHED]
# The conditions that say a word of a query in the title's place. Cards use 2750 and 4000 for graded and raw.
_CONDITIONS_BY_WORD = {
    "graded": _GRADED,
    "slabbed": _GRADED,
    "raw": _UNGRADED,
    "ungraded": _UNGRADED,
    "sealed": _NEW,
    "unopened": _NEW,
    "new": _NEW,
    "used": _USED,
    "preowned": _USED,
    "refurbished": _REFURBISHED,
    "renewed": _REFURBISHED,
    "open box": _OPENED,
}
_MAX_MISSING = 2  # words; a listing that lacks more is hardly the item
_MAX_UNUSUAL, _DEAR_RATIO = 3, 3  # beyond these a listing that lacks words is hardly the item
_FEW_ROWS = 12  # strong rows; fewer hardly show which words are usual, so several must form a phrase
_MIN_UNUSUAL = 2  # words of a title that hardly any strong title says
_MAX_SHOWN = 3  # phrases of them
NO_CHECK = SpecificsCheck(Standing.SILENT)
_OTHER_PRODUCT = (1, "the catalogue knows it as another product")
_BARGAIN = 3  # another product in the catalogue is doubtful below this fraction (1/3) of the typical price


class Market(NamedTuple):
    """What is known of the market of a query; `usual`: the words of its profile."""

    query: str
    profile: MarketProfile
    languages: tuple[str, ...]
    usual: frozenset[str]


def checked(market: Market, title: str, specifics: Specifics | None) -> SpecificsCheck:
    """Return what specifics say; nothing if there are none."""
    if specifics is None or not specifics.pairs:
        return NO_CHECK
    return check_specifics(market.query, title, specifics, market.languages)


def unanswered(
    listing: Listing, verdict: TitleVerdict, profile: MarketProfile, check: SpecificsCheck
) -> tuple[str, ...]:
    """Return the words that neither the title nor a fact of the listing says."""
    if listing.epid and listing.epid in profile.epids:
        return ()
    return tuple(
        word
        for word in verdict.missing
        if not (check.answers(word) or listing.condition_id in _CONDITIONS_BY_WORD.get(word, ()))
    )


def doubt_of_missing(market: Market, listing: Listing, missing: tuple[str, ...]) -> Doubt | None:
    """Return the doubt about dropping a listing because its title lacks these words.

    It is doubtful if it lacks few words, says little else, and costs about what the item costs.
    """
    profile = market.profile
    if not missing or is_elsewhere(listing, profile):
        return None
    why = "the title does not say " + ", ".join(f'"{w}"' for w in missing)
    cost = _cost_of(listing)
    may_be = (
        len(missing) <= _MAX_MISSING
        and (cost is None or profile.low <= cost <= (profile.typical * _DEAR_RATIO or cost))
        and " ".join(_unusual_phrases(market, listing.title)).count(" ") < _MAX_UNUSUAL
    )
    return Doubt(Confidence.DOUBTFUL if may_be else Confidence.LIKELY, why)


def judge_structure(
    market: Market, listing: Listing, verdict: TitleVerdict, check: SpecificsCheck
) -> tuple[Verdict | None, Doubt | None]:
    """Return what shows that a listing whose title fits is not the item, and what leaves that open."""
    cost = _cost_of(listing)
    if shown := _against(listing, cost, market.profile, check):
        return shown, None
    doubts = _doubts_of(market, listing, cost, verdict, check)
    doubt = weigh(doubts) if doubts else None
    if doubt and doubt.confidence is Confidence.DOUBTFUL:
        return Verdict(Reason.DOUBT, doubt.why), doubt
    return None, doubt


def _against(
    listing: Listing, cost: int | None, profile: MarketProfile, check: SpecificsCheck
) -> Verdict | None:
    """Return the fact that shows that a listing is not the item."""
    if is_elsewhere(listing, profile):
        return Verdict(Reason.CATEGORY, f"it stands in category {listing.categories[0]}, the item in another")
    if check.standing is Standing.CONTRADICTED:
        return Verdict(Reason.SPECIFICS, f'"{check.name}" is "{check.value}", the query says "{check.asked}"')
    if cost is not None and cost < profile.floor:
        share = cost / profile.typical
        return Verdict(Reason.PRICE, f"at {share:.1%} of the others' median it is hardly the item")
    return None


def _doubts_of(
    market: Market, listing: Listing, cost: int | None, verdict: TitleVerdict, check: SpecificsCheck
) -> list[tuple[int, str]]:
    """Return what leaves open whether a listing that fits is the item, each with its weight."""
    profile, epid = market.profile, listing.epid
    same_product = epid != "" and epid in profile.epids
    doubts: list[tuple[int, str]] = []
    if not same_product:
        if verdict.doubts:
            doubts += [(d.weight, d.why) for d in verdict.doubts if not _is_answered(d.why, check)]
        doubts += [
            (1, f'its condition, not its title, says "{word}"')
            for word in verdict.missing
            if not check.answers(word)
        ]
        if epid and profile.closed:
            doubts.append(_OTHER_PRODUCT)
    # A colour may be a product of its own in the catalogue: another id alone leaves a bargain likely.
    low = profile.low if doubts != [_OTHER_PRODUCT] else min(profile.low, profile.typical // _BARGAIN)
    if cost is not None and cost < low:
        doubts.append((1, f"it costs {cost / profile.typical:.0%} of what others ask"))
    if listing.condition_id == _RAW and _is_graded(market.query):
        doubts.append((1, f'its condition is "{listing.condition or "Ungraded"}"'))
    if doubts or same_product:
        return doubts
    if cost is not None and 0 < profile.high < cost:
        return [(1, f"it costs {cost / profile.typical:.1f} times what others ask")]
    phrases = _unusual_phrases(market, listing.title)
    n = len(" ".join(phrases).split())
    if n >= _MIN_UNUSUAL and (n > len(phrases) or profile.rows >= _FEW_ROWS or n > _MAX_UNUSUAL):
        words = ", ".join(f'"{w}"' for w in phrases[:_MAX_SHOWN])
        return [(1, f"hardly any other title says {words}")]
    return []


def _cost_of(listing: Listing) -> int | None:
    """Return the total in minor units, or the price if shipping is unknown; None for neither."""
    price = listing.price
    if price is None:
        return None
    shipping = listing.shipping
    known = shipping is not None and shipping.currency == price.currency
    return price.minor + shipping.minor if shipping and known else price.minor


def _unusual_phrases(market: Market, title: str) -> list[str]:
    """Return the open phrases of a title without what many strong titles say, in order."""
    usual = market.usual
    phrases: list[str] = []
    for phrase in open_phrases(market.query, title, market.languages):
        follows = False
        for word in phrase.split():
            if word in usual:
                follows = False
            elif follows:
                phrases[-1] += f" {word}"
            else:
                phrases.append(word)
                follows = True
    return phrases


def _is_answered(why: str, check: SpecificsCheck) -> bool:
    """Return whether specifics confirm the words that a doubt quotes."""
    quoted = why.split('"')[1::2]
    return bool(quoted) and all(map(check.answers, quoted))


@lru_cache(maxsize=1024)
def _is_graded(query: str) -> bool:
    """Return whether the query asks for a graded item."""
    return any(choice.graded for choice in parse_query(query))
