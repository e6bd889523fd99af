"""How well listings are selected in other trades and languages, and with more evidence than their rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.bench.calibration import Judged, judge_language, judge_rows
from tests.labelled import (
    EBAY,
    LANGUAGES,
    LAST,
    LEARNED_FROM,
    NEVER_READ,
    Row,
    Score,
    blind_titles,
    other_market,
    other_query,
    other_rows,
    score,
)
from tests.labelled import together as combine_scores
from watcher.core.background import Background
from watcher.core.listing import Listing
from watcher.core.specifics import Specifics, Standing, check_specifics
from watcher.core.titles.verdict import title_verdict

DETAILS = EBAY / "other" / "details"
_Backgrounds = Callable[[str, Sequence[Listing], Mapping[str, Row]], Background]


class Averages(NamedTuple):
    """F1, precision and recall: the mean of searches (macro), or of all their rows (micro)."""

    f1: float
    precision: float
    recall: float

    @classmethod
    def macro(cls, scores: Sequence[Score]) -> Averages:
        n = max(1, len(scores))
        return cls(
            sum(s.f1 for s in scores) / n,
            sum(s.precision for s in scores) / n,
            sum(s.recall for s in scores) / n,
        )

    @classmethod
    def micro(cls, scores: Sequence[Score]) -> Averages:
        total = combine_scores(scores)
        return cls(total.f1, total.precision, total.recall)

    def __str__(self) -> str:
        return f"F1 {self.f1:.3f}  precision {self.precision:.3f}  recall {self.recall:.3f}"


def score_of(judged: Iterable[Judged]) -> Score:
    """Return the score of judged rows; an ambiguous row is right either way."""
    rows = list(judged)
    return Score(
        sum(r.kept and r.right for r in rows),
        sum(r.kept and not r.right for r in rows),
        sum(not r.kept and not r.right for r in rows),
    )


def _nothing(_query: str, _listings: Sequence[Listing], _rows: Mapping[str, Row]) -> Background:
    return Background()


def score_others(names: Sequence[str], background: _Backgrounds = _nothing) -> dict[str, Score]:
    """Return the score of each real search of another trade."""
    scores = {}
    for name in names:
        query, listings, rows = other_query(name), other_market(name), other_rows(name)
        known = background(query, listings, rows)
        scores[name] = score_of(judge_rows(query, listings, rows, background=known))
    return scores


def score_languages(part: str) -> dict[str, Score]:
    """Return the score of each language's "studied" or "unread" half."""
    return {language: score_of(judge_language(language, part)) for language in LANGUAGES}


def score_last() -> dict[str, dict[str, Score]]:
    """Return the score of each query of the last set of titles, by trade."""
    rows: dict[str, dict[str, list[tuple[Row, bool]]]] = {}
    for trade, query, title, row in blind_titles(LAST):
        kept = title_verdict(query, title).reason is None
        rows.setdefault(trade, {}).setdefault(query, []).append((row, kept))
    return {
        trade: {query: score(judged) for query, judged in queries.items()} for trade, queries in rows.items()
    }


def detailed_searches() -> Iterator[tuple[str, Mapping[str, Specifics]]]:
    """Yield the searches of which item specifics were recorded, with those."""
    for path in sorted(DETAILS.glob("*.json")):
        items = json.loads(path.read_text("utf-8"))
        yield (
            path.stem,
            {
                item["itemId"]: Specifics(
                    tuple((a["name"], a["value"]) for a in item.get("localizedAspects") or ())
                )
                for item in items
            },
        )


def count_standings() -> dict[str, tuple[int, int]]:
    """Return how many matches and how many other rows the specifics confirm, contradict or leave open."""
    found = {str(standing): [0, 0] for standing in Standing}
    for name, specifics in detailed_searches():
        if name in LEARNED_FROM:
            query, rows = other_query(name), other_rows(name)
            for x in other_market(name):
                check = check_specifics(query, x.title, specifics[x.item_id])
                found[check.standing][not rows[x.item_id].match] += 1
    return {standing: (matches, others) for standing, (matches, others) in found.items()}


def score_details() -> dict[str, tuple[Score, Score]]:
    """Return the score of each of those searches without and with its specifics."""
    found = {}
    for name, specifics in detailed_searches():
        if name in LEARNED_FROM:
            (without,) = score_others([name]).values()
            known = Background(specifics=specifics)
            (informed,) = score_others([name], lambda *_, known=known: known).values()  # type: ignore[misc]
            found[name] = without, informed
    return found


def measure_sets() -> dict[str, Any]:
    """Return all scores; those of recorded searches only if they are there."""
    found: dict[str, Any] = {
        "last": score_last(),
        "languages": {part: score_languages(part) for part in ("studied", "unread")},
    }
    if DETAILS.is_dir():
        found["learned from"] = score_others(LEARNED_FROM)
        found["never read"] = list(score_others(NEVER_READ).values())
        found["details"] = score_details()
        found["standings"] = count_standings()
    return found


def print_sets(found: dict[str, Any]) -> None:
    """Print the scores with their targets."""
    if "never read" in found:
        print("\nReal searches of other trades; auctions that fit count as kept\n")
        for name, scored in found["learned from"].items():
            print(f"{name:50}{Averages.micro([scored])}")
        for heading, scores, target in (
            ("learned from", list(found["learned from"].values()), ""),
            ("never read", found["never read"], "   (target: F1 0.90, precision 0.93)"),
        ):
            print(f"\n{heading + ', macro':40}{Averages.macro(scores)}{target}")
            print(f"{heading + ', micro':40}{Averages.micro(scores)}")
        print("\nSearches with item specifics: without, and with them\n")
        for name, (without, informed) in found["details"].items():
            print(f"{name:40}{Averages.micro([without])}")
            print(f"{'':40}{Averages.micro([informed])}")
        for standing, (matches, others) in found["standings"].items():
            print(f"{standing:40}{matches} matches, {others} others")
    print("\nTitles of eight trades by a reader who had seen nothing, run once\n")
    scores = [scored for queries in found["last"].values() for scored in queries.values()]
    for trade, queries in sorted(found["last"].items()):
        print(f"{trade:40}{Averages.micro(list(queries.values()))}")
    print(f"\n{'all, macro':40}{Averages.macro(scores)}\n{'all, micro':40}{Averages.micro(scores)}")
    print("\nTitles in each language, studied half and unread half (target: F1 0.88)\n")
    for language in LANGUAGES:
        halves = (found["languages"][part][language] for part in ("studied", "unread"))
        print(f"{language:6}" + "      ".join(str(Averages.micro([scored])) for scored in halves))
