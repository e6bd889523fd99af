"""What the page about the accuracy of medians shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watcher.core.accuracy import MIN_SHOWN, Accuracy, ErrorFigures, EstimatedShare, percent_text
from watcher.core.times import Instant


@dataclass(frozen=True, slots=True)
class MedianErrorView:
    """How wrong one median was; `error` is None with too few delistings.

    `within`: the shares of errors up to 5, 10 and 20 %.
    """

    n: str
    error: str | None
    interval: str
    within: Sequence[str]


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """How wrong the medians of a category were."""

    category: str
    basis: str
    plain: MedianErrorView
    corrected: MedianErrorView
    covered: str
    kinds: str
    since: Instant
    computed_at: Instant


def accuracy_rows(found: Sequence[Accuracy]) -> list[AccuracyRow]:
    """Return a row per category and basis, those with most delistings first."""
    return [_row(one) for one in sorted(found, key=lambda one: (-one.plain.n, one.category))]


def _row(found: Accuracy) -> AccuracyRow:
    return AccuracyRow(
        found.category or "without a category",
        str(found.basis),
        _errors(found.plain),
        _errors(found.corrected),
        _share_words(found.covered) if found.covered else "",
        ", ".join(f"{n:,} {str(kind).replace('-', ' ')}" for kind, n in found.kinds.items()),
        found.since,
        found.computed_at,
    )


def _errors(figures: ErrorFigures | None) -> MedianErrorView:
    if figures is None or figures.n < MIN_SHOWN:
        return MedianErrorView(f"{figures.n if figures else 0}", None, "", ())
    interval = figures.interval
    return MedianErrorView(
        f"{figures.n:,}",
        percent_text(figures.median),
        f"{interval[0] * 100:.1f} to {percent_text(interval[1])}" if interval else "",
        [_rounded(share.value) for share in figures.within.values()],
    )


def _share_words(share: EstimatedShare) -> str:
    return f"{_rounded(share.value)} ({share.low * 100:.0f} to {_rounded(share.high)})"


def _rounded(share: float) -> str:
    return f"{share * 100:.0f} %"
