"""What a watch can expect of its polls, as a sentence and as public JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from watcher.core.cadence.promise import Promise
from watcher.core.lateness_views import FIGURE_DAYS, in_percent
from watcher.core.plurals import count_of
from watcher.core.promise_check import PromiseCheck
from watcher.core.times import DAY, HOUR, MINUTE, Seconds, in_words

# A gain of fewer points is not worth a sentence.
_WORTH_SAYING = 0.005
# The least share of items, and of items that are lost, that is promised: never all or none.
_LEAST_SHARE = 0.001
# Part of the longest interval that is planned; the rest is for polls that start late.
_NEARLY = 0.9
_SMALL, _TINY = 0.095, 0.0005


class Expectation(NamedTuple):
    """What is expected of a watch, and how it is known.

    `worst`: the longest interval of its search. `is_fixed`: its interval is asked for, or calls suffice to
    look as often as allowed, so that it does not vary. `has_items`:
    its rule is about listings, not about a median. `is_bargain`: about those below 80 % of the median.
    `is_guess`: too little is known of its own listings, so that of its category counts.
    """

    promise: Promise
    worst: Seconds
    is_fixed: bool = False
    has_items: bool = True
    is_bargain: bool = True
    is_guess: bool = False


def promise_view(found: Expectation, check: PromiseCheck) -> dict[str, Any]:
    """Return what a watch can expect; the shares are corrected by what `check` found."""
    promise = found.promise
    share = check.corrected(promise.share) if found.has_items else None
    raised = (
        None if promise.share_if_high is None or share is None else check.corrected(promise.share_if_high)
    )
    lost = None if raised is None else promise.others_lose
    return {
        "everySeconds": round(promise.interval),
        "atLeastEverySeconds": round(max(found.worst, promise.interval)),
        "stillThere": _rounded(share),
        "stillThereIfHigh": _rounded(raised),
        "othersLose": _rounded(lost),
        "of": "bargains" if found.is_bargain else "listings",
        "guess": found.is_guess and share is not None,
        "said": _sentence(found, share, raised, lost),
    }


def promise_check_view(check: PromiseCheck) -> dict[str, Any]:
    """Return what was promised and what came of it; the shares are null without matches."""
    return {
        "days": FIGURE_DAYS,
        "matches": check.matches,
        "promised": _rounded(check.promised),
        "realised": _rounded(check.realised),
        "correction": round(check.factor, 3),
    }


def promise_check_sentence(view: Mapping[str, Any]) -> str:
    """Return what was promised and what came of it; empty without matches."""
    if not view["matches"]:
        return ""
    return (
        f"{in_percent(view['promised'])} of matches were to be still there when seen, "
        f"{in_percent(view['realised'])} were ({count_of(view['matches'], 'match')} in {view['days']} days)"
    )


def _sentence(found: Expectation, share: float | None, raised: float | None, lost: float | None) -> str:
    parts = [f"Looked at {_frequency(found)}"]
    if share is not None:
        what = "bargains" if found.is_bargain else "listings"
        parts.append(f"of {what} like this {_about(share)} are still there when you hear of them")
    if share is not None and raised is not None and raised - share >= _WORTH_SAYING:
        parts.append(f"as high priority: {_promised(raised)}, {_loss_words(lost)}")
    said = f"{'; '.join(parts)}."
    if found.is_guess and share is not None:
        said += " That is a guess from similar listings until enough of these have come and gone."
    return said


def _about(share: float) -> str:
    words = _promised(share)
    return words if "than" in words else f"about {words}"


def _promised(share: float) -> str:
    return in_percent(max(_LEAST_SHARE, min(1.0 - _LEAST_SHARE, share)))


def _frequency(found: Expectation) -> str:
    every, worst = found.promise.interval, max(found.worst, found.promise.interval)
    if found.is_fixed:
        return f"every {_interval_words(every)}"
    if every >= worst * _NEARLY:
        return f"every {_interval_words(worst)} or sooner"
    return f"about every {_interval_words(every)}, at least every {_interval_words(worst)}"


def _interval_words(seconds: float) -> str:
    """Return an interval in its largest unit, or in two if the first is small: `7 min`, `1 h 30 min`."""
    largest = next((size for size in (DAY, HOUR, MINUTE) if seconds >= size), Seconds(1.0))
    digits = seconds / largest
    words = in_words(seconds if digits < 3 else round(digits) * largest)  # noqa: PLR2004 - then a half matters
    return {"1 s": "second", "1 min": "minute", "1 h": "hour", "1 d": "24 h"}.get(words, words)


def _loss_words(lost: float | None) -> str:
    if lost is None or lost < _TINY:
        return "and your other watches lose nothing"
    return f"your other watches lose {in_percent(lost) if lost >= _SMALL else f'{lost * 100:.1f} %'}"


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
