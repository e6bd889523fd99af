"""Whether a title is what a query asks for, and if not, why in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from watcher.core.titles.item_kind import accessory_sold, several_sold, sizes_offered, system_sold
from watcher.core.titles.matching import MatchPosition, locate
from watcher.core.titles.parsed_title import ParsedTitle, Reason, parse_title, spoken
from watcher.core.titles.query import ParsedQuery, parse_query

__all__ = [
    "Reason",
    "Verdict",
    "asked_for",
    "found_word",
    "item_kind_verdict",
    "nouns_of",
    "system_verdict",
    "title_verdict",
]


class Verdict(NamedTuple):
    """Why a title is not what the query asks for, with the words that say so."""

    reason: Reason
    detail: str


_VERDICTS = 65536  # verdicts kept, some 35 MB: the titles of a thousand searches
# What is most certain comes first.
_SAYS = {
    Reason.ACCESSORY: "not the item itself",
    Reason.PARTS: "for parts or with a defect",
    Reason.LOT: "more than one item",
    Reason.SYSTEM: "a whole system",
    Reason.GROUP: "a choice of items",
    Reason.REPRINT: "not the original",
    Reason.PRESALE: "not in hand yet",
}


# What may be told by where words stand alone.
_BY_PLACE: dict[Reason, Callable[[ParsedQuery, ParsedTitle, MatchPosition], str]] = {
    Reason.ACCESSORY: accessory_sold,
    Reason.LOT: several_sold,
    Reason.SYSTEM: system_sold,
    Reason.GROUP: sizes_offered,
}


@lru_cache(maxsize=_VERDICTS)
def title_verdict(query: str, title: str) -> Verdict | None:
    """None when `title` may be the item that `query` names, else the most certain reason against it.

    A query may say `-word` for what a title must not say, and `(this, that)` for either.
    """
    return _of_choices(query, title)


@lru_cache(maxsize=_VERDICTS)
def system_verdict(query: str, title: str) -> Verdict | None:
    """As `judge_title`, where the query is known to mean a whole system: a laptop may be called a laptop."""
    return _of_choices(query, title, waived=frozenset((Reason.SYSTEM,)))


@lru_cache(maxsize=_VERDICTS)
def item_kind_verdict(query: str, title: str, kinds: frozenset[str]) -> Verdict | None:
    """As `judge_title`, where the item is known to be of these kinds: a cooler may be called a cooler."""
    return _of_choices(query, title, kinds=kinds)


@lru_cache(maxsize=_VERDICTS)
def found_word(phrases: tuple[str, ...], title: str) -> str:
    """The first of these words or phrases that `title` says, as it reads there; empty where it says none."""
    ways = (lambda text: " ".join(parse_title(text).words)), spoken
    for way in ways:
        words = f" {way(title)} "
        for phrase in phrases:
            if (said := way(phrase)) and f" {said} " in words:
                return said
    return ""


def nouns_of(title: str) -> frozenset[str]:
    """The accessories that a title names, save those that it merely includes."""
    seen = parse_title(title)
    return frozenset(seen.words[i] for i in seen.nouns)


def asked_for(query: str, reason: Reason) -> bool:
    """Whether the query itself asks for what is otherwise a reason against a title: "for parts", "lot"."""
    return all(reason in wish.off for wish in parse_query(query))


_NO_REASONS: frozenset[Reason] = frozenset()
_NO_KINDS: frozenset[str] = frozenset()


def _of_choices(
    query: str, title: str, *, waived: frozenset[Reason] = _NO_REASONS, kinds: frozenset[str] = _NO_KINDS
) -> Verdict | None:
    seen = parse_title(title)
    verdict = None
    for wish in parse_query(query):
        as_told = wish._replace(named=wish.named | kinds) if kinds else wish
        verdict = _judge(as_told, seen, waived | wish.off)
        if verdict is None:
            return None
    return verdict


def _judge(wish: ParsedQuery, seen: ParsedTitle, off: frozenset[Reason]) -> Verdict | None:
    if banned := seen.has & wish.banned:
        return Verdict(Reason.EXCLUDED, f'the title says "{min(banned)}"')
    place = locate(wish, seen)
    telling = [f for f in seen.findings if wish.named.isdisjoint(f.words)]
    for reason, says in _SAYS.items():
        why = next((f.phrase for f in telling if f.reason is reason), "") if telling else ""
        if not why and (by_place := _BY_PLACE.get(reason)):
            why = by_place(wish, seen, place)
        if why and (reason not in off or (reason is Reason.ACCESSORY and why.endswith(" for"))):
            return Verdict(reason, f'{says}: "{why}"')
    return Verdict(Reason.QUERY, place.problem) if place.problem else None
