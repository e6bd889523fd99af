"""Find defects in a title by pattern: denied functions, failing verbs, parts in a bad state, symptoms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from watcher.core.titles import defect_words as lexicon
from watcher.core.titles import vocabulary as vocab

_YEARS = re.compile(r"(?:19|20)\d\d")
_CLAUSE_BREAK = re.compile(r"[,;|()\[\]!.:]| [-\u2013\u2014]|[-\u2013\u2014] ")
_FREE_THINGS = frozenset(("delivery", "gift", "post", "postage", "returns", "ship", "shipping"))
_OPTICS = frozenset(("lens", "element", "elements", "glass", "balsam", "optics"))
_DENIAL_WORDS = 3  # between a denial and the fault that it denies

FoundDefect = tuple[str, frozenset[str]]
"""The words that show a defect, and those that exempt a title if the query names one of them."""


def find_defects(words: tuple[str, ...], gaps: tuple[str, ...]) -> list[FoundDefect]:
    """Return the defects that no listed phrase names; an item that once had one is not defective."""
    return [
        (" ".join(phrase), frozenset((core,)))
        for i, word in enumerate(words)
        if (finder := _FINDERS.get(word))
        for phrase, core in finder(words, gaps, i)
    ]


_Finding = Iterator[tuple[tuple[str, ...], str]]
"""The words that show a defect and the decisive one; empty if there is none."""


def _negated_verb(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield a verb that the item cannot do: "wont turn", "does not charge", "fails to boot"."""
    start = i + 1 if words[i] in lexicon.AUXILIARIES else _end_of_phrase(words, i, lexicon.OPEN_NEGATIONS)
    verb = _skip(words, gaps, start, lexicon.ADVERBS) if start else len(words)
    taken = words[verb : verb + 1] != () and words[verb] in lexicon.TAKING_VERBS
    taken = taken and not lexicon.TAKEN_THINGS.isdisjoint(words[verb + 1 : verb + 2])
    if verb < len(words) and (_is_function_verb(words[verb]) or taken):
        yield words[i : verb + 1], words[verb]
    elif 0 < start < len(words) <= verb and not _breaks(gaps, start):
        yield words[i : start + 1], words[start]  # "wont stay"


def _is_function_verb(word: str) -> bool:
    return word.isalpha() and word not in lexicon.HARMLESS_VERBS and word not in lexicon.FAILING_STEMS


def _denied_state(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield what "not" and "no longer" deny: "not reading", "not detected", "no longer works"."""
    n = _skip(words, gaps, i + 1, lexicon.ADVERBS - {"to", "get", "go", "stay"})
    if n >= len(words):
        return
    word = words[n]
    gerund = len(word) >= lexicon.MIN_GERUND and word.endswith("ing") and word not in lexicon.HARMLESS_GERUNDS
    if gerund or word in lexicon.STATES_DENIED or word in lexicon.NOT_VERBS:
        yield words[i : n + 1], word


def _missing_function(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield the function that "no" denies: "no hdmi output"; but not "no hdmi cable", "no display issues"."""
    if words[i + 1 : i + 2] == ("longer",):
        if words[i + 2 : i + 3] and words[i + 2] in lexicon.FUNCTION_VERBS | {"working", "functions"}:
            yield words[i : i + 3], words[i + 2]
        return
    end = i + 1
    while end < len(words) and (words[end] in lexicon.FUNCTIONS or words[end] in lexicon.FUNCTION_KINDS):
        if end > i + 1 and _CLAUSE_BREAK.search(gaps[end]):
            break
        end += 1
    last = words[end - 1]
    if end == i + 1 or last not in lexicon.FUNCTIONS:
        return
    after = "" if end == len(words) or _CLAUSE_BREAK.search(gaps[end]) else words[end]
    if last in lexicon.BASICS:
        ends = after not in lexicon.BASIC_THINGS
    else:
        ends = not after or after in lexicon.CLAUSE_WORDS or after in vocab.COLOURS or after[0].isdigit()
    if ends:
        yield words[i:end], last


def _stopped(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield "stopped working", and "keeps restarting"."""
    after = words[i + 1] if i + 1 < len(words) else ""
    if len(after) >= lexicon.MIN_GERUND and after.endswith("ing") and after not in lexicon.HARMLESS_GERUNDS:
        yield words[i : i + 2], after


def _fault(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    if not is_denied(words, gaps, i):
        yield words[max(0, i - (i > 0 and words[i - 1] in lexicon.PARTS)) : i + 1], words[i]


def _bad_part(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield a part and its bad state, in either order: "motor dead", "dead pixels"."""
    word = words[i]
    before = i - 1 - (i > 1 and words[i - 1] in ("is", "are", "has", "have", "was"))
    pairs = []
    if word in lexicon.NAMED_FAULTS and before > 0 and words[before] not in lexicon.PARTS:
        before -= words[before - 1] in lexicon.PARTS  # "gimbal overload error"
    if (
        word in lexicon.STATES_BEFORE_PART
        and i + 1 < len(words)
        and words[i + 1] in lexicon.PARTS
        and not _breaks(gaps, i + 1)
    ):
        pairs.append((i, i + 1))  # "console bad battery": the state describes the part that follows
    elif (
        word in lexicon.BAD_STATES and before >= 0 and words[before] in lexicon.PARTS and not _breaks(gaps, i)
    ):
        pairs.append((before, i))
    for a, b in pairs:
        if words[a : b + 1] not in lexicon.WEAR and not (
            is_denied(words, gaps, a) or is_denied(words, gaps, b)
        ):
            yield words[a : b + 1], word
    if word == "burnt" and not pairs:
        yield from _screen_fault(words, gaps, i)
    if word == "dead" and not pairs and _is_dead_thing(words, gaps, i) and not is_denied(words, gaps, i):
        yield words[max(0, i - 1) : i + 2], word
    if word in ("error", "errors"):
        yield from _error_code(words, gaps, i)
    elif word == "drift" and i and words[i - 1] in lexicon.STICKS and not is_denied(words, gaps, i):
        yield words[i - 1 : i + 1], word


def _is_dead_thing(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> bool:
    """Return whether "dead" ends a statement or precedes a plural: "evf dead", "dead voices"."""
    before, after = words[i - 1] if i else "the", words[i + 1] if i + 1 < len(words) else ""
    if not after or _breaks(gaps, i + 1):
        return before not in lexicon.BEFORE_DEAD_NAMES
    return after.endswith("s") and not after.endswith("ss") and after not in lexicon.AFTER_DEAD_NAMES


def _error_code(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield "error 20", "err e74", "error code", "code 43"; but not a card with an error, "error 4/102"."""
    after = words[i + 1] if i + 1 < len(words) else ""
    if (
        i > 1
        and words[i - 1].isdigit()
        and len(words[i - 2]) == 1
        and (gaps[i - 1] == "-" or (not gaps[i - 1] and len(words[i - 1]) > 1))
        and not is_denied(words, gaps, i)
    ):
        yield words[i - 2 : i + 1], words[i]  # "E-05 error", "E74 error"
    if after in ("code", "codes", "message") and not is_denied(words, gaps, i):
        yield words[i : i + 2], words[i]
        return
    number = after if after.isdigit() else ""
    if not number and after.isalpha() and len(after) == 1 and i + 2 < len(words) and not gaps[i + 2].strip():
        number = words[i + 2] if words[i + 2].isdigit() else ""
    listed = "#" in gaps[i + 1] or gaps[i + 2 : i + 3] == ("/",) if after else True
    if number and not listed and not _YEARS.fullmatch(number) and not is_denied(words, gaps, i):
        yield words[i : i + 2], words[i]


def _code_43(words: tuple[str, ...], _gaps: tuple[str, ...], i: int) -> _Finding:
    if words[i + 1 : i + 2] == ("43",):
        yield words[i : i + 2], words[i]


def _line(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield lines on a screen: "vertical lines", "screen has lines"."""
    near = words[max(0, i - 2) : i]
    after = words[i + 1 : i + 4]
    if (
        (words[i - 1 : i] and words[i - 1] in lexicon.LINE_KINDS)
        or (words[i] == "lines" and not lexicon.SCREENS.isdisjoint(near))
        or (after[:1] in (("on",), ("in",), ("across",)) and not lexicon.SCREENS.isdisjoint(after))
    ) and not is_denied(words, gaps, i):
        yield words[max(0, i - 1) : i + 1], words[i]


def _screen_fault(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield "blue screen", "light of death", "ghost image", "screen burn", "boot loop", "loud noise"."""
    word, before, after = words[i], words[i - 1] if i else "", words[i + 1 : i + 3]
    found = (
        (word == "death" and i > 1 and before == "of" and words[i - 2] in lexicon.DEATHS)
        or (
            word in ("screen", "display")
            and before in lexicon.SCREEN_COLOURS
            and _ends_clause(words, gaps, i)
        )
        or (word == "ring" and before == "red" and _ends_clause(words, gaps, i))
        or (word == "light" and before == "red" and words[max(0, i - 2)] in lexicon.SIGNALS)
        or (word == "loop" and before in ("boot", "reboot", "restart", "startup"))
        or (word == "looping" and before in ("boot", "rebooting"))
        or (word == "image" and before == "ghost")
        or (word == "retention" and before == "image")
        or (word == "burn" and after[:1] == ("in",) and not lexicon.SCREENS.isdisjoint(words))
        or (word == "noise" and before in lexicon.NOISES)
        or (word == "spots" and after[:1] in (("on",), ("in",)) and not lexicon.SCREENS.isdisjoint(words))
        or (word == "separation" and not _OPTICS.isdisjoint(words))
        or (word == "burnt" and _ends_clause(words, gaps, i))
        or (word == "project" and i > 0 and _ends_clause(words, gaps, i))
        or (word == "haze" and before in ("lens", "heavy", "internal", "viewfinder", "optical"))
    )
    if found and not is_denied(words, gaps, i):
        yield words[max(0, i - 1) : i + 1], word


def _ends_clause(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> bool:
    """Return whether the word at `i` ends a statement, so it is not a colour of an accessory."""
    return (
        i + 1 == len(words)
        or _breaks(gaps, i + 1)
        or words[i + 1] in lexicon.CLAUSE_WORDS
        or words[i + 1] in lexicon.ON_VERBS
        or words[i + 1] == "of"
    )


def _locked_account(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield a lock that only the former owner can open; a lock to a carrier does not count."""
    if i and words[i - 1] in lexicon.LOCKS and not is_denied(words, gaps, i):
        yield words[i - 1 : i + 1], words[i]


def _needs_work(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    work = _skip(words, gaps, i + 1, lexicon.NEED_GAPS)
    if work < len(words) and words[work] in lexicon.WORK_TO_DO and not is_denied(words, gaps, i):
        yield words[i : work + 1], words[work]


def _turns_off(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield "shuts down", "powers on then off", "turns on but"; not "auto shuts off"."""
    after = words[i + 1 : i + 4]
    automatic = any(w.startswith(("auto", "safety", "timer")) for w in words[max(0, i - 2) : i])
    if after[:1] == ("itself",):
        after = after[1:]
    if words[i] in lexicon.OFF_VERBS and after[:1] and after[0] in lexicon.OFF and not automatic:
        if not is_denied(words, gaps, i):
            yield words[i : i + 2], words[i]
    elif words[i] in lexicon.ON_VERBS and after[:1] in (("on",), ("up",)) and after[1:2]:
        if after[1] in ("then", "but") and not _breaks(gaps, i + 2):
            yield words[i : i + 3], words[i]
    elif words[i] in ("drains", "dies") and after[:1] in (("fast",), ("quickly",), ("quick",)):
        yield words[i : i + 2], words[i]


def _skip(words: tuple[str, ...], gaps: tuple[str, ...], i: int, skipped: frozenset[str]) -> int:
    """Return the position of the first word from `i` on that is not in `skipped`, in the same clause."""
    start = i
    while i < len(words) and words[i] in skipped and not (i > start and _breaks(gaps, i)):
        i += 1
    return len(words) if i < len(words) and _breaks(gaps, i) else i


def _end_of_phrase(words: tuple[str, ...], i: int, listed: frozenset[tuple[str, ...]]) -> int:
    """Return the end of the listed phrase that starts at `i`; 0 if there is none."""
    return next((i + n for n in (3, 2) if words[i : i + n] in listed), 0)


def _breaks(gaps: tuple[str, ...], i: int) -> bool:
    return len(gaps[i]) > 0 and _CLAUSE_BREAK.search(gaps[i]) is not None


def cures(words: tuple[str, ...], i: int) -> bool:
    """Return whether the word at `i` says that a fault is gone: "fixed", "free"; but not "free shipping"."""
    if words[i] == "free":
        return _FREE_THINGS.isdisjoint(words[i + 1 : i + 2])
    return words[i] in lexicon.CURED


def is_denied(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> bool:
    """Return whether the fault at `i` is denied ("no stick drift") or cured ("overheating fixed")."""
    after = i + 1
    while after < len(words) and after <= i + _DENIAL_WORDS and words[after] in lexicon.CURE_GAPS:
        after += 1
    if after < len(words) and cures(words, after) and not _CLAUSE_BREAK.search(gaps[after]):
        return True
    if words[max(0, i - 2) : i] in (("tested", "for"), ("checked", "for"), ("free", "of")):
        return True
    coordinated = i > 0 and words[i - 1] in ("or", "nor")
    for j in range(i - 1, max(-1, i - 2 - (2 * _DENIAL_WORDS if coordinated else _DENIAL_WORDS)), -1):
        if not coordinated and _breaks(gaps, j + 1):
            return False
        if words[j] in lexicon.FAULT_DENIALS:
            return True
        if words[j] in lexicon.ENDS_DENIAL or (words[j] in lexicon.DENIED_THINGS and not coordinated):
            return False
    return False


_Finder = Callable[[tuple[str, ...], tuple[str, ...], int], _Finding]
_FINDERS: dict[str, _Finder] = {
    **dict.fromkeys(lexicon.BAD_STATES | lexicon.STATES_BEFORE_PART, _bad_part),
    **dict.fromkeys(lexicon.FAULTS, _fault),
    **dict.fromkeys(lexicon.AUXILIARIES | {phrase[0] for phrase in lexicon.OPEN_NEGATIONS}, _negated_verb),
    **dict.fromkeys(("no", "zero", "without", "lost", "loses", "weak", "poor"), _missing_function),
    **dict.fromkeys(("stopped", "stops", "quit", "keeps", "kept"), _stopped),
    **dict.fromkeys(("line", "lines"), _line),
    **dict.fromkeys(
        (
            "death",
            "light",
            "screen",
            "display",
            "ring",
            "loop",
            "looping",
            "image",
            "retention",
            "burn",
            "noise",
            "haze",
            "spots",
            "separation",
            "project",
        ),
        _screen_fault,
    ),
    **dict.fromkeys(lexicon.LOCKED, _locked_account),
    **dict.fromkeys(lexicon.NEEDS, _needs_work),
    **dict.fromkeys(lexicon.OFF_VERBS | lexicon.ON_VERBS | {"drains"}, _turns_off),
    "err": _error_code,
    "code": _code_43,
}


def _missing(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield a piece that is missing: "missing windscreen"; but not what merely comes with the item."""
    thing = _skip(words, gaps, i + 1, lexicon.BEFORE_MISSING_THINGS)
    if thing < len(words) and words[thing].isalpha() and words[thing] not in lexicon.HARMLESS_MISSING:
        yield words[i : thing + 1], words[thing]


def _missing_or_gone(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield a piece that is missing, named before or after: "frontispiece missing", "missing windscreen"."""
    thing = words[i - 1] if i and not _breaks(gaps, i) else ""
    ends = i + 1 == len(words) or _breaks(gaps, i + 1)
    counted = i > 1 and words[i - 2] in lexicon.SOME
    if (
        (ends or counted)
        and thing.isalpha()
        and thing not in lexicon.HARMLESS_MISSING
        and not is_denied(words, gaps, i)
        and (counted or thing in lexicon.LOSABLE)
    ):
        yield words[i - 1 : i + 1], words[i]
    elif words[i] == "missing":
        yield from _missing(words, gaps, i)


def _partly_complete(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield "80% complete", "about 90 percent"; but not "100% complete"."""
    number = words[i - 1] if i else ""
    partly = number.isdecimal() and len(number) <= len("99") and ("%" in gaps[i] or words[i] == "percent")
    if partly and "complete" in words[i : i + 2]:
        yield words[i - 1 : i + 1], words[i]


def _not(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    yield from _negated_verb(words, gaps, i)
    yield from _denied_state(words, gaps, i)


def _failing(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    yield from _negated_verb(words, gaps, i)
    yield from _fault(words, gaps, i)


def _contracted_verb_to_be(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    yield from _denied_state(words, gaps, i)


def _do_not(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> _Finding:
    """Yield "dont work"; other verbs after "dont" address the buyer."""
    verb = _skip(words, gaps, i + 1, lexicon.ADVERBS)
    if verb < len(words) and words[verb] in lexicon.FUNCTION_VERBS:
        yield words[i : verb + 1], words[verb]


_FINDERS |= {
    "not": _not,
    **dict.fromkeys(("lacks", "lacking", "minus"), _missing),
    **dict.fromkeys(("missing", "absent", "gone"), _missing_or_gone),
    **dict.fromkeys(("complete", "percent"), _partly_complete),
    "fails": _failing,
    "failed": _failing,
    "failing": _failing,
    "isnt": _contracted_verb_to_be,
    "arent": _contracted_verb_to_be,
    "dont": _do_not,
    "barely": _do_not,
    "hardly": _do_not,
}
DEFECT_SIGNS = frozenset(_FINDERS)
