"""Decide by the positions of words what a title offers instead of the item."""

from __future__ import annotations

import re
from itertools import pairwise

from watcher.core.titles import query_words, trade_nouns
from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.matching import MatchPosition
from watcher.core.titles.parsed_title import NOUNS, ParsedTitle, Reason
from watcher.core.titles.query import ParsedQuery, is_year
from watcher.core.titles.word_search import find_word

_LIST_SEPARATOR = re.compile(r"[,+]")
_CLAUSE_BREAK = re.compile(r"[,|;([+]")
_MAX_WORDS_AFTER_FOR = 2  # between "for" and the item
_MAX_WORDS_AFTER_FROM = 3  # of which one belongs to the item's name
_MIN_LIST = 3  # models in a row that make a list
_FINAL_NOUNS = vocab.FINAL_NOUNS | vocab.DIRECT_PARTS | {"strap", "straps"}
_PART_QUALIFIERS = vocab.PART_QUALIFIERS | vocab.COLOURS
_SEPARATE_PARTS = NOUNS | vocab.PACKAGING | vocab.SEPARABLE_PIECES | vocab.DIRECT_PARTS
_FEATURES = vocab.LOOSE_NOUNS | trade_nouns.TRADE_NOUNS
_CONTAINING = vocab.words("with including includes featuring containing plus fitted has")
_DESCRIPTIONS = (
    vocab.SALES_TALK
    | vocab.FILLERS
    | vocab.PART_PRAISE
    | vocab.DESCRIBING
    | vocab.COLOURS
    | vocab.STATES
    | query_words.OMITTED_KINDS
)
_SOURCE_WORDS = frozenset(("direct", "directly", "fresh", "imported", "straight"))  # before a "from"
_PLATED = ("gf", "gt", "ct", "chrome")
_OWN_STYLES = ("classic", "new", "old", "original", "vintage")
_SECOND = 2  # words before the second of two things: "console and case"
# Kinds of things that are sold for another item; other kinds before "for" are the item's own.
_KINDS_FOR_ITEMS = vocab.words("bag game lens tool wallet")


def accessory_sold(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return the words that mark an accessory, a part or packaging alone; empty if there are none."""
    return (
        _made_for_item(query, title, position)
        or _taken_from_item(query, title)
        or _fitted_to_item(query, title, position)
        or _accessory_noun(query, title, position)
        or _final_noun(query, title, position)
        or _part_sold_alone(query, title, position)
        or _list_of_models(query, title)
    )


def system_sold(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return the words that mark a system or a set that contains the item; empty if there are none."""
    if not title.word_set.isdisjoint(vocab.COMPONENTS):
        built_of = [w for w in title.words if w in vocab.COMPONENTS and w not in query.named]
        first = vocab.COMPONENTS - query.named
        is_system = len(set(built_of)) > 1 and not vocab.STORAGE_COMPONENTS.isdisjoint(built_of)
        if is_system and not first.isdisjoint(title.words[: position.first]):
            return " ".join(built_of)
    if query.game and "edition" not in query.named and ("edition", "console") in pairwise(title.words):
        return "edition console"
    other_measures = title.measures - set(query.measures)
    stores = {w for w in title.words[: position.first] if w in other_measures and w.endswith(vocab.STORAGE)}
    if len(stores) > 1:  # "i7 32gb 1tb Model 5": only a system lists two first
        return " ".join(sorted(stores))
    return _containing_thing(query, title, position)


def _containing_thing(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return the thing that contains the item or comes with it: "console with Model 5 installed"."""
    words, named = title.words, query.named
    if ", " in title.gaps[: position.first + 1] and (other := _listed_beside(query, title)):
        return other
    if title.word_set.isdisjoint(_CONTAINING):
        return ""
    if head := _sold_with_item(query, title):
        return head
    if "with" not in title.word_set:
        return ""
    with_position = max((i for i in range(position.first) if words[i] == "with"), default=0)
    if (
        not with_position and query.game
    ):  # "GameCube console with Melee": a machine of the query's, with a game
        with_position = words.index("with")
        if words[with_position - 1] not in vocab.MACHINES - named:
            return ""
    elif position.first < with_position:
        return ""
    if not 1 < with_position < len(words) - 1 or words[with_position + 1] not in named:
        return ""
    if len(named.intersection(words[:with_position])) > 1:
        return ""
    return f"{words[with_position - 1]} with {words[with_position + 1]}"


def _sold_with_item(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return the machine or the like that the item comes with: "handheld AGS-101 with Kestrel Quest"."""
    words, names = title.words, query.named - query_words.PLATFORM_NAMES
    head = query.asked[0] if query.asked else ""
    if head not in title.word_set:
        return ""
    for i, word in enumerate(words[:-1]):
        if word not in _CONTAINING or i < _SECOND or words[i + 1] != head:
            continue
        ours = vocab.SALES_TALK | vocab.FILLERS | vocab.PART_PRAISE
        unknown = [w for w in words[:i] if w not in ours]
        return f"{words[i - 1]} {word} {words[i + 1]}" if unknown and names.isdisjoint(words[:i]) else ""
    return ""


def _listed_beside(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return the thing before the item in a list of three: "Osprey tourer 23in, Kestrel X1, Heron bag"."""
    words, gaps = title.words, title.gaps
    start = next((i for i, w in enumerate(words) if w in query.named and w not in vocab.KINDS), 0)
    if start <= _SECOND or "," not in gaps[start]:
        return ""
    end = start
    while end < len(words) and (words[end] in query.named or not gaps[end]):
        end += 1
    if end == len(words) or "," not in gaps[end]:
        return ""
    ours = _DESCRIPTIONS
    unknown = [w for w in words[:start] if w not in ours and not is_year(w)]
    return unknown[0] if len(unknown) > _SECOND else ""


def _made_for_item(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return the "for" of "heatsink for Model 5", but not of "new for Model 5" or "Model 5 for parts"."""
    for_position, words = title.made_for, title.words
    if not 0 <= for_position < position.last:
        return ""
    if words[for_position] in query.named:
        return f"for {words[for_position + 1]}" if words[for_position + 1] in query.accessory else ""
    if query.words and all(0 <= find_word(word, query, title) < for_position for word in query.words):
        return ""  # "Ocarina of Time for N64"
    if Reason.ACCESSORY in query.expected:
        sold = [words[i] for i in title.nouns if i < for_position]
        return f"{sold[0]} for" if sold and query.named.isdisjoint(sold) else ""
    if not for_position and (words[0] != "for" or _is_headed_by(query, words[1])):
        return f"{words[0]} {words[1]}"
    if (
        vocab.FIRM_NOUNS.isdisjoint(words[:for_position])
        and not query.models
        and 4 * len(query.named.intersection(words[:for_position])) >= 3 * len(query.named)
    ):
        return ""  # "Joy-Con controllers for Switch" match the query
    if noun := next(
        (words[i] for i in title.nouns if not _is_feature(title, i) and words[i] not in query.named), ""
    ):
        return f"{noun} {words[for_position]}"
    if words[for_position + 1] in query.named:
        first = (
            query.asked[: query.asked.index(words[for_position + 1])]
            if words[for_position + 1] in query.asked
            else ()
        )
        if len(first) > 1 and set(first) <= set(words[:for_position]):
            return ""  # "Chrono Trigger for SNES"
    ours = query.named | vocab.SALES_WORDS | (vocab.KINDS - _KINDS_FOR_ITEMS)
    far = sum(word not in ours for word in words[for_position + 1 : position.last]) > _MAX_WORDS_AFTER_FOR
    return (
        ""
        if far or ours.issuperset(words[:for_position])
        else f"{words[for_position - 1]} {words[for_position]} {words[for_position + 1]}"
    )


def _is_headed_by(query: ParsedQuery, word: str) -> bool:
    """Return whether a word heads the item's name: the "Kestrel" of "Kestrel X1", not the "N64" of a game."""
    return word in query.asked[: max(1, len(query.asked) - 1)] and word in query.named


def _taken_from_item(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return the "from" of "minifigures from Model 5", but not of "new from Maker"."""
    words, named = title.words, query.named
    if "from" not in title.word_set or "from" in named:
        return ""
    place = words.index("from")
    before = words[:place]
    named_after = named.intersection(words[place + 1 : place + 1 + _MAX_WORDS_AFTER_FROM])
    if not before or not named_after or 2 * len(named.intersection(before)) >= len(named):
        return ""
    if before[-1] in _SOURCE_WORDS or (named | vocab.SALES_WORDS | vocab.KINDS).issuperset(before):
        return ""
    return f"{before[-1]} from {words[place + 1]}"


def _fitted_to_item(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return the words for a thing that goes into, on or around the item: "drops into", "keeps your"."""
    if title.word_set.isdisjoint(trade_nouns.FITTING_PREPOSITIONS):
        return ""
    words = title.words
    for i in range(1, min(position.last + 1, len(words) - 1)):
        word, before = words[i], words[i - 1]
        if word == "your":
            fits = before not in trade_nouns.BEFORE_OWN
        else:
            fits = word in trade_nouns.FITTING_PREPOSITIONS and before in trade_nouns.FITTING_VERBS
        if fits and not {before, word} & query.named:
            after = next((w for w in words[i + 1 : i + 3] if w not in trade_nouns.DETERMINERS), "")
            if after in query.named:
                return f"{before} {word} {after}"
    return ""


def _accessory_noun(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return the accessory that the title offers, judged by its position relative to the item's name."""
    if not title.nouns:
        return ""
    words = title.words
    after_name = _end_of_name(query, title, position)
    for i in title.nouns:
        of_item = (
            words[i] in query.named
            or (position.first <= i < position.end and words[i] not in vocab.FIRM_NOUNS)
            or _is_part_of_item(query, title, i)
        )
        if not of_item and not (i >= after_name and _is_listed(title, position.first, after_name, i)):
            before = i < position.first and words[i] not in vocab.OWN_PARTS and not _is_feature(title, i)
            if (
                before
                or i == after_name
                or (query.game and words[i].startswith("controller"))
                or (i > position.first and _is_offered_after_name(query, title, position, i))
            ):
                return words[i]
    return ""


def _end_of_name(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> int:
    """Return the end of the item's name with the other words of the query that follow it."""
    end = position.end
    while end < len(title.words) and (title.words[end] in query.named or title.words[end] in title.measures):
        end += 1
    return end


def copy_sold(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return the words that mark a copy named after the item: "Model 5 style bag"; not "style DD1391"."""
    last = next((w for w in reversed(title.words) if w not in vocab.SALES_TALK), "")
    if last in vocab.FINAL_COPIES and last not in query.named and len(title.words) > position.first + 1:
        return last
    after_name = title.words[position.end : position.end + 1]
    if not vocab.COMPETITORS.isdisjoint(after_name) and query.named.isdisjoint(after_name):
        return after_name[0]
    if "style" not in title.word_set or "style" in query.named:
        return ""
    i = title.words.index("style")
    following = title.words[i + 1 : i + 2]
    own = not i or title.words[i - 1] in _OWN_STYLES or not query.named.issuperset(following)
    if i < position.first and following and not own:
        return f"{title.words[i - 1]} style"  # "sub style Rolex"
    before = i - 1 - (title.words[i - 1] in vocab.COLOURS)
    if before < position.first or title.words[before] not in query.named:
        return ""
    after, gaps = title.words[i + 1 : i + 3], title.gaps[i + 1 : i + 3]
    coded = any(word[0].isdigit() for word in after[:1]) or (len(gaps) > 1 and gaps[1] in ("", "-"))
    named = after[:1] in (("no",), ("number",), ("code",), ("name",)) or (
        gaps and gaps[0].strip(" ") in ("#", ":")
    )
    return "" if coded or named else f"{title.words[i - 1]} style"


def _is_part_of_item(query: ParsedQuery, title: ParsedTitle, i: int) -> bool:
    """Return whether the noun at `i` belongs to the item itself: a flawless screen, a receipt."""
    word, after = title.words[i], title.words[i + 1 : i + 2]
    if word in vocab.PAPERS:
        return not vocab.KINDS.isdisjoint(title.words[:i])
    return word in vocab.OWN_PARTS and (
        Reason.PARTS in query.expected or not vocab.PART_PRAISE.isdisjoint(after)
    )


def _is_offered_after_name(query: ParsedQuery, title: ParsedTitle, position: MatchPosition, i: int) -> bool:
    """Return whether the noun at `i`, after the item's name, is what the title offers."""
    word, before = title.words[i], title.words[i - 1]
    if word in vocab.FIRM_NOUNS:
        return not _is_described(title, position.end, i)
    if before in vocab.KINDS - query.named and title.gaps[i] == " " and word in vocab.LOOSE_NOUNS:
        return True  # "watch band", "drill battery"
    return word in vocab.ENCLOSING and before in vocab.CASE_WORDS


def _final_noun(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return the noun that ends the title or its first part: "Model 5 spare battery" is a battery."""
    if title.word_set.isdisjoint(_FINAL_NOUNS):
        return ""
    words, gaps = title.words, title.gaps
    end = start = _end_of_name(query, title, position)
    n = len(words)
    while (
        end < n
        and words[end] not in vocab.BREAKS
        and (gaps[end] == " " or not _CLAUSE_BREAK.search(gaps[end]))
        and not (end > start and gaps[end] == " - ")
    ):
        end += 1
    last = end - 1
    while last > start and _is_colour_or_code(title, last):
        last -= 1
    if last < start:
        return ""
    if words[last] in vocab.DIRECT_PARTS and words[last] not in query.named:
        named = (words[last] == "mount" and words[last - 1] in query.named and words[last - 1].isalpha()) or (
            words[last] == "top" and words[last - 1] in vocab.COLOURS
        )  # "EF mount", "gold top"
        return words[last] if not named and _PART_QUALIFIERS.issuperset(words[start:last]) else ""
    strap = words[last] in ("strap", "straps") and words[last - 1] in vocab.STRAP_OWNERS
    if not (strap or words[last] in vocab.FINAL_NOUNS) or _belongs_to_item(query, title, start, last):
        return ""
    if words[last] in NOUNS and last not in title.nouns:
        return ""  # it is included
    return words[last]


def _is_colour_or_code(title: ParsedTitle, i: int) -> bool:
    """Return whether the word at `i` is only a colour or a code."""
    word = title.words[i]
    glued = not title.gaps[i] or (i + 1 < len(title.words) and not title.gaps[i + 1])
    coded = glued and any(map(str.isdigit, "".join(title.words[max(0, i - 1) : i + 2])))
    return (
        word in vocab.COLOURS
        or word in vocab.MATERIALS
        or word in vocab.SALES_TALK
        or word.isdigit()
        or coded
    )


def _part_sold_alone(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return the part that is sold alone: "inner pot only", "steelbook only"; but not "body only"."""
    if "only" not in title.word_set:
        return ""
    i = title.words.index("only")
    word = title.words[i - 1] if i else ""
    if i > position.end and _is_listed(title, position.first, position.end, i):
        return ""  # "no box, rear cap only"
    while i > 1 and word in title.measures:  # "bowl 5 qt only"
        i -= 1
        word = title.words[i - 1]
    one_of = word.isdigit() and i > 1 and title.words[i - 2] in vocab.ABSENT_ITEMS
    second = i > _SECOND and title.words[i - 2] == "and" and title.words[i - 3] not in vocab.PACKAGING
    part = word in _SEPARATE_PARTS and word not in query.named and not second
    return f"{word} only" if one_of or part else ""


def _belongs_to_item(query: ParsedQuery, title: ParsedTitle, start: int, i: int) -> bool:
    """Return whether the noun at `i` is part of the item, whose name ends at `start`, or comes with it."""
    word, before = title.words[i], title.words[i - 1]
    if word == "cap" and (before in vocab.METALS or before in vocab.COLOURS or before in _PLATED):
        return True  # a pen with a "gold cap"
    if word == "case" and before == "half":
        return False
    if word in query.named or _is_described(title, start, i) or before in vocab.OWN_BOX_WORDS | vocab.METALS:
        return True
    if (word in vocab.PAPERS and not vocab.KINDS.isdisjoint(title.words[:i])) or _is_feature(title, i):
        return True
    near = [w for w in title.words[max(0, i - 4) : i] if w not in query.named]
    return not (vocab.WHOLE.isdisjoint(title.word_set) and vocab.INCLUDED_BEFORE.isdisjoint(near))


def _is_listed(title: ParsedTitle, name: int, start: int, end: int) -> bool:
    """Return whether the noun at `end` is in a list of things after a description of the item.

    The item's name spans `name` to `start`, and may be such a list itself.
    """
    gaps = title.gaps
    first = next((i for i in range(start, end + 1) if _LIST_SEPARATOR.search(gaps[i])), -1)
    return first > start or (
        first == start and ("+" in gaps[first] or any("," in gap for gap in gaps[name + 1 : start]))
    )


def _is_feature(title: ParsedTitle, i: int) -> bool:
    """Return whether the noun at `i` is a feature of the item: "3x fans"; but not "EN-EL15 battery"."""
    words = title.words
    before = words[i - 1] if i else ""
    number = before.isdigit() and bool(title.gaps[i - 1] or i == 1)
    return words[i] in _FEATURES and (before in vocab.COUNTED or before == "x" or number)


def _is_described(title: ParsedTitle, start: int, end: int) -> bool:
    """Return whether a description of the item, its kind or storage, is between its name and a noun."""
    between = title.words[start:end]
    if not vocab.KINDS.isdisjoint(between[:-1]) or not vocab.DESCRIBING.isdisjoint(between):
        return True
    return any(word in title.measures and word.endswith(vocab.STORAGE) for word in between)


def _list_of_models(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return a list of compatible models that contains ours: "M40 K80 P100", "11/12/13"."""
    if title.numbers < _MIN_LIST:
        return ""
    for model in query.models:
        line, number = model.pieces[0], model.pieces[-1]
        if number not in title.word_set or not number.isdigit() or model.of_set:
            continue
        if model.paired and line in vocab.NUMBERED:
            continue
        letter = len(model.pieces) > 1 and len(line) == 1
        ours = "".join(model.pieces) if letter else number
        for run in _runs_of_similar_numbers(number, title, letter=letter):
            if ours in run and len(set(run)) >= _MIN_LIST:
                return " ".join(run)
    return ""


def _runs_of_similar_numbers(number: str, title: ParsedTitle, *, letter: bool) -> list[list[str]]:
    """Return runs of numbers about as long as `number`; all with one letter before them, or none."""
    words, gaps = title.words, title.gaps
    runs: list[list[str]] = [[]]
    for i, word in enumerate(words):
        if len(word) == 1 and word.isalpha() and (letter or not gaps[i]):
            if not letter and runs[-1]:
                runs[-1][-1] += word  # "7, 7a"
            continue
        alike = word.isdigit() and abs(len(word) - len(number)) <= 1 and "-" not in gaps[i]
        if alike and not letter:
            alike = not is_year(word) and (bool(gaps[i]) or len(words[i - 1]) > 1)
        elif alike:
            alike = i > 0 and not gaps[i] and len(words[i - 1]) == 1 and "-" not in gaps[i - 1]
        if alike:
            runs[-1].append(words[i - 1] + word if letter else word)
        elif word not in vocab.SUFFIXES and runs[-1]:
            runs.append([])
    return runs
