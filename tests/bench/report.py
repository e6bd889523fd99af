"""The figures of a benchmark from its rounds, and their table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from tests.bench.job import BARE, PIPELINE, SCRIPT, Measured


class Run(NamedTuple):
    """One contender in one round; `requests` is the number of searches served per poll."""

    measured: Measured
    requests: float

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds per poll."""
        return self.measured.cpu / self.measured.polls * 1000

    @property
    def rate(self) -> float:
        """Polls per second of wall time."""
        return self.measured.polls / self.measured.wall


Round = dict[str, Run]


class Aim(NamedTuple):
    """The target: `one` uses at most `most` times the CPU per poll of `other`."""

    one: str
    other: str
    most: float


AIMS = (Aim(PIPELINE, BARE, 1.15), Aim(PIPELINE, SCRIPT, 0.25))


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, minimum and maximum."""
    return {"median": median(values), "min": min(values), "max": max(values)}


def ratio(rounds: Sequence[Round], one: str, other: str) -> dict[str, float]:
    """Return the ratio of CPU per poll of `one` to `other`, computed within each round."""
    return spread([r[one].cpu_ms / r[other].cpu_ms for r in rounds])


def check_aim(rounds: Sequence[Round], aim: Aim) -> dict:
    """Return a target, the measured ratio, and whether its median meets the target."""
    reached = ratio(rounds, aim.one, aim.other)
    return {**aim._asdict(), "ratio": reached, "met": reached["median"] <= aim.most}


def figures(rounds: Sequence[Round]) -> dict:
    """Return all figures as plain values."""
    names = list(rounds[0])
    return {
        "contenders": {
            name: {
                "cpuMsPerPoll": spread([r[name].cpu_ms for r in rounds]),
                "pollsPerSecond": spread([r[name].rate for r in rounds]),
                "requestsPerPoll": median(r[name].requests for r in rounds),
            }
            for name in names
        },
        "aims": [check_aim(rounds, aim) for aim in AIMS if {aim.one, aim.other} <= set(names)],
        "scriptOverBare": ratio(rounds, SCRIPT, BARE) if {SCRIPT, BARE} <= set(names) else None,
    }


def table(found: dict) -> str:
    """Return the figures as text."""
    lines = [f"{'':18}{'CPU ms per poll':>26}{'polls per second':>26}"]
    for name, of in found["contenders"].items():
        cpu, rate = _span(of["cpuMsPerPoll"], 2), _span(of["pollsPerSecond"], 0)
        more = f"   {of['requestsPerPoll']:.2f} requests per poll" if of["requestsPerPoll"] > 1 else ""
        lines.append(f"{name:18}{cpu:>26}{rate:>26}{more}")
    lines.append("")
    for aim in found["aims"]:
        verdict = "PASS" if aim["met"] else "MISSED"
        lines.append(
            f"{aim['one']} / {aim['other']}: {_span(aim['ratio'], 2)}, "
            f"target at most {aim['most']:g}: {verdict}"
        )
    if found["scriptOverBare"]:
        lines.append(f"{SCRIPT} / {BARE}: {_span(found['scriptOverBare'], 2)}")
    if PIPELINE not in found["contenders"]:
        lines.append(f"The {PIPELINE} did not run.")
    lines.append(
        "Each figure is the median of the rounds (minimum to maximum); ratios are taken within a round."
    )
    return "\n".join(lines)


def stage_table(name: str, microseconds: Mapping[str, float]) -> str:
    """Return where the CPU time of a poll goes, the longest stage first; the shares add up to all of it."""
    total = sum(microseconds.values())
    rows = [
        f"{stage:40}{of:8.0f}{of / total:8.1%}"
        for stage, of in sorted(microseconds.items(), key=lambda item: -item[1])
    ]
    head = f"{'CPU of one poll: ' + name:40}{'µs':>8}{'share':>8}"
    return "\n".join(("", head, *rows, f"{'in all':40}{total:8.0f}{1:8.1%}"))


def _span(of: dict[str, float], digits: int) -> str:
    return f"{of['median']:.{digits}f} ({of['min']:.{digits}f} to {of['max']:.{digits}f})"
