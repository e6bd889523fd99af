"""Verdicts: whether a title is what a query asks for, and if not, why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from watcher.core.titles.choices import sizes_offered
from watcher.core.titles.item_kind import accessory_sold, copy_sold, system_sold
from watcher.core.titles.languages import ENGLISH
from watcher.core.titles.matching import MatchPosition, locate
from watcher.core.titles.open_questions import (
    TitleDoubt,
    are_implied,
    doubts_about,
    missing_words,
    omitted_author,
)
from watcher.core.titles.parsed_title import ParsedTitle, Reason, parse_title, unfolded_words
from watcher.core.titles.query import ParsedQuery, parse_query
from watcher.core.titles.several_items import several_sold

__all__ = [
    "Reason",
    "TitleDoubt",
    "TitleVerdict",
    "Verdict",
    "asked_for",
    "found_word",
    "item_kind_verdict",
    "nouns_of",
    "spaced_words",
    "system_verdict",
    "title_verdict",
]


class Verdict(NamedTuple):
    """Why a listing is not comparable, with the words or facts that show it."""

    reason: Reason
    detail: str


class TitleVerdict(NamedTuple):
    """What a title says about being the item; it may be the item if `reason` is None.

    `missing`: the words of the query whose absence is all that speaks against the title, so that facts of the
    listing may supply them. `doubts`: what the title leaves open.
    """

    reason: Reason | None
    detail: str = ""
    missing: tuple[str, ...] = ()
    doubts: tuple[TitleDoubt, ...] = ()


_MATCHES = TitleVerdict(None)
_CACHED_VERDICTS = 16_384  # entries per cache, 3 MB: as many as `known_verdicts` has rows
# The most certain reason comes first.
_REASON_LABELS = {
    Reason.STAND_IN: "it only stands for the item",
    Reason.ACCESSORY: "not the item itself",
    Reason.PARTS: "for parts or with a defect",
    Reason.LOT: "more than one item",
    Reason.SYSTEM: "a whole system",
    Reason.GROUP: "a choice of items",
    Reason.REPRINT: "not the original",
    Reason.PRESALE: "not in hand yet",
}


# Reasons that follow from the position of words.
_POSITION_RULES: dict[Reason, Callable[[ParsedQuery, ParsedTitle, MatchPosition], str]] = {
    Reason.ACCESSORY: accessory_sold,
    Reason.LOT: several_sold,
    Reason.SYSTEM: system_sold,
    Reason.GROUP: sizes_offered,
    Reason.REPRINT: copy_sold,
}


@lru_cache(maxsize=_CACHED_VERDICTS)
def title_verdict(query: str, title: str, languages: tuple[str, ...] = ENGLISH) -> TitleVerdict:
    """Return whether `title` may be the item of `query`, else the most certain reason against it.

    A query may contain `-word` for a word that the title must not contain, and `(this, that)` for either.
    `languages`: the codes of those of the site.
    """
    return _verdict_of_query(query, title, languages)


@lru_cache(maxsize=_CACHED_VERDICTS)
def system_verdict(query: str, title: str, languages: tuple[str, ...] = ENGLISH) -> TitleVerdict:
    """Judge like `title_verdict`, for a query known to mean a whole system, such as a laptop."""
    return _verdict_of_query(query, title, languages, waived=frozenset((Reason.SYSTEM,)))


@lru_cache(maxsize=_CACHED_VERDICTS)
def item_kind_verdict(
    query: str, title: str, kinds: frozenset[str], languages: tuple[str, ...] = ENGLISH
) -> TitleVerdict:
    """Judge like `title_verdict`, for an item known to be of these kinds, such as a cooler."""
    return _verdict_of_query(query, title, languages, kinds=kinds)


@lru_cache(maxsize=_CACHED_VERDICTS)
def found_word(phrases: tuple[str, ...], title: str) -> str:
    """Return the first of these phrases that `title` contains in any spelling; empty if there is none."""
    spellings = (lambda text: " ".join(parse_title(text).words)), unfolded_words
    for spell in spellings:
        words = f" {spell(title)} "
        for phrase in phrases:
            if (spelled := spell(phrase)) and f" {spelled} " in words:
                return spelled
    return ""


@lru_cache(maxsize=_CACHED_VERDICTS)
def nouns_of(title: str, languages: tuple[str, ...] = ENGLISH) -> frozenset[str]:
    """Return the accessories that a title names, except those merely included."""
    parsed = _parsed(title, languages)
    return frozenset(parsed.words[i] for i in parsed.nouns)


def spaced_words(title: str, languages: tuple[str, ...] = ENGLISH) -> Iterator[tuple[str, str]]:
    """Return the words of a title in the spellings of the grammar, each with what precedes it."""
    parsed = _parsed(title, languages)
    return zip(parsed.gaps, parsed.words, strict=True)


def asked_for(query: str, reason: Reason, languages: tuple[str, ...] = ENGLISH) -> bool:
    """Return whether the query itself asks for a reason against other titles: "for parts", "lot"."""
    return all(reason in choice.expected for choice in parse_query(query, languages))


_NO_REASONS: frozenset[Reason] = frozenset()
_NO_KINDS: frozenset[str] = frozenset()


def _verdict_of_query(
    query: str,
    title: str,
    languages: tuple[str, ...],
    *,
    waived: frozenset[Reason] = _NO_REASONS,
    kinds: frozenset[str] = _NO_KINDS,
) -> TitleVerdict:
    parsed = _parsed(title, languages)
    verdict = _MATCHES
    for choice in parse_query(query, languages):
        choice_of_kinds = choice._replace(named=choice.named | kinds) if kinds else choice
        verdict = _verdict_of_choice(choice_of_kinds, parsed, waived | choice.expected)
        if verdict.reason is None:
            return verdict
    return verdict


def _parsed(title: str, languages: tuple[str, ...]) -> ParsedTitle:
    """Return the parsed title; on an English site the cached one of callers that name no language."""
    return parse_title(title) if languages == ENGLISH else parse_title(title, languages)


def _verdict_of_choice(choice: ParsedQuery, parsed: ParsedTitle, expected: frozenset[Reason]) -> TitleVerdict:
    if excluded := parsed.word_set & choice.excluded:
        return TitleVerdict(Reason.EXCLUDED, f'the title says "{min(excluded)}"')
    position = locate(choice, parsed)
    relevant = [f for f in parsed.findings if choice.named.isdisjoint(f.words)]
    for reason, label in _REASON_LABELS.items():
        words = next((f.phrase for f in relevant if f.reason is reason), "") if relevant else ""
        if not words and (by_position := _POSITION_RULES.get(reason)):
            words = by_position(choice, parsed, position)
        if words and (reason not in expected or (reason is Reason.ACCESSORY and words.endswith(" for"))):
            return TitleVerdict(reason, f'{label}: "{words}"')
    if not position.problem:
        doubts = doubts_about(choice, parsed)
        return TitleVerdict(None, doubts=doubts) if doubts else _MATCHES
    if author := omitted_author(choice, parsed):
        return TitleVerdict(None, doubts=(TitleDoubt(1, f'the title does not name "{author}"'),))
    missing = missing_words(choice, parsed, position)
    if are_implied(missing, choice, parsed):
        return TitleVerdict(None, doubts=(TitleDoubt(1, f'the title does not say "{" ".join(missing)}"'),))
    return TitleVerdict(Reason.QUERY, position.problem, missing)
