"""What the facts of a listing say about being the item, beside its title."""

from __future__ import annotations

from functools import lru_cache

from watcher.core.confidence import Confidence, Doubt
from watcher.core.listing import CONDITION_IDS, Condition, Listing
from watcher.core.market_profile import MarketProfile, is_elsewhere
from watcher.core.specifics import Specifics, SpecificsCheck, Standing, check_specifics
from watcher.core.titles import query_words
from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.languages import ENGLISH
from watcher.core.titles.query import parse_query
from watcher.core.titles.verdict import Reason, TitleVerdict, Verdict, words_of_title

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
_MIN_UNUSUAL = 2  # words of a title that hardly any strong title says
_MAX_SHOWN = 3  # of them
# Words that say nothing about which item it is.
_USUAL = (
    vocab.COLOURS
    | vocab.STATES
    | vocab.FILLERS
    | vocab.SALES_WORDS
    | vocab.PRAISE
    | vocab.DESCRIBING
    | vocab.MATERIALS
    | query_words.NEUTRAL
    | query_words.MAKERS
    | vocab.KINDS
    | vocab.UNITS.keys()
)
_CACHED_WORDS = 65536  # entries
NO_CHECK = SpecificsCheck(Standing.SILENT)


def checked(query: str, title: str, specifics: Specifics | None) -> SpecificsCheck:
    """Return what specifics say; nothing if there are none."""
    return check_specifics(query, title, specifics) if specifics and specifics.pairs else NO_CHECK


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


def doubt_of_missing(
    query: str,
    listing: Listing,
    missing: tuple[str, ...],
    profile: MarketProfile,
    languages: tuple[str, ...] = ENGLISH,
) -> Doubt | None:
    """Return the doubt about dropping a listing because its title lacks these words.

    It is doubtful if it lacks few words, says little else, and costs about what the item costs.
    """
    if not missing or is_elsewhere(listing, profile):
        return None
    why = "the title does not say " + ", ".join(f'"{w}"' for w in missing)
    may_be = (
        len(missing) <= _MAX_MISSING
        and not _is_cheap(listing, profile)
        and not _is_dear(listing, profile)
        and len(open_words(query, listing.title, languages).difference(profile.words)) <= _MAX_UNUSUAL
    )
    return Doubt(Confidence.DOUBTFUL if may_be else Confidence.LIKELY, why)


def _is_cheap(listing: Listing, profile: MarketProfile) -> bool:
    amount = listing.total or listing.price
    return amount is not None and amount.minor < profile.low


def _is_dear(listing: Listing, profile: MarketProfile) -> bool:
    amount = listing.total or listing.price
    return amount is not None and 0 < profile.typical * _DEAR_RATIO <= amount.minor


def against(listing: Listing, profile: MarketProfile, check: SpecificsCheck) -> Verdict | None:
    """Return the fact that shows that a listing is not the item."""
    if is_elsewhere(listing, profile):
        return Verdict(Reason.CATEGORY, f"its category is {listing.categories[0]}, the item's is another")
    if check.standing is Standing.CONTRADICTED:
        return Verdict(Reason.SPECIFICS, f'"{check.name}" is "{check.value}", the query says "{check.asked}"')
    amount = listing.total or listing.price
    if amount is not None and amount.minor < profile.floor:
        share = amount.minor / profile.typical
        return Verdict(Reason.PRICE, f"at {share:.1%} of the others' median it is hardly the item")
    return None


def doubts_of(
    query: str,
    listing: Listing,
    verdict: TitleVerdict,
    profile: MarketProfile,
    check: SpecificsCheck,
    languages: tuple[str, ...] = ENGLISH,
) -> list[tuple[int, str]]:
    """Return what leaves open whether a listing that fits is the item, each with its weight."""
    same_product = bool(listing.epid) and listing.epid in profile.epids
    doubts = []
    if not same_product:
        doubts += [(d.weight, d.why) for d in verdict.doubts if not _is_answered(d.why, check)]
        doubts += [
            (1, f'its condition, not its title, says "{word}"')
            for word in verdict.missing
            if not check.answers(word)
        ]
    if profile.closed and listing.epid and not same_product:
        doubts.append((1, "the catalogue knows it as another product"))
    if (amount := listing.total or listing.price) and _is_cheap(listing, profile):
        doubts.append((1, f"it costs {amount.minor / profile.typical:.0%} of what others ask"))
    if listing.condition_id == _RAW and _is_graded(query):
        doubts.append((1, f'its condition is "{listing.condition or "Ungraded"}"'))
    if doubts or same_product:
        return doubts
    unusual = open_words(query, listing.title, languages).difference(profile.words)
    if len(unusual) >= _MIN_UNUSUAL:
        words = ", ".join(f'"{w}"' for w in sorted(unusual)[:_MAX_SHOWN])
        doubts.append((1, f"hardly any other title says {words}"))
    return doubts


def _is_answered(why: str, check: SpecificsCheck) -> bool:
    """Return whether specifics confirm the words that a doubt quotes."""
    quoted = why.split('"')[1::2]
    return bool(quoted) and all(map(check.answers, quoted))


@lru_cache(maxsize=1024)
def _is_graded(query: str) -> bool:
    """Return whether the query asks for a graded item."""
    return any(choice.graded for choice in parse_query(query))


@lru_cache(maxsize=_CACHED_WORDS)
def open_words(query: str, title: str, languages: tuple[str, ...] = ENGLISH) -> frozenset[str]:
    """Return the words of a title that neither the query names nor any offer may say."""
    named = frozenset[str]().union(*(choice.named for choice in parse_query(query, languages)))
    words = words_of_title(title, languages)
    return frozenset(w for w in words if len(w) > 1 and w.isalpha() and w not in named and w not in _USUAL)
