"""What a title leaves open: words of the query that it lacks, and doubts about a title that fits."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from watcher.core.titles import query_words
from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.matching import MatchPosition, states_measure
from watcher.core.titles.parsed_title import NOUNS, ParsedTitle
from watcher.core.titles.query import Model, ParsedQuery, is_year
from watcher.core.titles.word_search import find_word

_MAX_MISSING = 3  # words; a title that lacks more is not about the item
_MAKER_AND_LINE = 2  # words that sellers omit before a model
_MIN_CODE = 4  # characters of a code that identifies one item
_MAX_AUTHOR = 4  # words of an author's name that a title omits
_MIN_WORK = 2  # words besides the small ones in the title of a work
_SMALL_WORDS = vocab.words("a an and at by for from in of on the to with")
_PLACES = vocab.words(
    "africa america asia australia canada china europe france germany india italy japan usa"
)
_KNOWN = (
    _PLACES
    | vocab.COLOURS
    | vocab.KINDS
    | vocab.STATES
    | vocab.MATERIALS
    | vocab.VARIANTS
    | query_words.CARRIERS
    | vocab.FILLERS
    | query_words.PLATFORM_NAMES
    | NOUNS
    | vocab.SYNONYMS.keys()
)
_LANGUAGE_WORDS = query_words.LANGUAGE_NAMES.union(
    *(vocab.SYNONYMS[word] for word in query_words.LANGUAGE_NAMES)
)
# These name a parallel of a card, which is another card.
_PARALLELS = vocab.COLOURS | vocab.words(
    "emerald hyper mojo parallel refractor reverse ruby sapphire shimmer wave"
)
# What an offer may be limited to without being less than the item.
_WHOLE_ITEMS = vocab.words(
    "adults att body bundle buyers canada cart cartridge cash collection collectors decoration delivery"
    " disc disk display europe item japan local men mobile mono name ntsc pal payment paypal people person"
    " pickup read sale seller serious ship shipping sprint stereo tested times uk unit us usa verizon wifi"
    " women"
)
_EDITIONS = vocab.words(
    "anniversary expansion junior kids mini reissue remaster remastered replacement toddler travel youth"
)


class TitleDoubt(NamedTuple):
    """What a title leaves open, in a short sentence; `weight` is 2 if it may well decide, else 1."""

    weight: int
    why: str


def missing_words(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> tuple[str, ...]:
    """Return the words of the query whose absence is all that speaks against the title; empty otherwise."""
    models = position.absent
    if position.contradicted or any(names_another_code(m, title) for m in models):
        return ()
    if models and any(model in models and _names_another_of_line(line, title) for line, model in query.lines):
        return ()
    words = [w.text for w in query.words if find_word(w, query, title) < 0]
    if len(models) + len(words) > _MAX_MISSING:
        return ()
    optional = [w.text for w in query.optional if find_word(w, query, title) < 0]
    if len(query.optional) - len(optional) < query.min_optional:
        words += optional
    measures = [m for m in query.measures if not states_measure(m, title)]
    units = tuple(m.lstrip("0123456789.") for m in measures)
    missing = (*(m.text for m in models), *words, *measures)
    contradicted = any(w in title.word_set for w in words) or any(m.endswith(units) for m in title.measures)
    if len(missing) > _MAX_MISSING or contradicted or query.named.issubset(" ".join(missing).split()):
        return ()
    return missing


def names_another_code(model: Model, title: ParsedTitle) -> bool:
    """Return whether a code of the same shape stands in the title: "8926OB" for "9937OB"."""
    code = "".join(model.pieces)
    if model.paired or model.of_set or len(code) < _MIN_CODE:
        return False
    shape = _shape(code)
    start = 0
    for end in range(1, len(title.words) + 1):
        if end < len(title.words) and title.gaps[end] in ("", "-", "/"):
            continue
        other = "".join(title.words[start:end])
        if other != code and _shape(other) == shape and not is_year(other):
            return True
        start = end
    return False


def _names_another_of_line(line: str, title: ParsedTitle) -> bool:
    """Return whether another number follows the word of our line: "RX 580" for "RX 590"."""
    return any(a == line and b.isdecimal() and not is_year(b) for a, b in pairwise(title.words))


def _shape(code: str) -> str:
    """Return the shape of a code: "aadddaa" for "md101ll"."""
    return "".join("d" if c.isdigit() else "a" for c in code)


def omitted_author(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return the author that a title omits, if it names a work in full and nothing else; else nothing.

    A work's title has a small word inside: "The Conquest of Bread".
    """
    asked = query.asked
    if query.models or len(asked) <= _MIN_WORK or _SMALL_WORDS.isdisjoint(asked[1:-1]):
        return ""
    for n in range(1, min(_MAX_AUTHOR, len(asked) - _MIN_WORK) + 1):
        for author, work in ((asked[-n:], asked[:-n]), (asked[:n], asked[n:])):
            if (
                not _SMALL_WORDS.isdisjoint(work[1:-1])
                and len(_SMALL_WORDS.union(work)) >= len(_SMALL_WORDS) + _MIN_WORK
                and all(w.isalpha() and w not in _KNOWN for w in author)
                and _names_only(work, title)
            ):
                return " ".join(author)
    return ""


def are_implied(missing: tuple[str, ...], query: ParsedQuery, title: ParsedTitle) -> bool:
    """Return whether what the title lacks goes without saying.

    A card's number of a set implies its language, any number its year, and no word that it is for men. The
    "legend" of a long title is often left out.
    Another language, year or wearer in the title speaks against it.
    """
    for word in missing:
        if word in query_words.LANGUAGE_NAMES:
            if not any(m.of_set for m in query.models) or not _LANGUAGE_WORDS.isdisjoint(title.word_set):
                return False
        elif word in query_words.FOR_MEN:
            if not query_words.FOR_OTHERS.isdisjoint(title.word_set):
                return False
        elif is_year(word):
            if all(m.paired for m in query.models) or any(map(is_year, title.words)):
                return False
        elif not _is_head_of_title(word, query):
            return False
    return missing != ()


def _is_head_of_title(word: str, query: ParsedQuery) -> bool:
    """Return whether the word before the first "of" heads a title with three more words."""
    if word not in query.asked[:2] or query.asked[0] not in (word, "the"):
        return False
    place = query.asked.index(word)
    rest = [
        w for w in query.asked[place + 2 :] if w not in vocab.FILLERS and w not in query_words.PLATFORM_NAMES
    ]
    return query.asked[place + 1 : place + 2] == ("of",) and len(rest) > _MAKER_AND_LINE


def _names_only(work: tuple[str, ...], title: ParsedTitle) -> bool:
    """Return whether the title is this work's, with no more than what any offer says."""
    words, n = title.words, len(work)
    start = next((i for i in range(len(words) - n + 1) if words[i : i + n] == work), -1)
    if start < 0:
        return False
    depth = 0
    for i, word in enumerate(words):
        gap = title.gaps[i]
        depth += sum(map(gap.count, "([")) - sum(map(gap.count, ")]"))
        if not (start <= i < start + n or depth > 0 or word in query_words.NEUTRAL):
            return False
    return True


def _unnamed_kind(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return the kind of thing that the query names and the title does not."""
    kinds = [w for w in query.optional if w.text in query_words.FREE_KINDS]
    named = not kinds or any(find_word(w, query, title) >= 0 for w in kinds)
    return "" if named else kinds[-1].text


def _sold_only(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return the unknown word before an "only" that ends a statement: "silo only"."""
    i = title.words.index("only")
    word = title.words[i - 1] if i else ""
    ends = i + 1 == len(title.words) or title.gaps[i + 1].strip(" ") != ""
    known = word in query.named or word in _WHOLE_ITEMS or word in vocab.KINDS
    return word if ends and len(word) > 1 and word.isalpha() and not known else ""


def doubts_about(query: ParsedQuery, title: ParsedTitle) -> tuple[TitleDoubt, ...]:
    """Return what a title that fits leaves open."""
    present = title.word_set
    doubts = [
        TitleDoubt(1, f'the title only resembles "{word.text}"')
        for word in query.words
        if word.spellings.isdisjoint(present)
    ]
    alone = query.optional and not query.words and all(len(m.text) < _MIN_CODE for m in query.models)
    if alone and all(w.spellings.isdisjoint(present) for w in query.optional):
        doubts.append(TitleDoubt(1, f'the title does not say "{query.optional[0].text}"'))
    if query.min_optional:
        doubts += [
            TitleDoubt(1, f'the title does not say "{word.text}"')
            for word in query.optional[_MAKER_AND_LINE:]
            if find_word(word, query, title) < 0 and word.text not in query_words.OMITTED_KINDS
        ][:1]
    if not query.models and (kind := _unnamed_kind(query, title)):
        doubts.append(TitleDoubt(1, f'the title does not say that it is a "{kind}"'))
    if "only" in present and (part := _sold_only(query, title)):
        doubts.append(TitleDoubt(1, f'it may be the "{part}" only'))
    if (query.graded or any(m.of_set for m in query.models)) and not present.isdisjoint(
        _PARALLELS - query.named
    ):
        doubts.append(TitleDoubt(1, f'"{min(present & _PARALLELS - query.named)}" may be another card'))
    if not present.isdisjoint(_EDITIONS) and (other := min(present & _EDITIONS - query.named, default="")):
        doubts.append(TitleDoubt(1, f'"{other}" may be another edition'))
    return tuple(doubts)
