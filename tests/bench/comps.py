"""`python -m tests.bench.comps`: how well comps are told from noise, beside three baselines, and how fast.

Quality is measured on recorded searches beside the repository and on the titles in tests/core; speed is
measured against a bare loop over the same titles in the same run, which splits a title into words and
looks for those of the query.
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
    together,
)
from watcher.adapters.host.event_loop import calm_collector
from watcher.core.comps import Selection, select, summarize
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.titles.parsed_title import parse_title
from watcher.core.titles.verdict import title_verdict

OURS = "watcher"
NEAR = 0.05
_WORDS = re.compile(r"[a-z0-9]+")


def naive(_query: str, listings: Sequence[Listing]) -> set[str]:
    """Everything that a search answers."""
    return {x.item_id for x in listings}


def trimmed(_query: str, listings: Sequence[Listing]) -> set[str]:
    """What is within one and a half interquartile ranges of the middle half of the totals."""
    totals = _totals(listings)
    if len(totals) < 2:
        return set(totals)
    low, _, high = quantiles(totals.values(), n=4, method="inclusive")
    reach = 1.5 * (high - low)
    return {item for item, total in totals.items() if low - reach <= total <= high + reach}


def overlapping(query: str, listings: Sequence[Listing]) -> set[str]:
    """Titles that say 35 % of the query's words, at a tenth to five times the median of those."""
    asked = set(_WORDS.findall(query.casefold()))
    near = [x for x in listings if len(asked & set(_WORDS.findall(x.title.casefold()))) >= 0.35 * len(asked)]
    totals = _totals(near)
    if not totals:
        return {x.item_id for x in near}
    middle = median(totals.values())
    return {x.item_id for x in near if 0.1 * middle <= totals.get(x.item_id, middle) <= 5 * middle}


def ours(query: str, listings: Sequence[Listing]) -> set[str]:
    """What the selection keeps."""
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
    """Per contender the score of each search, and by what share each median is off (None: no comps)."""
    found: dict[str, Any] = {}
    for name in names:
        rows, listings = rows_of(name), market(name)
        true = [row.total for row in rows.values() if row.match and row.total is not None]
        for who, keeps in CONTENDERS.items():
            ids = keeps(query_of(name), listings)
            told = score((row, item in ids) for item, row in rows.items())
            middle = summarize([x for x in listings if x.item_id in ids], "USD").median
            right = middle is None if not true else None
            off = middle.minor / 100 / median(true) - 1 if middle and true else None
            found.setdefault(who, {})[name] = {"score": told, "off": off, "noComps": right}
    return found


def confusion(names: Sequence[str]) -> dict[str, Counter[str]]:
    """Per label how often rows were kept, or dropped for which reason; ambiguous rows apart."""
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name in names:
        rows = rows_of(name)
        chosen = _selected(query_of(name), market(name))
        fate = {x.item_id: "kept" for x in chosen.kept}
        fate |= {d.listing.item_id: str(d.reason) for d in chosen.dropped}
        for item, row in rows.items():
            table[f"{row.label}{' (ambiguous)' * row.ambiguous}"][fate[item]] += 1
    return dict(table)


def blind() -> dict[str, Score]:
    """The score of each trade's titles."""
    judged: defaultdict[str, list[tuple[Row, bool]]] = defaultdict(list)
    for category, query, title, row in blind_titles():
        judged[category].append((row, title_verdict(query, title) is None))
    return {category: score(rows) for category, rows in judged.items()}


def bare(query: str, title: str) -> bool:
    """The least that looking at a title can be."""
    return set(query.split()) <= set(title.casefold().split())


def speed(titles: Sequence[tuple[str, str]], rounds: int) -> dict[str, float]:
    """Microseconds a title (best of some rounds), and milliseconds a selection with its statistics."""

    def forget() -> None:
        title_verdict.cache_clear()
        parse_title.cache_clear()

    def each(judge: Callable[[str, str], object], before: Callable[[], None] = gc.collect) -> float:
        return min(_timed(judge, titles, before) for _ in range(rounds)) / len(titles) * 1e6

    figures = {"bare": each(bare), "new": each(title_verdict, forget), "seen": each(title_verdict)}
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
    judge: Callable[[str, str], object], titles: Sequence[tuple[str, str]], before: Callable[[], object]
) -> float:
    before()
    started = time.process_time()
    for query, title in titles:
        judge(query, title)
    return time.process_time() - started


def _once(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def print_quality(found: dict[str, Any], names: Sequence[str], heading: str) -> None:
    """One line per search, and the sums."""
    print(f"\n{heading}: F1 of match, and how far the median is off the labelled one\n")
    print(f"{'':26}" + "".join(f"{who:>22}" for who in found))
    for name in names:
        cells = [f"{of[name]['score'].f1:.3f} {_off(of[name]):>9}" for of in found.values()]
        print(f"{query_of(name):26}" + "".join(f"{cell:>22}" for cell in cells))
    sums = [together(of[name]["score"] for name in names) for of in found.values()]
    for what in ("precision", "recall", "f1"):
        print(f"{what:26}" + "".join(f"{getattr(s, what):>12.3f}{'':10}" for s in sums))
    near = [sum(_is_near(of[name]) for name in names) for of in found.values()]
    print(f"{'right within 5 %':26}" + "".join(f"{n:>9} of {len(names):<9}" for n in near))


def _off(of: dict[str, Any]) -> str:
    if of["noComps"] is not None:
        return "no comps" if of["noComps"] else "made up"
    return "none" if of["off"] is None else f"{of['off']:+.1%}"


def _is_near(of: dict[str, Any]) -> bool:
    return bool(of["noComps"]) or (of["off"] is not None and abs(of["off"]) <= NEAR)


def print_confusion(table: dict[str, Counter[str]]) -> None:
    """One line per label."""
    print("\nWhat became of the rows of each label\n")
    for label, fates in sorted(table.items()):
        print(f"{label:26}" + ", ".join(f"{fate} {n}" for fate, n in fates.most_common()))


def print_blind(scores: dict[str, Score]) -> None:
    """One line per trade."""
    print("\nTitles of other trades, labelled before any grammar saw them\n")
    for category, told in [*sorted(scores.items()), ("together", together(scores.values()))]:
        print(f"{category:26}precision {told.precision:.3f}  recall {told.recall:.3f}  F1 {told.f1:.3f}")


def print_speed(of: dict[str, float]) -> None:
    """The times, and how many times a bare loop's they are."""
    print("\nSpeed, and how many times that of a bare loop over the same titles\n")
    print(f"{'a new title':26}{of['new']:8.1f} us{of['new'] / of['bare']:8.1f} x   (aim: 50 us)")
    print(f"{'a seen title':26}{of['seen']:8.2f} us{of['seen'] / of['bare']:8.2f} x")
    for n, aim in ((200, 2.0), (50, 0.5)):
        took, loop = of[f"select{n}"], of[f"bare{n}"]
        print(f"{f'comps of {n} seen':26}{took:8.3f} ms{took / loop:8.1f} x   (aim: {aim} ms)")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.comps", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each speed is measured (7)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    wish = parser.parse_args(arguments)
    trades = blind()
    titles = [(query, title) for _, query, title, _ in blind_titles()]
    there = EBAY.is_dir()
    found = quality((*HELD_OUT, *SEEN)) if there else {}
    timed = speed(titles, wish.rounds)
    if wish.json:
        print(json.dumps({"searches": found, "trades": trades, "speed": timed}, indent=1))
        return
    if there:
        print_quality(found, HELD_OUT, "Searches held out while the grammar was written")
        print_quality(found, SEEN, "Searches looked at")
        print_confusion(confusion((*HELD_OUT, *SEEN)))
    else:
        print("The recorded searches are not here (../shared/ebay): only titles and speed are measured.")
    print_blind(trades)
    print_speed(timed)


if __name__ == "__main__":
    calm_collector()  # as in the daemon
    main()
