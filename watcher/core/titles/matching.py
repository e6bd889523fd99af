"""Where a title names the item of a query, and what it lacks."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.parsed_title import NOUNS, ParsedTitle
from watcher.core.titles.query import Model, ParsedQuery, QueryWord

_SERIES = frozenset(map(str, range(2, 10))) | vocab.NUMERALS
_TELLING = _SERIES | vocab.SIBLINGS
_DOUBLED = re.compile(r"(.)\1")
_BREAK = re.compile(r"[,/|;]")
_SEAMS = ("", "-", " ", ".")
_TIGHT = ("", "-", "/", " / ")
_LONG = 5  # characters of a code that matches with any separators
_PAIR = 2  # digits of a number that may follow its word's initial
_DESIGNATION = 3  # digits that only complete a model: "i7-1165G7"
_TYPED = 7  # minimum letters of a word that may have one wrong
_EU_SIZES = frozenset(map(str, range(34, 51)))
_SHORT = 3  # maximum letters glued to a model that may belong to its name: "40s"


class Mention(NamedTuple):
    """Where a title names a model, up to `end`. `other` marks a different model, `sure` if certainly so."""

    start: int
    end: int
    fits: bool
    other: str = ""
    sure: bool = False


class MatchPosition(NamedTuple):
    """Where a title names the item, from its first to its last word and beyond, and what it lacks."""

    first: int
    last: int
    end: int
    problem: str = ""


def locate(query: ParsedQuery, title: ParsedTitle) -> MatchPosition:
    """Return where the title names the item, and the first part of the query that it lacks."""
    problem, mention = _models(query, title)
    if mention and problem:
        return MatchPosition(mention.start, mention.start, mention.end, problem)
    spots = [find(word, query, title) for word in query.words]
    if not problem and -1 in spots:
        problem = f'the title has no "{query.words[spots.index(-1)].text}"'
    problem = problem or _lacks(query, title)
    if mention:
        return MatchPosition(mention.start, mention.start, mention.end, problem)
    spots = [i for i in spots if i >= 0] or [len(title.words)]
    return MatchPosition(min(spots), max(spots), max(spots) + 1, problem)


def _models(query: ParsedQuery, title: ParsedTitle) -> tuple[str, Mention | None]:
    """Return the first model that is missing or different, and the first mention of a model."""
    problem, mention = "", None
    for model in query.models:
        found = mentions(model, query, title)
        fits = [m for m in found if m.fits]
        others = [m for m in found if m.other and (m.sure or not fits)]
        if others:
            problem = problem or f'another model: "{model.text} {others[0].other}"'
        elif not fits:
            problem = problem or f'the title has no "{model.text}"'
        if mention is None and found:
            mention = (fits or found)[0]
    return problem, mention


def _lacks(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return what a title with all models and words still lacks or contradicts; empty if nothing."""
    spare = [find(word, query, title) for word in query.spare]
    for word, i in zip(query.spare, spare, strict=True):
        if i < 0 and word.text in title.word_set:
            return f'the title denies "{word.text}"'
    if len(spare) - spare.count(-1) < query.least:
        return f'the title has too little of "{" ".join(word.text for word in query.spare)}"'
    for measure in query.measures:
        if not _measures(measure, title):
            return f'the title has no "{measure}"'
    if other := _sequel(query, title):
        return f'another of its series: "{other}"'
    if query.graded and (hopes := title.word_set & vocab.UNGRADED - query.named):
        return f'it is not graded: "{min(hopes)}"'
    return ""


def find(word: QueryWord, query: ParsedQuery, title: ParsedTitle) -> int:
    """Return the first position of a word that is not denied; -1 if there is none."""
    words = title.words
    here = word.spellings & title.word_set
    if not here:
        if len(word.text) <= _SHORT:
            return _initials(word.text, words)
        at = _halves(word.text, words)
        return at if at >= 0 else _misspelled(word.text, words)
    denied = title.word_set & vocab.DENIALS - query.named
    if len(here) == 1 and not denied and not title.compared and word.text not in NOUNS:
        return words.index(next(iter(here)))
    sold = word.text in NOUNS  # a query for a controller is not for a console with one
    for i, other in enumerate(words):
        if other not in here or i in title.compared or (denied and i and words[i - 1] in denied):
            continue
        if not sold or i in title.nouns:
            return i
    return -1


def _sequel(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return a word right after the name that marks a sibling: "Metroid Prime 2", "Switch Lite"."""
    if title.word_set.isdisjoint(_TELLING):
        return ""
    words, asked = title.words, query.asked
    ends = frozenset(word.text for word in query.words)
    for i in range(1, len(words)):
        word = words[i]
        if words[i - 1] not in ends or word in query.named or title.gaps[i] != " ":
            continue
        if word in vocab.SIBLINGS:
            return f"{words[i - 1]} {word}"
        if query.models or word not in _SERIES or i + 1 == len(words):
            continue
        n = 0
        while n < min(len(asked), i) and words[i - 1 - n] in query.named:
            n += 1
        name, after = words[i - n : i], words[i + 1]
        counts = (
            after in vocab.COUNTED_PARTS or after in vocab.UNITS or after in NOUNS or not title.gaps[i + 1]
        )
        if n > 1 and name == asked[:n] and after.isalpha() and not counts:
            return f"{name[-1]} {word}"
    return ""


def _measures(measure: str, title: ParsedTitle) -> bool:
    """Return whether the title states a measure, perhaps without its unit: "8/256", "18-35"."""
    if measure in title.measures:
        return True
    unit = measure.lstrip("0123456789.")
    number = measure.removesuffix(unit)
    if number not in title.word_set:
        return False
    words, gaps = title.words, (*title.gaps, "")
    # "87 V" of an "87V", "24 G"; but not "3 in 1"
    if any(a == number and b != "in" and vocab.UNITS.get(b) == unit for a, b in pairwise(words)):
        return True
    if unit not in (*vocab.STORAGE, *vocab.LENGTHS):
        return False
    near = ("/", "-") if unit in vocab.LENGTHS else ("/",)
    return any(
        word == number
        and (
            (gaps[i] in near and words[i - 1][:1].isdigit())
            or (gaps[i + 1] in near and words[i + 1 : i + 2] and words[i + 1][:1].isdigit())
        )
        for i, word in enumerate(words)
    )


def _halves(text: str, words: tuple[str, ...]) -> int:
    """Return the position where two words form one: "game boy"."""
    return next((i for i in range(len(words) - 1) if words[i] + words[i + 1] == text), -1)


def _misspelled(text: str, words: tuple[str, ...]) -> int:
    """Return the position of a long word with a doubled letter too few or too many: "millenium"."""
    if len(text) < _LONG + 1:
        return -1
    once = _DOUBLED.sub(r"\1", text)
    alike = (i for i, word in enumerate(words) if word[0] == text[0] and abs(len(word) - len(text)) <= 1)
    return next((i for i in alike if _DOUBLED.sub(r"\1", words[i]) == once or _mistyped(text, words[i])), -1)


def _mistyped(text: str, word: str) -> bool:
    """Return whether a long word differs by one letter or by two transposed ones: "refactor"."""
    if min(len(text), len(word)) < _TYPED:
        return False
    i = next((i for i, (a, b) in enumerate(zip(text, word, strict=False)) if a != b), len(word))
    a, b = text[i:], word[i:]
    if len(text) != len(word):
        return a[1:] == b or a == b[1:]
    return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _initials(text: str, words: tuple[str, ...]) -> int:
    """Return the last position of words that the query abbreviates: "complete in box" for "cib"."""
    n = len(text)
    if n == 1 or not text.isalpha():
        return -1
    starts = "".join(word[0] if len(word) > 1 else " " for word in words)
    at = starts.find(text)
    return at + n - 1 if at >= 0 else -1


def mentions(model: Model, query: ParsedQuery, title: ParsedTitle) -> list[Mention]:
    """Return every mention of the model or one of its siblings."""
    return (
        _spelled(model, query, title)
        or _written_as_one(model, title)
        or _shortened(model, title, query)
        or _apart(model, query, title)
    )


def _spelled(model: Model, query: ParsedQuery, title: ParsedTitle) -> list[Mention]:
    firsts = model.line
    if firsts.isdisjoint(title.word_set):
        return []
    places = [i for i, word in enumerate(title.words) if word in firsts and i not in title.compared]
    ends = ((i, _end_of(model, query, title, i)) for i in places)
    return [
        _sibling(model, query, title, Mention(i, end, not _is_denied(query, title, i)))
        for i, end in ends
        if end
    ]


def _written_as_one(model: Model, title: ParsedTitle) -> list[Mention]:
    """Return the mention of a long code with other separators than in the query: "GA21001A1"."""
    code = "".join(model.pieces).replace(".", "")
    if model.paired or len(model.pieces) == 1 or len(code) < _LONG:
        return []
    words = [word.replace(".", "") for word in title.words]
    for start, word in enumerate(words):
        if not code.startswith(word) or start in title.compared:
            continue
        end, joined = start + 1, word
        while end < len(words) and title.gaps[end] in _SEAMS and code.startswith(joined + words[end]):
            joined += words[end]
            end += 1
        if joined == code:
            return [Mention(start, end, not model.suffixes)]
    return []


def _shortened(model: Model, title: ParsedTitle, query: ParsedQuery) -> list[Mention]:
    """Return a shortened mention: "G9" or "9 gen" for "gen 9", "10 M" for "size 10", "#4" for "4/102"."""
    line, number = model.pieces[0], model.pieces[-1]
    words, gaps = title.words, title.gaps
    if model.of_set:
        alone = ("#" in gaps[i] or len(line) >= _DESIGNATION for i in range(len(words)))
        at = next((i for i, ok in enumerate(alone) if ok and words[i] == line), -1)
        return [Mention(at, at + 1, not model.suffixes)] if at >= 0 else []
    if line == "f" and "f" not in title.word_set and "." in number and number in title.word_set:
        at = words.index(number)
        return [Mention(at, at + 1, not model.suffixes)]
    if len(number) > _DESIGNATION and line is number:
        at = next((i for i, w in enumerate(words) if w in title.measures and w.startswith(number)), -1)
        return (
            [Mention(at, at + 1, not model.suffixes)] if at >= 0 and words[at][len(number)].isalpha() else []
        )
    if not model.paired or line not in vocab.NUMBERED or number not in title.word_set:
        return []
    asked = query.asked
    before = asked[asked.index(line) - 1] if line == "gen" else ""  # "pods 2" for "pods gen 2"
    for i, (a, b) in enumerate(pairwise(words)):
        if i in title.compared:
            continue
        if line in vocab.GRADES:
            after = next((w for w in words[i + 1 :] if w not in vocab.GRADE_GAPS), "")
            found = a == number and after == line
        elif line in vocab.SIZED:
            found = a == number and b in vocab.WIDTHS and (not i or words[i - 1] not in vocab.GRADERS)
        else:
            found = (a == line[0] and b == number and gaps[i + 1] in ("", "-")) or (a == number and b == line)
            found = found or (a == before and b == number)
        if found:
            return [Mention(i, i + 2, not model.suffixes)]
    return []


def _apart(model: Model, query: ParsedQuery, title: ParsedTitle) -> list[Mention]:
    """Return a mention with the number away from its word: "B35 Birkin" or, for sizes, "Sandals EU 42"."""
    line, number = model.pieces[0], model.pieces[-1]
    if not model.paired or line in vocab.NUMBERED or not {line, number} <= title.word_set:
        return []
    words = title.words
    size = model is not query.models[0] or number in _EU_SIZES
    for i in range(1, len(words)):
        if words[i] != number:
            continue
        if words[i - 1] == line[0] and not title.gaps[i] and len(number) == _PAIR:
            return [Mention(i, i + 1, not model.suffixes)]
        after = words[i + 1] if i + 1 < len(words) else ""
        if size and (words[i - 1] in vocab.SIGNS or after in vocab.SIGNS or after == "m"):
            return [Mention(i, i + 1, not model.suffixes)]
    return []


def _end_of(model: Model, query: ParsedQuery, title: ParsedTitle, i: int) -> int:
    """Return the end of the model's pieces that start at `i`; 0 if they do not stand there."""
    words, gaps, pieces = title.words, title.gaps, model.pieces
    if i and gaps[i] in _TIGHT and not _starts(words[i], words[i - 1], gaps[i], query):
        return 0
    if model.paired:
        end = _paired(title, pieces, i + 1)
    else:
        end = i + len(pieces)
        tight = len(pieces[0]) == 1 and pieces[0].isalpha()  # "l 4" is not "l4"
        if words[i:end] != pieces or any(len(gap) > 1 and gap != " / " for gap in gaps[i + 1 : end]):
            return 0
        if tight and end > i + 1 and gaps[i + 1] not in _TIGHT:
            return 0
    if not end or end == len(words) or not words[end].isdigit():
        return end
    if gaps[end] == "-" and sum(map(len, pieces)) <= _SHORT and len(words[end]) < _DESIGNATION:
        return 0  # "L4-9" is another code
    return end if gaps[end] else 0


def _starts(piece: str, before: str, gap: str, query: ParsedQuery) -> bool:
    """Return whether a model can start with `piece` right after `before`, rather than inside another code."""
    if gap == "-":
        return not (piece.isdigit() and before.isdigit())
    if piece.isdigit():
        return len(before) > 1 or before in query.named or len(piece) >= _LONG
    return len(piece) >= _SHORT or before in query.named


def _paired(title: ParsedTitle, pieces: tuple[str, ...], at: int) -> int:
    """Return the end of the number that belongs to the word before `at`, after at most a word or a grade.

    The number may have a length unit ("Pro 13 inch"); one with its own sign ("#57") may stand anywhere.
    """
    line, number = pieces
    graded = line in vocab.GRADERS
    lengths = {number + unit for unit in vocab.LENGTHS}
    numbers = {number} if graded else {number, vocab.OTHERWISE.get(number, number), *lengths}
    left = 3 if graded else 1
    for i in range(at, len(title.words)):
        word = title.words[i]
        if word in numbers and (i == at or title.gaps[i]):
            return i + 1
        between = word in vocab.GRADE_GAPS if graded else word.isalpha() and word not in vocab.SUFFIXES
        if not between or not (left or word in vocab.KINDS):
            break
        left -= word not in vocab.KINDS
    own = (i for i, w in enumerate(title.words) if w in lengths or (w == number and "#" in title.gaps[i]))
    return 0 if graded else next(own, -1) + 1


def _sibling(model: Model, query: ParsedQuery, title: ParsedTitle, named: Mention) -> Mention:
    """Return the mention with what follows it: a different suffix makes a different model."""
    words, gaps, end = title.words, title.gaps, named.end
    plain = named._replace(fits=named.fits and not model.suffixes)
    if end == len(words):
        return plain
    if model.pieces[0] in vocab.GRADERS or model.of_set:
        other = not gaps[end] and words[end] in vocab.SIZE_LETTERS and not model.suffixes
        return named._replace(fits=False, other=words[end]) if other else plain
    if not gaps[end] and words[end].isalpha() and words[end] not in vocab.SUFFIXES:
        return named._replace(fits=False, other=words[end]) if _is_name(model, query, title, end) else plain
    run, stop = _suffixes(model, title, end)
    asked = model.suffixes
    if tuple(run[: len(asked)]) != asked:
        return named._replace(fits=False)
    extra = run[len(asked) :]
    if extra and (not asked or extra[0] in vocab.SECOND_SUFFIXES):
        return Mention(named.start, stop, fits=False, other=" ".join(extra), sure=True)
    return named._replace(end=stop if run else end)


def _suffixes(model: Model, title: ParsedTitle, end: int) -> tuple[list[str], int]:
    """Return the suffixes after the model that ends at `end`, perhaps after its capacity, and their end."""
    words, gaps, n = title.words, title.gaps, len(title.words)
    stop = end + (words[end] in title.measures and words[end].endswith(vocab.STORAGE))
    if end < stop < n and "-" in gaps[stop]:
        stop = end  # "16G-EVO" is a code
    run: list[str] = []
    suffixes = vocab.LETTERED_SUFFIXES if model.pieces[0].isalpha() and not model.paired else vocab.SUFFIXES
    while stop < n and words[stop] in suffixes and not _BREAK.search(gaps[stop]):
        if vocab.ROMAN.get(words[stop]) != model.pieces[-1]:
            run.append(words[stop])
        stop += 1
    return ([] if words[stop : stop + 1] == ("rare",) else run), stop


def _is_name(model: Model, query: ParsedQuery, title: ParsedTitle, end: int) -> bool:
    """Return whether letters glued to a model belong to its name: "4070M"; not a code's or a colour's."""
    letters = title.words[end]
    if letters in query.named or len(letters) > _SHORT or _packing(model, letters):
        return False
    code = title.words[end + 1 : end + 2] and not title.gaps[end + 1] and title.words[end + 1].isdigit()
    return not code


def _packing(model: Model, letter: str) -> bool:
    """Return whether a letter glued to a part number marks colour or packaging: "DCD791B"."""
    if model.paired or len(model.pieces) == 1 or len(model.pieces[0]) == 1:
        return False
    # A long part number may even have several letters, for the country of sale.
    return len(model.pieces) > _SHORT or (len(letter) == 1 and letter not in vocab.NAME_LETTERS)


def _is_denied(query: ParsedQuery, title: ParsedTitle, i: int) -> bool:
    """Return whether the title denies what stands at `i`: "not a ..."."""
    i -= 1
    while i >= 0 and title.words[i] in query.named:
        i -= 1
    return i >= 0 and title.words[i] in vocab.COMPARISONS
