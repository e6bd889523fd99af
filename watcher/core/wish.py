"""What a query asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from watcher.core import vocabulary as known
from watcher.core.reading import NOUNS, Reading, Reason, read


class Model(NamedTuple):
    """A part of a query that names a model: its pieces, and the suffixes that belong to it.

    `paired`: a short number with the word before it ("iphone 13"), between which a title may put a word.
    """

    text: str
    pieces: tuple[str, ...]
    suffixes: tuple[str, ...] = ()
    paired: bool = False


class Word(NamedTuple):
    """A word of a query and the spellings of it that a title may use."""

    text: str
    spellings: frozenset[str]


class Wish(NamedTuple):
    """A query, read. `spare` words may be missing, save that `least` of them must be there.

    `named`: every word that says something, none of which speaks against a title. `off`: reasons that
    the query itself asks for. `banned`: what it says with a minus. `lines`: the word before a model's
    number, which other models of the line bear too.
    """

    models: tuple[Model, ...]
    lines: tuple[tuple[str, Model], ...]
    words: tuple[Word, ...]
    spare: tuple[Word, ...]
    least: int
    measures: tuple[str, ...]
    banned: frozenset[str]
    named: frozenset[str]
    off: frozenset[Reason]


_WISHES = 4096  # queries kept
_MOST_CHOICES = 16
_PLURAL = 3  # "gas" and "bus" have no singular
_YEAR = re.compile(r"(?:19[5-9]|20[0-3])\d")
# A number or code that names a model without its maker: "4080", "v100", "ps5"; but not "590", "l40", "9th".
_STRONG = re.compile(r"\d{4}|[^\W\d_]{2,}-?\d|[^\W\d_]\d{3}")
_WEAK = 2  # digits that name nothing without the word before them
_EITHER = re.compile(r"\(([^()]*)\)")


@lru_cache(maxsize=_WISHES)
def wishes_of(query: str) -> tuple[Wish, ...]:
    """The query, once for each choice that it leaves."""
    texts = [""]
    done = 0
    for either in _EITHER.finditer(query):
        choices = either[1].split(",") if "," in either[1] else [either[0]]
        before = query[done : either.start()]
        texts = [f"{text}{before} {choice} " for text in texts for choice in choices][:_MOST_CHOICES]
        done = either.end()
    return tuple(_wish(text + query[done:]) for text in texts)


def _wish(query: str) -> Wish:
    minus = [w for w in query.split() if w[0] == "-" and w[1:2].isalnum()]
    asked = read(" ".join(w for w in query.split() if w not in minus))
    off = {finding.reason for finding in asked.findings}
    if asked.has & NOUNS:
        off.add(Reason.ACCESSORY)
    models, lead, tail = _terms(asked)
    words, spare, least = _forgive(models, lead, tail)
    spell = _speller(asked.words)
    measures = tuple(w for w in asked.words if w in asked.measures)
    banned = frozenset(w for word in minus for w in read(word[1:]).words)
    named = asked.has - (known.FILLERS - {"for"}) | {piece for model in models for piece in model.pieces}
    return Wish(
        models,
        _lines(models, lead),
        spell(words),
        spell(spare),
        least,
        measures,
        banned,
        named,
        frozenset(off),
    )


def _speller(asked: tuple[str, ...]) -> Callable[[Iterable[str]], tuple[Word, ...]]:
    """Singular and plural alike, and two neighbours of the query written as one: "spider man"."""
    compounds = {a + b: (a, b) for a, b in pairwise(asked) if a.isalpha() and b.isalpha()}

    def spellings(word: str) -> frozenset[str]:
        forms = {word, f"{word}s", f"{word}es"} | {c for c, halves in compounds.items() if word in halves}
        if word.endswith("y"):
            forms.add(f"{word[:-1]}ies")
        if word.endswith("s") and len(word) > _PLURAL:
            forms |= {word[:-1], word.removesuffix("es"), f"{word[:-3]}y" if word.endswith("ies") else word}
        return frozenset(forms)

    return lambda words: tuple(Word(word, spellings(word)) for word in words)


def _terms(asked: Reading) -> tuple[tuple[Model, ...], list[str], list[str]]:
    """The models of a query, the words before the first of them, and the words after it."""
    models: list[Model] = []
    lead: list[str] = []
    tail: list[str] = []
    line = False  # whether a word stands right before
    for text, run in _runs(asked):
        words = tail if models else lead
        if not run:
            line = False
            continue
        if not any(map(str.isdigit, text)) or _YEAR.fullmatch(text):
            if models and not tail and run[0] in known.SUFFIXES and models[-1].pieces[0] not in known.GRADERS:
                last = models[-1]
                models[-1] = last._replace(text=f"{last.text} {run[0]}", suffixes=(*last.suffixes, run[0]))
            else:
                words += run
            line = run[-1].isalpha()
            continue
        cut = len(run)
        while cut > 1 and run[cut - 1] in known.SUFFIXES:
            cut -= 1
        if cut == 1 and len(run[0]) <= _WEAK and line and words:
            word = words.pop()
            models.append(Model(f"{word} {text}", (word, run[0]), run[cut:], paired=True))
        else:
            models.append(Model(text, run[:cut], run[cut:]))
        line = False
    return tuple(models), lead, tail


def _runs(asked: Reading) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The words of a query, together where glued or joined by `-`, `/` or a dot; a measure as nothing."""
    text = ""
    run: tuple[str, ...] = ()
    for gap, word in zip(asked.gaps, asked.words, strict=True):
        measure = word in asked.measures
        if run and (measure or not (gap in ("", "-", "/") or (gap == "." and word.isdigit()))):
            yield text, run
            text, run = "", ()
        if measure:
            yield "", ()
        else:
            text, run = f"{text}{gap if run else ''}{word}", (*run, word)
    if run:
        yield text, run


def _lines(models: tuple[Model, ...], lead: list[str]) -> tuple[tuple[str, Model], ...]:
    found = [(m.pieces[0], m) for m in models if m.paired and m.pieces[0] not in known.NUMBERED]
    if models and lead and len(models[0].pieces) == 1:
        found.append((lead[-1], models[0]))
    return tuple(found)


def _forgive(
    models: tuple[Model, ...], lead: list[str], tail: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Which words must hold, which may be missing, and how many of those must be there all the same.

    Sellers leave out the maker and the line where the model says enough, and what kind of thing it is.
    """
    lead = [w for w in lead if w not in known.FILLERS]
    tail = [w for w in tail if w not in known.FILLERS]
    model = models[0] if models else None
    if model is None or (model.paired and model.pieces[0] in known.NUMBERED):
        return (*lead, *tail), (), 0
    if model.paired:
        return (*lead[1:], *tail), tuple(lead[:1]), 0
    tail = [w for w in tail if w not in known.KINDS]
    return tuple(tail), tuple(lead), 0 if _STRONG.match(model.text) else min(1, len(lead))
