"""Where a title names what a query asks for."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from watcher.core.titles import vocabulary as known
from watcher.core.titles.parsed_title import NOUNS, ParsedTitle
from watcher.core.titles.query import Model, ParsedQuery, QueryWord

_SERIES = frozenset(map(str, range(2, 10))) | known.NUMERALS
_TELLING = _SERIES | known.SIBLINGS
_DOUBLED = re.compile(r"(.)\1")
_BREAK = re.compile(r"[,/|;]")
_SEAMS = ("", "-", " ", ".")
_TIGHT = ("", "-", "/", " / ")
_LONG = 5  # letters and digits of a code that is one however it is separated
_PAIR = 2  # digits of a number that its word's initial may stand before
_DESIGNATION = 3  # digits that only spell out a model: "i7-1165G7"
_TYPED = 7  # letters of a word that is still itself with one wrong
_EU_SIZES = frozenset(map(str, range(34, 51)))
_SHORT = 3  # letters glued to a model that may be a part of its name: "40s", "580gme"


class Mention(NamedTuple):
    """Where a title names a model, up to `end`. `other` makes it another model, for `sure` or perhaps."""

    start: int
    end: int
    fits: bool
    other: str = ""
    sure: bool = False


class MatchPosition(NamedTuple):
    """Where a title names the item, from its first word there to its last and beyond, and what it lacks."""

    first: int
    last: int
    end: int
    problem: str = ""


def locate(wish: ParsedQuery, seen: ParsedTitle) -> MatchPosition:
    """Where the title names the item, and the first thing of the query that it lacks."""
    problem, mention = _models(wish, seen)
    if mention and problem:
        return MatchPosition(mention.start, mention.start, mention.end, problem)
    spots = [find(word, wish, seen) for word in wish.words]
    if not problem and -1 in spots:
        problem = f'the title has no "{wish.words[spots.index(-1)].text}"'
    problem = problem or _lacks(wish, seen)
    if mention:
        return MatchPosition(mention.start, mention.start, mention.end, problem)
    spots = [i for i in spots if i >= 0] or [len(seen.words)]
    return MatchPosition(min(spots), max(spots), max(spots) + 1, problem)


def _models(wish: ParsedQuery, seen: ParsedTitle) -> tuple[str, Mention | None]:
    """The first model that is missing or another one, and where the first that is there is named."""
    problem, mention = "", None
    for model in wish.models:
        found = mentions(model, wish, seen)
        fits = [m for m in found if m.fits]
        others = [m for m in found if m.other and (m.sure or not fits)]
        if others:
            problem = problem or f'another model: "{model.text} {others[0].other}"'
        elif not fits:
            problem = problem or f'the title has no "{model.text}"'
        if mention is None and found:
            mention = (fits or found)[0]
    return problem, mention


def _lacks(wish: ParsedQuery, seen: ParsedTitle) -> str:
    """What a title lacks, or says too much, that has the models and the words; empty where nothing."""
    spare = [find(word, wish, seen) for word in wish.spare]
    for word, i in zip(wish.spare, spare, strict=True):
        if i < 0 and word.text in seen.has:
            return f'the title denies "{word.text}"'
    if len(spare) - spare.count(-1) < wish.least:
        return f'the title has too little of "{" ".join(word.text for word in wish.spare)}"'
    for measure in wish.measures:
        if not _measures(measure, seen):
            return f'the title has no "{measure}"'
    if other := _sequel(wish, seen):
        return f'another of its series: "{other}"'
    if wish.graded and (hopes := seen.has & known.UNGRADED - wish.named):
        return f'it is not graded: "{min(hopes)}"'
    return ""


def find(word: QueryWord, wish: ParsedQuery, seen: ParsedTitle) -> int:
    """The first place of a word that is not said to be absent; -1 where there is none."""
    words = seen.words
    here = word.spellings & seen.has
    if not here:
        if len(word.text) <= _SHORT:
            return _initials(word.text, words)
        at = _halves(word.text, words)
        return at if at >= 0 else _misspelled(word.text, words)
    denied = seen.has & known.DENIALS - wish.named
    if len(here) == 1 and not denied and not seen.beside and word.text not in NOUNS:
        return words.index(next(iter(here)))
    sold = word.text in NOUNS  # who asks for a controller asks for no console with one
    for i, other in enumerate(words):
        if other not in here or i in seen.beside or (denied and i and words[i - 1] in denied):
            continue
        if not sold or i in seen.nouns:
            return i
    return -1


def _sequel(wish: ParsedQuery, seen: ParsedTitle) -> str:
    """What stands right behind the name and tells it from its siblings: "Metroid Prime 2", "Switch Lite"."""
    if seen.has.isdisjoint(_TELLING):
        return ""
    words, asked = seen.words, wish.asked
    ends = frozenset(word.text for word in wish.words)
    for i in range(1, len(words)):
        word = words[i]
        if words[i - 1] not in ends or word in wish.named or seen.gaps[i] != " ":
            continue
        if word in known.SIBLINGS:
            return f"{words[i - 1]} {word}"
        if wish.models or word not in _SERIES or i + 1 == len(words):
            continue
        n = 0
        while n < min(len(asked), i) and words[i - 1 - n] in wish.named:
            n += 1
        name, after = words[i - n : i], words[i + 1]
        counts = (
            after in known.COUNTED_PARTS or after in known.UNITS or after in NOUNS or not seen.gaps[i + 1]
        )
        if n > 1 and name == asked[:n] and after.isalpha() and not counts:
            return f"{name[-1]} {word}"
    return ""


def _measures(measure: str, seen: ParsedTitle) -> bool:
    """Whether the title says it, perhaps without its unit beside another number: "8/256", "18-35"."""
    if measure in seen.measures:
        return True
    unit = measure.lstrip("0123456789.")
    number = measure.removesuffix(unit)
    if number not in seen.has:
        return False
    words, gaps = seen.words, (*seen.gaps, "")
    # "87 V" of an "87V", "24 G"; but not "3 in 1"
    if any(a == number and b != "in" and known.UNITS.get(b) == unit for a, b in pairwise(words)):
        return True
    if unit not in (*known.STORAGE, *known.LENGTHS):
        return False
    near = ("/", "-") if unit in known.LENGTHS else ("/",)
    return any(
        word == number
        and (
            (gaps[i] in near and words[i - 1][:1].isdigit())
            or (gaps[i + 1] in near and words[i + 1 : i + 2] and words[i + 1][:1].isdigit())
        )
        for i, word in enumerate(words)
    )


def _halves(text: str, words: tuple[str, ...]) -> int:
    """Where two words make up one: "game boy"."""
    return next((i for i in range(len(words) - 1) if words[i] + words[i + 1] == text), -1)


def _misspelled(text: str, words: tuple[str, ...]) -> int:
    """Where a long word stands with a letter too few or too many of two alike: "millenium"."""
    if len(text) < _LONG + 1:
        return -1
    once = _DOUBLED.sub(r"\1", text)
    alike = (i for i, word in enumerate(words) if word[0] == text[0] and abs(len(word) - len(text)) <= 1)
    return next((i for i in alike if _DOUBLED.sub(r"\1", words[i]) == once or _mistyped(text, words[i])), -1)


def _mistyped(text: str, word: str) -> bool:
    """Whether a long word differs by one letter, or by two that changed places: "refactor"."""
    if min(len(text), len(word)) < _TYPED:
        return False
    i = next((i for i, (a, b) in enumerate(zip(text, word, strict=False)) if a != b), len(word))
    a, b = text[i:], word[i:]
    if len(text) != len(word):
        return a[1:] == b or a == b[1:]
    return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _initials(text: str, words: tuple[str, ...]) -> int:
    """Where words end that the query abbreviates: "complete in box" for "cib"."""
    n = len(text)
    if n == 1 or not text.isalpha():
        return -1
    starts = "".join(word[0] if len(word) > 1 else " " for word in words)
    at = starts.find(text)
    return at + n - 1 if at >= 0 else -1


def mentions(model: Model, wish: ParsedQuery, seen: ParsedTitle) -> list[Mention]:
    """Every place where the title names the model or one of its siblings."""
    return (
        _spelled(model, wish, seen)
        or _written_as_one(model, seen)
        or _shortened(model, seen, wish)
        or _apart(model, wish, seen)
    )


def _spelled(model: Model, wish: ParsedQuery, seen: ParsedTitle) -> list[Mention]:
    firsts = model.line
    if firsts.isdisjoint(seen.has):
        return []
    places = [i for i, word in enumerate(seen.words) if word in firsts and i not in seen.beside]
    ends = ((i, _end_of(model, wish, seen, i)) for i in places)
    return [
        _sibling(model, wish, seen, Mention(i, end, not _compared(wish, seen, i))) for i, end in ends if end
    ]


def _written_as_one(model: Model, seen: ParsedTitle) -> list[Mention]:
    """Where a long code stands with other separators than in the query: "GA21001A1"."""
    code = "".join(model.pieces).replace(".", "")
    if model.paired or len(model.pieces) == 1 or len(code) < _LONG:
        return []
    words = [word.replace(".", "") for word in seen.words]
    for start, word in enumerate(words):
        if not code.startswith(word) or start in seen.beside:
            continue
        end, joined = start + 1, word
        while end < len(words) and seen.gaps[end] in _SEAMS and code.startswith(joined + words[end]):
            joined += words[end]
            end += 1
        if joined == code:
            return [Mention(start, end, not model.suffixes)]
    return []


def _shortened(model: Model, seen: ParsedTitle, wish: ParsedQuery) -> list[Mention]:
    """Where a title says less: "G9" or "9 gen" for "gen 9", "10 M" for "size 10", "#4" for "4/102"."""
    line, number = model.pieces[0], model.pieces[-1]
    words, gaps = seen.words, seen.gaps
    if model.of_set:
        alone = ("#" in gaps[i] or len(line) >= _DESIGNATION for i in range(len(words)))
        at = next((i for i, ok in enumerate(alone) if ok and words[i] == line), -1)
        return [Mention(at, at + 1, not model.suffixes)] if at >= 0 else []
    if line == "f" and "f" not in seen.has and "." in number and number in seen.has:
        at = words.index(number)
        return [Mention(at, at + 1, not model.suffixes)]
    if len(number) > _DESIGNATION and line is number:
        at = next((i for i, w in enumerate(words) if w in seen.measures and w.startswith(number)), -1)
        return (
            [Mention(at, at + 1, not model.suffixes)] if at >= 0 and words[at][len(number)].isalpha() else []
        )
    if not model.paired or line not in known.NUMBERED or number not in seen.has:
        return []
    asked = wish.asked
    before = asked[asked.index(line) - 1] if line == "gen" else ""  # "pods 2" for "pods gen 2"
    for i, (a, b) in enumerate(pairwise(words)):
        if i in seen.beside:
            continue
        if line in known.GRADES:
            after = next((w for w in words[i + 1 :] if w not in known.GRADE_GAPS), "")
            found = a == number and after == line
        elif line in known.SIZED:
            found = a == number and b in known.WIDTHS and (not i or words[i - 1] not in known.GRADERS)
        else:
            found = (a == line[0] and b == number and gaps[i + 1] in ("", "-")) or (a == number and b == line)
            found = found or (a == before and b == number)
        if found:
            return [Mention(i, i + 2, not model.suffixes)]
    return []


def _apart(model: Model, wish: ParsedQuery, seen: ParsedTitle) -> list[Mention]:
    """Where a number stands away from its word: "B35 Birkin", and as a size, "Sandals EU 42"."""
    line, number = model.pieces[0], model.pieces[-1]
    if not model.paired or line in known.NUMBERED or not {line, number} <= seen.has:
        return []
    words = seen.words
    size = model is not wish.models[0] or number in _EU_SIZES
    for i in range(1, len(words)):
        if words[i] != number:
            continue
        if words[i - 1] == line[0] and not seen.gaps[i] and len(number) == _PAIR:
            return [Mention(i, i + 1, not model.suffixes)]
        after = words[i + 1] if i + 1 < len(words) else ""
        if size and (words[i - 1] in known.SIGNS or after in known.SIGNS or after == "m"):
            return [Mention(i, i + 1, not model.suffixes)]
    return []


def _end_of(model: Model, wish: ParsedQuery, seen: ParsedTitle, i: int) -> int:
    """Where the model's pieces end that start at `i`; 0 where they do not stand there."""
    words, gaps, pieces = seen.words, seen.gaps, model.pieces
    if i and gaps[i] in _TIGHT and not _starts(words[i], words[i - 1], gaps[i], wish):
        return 0
    if model.paired:
        end = _paired(seen, pieces, i + 1)
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
        return 0  # "L4-9" is some other code
    return end if gaps[end] else 0


def _starts(piece: str, before: str, gap: str, wish: ParsedQuery) -> bool:
    """Whether a model can start with `piece` right after `before`, or stands inside another code."""
    if gap == "-":
        return not (piece.isdigit() and before.isdigit())
    if piece.isdigit():
        return len(before) > 1 or before in wish.named or len(piece) >= _LONG
    return len(piece) >= _SHORT or before in wish.named


def _paired(seen: ParsedTitle, pieces: tuple[str, ...], at: int) -> int:
    """Where the number ends that belongs to the word before `at`; a word or a grade may stand between.

    It may bear a length ("Pro 13 inch"), and a number with its own sign ("#57") may stand anywhere.
    """
    line, number = pieces
    graded = line in known.GRADERS
    lengths = {number + unit for unit in known.LENGTHS}
    numbers = {number} if graded else {number, known.OTHERWISE.get(number, number), *lengths}
    left = 3 if graded else 1
    for i in range(at, len(seen.words)):
        word = seen.words[i]
        if word in numbers and (i == at or seen.gaps[i]):
            return i + 1
        between = word in known.GRADE_GAPS if graded else word.isalpha() and word not in known.SUFFIXES
        if not between or not (left or word in known.KINDS):
            break
        left -= word not in known.KINDS
    own = (i for i, w in enumerate(seen.words) if w in lengths or (w == number and "#" in seen.gaps[i]))
    return 0 if graded else next(own, -1) + 1


def _sibling(model: Model, wish: ParsedQuery, seen: ParsedTitle, named: Mention) -> Mention:
    """The mention with what follows it: another suffix makes another model."""
    words, gaps, end = seen.words, seen.gaps, named.end
    plain = named._replace(fits=named.fits and not model.suffixes)
    if end == len(words):
        return plain
    if model.pieces[0] in known.GRADERS or model.of_set:
        other = not gaps[end] and words[end] in known.SIZE_LETTERS and not model.suffixes
        return named._replace(fits=False, other=words[end]) if other else plain
    if not gaps[end] and words[end].isalpha() and words[end] not in known.SUFFIXES:
        return named._replace(fits=False, other=words[end]) if _is_name(model, wish, seen, end) else plain
    run, stop = _suffixes(model, seen, end)
    asked = model.suffixes
    if tuple(run[: len(asked)]) != asked:
        return named._replace(fits=False)
    extra = run[len(asked) :]
    if extra and (not asked or extra[0] in known.SECOND_SUFFIXES):
        return Mention(named.start, stop, fits=False, other=" ".join(extra), sure=True)
    return named._replace(end=stop if run else end)


def _suffixes(model: Model, seen: ParsedTitle, end: int) -> tuple[list[str], int]:
    """The suffixes behind the model that ends at `end`, perhaps after its capacity, and where they end."""
    words, gaps, n = seen.words, seen.gaps, len(seen.words)
    stop = end + (words[end] in seen.measures and words[end].endswith(known.STORAGE))
    if end < stop < n and "-" in gaps[stop]:
        stop = end  # "16G-EVO" goes on as a code
    run: list[str] = []
    suffixes = known.LETTERED_SUFFIXES if model.pieces[0].isalpha() and not model.paired else known.SUFFIXES
    while stop < n and words[stop] in suffixes and not _BREAK.search(gaps[stop]):
        if known.ROMAN.get(words[stop]) != model.pieces[-1]:
            run.append(words[stop])
        stop += 1
    return ([] if words[stop : stop + 1] == ("rare",) else run), stop


def _is_name(model: Model, wish: ParsedQuery, seen: ParsedTitle, end: int) -> bool:
    """Whether the letters glued to a model are a part of its name: "4070M"; not of a code, not a colour's."""
    letters = seen.words[end]
    if letters in wish.named or len(letters) > _SHORT or _packing(model, letters):
        return False
    code = seen.words[end + 1 : end + 2] and not seen.gaps[end + 1] and seen.words[end + 1].isdigit()
    return not code


def _packing(model: Model, letter: str) -> bool:
    """Whether a letter glued to a part number tells colour or packing, not another part: "DCD791B"."""
    if model.paired or len(model.pieces) == 1 or len(model.pieces[0]) == 1:
        return False
    # Of a long one even several letters: the country it is sold in.
    return len(model.pieces) > _SHORT or (len(letter) == 1 and letter not in known.NAME_LETTERS)


def _compared(wish: ParsedQuery, seen: ParsedTitle, i: int) -> bool:
    """Whether what stands at `i` is said not to be it: "not a ..."."""
    i -= 1
    while i >= 0 and seen.words[i] in wish.named:
        i -= 1
    return i >= 0 and seen.words[i] in known.COMPARISONS
