"""`python -m tests.bench.comps`: quality and speed of the selection of comps, compared with baselines.

Quality is measured on recorded searches next to the repository and on the titles in tests/core. Speed is
compared with a bare loop over the same titles in the same run, which only looks for the query's words.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from typing import Any

from tests.bench.calibration import calibrate, never_read, print_calibration
from tests.bench.readers import measure_reader, print_reader
from tests.bench.selection_sets import measure_sets, print_sets
from tests.labelled import (
    EBAY,
    HELD_OUT,
    SEEN,
    Row,
    Score,
    blind_titles,
    market,
    query_of,
    rows_of,
    score,
)
from tests.labelled import (
    together as combine_scores,
)
from watcher.adapters.host.garbage import tune_garbage_collector
from watcher.core.comps import Selection, select, summarize
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.titles.parsed_title import parse_title
from watcher.core.titles.verdict import title_verdict

OURS = "watcher"
NEAR = 0.05  # deviation of a median that counts as right
_WORDS = re.compile(r"[a-z0-9]+")


def naive(_query: str, listings: Sequence[Listing]) -> set[str]:
    """Keep everything that a search returns."""
    return {x.item_id for x in listings}


def trimmed(_query: str, listings: Sequence[Listing]) -> set[str]:
    """Keep totals within one and a half interquartile ranges of the middle half."""
    totals = _totals(listings)
    if len(totals) < 2:
        return set(totals)
    low, _, high = quantiles(totals.values(), n=4, method="inclusive")
    reach = 1.5 * (high - low)
    return {item for item, total in totals.items() if low - reach <= total <= high + reach}


def overlapping(query: str, listings: Sequence[Listing]) -> set[str]:
    """Keep titles with 35 % of the query's words whose total is 0.1 to 5 times the median of those."""
    wanted = set(_WORDS.findall(query.casefold()))
    near = [
        x for x in listings if len(wanted & set(_WORDS.findall(x.title.casefold()))) >= 0.35 * len(wanted)
    ]
    totals = _totals(near)
    if not totals:
        return {x.item_id for x in near}
    middle = median(totals.values())
    return {x.item_id for x in near if 0.1 * middle <= totals.get(x.item_id, middle) <= 5 * middle}


def ours(query: str, listings: Sequence[Listing]) -> set[str]:
    """Keep what the product's selection keeps."""
    return {x.item_id for x in _selected(query, listings).kept}


CONTENDERS: dict[str, Callable[[str, Sequence[Listing]], set[str]]] = {
    OURS: ours,
    "naive median": naive,
    "IQR trimming": trimmed,
    "token overlap": overlapping,
}


def _selected(query: str, listings: Sequence[Listing]) -> Selection:
    return select(query, Condition.ANY, listings, currency="USD")


def _totals(listings: Sequence[Listing]) -> dict[str, int]:
    return {x.item_id: x.total.minor for x in listings if x.total}


def quality(names: Sequence[str]) -> dict[str, Any]:
    """Return, per contender and search, the score and the relative error of the median (None: no comps)."""
    found: dict[str, Any] = {}
    for name in names:
        rows, listings = rows_of(name), market(name)
        true = [row.total for row in rows.values() if row.match and row.total is not None]
        for contender, keeps in CONTENDERS.items():
            ids = keeps(query_of(name), listings)
            scored = score((row, item in ids) for item, row in rows.items())
            middle = summarize([x for x in listings if x.item_id in ids], "USD").median
            right = middle is None if not true else None
            off = middle.minor / 100 / median(true) - 1 if middle and true else None
            found.setdefault(contender, {})[name] = {"score": scored, "off": off, "noComps": right}
    return found


def confusion(names: Sequence[str]) -> dict[str, Counter[str]]:
    """Count, per label, the rows that were kept or dropped for each reason; ambiguous rows apart."""
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name in names:
        rows = rows_of(name)
        chosen = _selected(query_of(name), market(name))
        outcome = {x.item_id: "kept" for x in chosen.kept}
        outcome |= {d.listing.item_id: str(d.reason) for d in chosen.dropped}
        for item, row in rows.items():
            table[f"{row.label}{' (ambiguous)' * row.ambiguous}"][outcome[item]] += 1
    return dict(table)


def blind() -> dict[str, Score]:
    """Return the score of each category's titles."""
    results: defaultdict[str, list[tuple[Row, bool]]] = defaultdict(list)
    for category, query, title, row in blind_titles():
        results[category].append((row, title_verdict(query, title).reason is None))
    return {category: score(rows) for category, rows in results.items()}


def bare(query: str, title: str) -> bool:
    """Whether the title contains the query's words: the least possible work."""
    return set(query.split()) <= set(title.casefold().split())


def speed(titles: Sequence[tuple[str, str]], rounds: int) -> dict[str, float]:
    """Return microseconds per title and milliseconds per selection, the best of all rounds."""

    def clear_caches() -> None:
        title_verdict.cache_clear()
        parse_title.cache_clear()

    def each(check: Callable[[str, str], object], before: Callable[[], None] = gc.collect) -> float:
        return min(_timed(check, titles, before) for _ in range(rounds)) / len(titles) * 1e6

    figures = {"bare": each(bare), "new": each(title_verdict, clear_caches), "seen": each(title_verdict)}
    query = titles[0][0]
    listings = [
        Listing(str(i), title, price=_usd(10_000 + 37 * i % 900), shipping=_usd(0))
        for i, (_, title) in enumerate(titles[:200])
    ]
    for n in (200, 50):
        part = listings[:n]

        def work(part: Sequence[Listing] = part) -> None:
            summarize(_selected(query, part).kept, "USD")

        work()
        figures[f"select{n}"] = min(_once(work) for _ in range(rounds * 3)) * 1000
        loop = min(_once(lambda part=part: [bare(query, x.title) for x in part]) for _ in range(rounds * 3))
        figures[f"bare{n}"] = loop * 1000
    return figures


def _usd(cents: int) -> Money:
    return Money(cents, "USD")


def _timed(
    check: Callable[[str, str], object], titles: Sequence[tuple[str, str]], before: Callable[[], object]
) -> float:
    before()
    started = time.process_time()
    for query, title in titles:
        check(query, title)
    return time.process_time() - started


def _once(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def print_quality(found: dict[str, Any], names: Sequence[str], heading: str) -> None:
    """Print one line per search, and the totals."""
    print(f"\n{heading}: F1 score, and error of the median against the labels\n")
    print(f"{'':26}" + "".join(f"{contender:>22}" for contender in found))
    for name in names:
        cells = [f"{of[name]['score'].f1:.3f} {_off(of[name]):>9}" for of in found.values()]
        print(f"{query_of(name):26}" + "".join(f"{cell:>22}" for cell in cells))
    sums = [combine_scores(of[name]["score"] for name in names) for of in found.values()]
    for what in ("precision", "recall", "f1"):
        print(f"{what:26}" + "".join(f"{getattr(s, what):>12.3f}{'':10}" for s in sums))
    near = [sum(_is_near(of[name]) for name in names) for of in found.values()]
    print(f"{'median within 5 %':26}" + "".join(f"{n:>9} of {len(names):<9}" for n in near))


def _off(of: dict[str, Any]) -> str:
    if of["noComps"] is not None:
        return "no comps" if of["noComps"] else "false"
    return "none" if of["off"] is None else f"{of['off']:+.1%}"


def _is_near(of: dict[str, Any]) -> bool:
    return bool(of["noComps"]) or (of["off"] is not None and abs(of["off"]) <= NEAR)


def print_confusion(table: dict[str, Counter[str]]) -> None:
    """Print one line per label."""
    print("\nRows of each label: kept, or dropped for which reason\n")
    for label, outcomes in sorted(table.items()):
        print(f"{label:26}" + ", ".join(f"{outcome} {n}" for outcome, n in outcomes.most_common()))


def print_blind(scores: dict[str, Score]) -> None:
    """Print one line per category."""
    print("\nTitles of other categories, labelled before the grammar was applied to them\n")
    for category, scored in [*sorted(scores.items()), ("all", combine_scores(scores.values()))]:
        print(
            f"{category:26}precision {scored.precision:.3f}  recall {scored.recall:.3f}  F1 {scored.f1:.3f}"
        )


def print_speed(of: dict[str, float]) -> None:
    """Print the times, and their ratio to the bare loop."""
    print("\nSpeed, and ratio to a bare loop over the same titles\n")
    print(f"{'a new title':26}{of['new']:8.1f} us{of['new'] / of['bare']:8.1f} x   (target: 60 us)")
    print(f"{'a cached title':26}{of['seen']:8.2f} us{of['seen'] / of['bare']:8.2f} x")
    for n, target in ((200, 2.0), (50, 0.5)):
        took, loop = of[f"select{n}"], of[f"bare{n}"]
        print(f"{f'comps of {n} cached':26}{took:8.3f} ms{took / loop:8.1f} x   (target: {target} ms)")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.comps", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each speed (7)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    trades = blind()
    titles = [(query, title) for _, query, title, _ in blind_titles()]
    has_recordings = EBAY.is_dir()
    found = quality((*HELD_OUT, *SEEN)) if has_recordings else {}
    timed = speed(titles, options.rounds)
    sets = measure_sets()
    confidence = dict(never_read())
    reader = measure_reader() if has_recordings else {}
    if options.json:
        calibrated = {heading: calibrate(rows) for heading, rows in confidence.items()}
        measured = {
            "searches": found,
            "trades": trades,
            "sets": sets,
            "confidence": calibrated,
            "reader": reader,
            "speed": timed,
        }
        print(json.dumps(measured, indent=1))
        return
    if has_recordings:
        print_quality(found, HELD_OUT, "Searches held out while the grammar was written")
        print_quality(found, SEEN, "Searches used while the grammar was written")
        print_confusion(confusion((*HELD_OUT, *SEEN)))
    else:
        print("The recorded searches are missing (../shared/ebay): only titles and speed are measured.")
    print_blind(trades)
    print_sets(sets)
    if reader:
        print_reader(reader)
    for heading, rows in confidence.items():
        print_calibration(f"{heading} that were never read", rows)
    print_speed(timed)


if __name__ == "__main__":
    tune_garbage_collector()  # as the daemon does
    main()
