"""Answers of a user to "is this it?": what is kept of them, and how it is written and read.

Neither a title nor an item's id is kept: only the hash of the id, and the words and facts that tell listings
apart.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from watcher.core.comps import Selection
from watcher.core.errors import InvalidInput
from watcher.core.item_number import hashed_id, is_hashed
from watcher.core.listing import Listing
from watcher.core.market_profile import open_phrases
from watcher.core.marketplaces import languages_of
from watcher.core.specifics import Specifics
from watcher.core.suggestions import COMMON_WORDS
from watcher.core.titles.parsed_title import parse_title
from watcher.core.titles.query import parse_query
from watcher.core.titles.verdict import Reason, title_verdict

MAX_TAUGHT = 60  # of one watch; every poll looks at them
MAX_WORDS, MAX_SPECIFICS = 12, 6  # of one answer
_MAX_TEXT = 80  # characters of a word, a name or a value
_MIN_KEPT = 5  # titles; of fewer no word is unusual
_MAX_SHARE = 0.34  # of the kept titles; what more of them have says nothing about one of them


class TaughtAnswer(NamedTuple):
    """Whether a listing is the wanted item, and what tells it from others. The field names are stored.

    `item`: the hash of its id. `words`: those of its title that the query does not name and few titles have.
    `missing`: the words of the query that its title lacks. `category`: its leaf, if it tells. `specifics`:
    pairs of name and value that tell.
    """

    item: str
    same: bool
    words: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    category: str = ""
    specifics: tuple[tuple[str, str], ...] = ()


Taught = tuple[TaughtAnswer, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """The market in which a question is answered: what its words are, and how common they are."""

    query: str
    marketplace: str
    selection: Selection
    specifics: Mapping[str, Specifics]

    def answer(self, listing: Listing, *, same: bool) -> TaughtAnswer:
        """Return what is kept of an answer about `listing`.

        That something else is dropped for another reason explains it: its words are not evidence.
        """
        missing = missing_of(self.query, listing.title, self.marketplace)
        if not same and self._is_explained(listing):
            return TaughtAnswer(hashed_id(listing.item_id), same, missing=missing)
        leaf = listing.categories[0] if listing.categories else ""
        kept = self.selection.kept
        common = Counter(x.categories[0] for x in kept if x.categories)
        return TaughtAnswer(
            hashed_id(listing.item_id),
            same,
            self._words(listing, same=same),
            missing,
            "" if _is_common(common[leaf], len(kept)) else leaf,
            self._pairs(listing),
        )

    def _is_explained(self, listing: Listing) -> bool:
        drop = next((d for d in self.selection.dropped if d.listing.item_id == listing.item_id), None)
        return drop is not None and drop.reason not in (Reason.DOUBT, Reason.TAUGHT, Reason.AUCTION)

    def _words(self, listing: Listing, *, same: bool) -> tuple[str, ...]:
        """Return the telling words; not what a listing says that surely is the item."""
        kept = [x for x in self.selection.kept if x.item_id != listing.item_id]
        counts = Counter(w for x in kept for w in self._beyond(x))
        sure = (x for x in kept if x.item_id not in self.selection.doubts)
        said = frozenset[str]() if same else frozenset().union(*(self._beyond(x) for x in sure))
        telling = [w for w in self._beyond(listing) - said if not _is_common(counts[w], len(kept))]
        return tuple(sorted(sorted(telling, key=lambda w: (counts[w], w))[:MAX_WORDS]))

    def _beyond(self, listing: Listing) -> frozenset[str]:
        return words_beyond(self.query, listing.title, self.marketplace)

    def _pairs(self, listing: Listing) -> tuple[tuple[str, str], ...]:
        """Return the specifics that few of the other listings have, those that the title lacks first."""
        own = self.specifics.get(listing.item_id, Specifics()).pairs
        counts = Counter(pair for other in self.specifics.values() for pair in other.pairs)
        names = Counter(name for other in self.specifics.values() for name, _ in other.pairs)
        title = parse_title(listing.title).word_set
        telling = [
            (name, value)
            for name, value in own
            if max(len(name), len(value)) <= _MAX_TEXT
            and names[name] >= _MIN_KEPT
            and not _is_common(counts[name, value], names[name])
        ]
        telling.sort(key=lambda pair: (parse_title(pair[1]).word_set <= title, pair))
        return tuple(sorted(telling[:MAX_SPECIFICS]))


def words_beyond(query: str, title: str, marketplace: str) -> frozenset[str]:
    """Return the words of a title that say something beyond the query."""
    words = frozenset(" ".join(open_phrases(query, title, languages_of(marketplace))).split()) - COMMON_WORDS
    measures = parse_title(title).measures - parse_title(query).measures
    return frozenset(w for w in words | measures if len(w) <= _MAX_TEXT)


def missing_of(query: str, title: str, marketplace: str) -> tuple[str, ...]:
    """Return the words of the query that are all that a title lacks; never one that names a model."""
    measures, languages = parse_title(query).measures, languages_of(marketplace)
    models = {model.text for choice in parse_query(query, languages) for model in choice.models}
    missing = title_verdict(query, title, languages).missing
    return tuple(w for w in missing if w in measures or not (w in models or any(c.isdigit() for c in w)))


def taught_key(taught: Taught) -> str:
    """Return what is equal for the same answers in any order; empty without answers."""
    if not taught:  # as nearly always
        return ""
    return ",".join(sorted(f"{a.item}{'+' if a.same else '-'}" for a in taught))


def with_answers(taught: Taught, answers: Sequence[TaughtAnswer]) -> Taught:
    """Return `taught` with these answers, each in place of an earlier one about its item.

    Raise InvalidInput if there are too many.
    """
    new = {a.item for a in answers}
    after = (*(a for a in taught if a.item not in new), *answers)
    if len(after) > MAX_TAUGHT:
        raise InvalidInput(
            f"A watch keeps at most {MAX_TAUGHT} answers; take one back, or write the words into the query."
        )
    return after


def without_answers(taught: Taught, items: Iterable[str]) -> Taught:
    """Return `taught` without the answers about these items (ids or hashes)."""
    forgotten = set(map(hashed_id, items))
    return tuple(a for a in taught if a.item not in forgotten)


def erased_answers(taught: Taught) -> Taught:
    """Return the answers with nothing of the listings but the hashes."""
    return tuple(TaughtAnswer(a.item, a.same) for a in taught)


def write_taught(taught: Taught) -> str:
    """Return answers as JSON."""
    if not taught:  # as nearly always
        return "[]"
    return json.dumps([written_answer(a) for a in taught], ensure_ascii=False)


def read_taught(text: str) -> Taught:
    """Parse what `write_taught` wrote. Raises ValueError with a message for the user."""
    try:
        rows = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        raise ValueError("the answers are not JSON as an export writes them") from None
    if not isinstance(rows, list) or len(rows) > MAX_TAUGHT:
        raise ValueError(f"the answers are not a list of at most {MAX_TAUGHT}")
    taught = tuple(map(_read, rows))
    if len({a.item for a in taught}) < len(taught):
        raise ValueError("an item is answered twice")
    return taught


def answer_view(answer: TaughtAnswer) -> dict[str, object]:
    """Return an answer as the public JSON shows it."""
    return {
        "item": answer.item,
        "answer": "same" if answer.same else "different",
        "words": list(answer.words),
        "missing": list(answer.missing),
        "category": answer.category or None,
        "specifics": [{"name": name, "value": value} for name, value in answer.specifics],
    }


def describe_answer(answer: TaughtAnswer) -> str:
    """Return what was learned from an answer, as a sentence without its full stop."""
    told = [*(f"“{w}”" for w in answer.words), *(f"{name}: {value}" for name, value in answer.specifics)]
    if answer.category:
        told.append(f"category {answer.category}")
    words = ", ".join(told)
    if not answer.same:
        return f"Something else{f': {words}' if words else ''}"
    free = ", ".join(f"“{w}”" for w in answer.missing)
    lacks = f"{'; ' if words else ': '}without {free} is fine" if free else ""
    return f"The item{f': {words}' if words else ''}{lacks}"


def _is_common(n: int, total: int) -> bool:
    return total >= _MIN_KEPT and n > total * _MAX_SHARE


def written_answer(answer: TaughtAnswer) -> dict[str, object]:
    """Return an answer as JSON stores it, without empty fields."""
    return {name: value for name, value in answer._asdict().items() if value or name == "same"}


def _read(row: object) -> TaughtAnswer:
    if not isinstance(row, dict) or not set(row) <= set(TaughtAnswer._fields):
        raise ValueError("an answer has other fields than an export writes")
    item, same = row.get("item"), row.get("same")
    if not isinstance(item, str) or not is_hashed(item) or not isinstance(same, bool):
        raise ValueError("an answer needs an item (# and its hash) and same (true or false)")
    pairs = row.get("specifics", [])
    if not isinstance(pairs, list) or len(pairs) > MAX_SPECIFICS:
        raise ValueError(f"the specifics of an answer are a list of at most {MAX_SPECIFICS} pairs")
    specifics = tuple(_pair(pair) for pair in pairs)
    category = row.get("category", "")
    _texts([category], 1)
    words, missing = (_texts(row.get(name, []), MAX_WORDS) for name in ("words", "missing"))
    return TaughtAnswer(item, same, words, missing, category, specifics)


def _pair(value: object) -> tuple[str, str]:
    pair = _texts(value, 2)
    if len(pair) != 2:  # noqa: PLR2004 - a name and a value
        raise ValueError("the specifics of an answer are pairs of name and value")
    return pair[0], pair[1]


def _texts(value: object, most: int) -> tuple[str, ...]:
    """Return a list of at most `most` short texts as a tuple."""
    if (
        isinstance(value, list)
        and len(value) <= most
        and all(isinstance(text, str) and len(text) <= _MAX_TEXT and text.isprintable() for text in value)
    ):
        return tuple(value)
    raise ValueError(
        f"an answer has texts that an export does not write (at most {most}, {_MAX_TEXT} characters)"
    )
