"""What a title sells instead of the item, told by where its words stand."""

from __future__ import annotations

import re
from itertools import pairwise

from watcher.core.titles import vocabulary as known
from watcher.core.titles.matching import MatchPosition, find
from watcher.core.titles.parsed_title import NOUNS, ParsedTitle, Reason
from watcher.core.titles.query import ParsedQuery, is_year

_LISTED = re.compile(r"[,+]")
_BREAK = re.compile(r"[,|;([+]")
_CODE = 3  # digits of a number that names a model
_NEAR = 5  # words after "+" in which another item is named
_FAR = 2  # words that may stand between "for" and the item it is for
_LIST = 3  # so many models in a row are a list
_FINAL = known.FINAL_NOUNS | {"strap", "straps"}
_PARTS = NOUNS | known.WRAPPINGS | known.PIECES
_COUNTS = frozenset(map(str, range(2, 51)))


def accessory_sold(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition) -> str:
    """The words that tell an accessory, a part or the wrapping alone; empty where none do."""
    return (
        _made_for_it(wish, seen, place)
        or _thing_sold(wish, seen, place)
        or _ends_as(wish, seen, place)
        or _only(wish, seen, place)
        or _list_of_models(wish, seen)
    )


def several_sold(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition) -> str:
    """The words that tell more than one item."""
    beside = "" if place.problem else _other_models(wish, seen)
    return _times(wish, seen, place) or beside or _another_item(wish, seen, place)


def system_sold(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition) -> str:
    """The words that tell a system or a set with the item in it."""
    if not seen.has.isdisjoint(known.COMPONENTS):
        built_of = [w for w in seen.words if w in known.COMPONENTS and w not in wish.named]
        first = known.COMPONENTS - wish.named
        whole = len(set(built_of)) > 1 and not known.STORES.isdisjoint(built_of)
        if whole and not first.isdisjoint(seen.words[: place.first]):
            return " ".join(built_of)
    told = seen.measures - set(wish.measures)
    stores = {w for w in seen.words[: place.first] if w in told and w.endswith(known.STORAGE)}
    if len(stores) > 1:  # "i7 32gb 1tb Model 5"; nothing else has two before its name
        return " ".join(sorted(stores))
    return _inside(wish, seen, place)


def _inside(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition) -> str:
    """The thing that has ours in it or beside it: "console with Model 5 installed"."""
    words, named = seen.words, wish.named
    if "with" not in seen.has:
        return ""
    at = max((i for i in range(place.first) if words[i] == "with"), default=0)
    if not 1 < at < len(words) - 1 or words[at + 1] not in named or place.first < at:
        return ""
    if len(named.intersection(words[:at])) > 1:
        return ""
    return f"{words[at - 1]} with {words[at + 1]}"


def _made_for_it(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition) -> str:
    """The "for" of "heatsink for Model 5"; but not that of "new for Model 5" or "Model 5 for parts"."""
    at, words = seen.made_for, seen.words
    if not 0 <= at < place.last:
        return ""
    if words[at] in wish.named:
        return f"for {words[at + 1]}" if words[at + 1] in wish.made else ""
    if wish.words and all(0 <= find(word, wish, seen) < at for word in wish.words):
        return ""  # "Ocarina of Time for N64"
    if Reason.ACCESSORY in wish.off:
        sold = [words[i] for i in seen.nouns if i < at]
        return f"{sold[0]} for" if sold and wish.named.isdisjoint(sold) else ""
    if not at and words[0] != "for":
        return f"{words[0]} {words[1]}"
    if (
        known.FIRM_NOUNS.isdisjoint(words[:at])
        and not wish.models
        and 4 * len(wish.named.intersection(words[:at])) >= 3 * len(wish.named)
    ):
        return ""  # "Joy-Con controllers for Switch" are what was asked for
    if noun := next(
        (words[i] for i in seen.nouns if not _is_feature(seen, i) and words[i] not in wish.named), ""
    ):
        return f"{noun} {words[at]}"
    if words[at + 1] in wish.named:
        first = wish.asked[: wish.asked.index(words[at + 1])] if words[at + 1] in wish.asked else ()
        if len(first) > 1 and set(first) <= set(words[:at]):
            return ""  # "Chrono Trigger for SNES"
    ours = wish.named | known.BARE | known.KINDS
    far = sum(word not in ours for word in words[at + 1 : place.last]) > _FAR
    return "" if far or ours.issuperset(words[:at]) else f"{words[at - 1]} {words[at]} {words[at + 1]}"


def _thing_sold(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition) -> str:
    """The accessory that the title is about, judged by its place beside the item's name."""
    if not seen.nouns:
        return ""
    words = seen.words
    behind = place.end
    while behind < len(words) and (words[behind] in wish.named or words[behind] in seen.measures):
        behind += 1
    for i in seen.nouns:
        of_item = (
            words[i] in wish.named
            or (place.first <= i < place.end and words[i] not in known.FIRM_NOUNS)
            or _is_praised(wish, seen, i)
        )
        if not of_item and not (i >= behind and _is_listed(seen, place.first, behind, i)):
            before = i < place.first and words[i] not in known.ORGANS and not _is_feature(seen, i)
            if before or i == behind or (i > place.first and _tells_behind(wish, seen, place, i)):
                return words[i]
    return ""


def _is_praised(wish: ParsedQuery, seen: ParsedTitle, i: int) -> bool:
    """Whether the noun at `i` is the item's own: a flawless screen, a receipt."""
    word, after = seen.words[i], seen.words[i + 1 : i + 2]
    if word in known.PAPERS:
        return not known.KINDS.isdisjoint(seen.words[:i])
    return word in known.ORGANS and (Reason.PARTS in wish.off or not known.FINE.isdisjoint(after))


def _tells_behind(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition, i: int) -> bool:
    """Whether the noun at `i`, somewhere behind the item's name, is what is sold."""
    word, before = seen.words[i], seen.words[i - 1]
    if word in known.FIRM_NOUNS:
        return not _is_described(seen, place.end, i)
    if before in known.KINDS - wish.named and seen.gaps[i] == " " and word in known.LOOSE_NOUNS:
        return True  # "watch band", "drill battery"
    return word in known.ENCLOSING and before in known.WRAPPED


def _ends_as(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition) -> str:
    """The noun that a title ends with, or its part before a break: "Model 5 spare battery" is a battery."""
    if seen.has.isdisjoint(_FINAL):
        return ""
    words, gaps = seen.words, seen.gaps
    end = place.end
    while end < len(words) and not _BREAK.search(gaps[end]) and words[end] not in known.BREAKS:
        end += 1
    last = end - 1
    while last > place.end and _is_trim(seen, last):
        last -= 1
    if last < place.end:
        return ""
    strap = words[last] in ("strap", "straps") and words[last - 1] in known.STRAPPED
    if not (strap or words[last] in known.FINAL_NOUNS) or _is_own(wish, seen, place, last):
        return ""
    if words[last] in NOUNS and last not in seen.nouns:
        return ""  # it is not included
    return words[last]


def _is_trim(seen: ParsedTitle, i: int) -> bool:
    """Whether the word at `i` tells no more than a colour or a code."""
    word = seen.words[i]
    glued = not seen.gaps[i] or not seen.gaps[i + 1 : i + 2] or not seen.gaps[i + 1]
    coded = glued and any(map(str.isdigit, "".join(seen.words[max(0, i - 1) : i + 2])))
    return word in known.COLOURS or word in known.BARE or word.isdigit() or coded


def _only(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition) -> str:
    """The part that is sold alone: "inner pot only", "steelbook only"; but not "body only"."""
    if "only" not in seen.has:
        return ""
    i = seen.words.index("only")
    word = seen.words[i - 1] if i else ""
    if i > place.end and _is_listed(seen, place.first, place.end, i):
        return ""  # "no box, rear cap only"
    one_of = word.isdigit() and i > 1 and seen.words[i - 2] in known.ABSENT_ITEMS
    part = word in _PARTS and word not in wish.named
    return f"{word} only" if one_of or part else ""


def _is_own(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition, i: int) -> bool:
    """Whether the noun at `i` is the item's own or comes with it."""
    word, before = seen.words[i], seen.words[i - 1]
    if word in wish.named or _is_described(seen, place.end, i) or before in known.BOXED | known.METALS:
        return True
    if (word in known.PAPERS and not known.KINDS.isdisjoint(seen.words[:i])) or _is_feature(seen, i):
        return True
    return not known.WHOLE.isdisjoint(seen.has) or not known.INCLUDED.isdisjoint(
        seen.words[max(0, i - 4) : i]
    )


def _is_listed(seen: ParsedTitle, name: int, start: int, end: int) -> bool:
    """Whether the noun at `end` is one of several things that follow a description of the item.

    The item's name stands from `name` to `start`, and may be such a list itself.
    """
    gaps = seen.gaps
    first = next((i for i in range(start, end + 1) if _LISTED.search(gaps[i])), -1)
    return first > start or (
        first == start and ("+" in gaps[first] or any("," in gap for gap in gaps[name + 1 : start]))
    )


def _is_feature(seen: ParsedTitle, i: int) -> bool:
    """Whether the noun at `i` tells what the item itself has: "3x fans"; but not "EN-EL15 battery"."""
    words = seen.words
    before = words[i - 1] if i else ""
    number = before.isdigit() and bool(seen.gaps[i - 1] or i == 1)
    return words[i] in known.LOOSE_NOUNS and (before in known.COUNTED or before == "x" or number)


def _is_described(seen: ParsedTitle, start: int, end: int) -> bool:
    """Whether the item itself is described between its name and a noun: its kind, how much it stores."""
    between = seen.words[start:end]
    if not known.KINDS.isdisjoint(between[:-1]) or not known.DESCRIBING.isdisjoint(between):
        return True
    return any(word in seen.measures and word.endswith(known.STORAGE) for word in between)


def _list_of_models(wish: ParsedQuery, seen: ParsedTitle) -> str:
    """A run of models, ours among them, is what something fits: "M40 K80 P100", "11/12/13"."""
    if seen.numbers < _LIST:
        return ""
    for model in wish.models:
        line, number = model.pieces[0], model.pieces[-1]
        if number not in seen.has or not number.isdigit() or (model.paired and line in known.NUMBERED):
            continue
        letter = len(model.pieces) > 1 and len(line) == 1
        ours = "".join(model.pieces) if letter else number
        for run in _runs_like(number, seen, letter=letter):
            if ours in run and len(set(run)) >= _LIST:
                return " ".join(run)
    return ""


def _runs_like(number: str, seen: ParsedTitle, *, letter: bool) -> list[list[str]]:
    """Numbers about as long as `number` that follow each other; all with one letter glued before, or none."""
    words, gaps = seen.words, seen.gaps
    runs: list[list[str]] = [[]]
    for i, word in enumerate(words):
        if len(word) == 1 and word.isalpha() and (letter or not gaps[i]):
            if not letter and runs[-1]:
                runs[-1][-1] += word  # "7, 7a"
            continue
        alike = word.isdigit() and abs(len(word) - len(number)) <= 1 and "-" not in gaps[i]
        if alike and not letter:
            alike = not is_year(word)
        elif alike:
            alike = i > 0 and not gaps[i] and len(words[i - 1]) == 1 and "-" not in gaps[i - 1]
        if alike:
            runs[-1].append(words[i - 1] + word if letter else word)
        elif word not in known.SUFFIXES and runs[-1]:
            runs.append([])
    return runs


def _times(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition) -> str:
    """Several of ours: "4x Model 5", "Model 5 x2"; but not "PCIe x16", "3x fans", "2x16GB"."""
    if "x" not in seen.has or "x" in wish.named:
        return ""
    words, gaps = seen.words, seen.gaps
    for i, word in enumerate(words):
        if word != "x":
            continue
        before, after = words[i - 1] if i else "", words[i + 1] if i + 1 < len(words) else ""
        if before in _COUNTS and gaps[i] in ("", " "):
            ours = after in wish.named - seen.measures and (
                words[i - 2] in known.OPENERS or gaps[i - 1].strip()
            )
            if ours or (i == 1 and after.isalpha()):
                return f"{before}x"
        elif after in _COUNTS and gaps[i + 1] in ("", " ") and gaps[i]:
            measured = before in known.BUSES or before.replace(".", "").isdigit()
            told_apart = "(" in gaps[i] or (i + 2 == len(words) and before in wish.named)
            after_name = before in wish.named and not gaps[i + 1] and not before.isdigit()
            if i == place.end or ((told_apart or after_name) and not measured):
                return f"x{after}"
    return ""


def _another_item(wish: ParsedQuery, seen: ParsedTitle, place: MatchPosition) -> str:
    """Another item of its own model beside ours: "Model 5 + X670E board"."""
    words, gaps = seen.words, seen.gaps
    if "and" not in seen.has:
        return ""
    for i in range(1, len(words) - 1):
        if "+" not in gaps[i] or " " not in gaps[i]:
            continue
        ours = i > place.first
        others = range(i + 1, min(len(words), i + 1 + _NEAR)) if ours else range(i)
        for j in others:
            told = len(words[j]) >= _CODE or "#" in gaps[j]
            if words[j].isdigit() and told and words[j] not in wish.named:
                return f"{words[j - 1]}{gaps[j]}{words[j]}"
    return ""


def sizes_offered(_wish: ParsedQuery, seen: ParsedTitle, _place: MatchPosition) -> str:
    """A row of sizes to choose from: "size 8 8.5 9 9.5 10"."""
    if seen.numbers <= _LIST + 1:
        return ""
    run: list[str] = []
    for word, gap in zip(seen.words, seen.gaps, strict=True):
        if word.replace(".", "").isdigit() and (not run or gap in (" ", ", ", "/", ",")):
            run.append(word)
            if len(run) > _LIST + 1:
                return " ".join(run)
        else:
            run = [word] if word.replace(".", "").isdigit() else []
    return ""


def _other_models(wish: ParsedQuery, seen: ParsedTitle) -> str:
    """Another model of the same line beside ours: "RX 7600 and RX 9070"."""
    words = seen.words
    for line, model in wish.lines:
        number = model.pieces[-1]
        if number not in seen.has or line not in seen.has:
            continue
        for i, (word, other) in enumerate(pairwise(words)):
            if word != line or other == number or not other.isdecimal() or is_year(other):
                continue
            after = words[i + 2] if i + 2 < len(words) else ""
            if after and (seen.gaps[i + 2] == "-" or (not seen.gaps[i + 2] and after in known.UNITS)):
                continue  # "7-in-1", "GWS18V"
            cut_off = seen.cut and i + 2 == len(words) and number.startswith(other)
            if abs(len(other) - len(number)) <= len(number) // 3 and not cut_off:
                return f"{line} {number}, {line} {other}"
    return ""
