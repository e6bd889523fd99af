"""The table of `make bench-quota`: one line per target with PASS or MISSED, from the figures of all parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

Figures = Mapping[str, Any]  # of one run: names to numbers, or to lists of numbers

DAYS = ((2, 7), (8, 13))
STEPS = 1000  # of promised shares, in which runs are kept


class Target(NamedTuple):
    """What a ratio to the clairvoyant must be, as the mean over the seeds of some runs."""

    sentence: str
    figure: str
    bound: float
    is_least: bool = False


ALIVE_TARGETS = {
    200: Target("caught alive, days 2-13, against the clairvoyant", "caughtRatio", 0.97, is_least=True),
    1_000: Target("caught alive, days 2-13, against the clairvoyant", "caughtRatio", 0.97, is_least=True),
    10_000: Target("caught alive, days 2-13, against the clairvoyant", "caughtRatio", 0.93, is_least=True),
}
DELAY_TARGETS = (
    Target("delay in days 2-7 against the clairvoyant", "delayRatioFirst", 1.10),
    Target("delay in days 8-13 against the clairvoyant", "delayRatioLater", 1.02),
)
ROOT_TARGET = Target("caught alive against the square-root rule", "rootRatio", 1.3, is_least=True)
CHANGED_TARGETS = (
    Target("delay of searches 20 times as busy, from the fourth day", "risenRatio", 1.3),
    Target("delay of searches a 20th as busy, from the fourth day", "fallenRatio", 1.3),
)
_SPENT, _CALIBRATED = 0.99, 0.03
_LIFE = 2  # hours, of the targets


def table(parts: Mapping[str, Sequence[Figures]]) -> str:
    """Return the figures of all parts that have run, as text."""
    return "\n".join(_lines(parts))


def _lines(parts: Mapping[str, Sequence[Figures]]) -> Iterator[str]:
    runs = [run for part in parts.values() for run in part]
    groups: dict[tuple[str, int, float], list[Figures]] = {}
    for run in runs:
        if not run["special"]:
            groups.setdefault((run["objective"], run["searches"], run["lifeHours"]), []).append(run)
    for group in sorted(groups):
        yield from _of_runs(*group, groups[group])
    yield from _special(runs)


def _of_runs(objective: str, searches: int, life: float, runs: Sequence[Figures]) -> Iterator[str]:
    yield f"{searches:,} searches, objective {objective}, lives around {life:g} h, {len(runs)} seeds"
    for name in runs[0]["policies"]:
        first, later = ([run["policies"][name][key] for run in runs] for key in ("first", "later"))
        unit = "% caught" if objective == "alive" else "min of delay"
        scale = 100 if objective == "alive" else 1440
        yield (
            f"  {name:14} {scale * fmean(first):7.1f} {unit} in days 2-7, "
            f"{scale * fmean(later):7.1f} in days 8-13"
        )
    if objective == "delay":
        yield from (_verdict(target, runs) for target in DELAY_TARGETS)
    elif life == _LIFE and searches in ALIVE_TARGETS:
        yield _verdict(ALIVE_TARGETS[searches], runs)
        if searches == max(ALIVE_TARGETS):
            yield _verdict(ROOT_TARGET, runs)
    yield from _kept(runs)
    yield ""


def _kept(runs: Sequence[Figures]) -> Iterator[str]:
    least, most = min(r["spent"][0] for r in runs), max(r["spent"][1] for r in runs)
    yield f"  spent {least:.1%} to {most:.1%} of each day's calls: {_word(least >= _SPENT and most <= 1)}"
    late = max(r["worstWait"] for r in runs)
    yield f"  longest wait {late:.1%} of the stated worst case: {_word(late <= 1)}"
    if runs[0]["objective"] == "alive":
        off = max(abs(x) for x in deciles(_promises(runs)))
        fixed = max(abs(x) for x in _tenths(_promises(runs)))
        yield (
            f"  promise off by at most {100 * off:.1f} points in any decile: {_word(off <= _CALIBRATED)} "
            f"({100 * fixed:.1f} in any tenth of the scale)"
        )


def _promises(runs: Sequence[Figures]) -> Sequence[Sequence[float]]:
    """Return weight, promised and realised sums per step of what was promised, over all runs."""
    same_steps = zip(*(run["promises"] for run in runs), strict=True)
    return [[sum(sums) for sums in zip(*step, strict=True)] for step in same_steps]


def deciles(steps: Sequence[Sequence[float]]) -> Iterator[float]:
    """Yield realised less promised share of ten groups of equal weight, in the order of what was promised.

    A step that belongs to two groups is divided in proportion.
    """
    whole, passed = sum(weight for weight, _, _ in steps) / 10, 0.0
    groups = [0.0] * 10
    for weight, promised, realised in steps:
        for group in range(10):
            inside = min(passed + weight, (group + 1) * whole) - max(passed, group * whole)
            if inside > 0:
                groups[group] += inside / weight * (realised - promised)
        passed += weight
    yield from (off / whole for off in groups if whole > 0)


def _tenths(steps: Sequence[Sequence[float]]) -> Iterator[float]:
    """Yield realised less promised share of each fixed tenth of the scale."""
    size = len(steps) // 10
    for first in range(0, len(steps), size):
        weight, promised, realised = (
            sum(column) for column in zip(*steps[first : first + size], strict=True)
        )
        if weight > 0:
            yield (realised - promised) / weight


def _special(runs: Sequence[Figures]) -> Iterator[str]:
    for name in sorted({r["special"] for r in runs} - {""}):
        chosen = [r for r in runs if r["special"] == name]
        yield f"{name}, {len(chosen)} seeds"
        if name == "changed rates":
            yield from (_verdict(target, chosen) for target in CHANGED_TARGETS)
        yield from _kept(chosen)
        yield ""


def _verdict(target: Target, runs: Sequence[Figures]) -> str:
    values = [run[target.figure] for run in runs]
    mean = fmean(values)
    met = mean >= target.bound if target.is_least else mean <= target.bound
    side = "at least" if target.is_least else "at most"
    return (
        f"  {target.sentence}: {mean:.3f} ({min(values):.3f} to {max(values):.3f}), "
        f"target {side} {target.bound:g}: {_word(met)}"
    )


def _word(met: object) -> str:
    return "PASS" if met else "MISSED"
