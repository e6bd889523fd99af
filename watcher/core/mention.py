"""Where a title names what a query asks for."""

from __future__ import annotations

import re
from typing import NamedTuple

from watcher.core import vocabulary as known
from watcher.core.reading import Reading
from watcher.core.wish import Model, Wish, Word

_BREAK = re.compile(r"[,/|;]")
_TIGHT = ("", "-", "/")
_SHORT = 3  # letters glued to a model that may be a part of its name: "40s", "580gme"


class Mention(NamedTuple):
    """Where a title names a model, up to `end`. `other` makes it another model, for `sure` or perhaps."""

    start: int
    end: int
    fits: bool
    other: str = ""
    sure: bool = False


class Place(NamedTuple):
    """Where a title names the item, from its first word there to its last and beyond, and what it lacks."""

    first: int
    last: int
    end: int
    problem: str = ""


def locate(wish: Wish, seen: Reading) -> Place:
    """Where the title names the item, and the first thing of the query that it lacks."""
    problems: list[str] = []
    mention: Mention | None = None
    for model in wish.models:
        found = mentions(model, wish, seen)
        fits = [m for m in found if m.fits]
        others = [m for m in found if m.other and (m.sure or not fits)]
        if others:
            problems.append(f'another model: "{model.text} {others[0].other}"')
        elif not fits:
            problems.append(f'the title has no "{model.text}"')
        if mention is None and found:
            mention = (fits or found)[0]
    at = {word.text: _find(word, wish, seen) for word in wish.words}
    problems += [f'the title has no "{word}"' for word, i in at.items() if i < 0]
    if wish.least and all(_find(word, wish, seen) < 0 for word in wish.spare):
        problems.append(f'the title has nothing of "{" ".join(word.text for word in wish.spare)}"')
    problems += [f'the title has no "{measure}"' for measure in wish.measures if measure not in seen.measures]
    problem = problems[0] if problems else ""
    if mention:
        return Place(mention.start, mention.start, mention.end, problem)
    spots = [i for i in at.values() if i >= 0] or [len(seen.words)]
    return Place(min(spots), max(spots), max(spots) + 1, problem)


def _find(word: Word, wish: Wish, seen: Reading) -> int:
    """The first place of a word that is not said to be absent; -1 where there is none."""
    words = seen.words
    here = word.spellings & seen.has
    if not here:
        halves = (i for i in range(len(words) - 1) if words[i] + words[i + 1] == word.text)
        return next(halves, -1) if len(word.text) > _SHORT else -1
    denied = seen.has & known.DENIALS - wish.named
    for i, other in enumerate(words):
        if other in here and not (denied and i and words[i - 1] in denied):
            return i
    return -1


def mentions(model: Model, wish: Wish, seen: Reading) -> list[Mention]:
    """Every place where the title names the model or one of its siblings."""
    first = model.pieces[0]
    if first not in seen.has:
        return []
    found = []
    for i, word in enumerate(seen.words):
        if word == first and (end := _end_of(model, wish, seen, i)):
            found.append(_sibling(model, seen, i, end, fits=not _compared(wish, seen, i)))
    return found


def _end_of(model: Model, wish: Wish, seen: Reading, i: int) -> int:
    """Where the model's pieces end that start at `i`; 0 where they do not stand there."""
    words, gaps, pieces = seen.words, seen.gaps, model.pieces
    if i and gaps[i] in _TIGHT and not _starts(pieces[0], words[i - 1], gaps[i], wish):
        return 0
    if model.paired:
        end = _paired(seen, pieces, i + 1)
    else:
        end = i + len(pieces)
        tight = len(pieces[0]) == 1 and pieces[0].isalpha()  # "l 4" is not "l4"
        if words[i:end] != pieces or any(
            gap not in _TIGHT if tight else len(gap) > 1 for gap in gaps[i + 1 : end]
        ):
            return 0
    if not end or end == len(words) or not words[end].isdigit():
        return end
    if gaps[end] == "-" and sum(map(len, pieces)) <= _SHORT:
        return 0  # "L4-9" is some other code
    return end if gaps[end] else 0


def _starts(piece: str, before: str, gap: str, wish: Wish) -> bool:
    """Whether a model can start with `piece` right after `before`, or stands inside another code."""
    if gap == "-":
        return not (piece.isdigit() and before.isdigit())
    if piece.isdigit():
        return len(before) > 1 or before in wish.named
    return len(piece) >= _SHORT


def _paired(seen: Reading, pieces: tuple[str, ...], at: int) -> int:
    """Where the number ends that belongs to the word before `at`; a word or a grade may stand between.

    It may bear a length ("Pro 13 inch"), and a number with its own sign ("#57") may stand anywhere.
    """
    line, number = pieces
    graded = line in known.GRADERS
    numbers = {number} if graded else {number, *(number + unit for unit in known.LENGTHS)}
    left = 3 if graded else 1
    for i in range(at, len(seen.words)):
        word = seen.words[i]
        if word in numbers:
            return i + 1
        between = word in known.GRADE_GAPS if graded else word.isalpha() and word not in known.SUFFIXES
        if not left or not between:
            break
        left -= 1
    signed = (i for i, gap in enumerate(seen.gaps) if "#" in gap and seen.words[i] == number)
    return 0 if graded else next(signed, -1) + 1


def _sibling(model: Model, seen: Reading, start: int, end: int, *, fits: bool) -> Mention:
    """The mention with what follows it: another suffix makes another model."""
    words, gaps, n = seen.words, seen.gaps, len(seen.words)
    if model.pieces[0] in known.GRADERS or end == n:
        return Mention(start, end, fits and not model.suffixes)
    if not gaps[end] and words[end].isalpha() and words[end] not in known.SUFFIXES:
        code = words[end + 1 : end + 2] and not gaps[end + 1] and words[end + 1].isdigit()
        if not code and not _packing(model, words[end]) and len(words[end]) <= _SHORT:
            return Mention(start, end, fits=False, other=words[end])
        return Mention(start, end, fits and not model.suffixes)
    stop = end + (words[end] in seen.measures)
    if stop < n and stop > end and "-" in gaps[stop]:
        stop = end  # "16G-EVO" goes on as a code
    run: list[str] = []
    suffixes = known.LETTERED_SUFFIXES if model.pieces[0].isalpha() and not model.paired else known.SUFFIXES
    while stop < n and words[stop] in suffixes and not _BREAK.search(gaps[stop]):
        run.append(words[stop])
        stop += 1
    if words[stop : stop + 1] == ("rare",):
        run.clear()
    asked = model.suffixes
    if tuple(run[: len(asked)]) != asked:
        return Mention(start, end, fits=False)
    extra = run[len(asked) :]
    if extra and (not asked or extra[0] in known.SECOND_SUFFIXES):
        return Mention(start, stop, fits=False, other=" ".join(extra), sure=True)
    return Mention(start, stop if run else end, fits)


def _packing(model: Model, letter: str) -> bool:
    """Whether a letter glued to a part number tells colour or packing, not another part: "DCD791B"."""
    part_number = len(model.pieces) > 1 and len(model.pieces[0]) > 1
    return part_number and len(letter) == 1 and letter not in known.NAME_LETTERS


def _compared(wish: Wish, seen: Reading, i: int) -> bool:
    """Whether what stands at `i` is only compared with: "not a ...", "better than ...", "similar to ..."."""
    i -= 1
    while i >= 0 and seen.words[i] in wish.named:
        i -= 1
    if i < 0:
        return False
    return seen.words[i] in known.COMPARISONS or (
        seen.words[i] == "to" and seen.words[i - 1] in known.SIMILAR
    )
