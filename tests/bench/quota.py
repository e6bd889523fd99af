"""`make bench-quota`: how many items policies catch, and how late, with the same calls.

In turn, by TTL, by the square-root rule, ours, and a clairvoyant that knows all rates and lives, with the
same floor and bounds. Ours runs the functions that the poller calls, on a market in memory. PART=real
compares it with the poller and the store, PART=bands whole scans with narrowed ones. The figures of each run
are kept in .cache/quota and not computed twice; PART chooses parts, and the table shows all runs.

Promises are checked in deciles: what is listed from the second day on, weighted by what it is worth, in the
order of the share that was promised, makes ten groups of equal weight over all seeds, and the promised share
of each is compared with the realised one. Fixed tenths of the scale are printed, too; some hold few items.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.bench.quota_bands import SIZES, bands_table, size_figures
from tests.bench.quota_chart import write_docs
from tests.bench.quota_loop import START, Loop, Run
from tests.bench.quota_market import Market, Setting, build_market
from tests.bench.quota_policies import (
    Polls,
    Score,
    by_square_root,
    by_ttl,
    clairvoyant,
    in_turn,
    score,
)
from tests.bench.quota_real import SETTING, real_figures, real_table
from tests.bench.quota_report import DAYS, STEPS, table
from watcher.core.cadence.call_plan import Objective
from watcher.core.cadence.windows import next_day_start
from watcher.core.times import DAY, HOUR, Instant

CALLS = 4500  # of 5,000 a day; the rest is for people
SEEDS = (1, 2, 3, 4, 5)  # parameters were chosen on seeds above 100
_FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "quota"
_BY_NAME: dict[str, Callable[[Market, float], Polls]] = {
    "in turn": in_turn,
    "TTL only": by_ttl,
    "square root": by_square_root,
}
# Midnight Pacific time before a day of 23 h, and before one of 25 h.
_SHORT_DAY = Instant(datetime(2026, 3, 6, 8, tzinfo=UTC).timestamp())
_LONG_DAY = Instant(datetime(2026, 10, 30, 7, tzinfo=UTC).timestamp())


class Part(NamedTuple):
    """Some runs: their settings, the objective, the start, and what is unusual about them."""

    settings: tuple[Setting, ...]
    objective: Objective
    special: str = ""
    start: Instant = START
    outage: tuple[float, float] = (0.0, 0.0)


def _settings(searches: int, hours: float, seeds: Sequence[int] = SEEDS, **more: Any) -> tuple[Setting, ...]:
    return tuple(Setting(searches=searches, life=hours / 24, seed=seed, **more) for seed in seeds)


def _parts() -> Mapping[str, Part]:
    parts = {}
    for searches in (200, 1_000, 10_000):
        parts[f"alive-{searches}"] = Part(_settings(searches, 2), Objective.ALIVE)
        parts[f"delay-{searches}"] = Part(_settings(searches, 192), Objective.DELAY)
    parts["longer"] = Part(_settings(1_000, 12, SEEDS[:2]), Objective.ALIVE)
    parts["lognormal"] = Part(
        _settings(1_000, 2, SEEDS[:2], is_lognormal=True), Objective.ALIVE, "lognormal lives"
    )
    parts["changed"] = Part(_settings(1_000, 192, changing=0.05), Objective.DELAY, "changed rates")
    brief = _settings(1_000, 2, SEEDS[:1], days=5)
    parts["short-day"] = Part(brief, Objective.ALIVE, "day of 23 h", _SHORT_DAY)
    parts["long-day"] = Part(brief, Objective.ALIVE, "day of 25 h", _LONG_DAY)
    outage = (2 * DAY + 9 * HOUR, 2 * DAY + 15 * HOUR)
    parts["outage"] = Part(brief, Objective.ALIVE, "outage of 6 h", outage=outage)
    return parts


# Parts that run the real poller and store, by name and run.
_OTHERS: Mapping[str, Mapping[str, Callable[[], Mapping[str, Any]]]] = {
    "real": {str(SETTING.seed): real_figures},
    "bands": {str(size): partial(size_figures, size) for size in SIZES},
}


def measure(part: Part, setting: Setting) -> dict[str, Any]:
    """Return the figures of one run of all policies."""
    market, began = build_market(setting), time.perf_counter()
    loop = Loop(market, CALLS, part.objective, part.start)
    loop.outage = part.outage
    run = loop.run(setting.days)
    best = clairvoyant if part.objective is Objective.ALIVE else by_square_root
    scores = {name: score(market, policy(market, CALLS)) for name, policy in _BY_NAME.items()}
    scores["ours"] = score(market, run.polls)
    best_polls = best(market, CALLS)
    spent = _spent(run, part.start + setting.days * DAY)
    scores["clairvoyant"] = score(market, best_polls)
    return {
        "searches": setting.searches,
        "lifeHours": round(setting.life * 24, 1),
        "seed": setting.seed,
        "objective": part.objective.value,
        "special": part.special,
        "seconds": round(time.perf_counter() - began, 1),
        "policies": {name: _of_score(part.objective, one, setting.days) for name, one in scores.items()},
        "days": {name: _by_day(part.objective, one) for name, one in scores.items()},
        **_ratios(scores, setting.days),
        **_changes(market, run.polls, best_polls),
        "spent": [min(spent), max(spent)],
        "worstWait": run.worst_wait,
        "promises": _promises(market, run, setting.days),
    }


def _last(days: int) -> int:
    """Return the last day that counts: what the end of the run cuts off does not."""
    return days - 1


def _of_score(objective: Objective, one: Score, days: int) -> dict[str, float]:
    of = one.share_caught if objective is Objective.ALIVE else one.mean_delay
    (first, middle), (later, last) = DAYS
    if days < later:
        return {"first": of(first, _last(days)), "later": of(first, _last(days))}
    return {"first": of(first, middle), "later": of(later, min(last, _last(days)))}


def _by_day(objective: Objective, one: Score) -> list[float]:
    sums = one.caught if objective is Objective.ALIVE else one.delay
    return [round(float(x), 5) for x in (sums / one.items)[:-1]]


def _ratios(scores: Mapping[str, Score], days: int) -> dict[str, float]:
    ours, best, root = scores["ours"], scores["clairvoyant"], scores["square root"]
    last = _last(days)
    found = {
        "caughtRatio": ours.share_caught(2, last) / best.share_caught(2, last),
        "rootRatio": ours.share_caught(2, last) / root.share_caught(2, last),
    }
    for name, (first, end) in zip(("delayRatioFirst", "delayRatioLater"), DAYS, strict=True):
        if end <= last:
            found[name] = ours.mean_delay(first, end) / best.mean_delay(first, end)
    return found


def _changes(market: Market, ours: Polls, best: Polls) -> dict[str, float]:
    """Return the delay of searches whose rate has changed, from the fourth day on, by the clairvoyant's."""
    factors, setting = market.truth.factors, market.setting
    if not (factors != 1.0).any():
        return {}
    first = round(setting.change_day) + 4
    found = {}
    for name, chosen in (("risenRatio", factors > 1), ("fallenRatio", factors < 1)):
        mine, theirs = (score(market, polls, chosen) for polls in (ours, best))
        last = _last(setting.days)
        found[name] = mine.mean_delay(first, last) / theirs.mean_delay(first, last)
    return found


def _spent(run: Run, end: float) -> list[float]:
    """Return the part of the calls that each whole day has spent."""
    return [calls / CALLS for day, calls in run.calls.items() if next_day_start(day) <= end]


def _promises(market: Market, run: Run, days: int) -> list[list[float]]:
    """Return weight, promised and realised sums per step of what was promised, from the second day on."""
    sums = np.zeros((STEPS, 3))
    promised = np.array(run.promised)  # search, day, share
    promised = promised[np.lexsort((promised[:, 1], promised[:, 0]))]
    same = (promised[1:, 0] == promised[:-1, 0]) & (promised[:-1, 1] >= 1) & (promised[1:, 1] < days)
    starts, gap = promised[:-1][same], (promised[1:, 1] - promised[:-1, 1])[same]
    search = starts[:, 0].astype(np.int64)
    values = market.values()[search]
    place = np.minimum(STEPS - 1, (starts[:, 2] * STEPS).astype(int))
    columns = (values * gap, values * gap * starts[:, 2], values * market.alive(gap, search))
    for i, column in enumerate(columns):
        np.add.at(sums[:, i], place, column)
    return [[float(x) for x in row] for row in sums]


def run_part(name: str, part: Part) -> Iterator[str]:
    """Run what is left of a part, keep the figures of each seed, and yield what is done."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    for setting in part.settings:
        path = _FOLDER / f"{name}.{setting.seed}.json"
        if path.exists():
            continue
        found = measure(part, setting)
        path.write_text(json.dumps(found))
        yield f"{name}: seed {setting.seed} in {found['seconds']} s"


def run_other(name: str) -> Iterator[str]:
    """Run what is left of a part on the real poller and store, keep its figures, and yield what is done."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    for key, figures_of in _OTHERS[name].items():
        path = _FOLDER / f"{name}.{key}.json"
        if path.exists():
            continue
        found = figures_of()
        path.write_text(json.dumps(found))
        yield f"{name}: {key} is done"


def kept() -> dict[str, list[dict[str, Any]]]:
    """Return the figures of all runs that were made, by part."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(_FOLDER.glob("*.json")):
        parts.setdefault(path.name.split(".")[0], []).append(json.loads(path.read_text()))
    return parts


def _seconds(figures: Mapping[str, Any]) -> float:
    seconds = figures["seconds"]
    return float(sum(seconds) if isinstance(seconds, list) else seconds)


def main(argv: Sequence[str] | None = None) -> None:
    """Run parts and print the table; a missed target does not change the exit code."""
    parts = _parts()
    parser = argparse.ArgumentParser(prog="python -m tests.bench.quota", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join([*parts, *_OTHERS])} (all)")
    parser.add_argument("--again", action="store_true", help="forget the figures of these parts first")
    parser.add_argument("--docs", action="store_true", help="write the curves into docs/")
    options = parser.parse_args(argv)
    names = [*parts, *_OTHERS]
    if unknown := set(options.parts) - set(names):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    logging.disable(logging.WARNING)
    for name in options.parts or names:
        for path in _FOLDER.glob(f"{name}.*.json") if options.again else ():
            path.unlink()
        for line in run_part(name, parts[name]) if name in parts else run_other(name):
            print(line, flush=True)
    found = kept()
    others = {name: found.pop(name, []) for name in _OTHERS}
    print(table(found))
    for figures in others["real"]:
        print(real_table(figures), end="\n\n")
    if others["bands"]:
        print(bands_table(others["bands"]))
    seconds = sum(_seconds(figures) for part in (*found.values(), *others.values()) for figures in part)
    print(f"all these runs together took {seconds / 60:.1f} min")
    if options.docs:
        write_docs(found)


if __name__ == "__main__":
    main()
