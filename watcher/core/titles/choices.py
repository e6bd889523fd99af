"""Find a choice of items in a title: sizes and capacities side by side, of which a buyer takes one."""

from __future__ import annotations

from itertools import pairwise

from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.matching import MatchPosition
from watcher.core.titles.parsed_title import ParsedTitle
from watcher.core.titles.query import ParsedQuery

_MIN_ROW = 5  # numbers in a row that are sizes to choose from
_SIDE_BY_SIDE = (" ", "/", ", ", " / ", "|", " | ", ",", " - ", "-")
_CONJUNCTIONS = ("or", "and")
_NUMBER = "0123456789."
_CAPACITIES = frozenset(str(2**n) for n in range(4, 11))  # a smaller one may be a memory
_CAPACITY_WORDS = frozenset((size,) for size in _CAPACITIES)
_MAX_CAPACITY_RATIO = 4  # of two capacities of one product; memory and disk differ by more
_MAX_LENGTH_RATIO = 1.2  # of two sizes of one product


def sizes_offered(query: ParsedQuery, title: ParsedTitle, _position: MatchPosition) -> str:
    """Return sizes to choose from: "size 8 8.5 9 9.5 10", "64GB 128GB", "41mm/45mm"."""
    if title.measures and (offered := _measures_offered(query, title)):
        return offered
    if "sizes" in title.word_set and (offered := _sizes_named(title)):
        return offered
    if title.numbers < _MIN_ROW:
        return ""
    run: list[str] = []
    for word, gap in zip(title.words, title.gaps, strict=True):
        if word.replace(".", "").isdigit() and (not run or gap in (" ", ", ", "/", ",")):
            run.append(word)
            if len(run) == _MIN_ROW:
                return " ".join(run)
        else:
            run = [word] if word.replace(".", "").isdigit() else []
    return ""


def _sizes_named(title: ParsedTitle) -> str:
    """Return "sizes" before the first of them: "sizes 8-13"; but not "4 sizes of tips"."""
    i = title.words.index("sizes")
    after = title.words[i + 1] if i + 1 < len(title.words) else ""
    return f"sizes {after}" if after[:1].isdigit() or after in vocab.CLOTHING_SIZES else ""


def _measures_offered(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return two measures side by side that one item cannot have."""
    words = title.words
    if len(title.measures) == 1 and title.word_set.isdisjoint(_CAPACITIES):
        return ""
    sizes = [i for i, w in enumerate(words) if w in title.measures or w in _CAPACITIES]
    for i, j in pairwise(sizes):
        joined = words[i + 1] in _CONJUNCTIONS and title.gaps[i + 1] == " " if j == i + 2 else j == i + 1
        if not joined or title.gaps[j] not in _SIDE_BY_SIDE or {words[i], words[j]} <= query.named:
            continue
        unit = words[j].lstrip(_NUMBER)
        alike = unit != "" and words[i].lstrip(_NUMBER) in ("", unit)
        if words[i].isdecimal() and title.gaps[j] == "/" and words[i - 1 : i] not in _CAPACITY_WORDS:
            continue  # "128/256GB" may be one listing's spelling, three are a list
        computer = not vocab.MEMORY.isdisjoint(words[i + 1 : j + 3])
        if alike and not computer and _exclude_each_other(words[i], words[j], unit):
            return f"{words[i]} {words[j]}"
    return ""


def _exclude_each_other(first: str, second: str, unit: str) -> bool:
    """Return whether two measures are different sizes of one kind."""
    small, large = sorted(float(text.removesuffix(unit)) for text in (first, second))
    if unit in vocab.STORAGE:
        sized = {str(int(small)), str(int(large))} <= _CAPACITIES
        return sized and small < large <= _MAX_CAPACITY_RATIO * small
    return unit in vocab.LENGTHS and first.endswith(unit) and small < large <= _MAX_LENGTH_RATIO * small
