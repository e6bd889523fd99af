"""Whether a title is what a query asks for, and if not, why in words."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from watcher.core import vocabulary as known
from watcher.core.mention import Place, locate
from watcher.core.reading import Reading, Reason, read
from watcher.core.wish import Wish, wishes_of

__all__ = ["Reason", "Verdict", "asked_for", "found_word", "judge_system", "judge_title"]


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
_FAR = 2  # words that may stand between "for" and the item it is for
_LIST = 3  # so many models in a row are a list
_COUNTS = frozenset(map(str, range(2, 51)))


@lru_cache(maxsize=_VERDICTS)
def judge_title(query: str, title: str) -> Verdict | None:
    """None when `title` may be the item that `query` names, else the most certain reason against it.

    A query may say `-word` for what a title must not say, and `(this, that)` for either.
    """
    return _of_choices(query, title, frozenset())


@lru_cache(maxsize=_VERDICTS)
def judge_system(query: str, title: str) -> Verdict | None:
    """As `judge_title`, where the query is known to mean a whole system: a laptop may be called a laptop."""
    return _of_choices(query, title, frozenset((Reason.SYSTEM,)))


@lru_cache(maxsize=_VERDICTS)
def found_word(phrases: tuple[str, ...], title: str) -> str:
    """The first of these words or phrases that `title` says, as it reads there; empty where it says none."""
    words = f" {' '.join(read(title).words)} "
    for phrase in phrases:
        said = " ".join(read(phrase).words)
        if said and f" {said} " in words:
            return said
    return ""


def asked_for(query: str, reason: Reason) -> bool:
    """Whether the query itself asks for what is otherwise a reason against a title: "for parts", "lot"."""
    return all(reason in wish.off for wish in wishes_of(query))


def _of_choices(query: str, title: str, waived: frozenset[Reason]) -> Verdict | None:
    seen = read(title)
    verdict = None
    for wish in wishes_of(query):
        verdict = _judge(wish, seen, waived | wish.off)
        if verdict is None:
            return None
    return verdict


def _judge(wish: Wish, seen: Reading, off: frozenset[Reason]) -> Verdict | None:
    if banned := seen.has & wish.banned:
        return Verdict(Reason.EXCLUDED, f'the title says "{min(banned)}"')
    place = locate(wish, seen)
    telling = [f for f in seen.findings if wish.named.isdisjoint(f.words)]
    for reason, says in _SAYS.items():
        why = next((f.phrase for f in telling if f.reason is reason), "") if telling else ""
        why = why or _by_place(reason, wish, seen, place)
        if why and reason not in off:
            return Verdict(reason, f'{says}: "{why}"')
    return Verdict(Reason.QUERY, place.problem) if place.problem else None


def _by_place(reason: Reason, wish: Wish, seen: Reading, place: Place) -> str:
    """The words that say so by where they stand."""
    if reason is Reason.ACCESSORY:
        return (
            _made_for_it(wish, seen, place) or _thing_sold(wish, seen, place) or _list_of_models(wish, seen)
        )
    if reason is Reason.LOT:
        return _times(wish, seen, place) or _other_models(wish, seen)
    if reason is Reason.SYSTEM:
        built_of = [w for w in seen.words[: place.first] if w in known.COMPONENTS - wish.named]
        return " ".join(built_of) if len(set(built_of)) > 1 else ""
    return ""


def _made_for_it(wish: Wish, seen: Reading, place: Place) -> str:
    """The "for" of "heatsink for Model 5"; but not that of "new for Model 5" or "Model 5 for parts"."""
    at, words = seen.made_for, seen.words
    if not 0 <= at < place.last or words[at] in wish.named:
        return ""
    if noun := next((words[i] for i in seen.nouns if not _is_feature(words, i)), ""):
        return f"{noun} {words[at]}"
    ours = wish.named | known.BARE | known.KINDS
    far = sum(word not in ours for word in words[at + 1 : place.last]) > _FAR
    return "" if far or ours.issuperset(words[:at]) else f"{words[at - 1]} {words[at]} {words[at + 1]}"


def _thing_sold(wish: Wish, seen: Reading, place: Place) -> str:
    """The accessory that the title is about, judged by its place beside the item's name."""
    words = seen.words
    behind = place.end
    while behind < len(words) and (words[behind] in wish.named or words[behind] in seen.measures):
        behind += 1
    for i in seen.nouns:
        word = words[i]
        if word in wish.named or place.first <= i < place.end:
            continue
        if word in known.ORGANS and Reason.PARTS in wish.off:
            continue  # a broken screen is what is asked for
        if i == behind:
            sold = True
        elif i < place.first:
            sold = word not in known.ORGANS and not _is_feature(words, i)
        elif word in known.FIRM_NOUNS:
            sold = not _is_described(seen, place.end, i)
        else:
            sold = word in known.ENCLOSING and words[i - 1] in known.WRAPPED
        if sold:
            return word
    return ""


def _is_feature(words: tuple[str, ...], i: int) -> bool:
    """Whether the noun at `i` tells what the item itself has: "triple fan", "3x fans"."""
    before = words[i - 1] if i else ""
    return words[i] in known.LOOSE_NOUNS and (before in known.COUNTED or before == "x" or before.isdigit())


def _is_described(seen: Reading, start: int, end: int) -> bool:
    """Whether the item itself is described between its name and a noun: its kind, how much it stores."""
    between = seen.words[start:end]
    if not known.KINDS.isdisjoint(between[:-1]):
        return True
    return any(word in seen.measures and word.endswith(known.STORAGE) for word in between)


def _list_of_models(wish: Wish, seen: Reading) -> str:
    """A run of models, ours among them, is what something fits: "M40 K80 P100", "11/12/13"."""
    if sum(map(str.isdigit, seen.words)) < _LIST:
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


def _runs_like(number: str, seen: Reading, *, letter: bool) -> list[list[str]]:
    """Numbers about as long as `number` that follow each other; all with one letter glued before, or none."""
    words, gaps = seen.words, seen.gaps
    runs: list[list[str]] = [[]]
    for i, word in enumerate(words):
        if letter and len(word) == 1 and word.isalpha():
            continue
        alike = word.isdigit() and abs(len(word) - len(number)) <= 1 and "-" not in gaps[i]
        if alike and letter:
            alike = i > 0 and not gaps[i] and len(words[i - 1]) == 1 and "-" not in gaps[i - 1]
        if alike:
            runs[-1].append(words[i - 1] + word if letter else word)
        elif word not in known.SUFFIXES and runs[-1]:
            runs.append([])
    return runs


def _times(wish: Wish, seen: Reading, place: Place) -> str:
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
            if i == place.end or (told_apart and not measured):
                return f"x{after}"
    return ""


def _other_models(wish: Wish, seen: Reading) -> str:
    """Another model of the same line beside ours: "RX 7600 and RX 9070"."""
    words = seen.words
    for line, model in wish.lines:
        number = model.pieces[-1]
        if number not in seen.has or line not in seen.has:
            continue
        for i, (word, other) in enumerate(pairwise(words)):
            if word != line or other == number or not other.isdecimal():
                continue
            cut_off = seen.cut and i + 2 == len(words) and number.startswith(other)
            if abs(len(other) - len(number)) <= len(number) // 3 and not cut_off:
                return f"{line} {number}, {line} {other}"
    return ""
