"""Queries: the models, words and measures that a title must contain."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from watcher.core.titles import phrase_lists, query_words
from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.languages import ENGLISH
from watcher.core.titles.parsed_title import NOUNS, ParsedTitle, Reason, parse_title
from watcher.core.titles.stand_ins import asks_for_picture


class Model(NamedTuple):
    """A part of a query that names a model: its pieces, and the suffixes that belong to it.

    `paired`: a short number with the word before it ("iphone 13"); a title may put a word between them.
    `line`: the spellings of the first piece. `bare`: the pieces without letters that only prefix the code.
    """

    text: str
    pieces: tuple[str, ...]
    suffixes: tuple[str, ...] = ()
    paired: bool = False
    line: frozenset[str] = frozenset()
    bare: tuple[str, ...] = ()

    @property
    def of_set(self) -> bool:
        """Whether it is the number of a card in a set: "4/102"."""
        return "/" in self.text and self.pieces[0].isdigit() and self.pieces[1].isdigit()


class QueryWord(NamedTuple):
    """A word of a query and the spellings that a title may use."""

    text: str
    spellings: frozenset[str]


class ParsedQuery(NamedTuple):
    """A parsed query. `optional` words may be missing, but at least `min_optional` must be present.

    `named`: every meaningful word; none of them counts against a title. `expected`: reasons that the query
    itself asks for. `excluded`: words with a minus. `lines`: the word before a model's number, which other
    models of the line share. `asked`: the words of the query. `accessory`: the words of the
    accessory, if the query asks for one "for" an item. `graded`: the query asks for a graded item.
    `contrary`: words that make a title another kind than the query names; `other_kinds`: pairs that do.
    `game`: it asks for something that runs on a machine.
    """

    models: tuple[Model, ...]
    lines: tuple[tuple[str, Model], ...]
    words: tuple[QueryWord, ...]
    optional: tuple[QueryWord, ...]
    min_optional: int
    measures: tuple[str, ...]
    excluded: frozenset[str]
    named: frozenset[str]
    expected: frozenset[Reason]
    accessory: frozenset[str]
    asked: tuple[str, ...]
    graded: bool
    contrary: frozenset[str]
    other_kinds: frozenset[tuple[str, str]]
    game: bool


_CACHED_QUERIES = 512  # entries of the cache, 2 MB; to parse one takes 0.1 ms
_MAX_ALTERNATIVES = 16
_MAX_SINGULAR = 3  # letters; "gas" and "bus" are singular
_REISSUED = "2000"  # before this year an item may have been reissued since
_MAX_PARTICIPLE = 5  # letters; "bred" and "seed" are none
_YEAR = re.compile(r"(?:19\d|20[0-3])\d")
# A number or code that names a model without its maker: "4080", "v100", "ps5"; but not "590", "l40", "9th".
_DISTINCTIVE = re.compile(r"\d{4}|[^\W\d_]{2,}-?\d|[^\W\d_]\d{3}")
# A span of years, the grade of a coin and a pair of sizes name no item: "2016-2023", "MS65", "4x4".
_NOT_DISTINCTIVE = re.compile(
    r"(?:19|20)\d\d-(?:(?:19|20)\d\d|\d\d)|(?:ms|pr|pf|au|xf|ef|vf|sp)-?\d\d|\d+x\d+"
)
_CATALOGUE_NUMBER = re.compile(r"\d{5,}")  # a number that identifies one item
_SHORT = 2  # maximum characters of a number or name that is not distinctive alone
_MAX_PREFIX = 4  # letters before the hyphen of a code that sellers omit
_MAX_INITIALS = 6  # words that are abbreviated to their initials
_NO_INITIALS = vocab.FILLERS | vocab.GRADERS | vocab.SUFFIXES | vocab.UNITS.keys() | vocab.NEGATIONS
_MAKER_AND_LINE = 2  # words before a model that sellers may omit
_HALF_SIZE = re.compile(r"\d{1,2}\.\d")  # a size or a grade: "8.5"
_MIN_CODE_LENGTH = 6  # minimum characters of a code that identifies one item
_PROCESSOR = re.compile(r"[ei][3579]-?\d")  # a component that many computers share
_EDITIONS = frozenset(("edition", "model", "v"))
_MACHINES = query_words.PLATFORM_NAMES - vocab.words("pc")
_FREE = query_words.CARRIERS | vocab.UNGRADED
_ALTERNATIVES = re.compile(r"\(([^()]*)\)")


@lru_cache(maxsize=_CACHED_QUERIES)
def parse_query(query: str, languages: tuple[str, ...] = ENGLISH) -> tuple[ParsedQuery, ...]:
    """Parse a query of a site with these languages; one result for each of its alternatives."""
    texts = [""]
    end = 0  # of the previous alternatives
    for either in _ALTERNATIVES.finditer(query):
        choices = either[1].split(",") if "," in either[1] else [either[0]]
        before = query[end : either.start()]
        texts = [f"{text}{before} {choice} " for text in texts for choice in choices][:_MAX_ALTERNATIVES]
        end = either.end()
    return tuple(_parse_choice(text + query[end:], languages) for text in texts)


def is_year(text: str) -> bool:
    """Return whether a number looks like a year."""
    return _YEAR.fullmatch(text) is not None


def _parse_choice(query: str, languages: tuple[str, ...]) -> ParsedQuery:
    minus = [w for w in query.split() if w[0] == "-" and w[1:2].isalnum()]
    asked = parse_title(" ".join(w for w in query.split() if w not in minus), languages)
    # One word such as "stuck" may belong to a name; it only exempts the titles that have it.
    expected = {
        finding.reason
        for finding in asked.findings
        if finding.reason is not Reason.PARTS
        or " " in finding.phrase
        or (finding.phrase,) in phrase_lists.DEFECTS
    }
    if asked.word_set.isdisjoint(vocab.LOT_WORDS):
        expected.discard(Reason.LOT)  # a "combo kit" is one item
    if (asked.made_for >= 0 and asked.nouns) or (asked.words and asked.words[-1] in NOUNS):
        expected.add(Reason.ACCESSORY)  # "case for Model 5", "Model 5 case"; but not "Chrono Trigger"
    if asks_for_picture(asked.words):
        expected.add(Reason.STAND_IN)
    stores = [w for w in asked.words if w in asked.measures and w.endswith(vocab.STORAGE)]
    if len(stores) > 1 or any(w.endswith(vocab.SYSTEM_ENDINGS) for w in asked.words):
        expected.add(Reason.SYSTEM)
    models, lead, tail = _split_at_models(asked)
    named = asked.word_set - (vocab.FILLERS - {"for", "sparepart"}) | {
        piece for model in models for piece in model.pieces
    }
    models, lead, tail = _prefer_catalogue_number(asked, models, lead, tail)
    abbreviations: dict[str, set[str]] = {}
    for short, run in _abbreviations_in(asked.words):
        abbreviations.setdefault(run[-1], set()).add(short)
    for a, b in pairwise(asked.words):
        abbreviations.setdefault(b, set()).add(a + b)  # "airmax 97"
    models = tuple(m._replace(line=_line_spellings(m, abbreviations), bare=_bare_code(m)) for m in models)
    words, optional, min_optional = _required_words(models, lead, tail)
    spell = _make_speller(asked.words)
    excluded = frozenset(w for word in minus for w in parse_title(word[1:], languages).words)
    return ParsedQuery(
        models,
        _model_lines(models, lead),
        spell(words),
        spell(optional),
        min_optional,
        _required_measures(asked),
        excluded,
        named,
        frozenset(expected),
        frozenset(asked.words[: asked.made_for]) if asked.made_for > 0 else frozenset(),
        asked.words,
        not asked.word_set.isdisjoint(vocab.GRADES),
        _contraries_of(asked.words, models) - named,
        frozenset((a, b) for b in asked.words for a in query_words.OTHER_KINDS.get(b, frozenset()) - named),
        _names_game(asked.words),
    )


def _required_measures(asked: ParsedTitle) -> tuple[str, ...]:
    """Return the measures that tell one item from another; the "35mm" of film does not."""
    pairs = pairwise((*asked.words, ""))
    return tuple(w for w, after in pairs if w in asked.measures and (w, after) not in query_words.FORMATS)


def _names_game(asked: tuple[str, ...]) -> bool:
    """Return whether a machine is named after a title of three words or more: "... Odyssey Switch sealed"."""
    names = [w for w in asked if w not in vocab.FILLERS and w not in vocab.STATES]
    return len(names) > _MAKER_AND_LINE + 1 and names[-1] in _MACHINES and names[0] not in _MACHINES


def _contraries_of(asked: tuple[str, ...], models: tuple[Model, ...]) -> frozenset[str]:
    """Return the words that make a title another kind than the query names; an old item is not a reissue."""
    contraries = frozenset().union(*(query_words.CONTRARIES.get(word, ()) for word in asked))
    numbers = [m.pieces[-1] for m in models[1:]]
    sized = any((n.isdigit() and len(n) <= _SHORT) or _HALF_SIZE.fullmatch(n) for n in numbers)
    if sized or not vocab.SIZE_SIGNS.isdisjoint(asked):
        contraries |= query_words.CHILDREN
    old = any(is_year(word) and word < _REISSUED for word in asked)
    return contraries | query_words.REISSUES if old else contraries


def _line_spellings(model: Model, abbreviations: dict[str, set[str]]) -> frozenset[str]:
    """Return the spellings of a model's first piece: "AJ4" is "Jordan 4" for the query "air jordan 4"."""
    first = model.pieces[0]
    joined = not first.isdigit() and len(first) < _SHORT + 1  # "EOSR5" for "eos r5"
    short = abbreviations.get(first, set()) if model.paired or joined else set()
    plural = frozenset((f"{first}s", first.removesuffix("s"))) if model.paired and first.isalpha() else short
    return (
        vocab.SIZED.get(first, frozenset((first,))) | plural | vocab.SYNONYMS.get(first, frozenset()) | short
    )


def _bare_code(model: Model) -> tuple[str, ...]:
    """Return the pieces of a code without a maker's prefix: "GH2" of "DMC-GH2", "1000XM4" of "WH-1000XM4"."""
    prefix, rest = model.pieces[0], model.pieces[1:]
    code = "".join(rest)
    prefixed = _SHORT <= len(prefix) <= _MAX_PREFIX and prefix.isalpha() and f"{prefix}-" in model.text
    lettered = any(map(str.isalpha, code)) and any(map(str.isdigit, code))
    return rest if prefixed and lettered and len(code) > _SHORT and not model.paired else ()


def _make_speller(asked: tuple[str, ...]) -> Callable[[Iterable[str]], tuple[QueryWord, ...]]:
    """Return a function that lists spellings: plurals, joined words ("spider man"), initials ("etb")."""
    compounds: dict[str, tuple[str, ...]] = dict(_abbreviations_in(asked))
    compounds |= {a + b: (a, b) for a, b in pairwise(asked) if a.isalpha() and b.isalpha()}

    def spellings(word: str) -> frozenset[str]:
        forms = {word, f"{word}s", f"{word}es"} | {c for c, halves in compounds.items() if word in halves}
        forms |= vocab.SYNONYMS.get(word, frozenset())
        if word in vocab.MACHINES and not _EDITIONS.isdisjoint(asked):
            forms |= _EDITIONS  # a "disc edition" is a console
        if word.endswith("ed") and len(word) > _MAX_PARTICIPLE:
            forms |= {word[:-1], word[:-2]}  # "stripe" for "striped"
        if word.endswith("y"):
            forms.add(f"{word[:-1]}ies")
        if word.endswith("s") and len(word) > _MAX_SINGULAR:
            forms |= {word[:-1], word.removesuffix("es"), f"{word[:-3]}y" if word.endswith("ies") else word}
        return frozenset(forms)

    return lambda words: tuple(QueryWord(word, spellings(word)) for word in words)


def _abbreviations_in(asked: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the initials of adjacent words, as sellers write them: "elite trainer box", "louis vuitton"."""
    for n in range(2, _MAX_INITIALS + 1):
        for i in range(len(asked) - n + 1):
            run = asked[i : i + n]
            short = "".join(word[0] for word in run)
            if short in _NO_INITIALS or short in asked:
                continue
            if all(len(word) > 1 and word.isalpha() for word in run):
                yield short, run


def _split_at_models(asked: ParsedTitle) -> tuple[tuple[Model, ...], list[str], list[str]]:
    """Return the models of a query, the words before the first of them, and the words after it."""
    models: list[Model] = []
    lead: list[str] = []
    tail: list[str] = []
    line = False  # whether the previous run was a word
    signed = {word for gap, word in zip(asked.gaps, asked.words, strict=True) if "#" in gap}
    for text, run in _joined_words(asked):
        words = tail if models else lead
        if not run or text in query_words.NETWORKS:
            line = False
            continue
        if run[0] in vocab.NUMERALS and line and words and words[-1] not in vocab.FILLERS and not models:
            word = words.pop()
            models.append(Model(f"{word} {text}", (word, run[0]), paired=True))
            line = False
            continue
        if not any(map(str.isdigit, text)) or _YEAR.fullmatch(text) or run[0].endswith(vocab.ORDINALS):
            if (
                models
                and not tail
                and run[0] in vocab.SUFFIXES
                and models[-1].pieces[0] not in vocab.GRADERS
                and not models[-1].of_set
                and not (len(models) > 1 and models[-1].text.isdigit() and len(models[-1].text) <= _SHORT)
            ):  # the size in "C3 65 OLED" has no suffix
                last = models[-1]
                models[-1] = last._replace(text=f"{last.text} {run[0]}", suffixes=(*last.suffixes, run[0]))
            else:
                words += run
            line = run[-1].isalpha()
            continue
        cut = len(run)
        while cut > 1 and run[cut - 1] in vocab.SUFFIXES:
            cut -= 1
        alone = text in signed or any(map(is_year, words))  # "#57", and the number of a card after its year
        if (
            cut == 1
            and line
            and words
            and (len(run[0]) <= _SHORT or (_HALF_SIZE.fullmatch(run[0]) and words[-1] in vocab.GRADERS))
            and (words[-1] in vocab.NUMBERED or not alone)
        ):
            word = words.pop()
            models.append(Model(f"{word} {text}", (word, run[0]), run[cut:], paired=True))
        else:
            models.append(Model(text, run[:cut], run[cut:]))
        line = False
    return tuple(models), lead, tail


def _joined_words(asked: ParsedTitle) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the words of a query, joined if glued or connected by `-`, `/` or a dot; a measure is empty."""
    text = ""
    run: tuple[str, ...] = ()
    for gap, word in zip(asked.gaps, asked.words, strict=True):
        measure = word in asked.measures
        if run and (measure or not (gap in ("", "-", "/") or (gap == "." and word[0].isdigit()))):
            yield text, run
            text, run = "", ()
        if measure:
            yield "", ()
        else:
            text, run = f"{text}{gap if run else ''}{word}", (*run, word)
    if run:
        yield text, run


def _model_lines(models: tuple[Model, ...], lead: list[str]) -> tuple[tuple[str, Model], ...]:
    """Return the models that belong to a line, each with the word for the line before its number."""
    lines = [(m.pieces[0], m) for m in models if m.paired and m.pieces[0] not in vocab.NUMBERED]
    if models and lead and len(models[0].pieces) == 1:
        lines.append((lead[-1], models[0]))
    return tuple(lines)


def _prefer_catalogue_number(
    asked: ParsedTitle, models: tuple[Model, ...], lead: list[str], tail: list[str]
) -> tuple[tuple[Model, ...], list[str], list[str]]:
    """Drop the names before a catalogue number, because titles omit them."""
    code = next((m for m in models[1:] if _is_catalogue_code(m)), None)
    if code is None:
        return models, lead, tail
    before = asked.words[: asked.words.index(code.pieces[0])]
    rest = [m for m in models if m.of_set or m.pieces[0] in vocab.NUMBERED or m.pieces[0] not in before]
    return (
        (code, *(m for m in rest if m is not code)),
        [*lead, *(w for w in tail if w in before)],
        [w for w in tail if w not in before],
    )


def _is_catalogue_code(model: Model) -> bool:
    """Return whether it identifies one item: "79030N", "2767-20"; but not a season or a processor."""
    code = "".join(model.pieces).replace(".", "")
    return (
        len(code) >= _MIN_CODE_LENGTH
        and sum(map(str.isdigit, code)) >= _MIN_CODE_LENGTH // 2
        and (
            not code.isdigit()
            or (len(model.pieces[0]) > _MIN_CODE_LENGTH // 2 and not is_year(model.pieces[0]))
        )
        and not model.paired
        and not model.of_set
        and not _PROCESSOR.match(model.text)
    )


class _RequiredWords(NamedTuple):
    """Words that must be present, optional words, and how many of the latter are required."""

    words: tuple[str, ...]
    optional: tuple[str, ...] = ()
    min_optional: int = 0


def _required_words(models: tuple[Model, ...], lead: list[str], tail: list[str]) -> _RequiredWords:
    """Return what a title must contain of the words around the models.

    Sellers omit the maker and the product line if the model is distinctive, and the kind of thing.
    """
    lead, tail = ([w for w in part if w not in vocab.FILLERS] for part in (lead, tail))
    lead, tail = _without_carried(lead), _without_carried(tail)
    if models or any(w not in query_words.CARRIERS for w in lead):
        lead, tail = ([w for w in part if w not in _FREE] for part in (lead, tail))
    if not models:
        distinctive = [w for w in lead if w not in query_words.OMITTED_KINDS and w not in vocab.COLOURS]
        if len(distinctive) <= _MAKER_AND_LINE:
            return _RequiredWords(tuple(lead))
        kinds = [w for w in lead if w in query_words.FREE_KINDS]
        omitted = int(lead[0] in query_words.MAKERS)
        return _RequiredWords(
            tuple(w for w in lead[omitted:] if w not in kinds), tuple(lead[:omitted]) + tuple(kinds)
        )
    model = models[0]
    if (required := _required_besides_common_model(model, lead, tail)) is not None:
        return required
    tail = [w for w in tail if w not in query_words.OMITTED_KINDS] + [w for w in lead if w in vocab.VARIANTS]
    lead = [w for w in lead if w not in vocab.VARIANTS]
    if _CATALOGUE_NUMBER.fullmatch(model.text) and len(tail) > 1:  # "75192 Millennium Falcon"
        states = tuple(w for w in tail if w in vocab.STATES)
        names = [w for w in tail if w not in vocab.STATES]
        return _RequiredWords(states, (*lead, *names), max(0, len(names) - 1))
    if (
        _is_catalogue_code(model)
        and len(tail) == 1
        and query_words.MAKERS.issuperset(lead)
        and tail[0] not in vocab.STATES
    ):
        return _RequiredWords((), (*lead, *tail))  # "Seiko SPB143 Prospex"
    if _DISTINCTIVE.match(model.text) and not _NOT_DISTINCTIVE.fullmatch(model.text):
        return _RequiredWords(tuple(tail), tuple(lead))
    if len(lead) == 1 and tail and (len(tail) > 1 or not model.pieces[0].isdigit()):
        return _RequiredWords(tuple(tail), tuple(lead))
    short = [w for w in lead if len(w) <= _SHORT]  # "EF", "RX"
    lead = [w for w in lead if len(w) > _SHORT]
    min_optional = min(len(lead), max(int(not short), len(lead) - _MAKER_AND_LINE))
    return _RequiredWords((*tail, *short), tuple(lead), min_optional)


def _without_carried(names: list[str]) -> list[str]:
    """Drop the "mount" of a short name such as "E mount", and the "action" of an action figure."""
    mounts = {i for i, w in enumerate(names) if w == "mount" and i and len(names[i - 1]) <= _SHORT + 1}
    described = {i for i, pair in enumerate(pairwise(names)) if pair in query_words.DESCRIBED_KINDS}
    return [w for i, w in enumerate(names) if i not in mounts and i not in described]


def _required_besides_common_model(model: Model, lead: list[str], tail: list[str]) -> _RequiredWords | None:
    """Return what is required besides a model that is not distinctive; None for other models."""
    if model.paired and model.pieces[0] in vocab.NUMBERED:
        several = len(lead) > 1 and not is_year(lead[0])
        omitted = int(several and model.pieces[0] not in vocab.GRADERS)
        if omitted and model.pieces[0] in vocab.SUFFIXES:
            omitted = min(_MAKER_AND_LINE, len(lead) - 1)  # "Samsung Galaxy" of a "Z Flip 5"
        return _RequiredWords((*lead[omitted:], *tail), tuple(lead[:omitted]))
    if _HALF_SIZE.fullmatch(model.text) or _NOT_DISTINCTIVE.fullmatch(model.text):  # "Low Panda 9.5"
        return _RequiredWords((*lead[1:], *tail), tuple(lead[:1]))
    if any(map(is_year, lead)):  # a card or a comic: its number alone is not distinctive
        omitted = int(is_year(lead[0]))
        return _RequiredWords(
            (*lead[:omitted], *lead[omitted + 1 :], *tail), tuple(lead[omitted : omitted + 1])
        )
    if model.pieces in vocab.PLATFORMS:
        return _RequiredWords((*lead[1:], *tail), tuple(lead[:1]))
    if (
        model.paired and model.pieces[0] in query_words.OMITTED_KINDS and len(lead) > 1
    ):  # "Tabby shoulder bag 26"
        return _RequiredWords((*lead[1:], *tail), tuple(lead[:1]))
    if model.paired and model.pieces[1] in vocab.EU_SIZES and len(lead) > 1:  # "Maker Boston clog 42"
        return _RequiredWords((*lead[1:], *tail), tuple(lead[:1]))
    if model.paired:
        return _RequiredWords(
            tuple(tail), tuple(lead), max(len(lead) - _MAKER_AND_LINE, min(len(lead) - 1, 1), 0)
        )
    return None
