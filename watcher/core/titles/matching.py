"""Find the item of a query in a title, and the parts of the query that the title lacks."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from watcher.core.titles import query_words
from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.parsed_title import NOUNS, ParsedTitle
from watcher.core.titles.query import Model, ParsedQuery
from watcher.core.titles.word_search import find_word

_NO_CONTRARY = vocab.UNGRADED | query_words.EXTRAS | {"ready"}
_SERIES = ("gen", "series", "v")
_ARTICLES = ("a", "an", "the")
_SEQUEL_NUMBERS = frozenset(map(str, range(2, 10))) | vocab.NUMERALS
_SEQUEL_WORDS = _SEQUEL_NUMBERS | vocab.SIBLINGS
_CLAUSE_BREAK = re.compile(r"[,/|;]")
_CODE_SEPARATORS = ("", "-", " ", ".")
_TIGHT_GAPS = ("", "-", "/", " / ")
_LONG_CODE = 5  # characters of a code that matches with any separators
_INITIAL_DIGITS = 2  # of a number that may follow its word's initial: "B35 Birkin"
_DESIGNATION = 3  # maximum digits that only complete a model; more name one: "i7-1165G7"
_SHORT_NAME = 3  # maximum letters glued to a model that may belong to its name: "40s"


class Mention(NamedTuple):
    """A model in a title, from `start` up to `end`. `fits`: it is the query's model.

    `other`: the suffix that makes it a different model; `sure`: even if another mention fits.
    """

    start: int
    end: int
    fits: bool
    other: str = ""
    sure: bool = False


class MatchPosition(NamedTuple):
    """The item's name in a title: positions of its first and last word, and of what follows.

    `problem`: what the title lacks or contradicts; empty if nothing. `absent`: the models that it does not
    mention; `contradicted`: it mentions one, but as another.
    """

    first: int
    last: int
    end: int
    problem: str = ""
    absent: tuple[Model, ...] = ()
    contradicted: bool = False


def locate(query: ParsedQuery, title: ParsedTitle) -> MatchPosition:
    """Return the position of the item's name, and the first part of the query that the title lacks."""
    problem, mention, absent, contradicted = _match_models(query, title)
    if mention and problem:
        return MatchPosition(mention.start, mention.start, mention.end, problem, absent, contradicted)
    positions = [find_word(word, query, title) for word in query.words]
    if not problem and -1 in positions:
        problem = f'the title has no "{query.words[positions.index(-1)].text}"'
    problem = problem or _find_problem(query, title)
    if mention:
        return MatchPosition(mention.start, mention.start, mention.end, problem)
    found = [i for i in positions if i >= 0] or [len(title.words)]
    return MatchPosition(min(found), max(found), max(found) + 1, problem, absent, contradicted)


class _ModelMatch(NamedTuple):
    problem: str
    mention: Mention | None
    absent: tuple[Model, ...]
    contradicted: bool


def _match_models(query: ParsedQuery, title: ParsedTitle) -> _ModelMatch:
    """Return the first model that is missing or different, the first mention, and the models without one."""
    problem, mention, contradicted = "", None, False
    absent: list[Model] = []
    for model in query.models:
        found = find_mentions(model, query, title)
        fits = [m for m in found if m.fits]
        others = [m for m in found if m.other and (m.sure or not fits)]
        if others:
            problem = problem or f'another model: "{model.text} {others[0].other}"'
            contradicted = True
        elif not fits:
            problem = problem or f'the title has no "{model.text}"'
            contradicted = contradicted or bool(found)
            absent.append(model)
        if mention is None and found:
            mention = (fits or found)[0]
    return _ModelMatch(problem, mention, tuple(absent), contradicted)


def _find_problem(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return what a title with all models and words still lacks or contradicts; empty if nothing."""
    optional = [find_word(word, query, title) for word in query.optional]
    for word, i in zip(query.optional, optional, strict=True):
        if i < 0 and word.text in title.word_set:
            return f'the title denies "{word.text}"'
    if len(optional) - optional.count(-1) < query.min_optional:
        return f'the title has too little of "{" ".join(word.text for word in query.optional)}"'
    for measure in query.measures:
        if not states_measure(measure, title):
            return f'the title has no "{measure}"'
    if query.contrary and (other := _find_contrary(query, title)):
        return f'another kind: "{other}"'
    if query.other_kinds and (pair := query.other_kinds.intersection(pairwise(title.words))):
        return f'another kind: "{" ".join(min(pair))}"'
    if other := _find_sequel(query, title):
        return f'another of its series: "{other}"'
    if query.graded and (ungraded := title.word_set & vocab.UNGRADED - query.named):
        return f'it is not graded: "{min(ungraded)}"'
    return ""


def _find_sequel(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return a word after the name that marks another item of a series: "Metroid Prime 2", "Switch Lite"."""
    if title.word_set.isdisjoint(_SEQUEL_WORDS):
        return ""
    words, asked = title.words, query.asked
    ends = frozenset(word.text for word in query.words)
    for i in range(1, len(words)):
        word = words[i]
        if words[i - 1] not in ends or word in query.named or title.gaps[i] != " ":
            continue
        if word in vocab.SIBLINGS:
            if words[i + 1 : i + 2] == ("rare",):
                continue  # "Japanese Ultra Rare"
            return f"{words[i - 1]} {word}"
        if word not in _SEQUEL_NUMBERS or words[i - 1] in vocab.KINDS:
            continue  # "camera 2" counts cameras
        n = 0
        while n < min(len(asked), i) and words[i - 1 - n] in query.named:
            n += 1
        name, after = words[i - n : i], words[i + 1] if i + 1 < len(words) else ""
        counts = (
            after in vocab.COUNTED_PARTS
            or after in vocab.UNITS
            or after in NOUNS
            or title.gaps[i + 1] in ("", "-")
            if after
            else name != asked or word.isalpha()
        )
        if n > 1 and name == asked[:n] and (after.isalpha() or not after) and not counts:
            return f"{name[-1]} {word}"
    return ""


def _find_contrary(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return a word that makes the title another kind than the query names: "wifi + cellular" for "wifi"."""
    found = title.word_set & query.contrary
    words = title.words
    return next(
        (
            w
            for i, w in enumerate(words)
            if w in found
            and vocab.NEGATIONS.isdisjoint(words[max(0, i - 1) : i])
            and _NO_CONTRARY.isdisjoint(words[i + 1 : i + 4])
        ),
        "",
    )


def states_measure(measure: str, title: ParsedTitle) -> bool:
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


def find_mentions(model: Model, query: ParsedQuery, title: ParsedTitle) -> list[Mention]:
    """Return every mention of the model or one of its siblings."""
    return (
        _exact_mentions(model, query, title)
        or _joined_mentions(model, query, title)
        or _short_mentions(model, title, query)
        or _separated_mentions(model, query, title)
        or (_bare_mentions(model, query, title) if model.bare else [])
    )


def _bare_mentions(model: Model, query: ParsedQuery, title: ParsedTitle) -> list[Mention]:
    """Return the mentions of a code without its prefix, unless another prefix stands before it."""
    bare = model._replace(pieces=model.bare, line=frozenset(model.bare[:1]), bare=())
    return [
        m for m in _exact_mentions(bare, query, title) if not m.start or title.gaps[m.start] not in ("", "-")
    ]


def _exact_mentions(model: Model, query: ParsedQuery, title: ParsedTitle) -> list[Mention]:
    """Return the mentions that start with the model's first piece, each with its suffixes."""
    firsts = model.line
    if firsts.isdisjoint(title.word_set):
        return []
    places = [i for i, word in enumerate(title.words) if word in firsts and i not in title.compared]
    ends = ((i, _end_of_pieces(model, query, title, i)) for i in places)
    return [
        _with_suffixes(model, query, title, Mention(i, end, not _is_denied(query, title, i)))
        for i, end in ends
        if end
    ]


def _joined_mentions(model: Model, query: ParsedQuery, title: ParsedTitle) -> list[Mention]:
    """Return the mention of a code whose separators differ from the query's: "GA21001A1", "35705000"."""
    code = "".join(model.pieces)
    if model.paired or (len(model.pieces) == 1 and "." not in code):
        return []
    code = code.replace(".", "")
    long = len(code) >= _LONG_CODE
    initial = code[0]
    starts = [i for i, word in enumerate(title.words) if word[0] == initial]
    if len(code) < _SHORT_NAME or not starts:
        return []
    words = [word.replace(".", "") for word in title.words] if long else title.words
    for start in starts:
        word = words[start]
        if long and word.startswith(code) and not word[len(code) :].strip("0"):
            return [Mention(start, start + 1, not model.suffixes)]  # "35705000" for "3570.50"
        if not code.startswith(word) or start in title.compared:
            continue
        if not long and not (start and words[start - 1] in query.named):
            continue  # "Fujifilm XT4" for "x-t4", but not "XT 4"
        end, joined = start + 1, word
        while (
            end < len(words) and title.gaps[end] in _CODE_SEPARATORS and code.startswith(joined + words[end])
        ):
            joined += words[end]
            end += 1
        if joined == code and not _runs_on(title, end):
            return [_with_suffixes(model, query, title, Mention(start, end, fits=True))]
    return []


def _runs_on(title: ParsedTitle, end: int) -> bool:
    """Return whether a number and letters are glued to the code that ends at `end`: the "3D" of "5800X3D"."""
    after = title.words[end : end + 2]
    return (
        len(after) > 1 and after[0].isdigit() and after[1].isalpha() and title.gaps[end : end + 2] == ("", "")
    )


def _short_mentions(model: Model, title: ParsedTitle, query: ParsedQuery) -> list[Mention]:
    """Return a shortened mention: "G9" or "9 gen" for "gen 9", "10 M" for "size 10", "#4" for "4/102"."""
    line, number = model.pieces[0], model.pieces[-1]
    words, gaps = title.words, title.gaps
    position = -1
    if model.of_set:
        alone = ("#" in gaps[i] or len(line) >= _DESIGNATION for i in range(len(words)))
        position = next((i for i, ok in enumerate(alone) if ok and words[i] == line), -1)
    elif line == "f" and "f" not in title.word_set and "." in (aperture := model.pieces[1]):
        end = len(model.pieces) - 1
        position = next((i for i in range(len(words)) if words[i : i + end] == model.pieces[1:]), -1)
        if position < 0 and aperture == number and number in title.word_set:
            position = words.index(number)
    elif line is number and title.measures and (len(number) >= _DESIGNATION or model in query.models[1:]):
        units = vocab.LENGTHS if len(number) <= _DESIGNATION else ()
        measures = (i for i, w in enumerate(words) if w in title.measures and w.startswith(number))
        position = next((i for i in measures if words[i][len(number)].isalpha()), -1)
        if units and position >= 0 and not words[position].endswith(units):
            position = -1
    elif model.paired and line in vocab.NUMBERED and number in title.word_set:
        return _numbered_mentions(model, title, query)
    return [Mention(position, position + 1, not model.suffixes)] if position >= 0 else []


def _numbered_mentions(model: Model, title: ParsedTitle, query: ParsedQuery) -> list[Mention]:
    """Return the mention of a number without the word that carries it: "watch 7" for "watch series 7"."""
    line, number = model.pieces[0], model.pieces[-1]
    words, gaps, asked = title.words, title.gaps, query.asked
    carried = line in query_words.CARRIERS and line != "size" and line in asked[1:]
    before = asked[asked.index(line, 1) - 1] if carried else ""
    for i, (a, b) in enumerate(pairwise(words)):
        if i in title.compared:
            continue
        if line in vocab.GRADES:
            after = next((w for w in words[i + 1 :] if w not in vocab.GRADE_GAPS), "")
            found = a == number and after == line
        elif line in vocab.SIZED:
            found = a == number and b in vocab.SHOE_WIDTHS and (not i or words[i - 1] not in vocab.GRADERS)
        else:
            initial = a == line[0] and b == number and gaps[i + 1] in ("", "-")
            found = initial or (a == number and b == line) or (a == before and b == number)
        if found:
            return [Mention(i, i + 2, not model.suffixes)]
    return []


def _separated_mentions(model: Model, query: ParsedQuery, title: ParsedTitle) -> list[Mention]:
    """Return a mention with the number away from its word: "B35 Birkin" or, for sizes, "Sandals EU 42"."""
    line, number = model.pieces[0], model.pieces[-1]
    if model.paired and line + number in title.word_set:  # "GRIII" for "GR III"
        position = title.words.index(line + number)
        return [Mention(position, position + 1, not model.suffixes)]
    if not model.paired or line in vocab.NUMBERED or number not in title.word_set:
        return []
    if model.line.isdisjoint(title.word_set):
        return []
    words = title.words
    size = model is not query.models[0] or number in vocab.EU_SIZES
    named = query.named - {line} if line in vocab.KINDS else frozenset[str]()
    for i in range(1, len(words)):
        if words[i] != number:
            continue
        initial = words[i - 1] == line[0] and not title.gaps[i] and len(number) == _INITIAL_DIGITS
        if initial or (words[i - 1] in named and title.gaps[i] == " "):  # "Tabby 26 bag" for "Tabby bag 26"
            return [Mention(i, i + 1, not model.suffixes)]
        after = words[i + 1] if i + 1 < len(words) else ""
        if size and (words[i - 1] in vocab.SIZE_SIGNS or after in vocab.SIZE_SIGNS or after == "m"):
            return [Mention(i, i + 1, not model.suffixes)]
    return []


def _end_of_pieces(model: Model, query: ParsedQuery, title: ParsedTitle, i: int) -> int:
    """Return the end of the model's pieces that start at `i`; 0 if they do not start there."""
    words, gaps, pieces = title.words, title.gaps, model.pieces
    if i and gaps[i] in _TIGHT_GAPS and not _can_start(words[i], words[i - 1], gaps[i], query):
        return 0
    if model.paired:
        end = _end_of_paired_number(title, pieces, i + 1)
    else:
        end = i + len(pieces)
        if not _are_pieces(words[i + 1 : end], pieces[1:], title) or any(
            len(gap) > 1 and gap != " / " for gap in gaps[i + 1 : end]
        ):
            return 0
        tight = len(words[i]) == 1 and words[i].isalpha()  # "l 4" is not "l4", but "galaxy s 22" is
        if (
            tight
            and end > i + 1
            and gaps[i + 1] not in _TIGHT_GAPS
            and not _is_spaced(model, query, title, i)
        ):
            return 0
    if not end or end == len(words) or not words[end].isdigit():
        return end
    if gaps[end] == "-" and sum(map(len, pieces)) <= _SHORT_NAME and len(words[end]) < _DESIGNATION:
        return 0  # "L4-9" is another code
    return end if gaps[end] else 0


def _are_pieces(words: tuple[str, ...], pieces: tuple[str, ...], title: ParsedTitle) -> bool:
    """Return whether these words are the other pieces of a model, the last perhaps with a unit: "24-70mm"."""
    if words == pieces or not pieces or words[:-1] != pieces[:-1]:
        return words == pieces
    measure = words[-1:] != () and words[-1] in title.measures
    return measure and pieces[-1].isdigit() and words[-1].rstrip("abcdefghijklmnopqrstuvwxyz") == pieces[-1]


def _is_spaced(model: Model, query: ParsedQuery, title: ParsedTitle, i: int) -> bool:
    """Return whether the letter at `i` and the number after it are the model, right after another name.

    One of the letters for sizes and one digit are a size and a quantity rather than a model.
    """
    sized = model.pieces[0] in vocab.CLOTHING_SIZES and len(model.pieces[1]) == 1 and not model.suffixes
    return not sized and i > 0 and len(title.words[i - 1]) > 1 and title.words[i - 1] in query.named


def _can_start(piece: str, before: str, gap: str, query: ParsedQuery) -> bool:
    """Return whether a model can start with `piece` right after `before`, rather than inside another code."""
    if gap == "-":
        return not (piece.isdigit() and before.isdigit())
    if piece.isdigit():
        return len(before) > 1 or before in query.named or len(piece) >= _LONG_CODE
    return len(piece) >= _SHORT_NAME or before in query.named


def _end_of_paired_number(title: ParsedTitle, pieces: tuple[str, ...], start: int) -> int:
    """Return the end of the number that belongs to the word before `start`, after at most a word or a grade.

    The number may have a length unit ("Pro 13 inch"); a number with its own sign ("#57") may be anywhere.
    """
    line, number = pieces
    graded = line in vocab.GRADERS
    lengths = {number + unit for unit in vocab.LENGTHS}
    numbers = {number} if graded else {number, vocab.OTHER_NUMERAL.get(number, number), *lengths}
    left = 3 if graded else 1
    for i in range(start, len(title.words)):
        word = title.words[i]
        if word in numbers and (i == start or title.gaps[i]):
            return i + 1
        between = word in vocab.GRADE_GAPS if graded else word.isalpha() and word not in vocab.SUFFIXES
        if not between or not (left or word in vocab.KINDS):
            break
        left -= word not in vocab.KINDS
    signed = (i for i, w in enumerate(title.words) if w in lengths or (w == number and "#" in title.gaps[i]))
    return 0 if graded else next(signed, -1) + 1


def _with_suffixes(model: Model, query: ParsedQuery, title: ParsedTitle, named: Mention) -> Mention:
    """Return the mention with what follows it: a different suffix makes a different model."""
    words, gaps, end = title.words, title.gaps, named.end
    plain = named._replace(fits=False) if model.suffixes and named.fits else named
    if end == len(words):
        return plain
    if model.text.isdigit() and len(model.text) <= _INITIAL_DIGITS and model is not query.models[0]:
        return plain  # a size: "C2 55 OLED"
    if model.pieces[0] in vocab.GRADERS or model.of_set:
        other = not gaps[end] and words[end] in vocab.SIZE_LETTERS and not model.suffixes
        return named._replace(fits=False, other=words[end]) if other else plain
    if not gaps[end] and words[end].isalpha() and words[end] not in vocab.SUFFIXES:
        return named._replace(fits=False, other=words[end]) if _is_name(model, query, title, end) else plain
    asked = model.suffixes
    series = asked != () and words[end] in _SERIES and words[end + 1 : end + 2] == asked[:1]
    run, stop = _read_suffixes(model, title, end + series)  # "QC35 Series II"
    if not run and not asked:
        return named
    if asked and not run and vocab.ROMAN.get(asked[0]) == words[end] and _ends_name(title, end):
        run, stop = [asked[0]], end + 1  # "Z6 2" for "Z6 II"
    if tuple(run[: len(asked)]) != asked:
        return named._replace(fits=False)
    extra = [word for word in run[len(asked) :] if word not in query.asked]
    if extra and (not asked or extra[0] in vocab.SECOND_SUFFIXES):
        return Mention(named.start, stop, fits=False, other=" ".join(extra), sure=True)
    return named._replace(end=stop) if run else named


def _read_suffixes(model: Model, title: ParsedTitle, end: int) -> tuple[list[str], int]:
    """Return the suffixes after the model that ends at `end`, perhaps after its capacity, and their end."""
    words, gaps, n = title.words, title.gaps, len(title.words)
    stop = end + (words[end] in title.measures and words[end].endswith(vocab.STORAGE))
    if end < stop < n and "-" in gaps[stop]:
        stop = end  # "16G-EVO" is a code
    run: list[str] = []
    suffixes = vocab.LETTERED_SUFFIXES if model.pieces[0].isalpha() and not model.paired else vocab.SUFFIXES
    while stop < n and words[stop] in suffixes and not _CLAUSE_BREAK.search(gaps[stop]):
        if vocab.ROMAN.get(words[stop]) != model.pieces[-1]:
            run.append(words[stop])
        stop += 1
    return ([] if words[stop : stop + 1] == ("rare",) else run), stop


def _ends_name(title: ParsedTitle, i: int) -> bool:
    """Return whether the number at `i` belongs to the name before it; in "2 batteries" it counts things."""
    after = title.words[i + 1] if i + 1 < len(title.words) else ""
    counted = after in NOUNS or after in vocab.COUNTED_PARTS or after in vocab.UNITS
    counted = counted or (after.endswith("s") and not after.endswith("ss"))
    return not title.gaps[i].strip(" -") and not counted and not (after and not title.gaps[i + 1])


def _is_name(model: Model, query: ParsedQuery, title: ParsedTitle, end: int) -> bool:
    """Return whether letters glued to a model belong to its name: "4070M"; not a code's or a colour's."""
    letters = title.words[end]
    if letters in query.named or len(letters) > _SHORT_NAME or _is_packaging_letter(model, letters):
        return False
    line, number = model.pieces[0], model.pieces[-1]
    if number.isdigit() and len(number) > _LONG_CODE:
        return False  # "116610LN" is a 116610
    code = title.words[end + 1 : end + 2] and title.words[end + 1][0].isdigit()
    lettered = line.isalpha() and len(line) > 1 and len(number) >= _DESIGNATION
    return not code or title.gaps[end + 1] not in (("", "-") if lettered else ("",))


def _is_packaging_letter(model: Model, letter: str) -> bool:
    """Return whether a letter glued to a part number marks colour or packaging: "DCD791B"."""
    if model.paired or len(model.pieces) == 1 or len(model.pieces[0]) == 1:
        return False
    # A long part number may even have several letters, for the country of sale.
    return len(model.pieces) > _SHORT_NAME or (len(letter) == 1 and letter not in vocab.NAME_LETTERS)


def _is_denied(query: ParsedQuery, title: ParsedTitle, i: int) -> bool:
    """Return whether the title denies the word at `i`: "not a ..."."""
    i -= 1
    while i >= 0 and (title.words[i] in query.named or title.words[i] in _ARTICLES):
        i -= 1
    return i >= 0 and title.words[i] in vocab.MODEL_DENIALS
