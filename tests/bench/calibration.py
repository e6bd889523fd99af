"""How often verdicts of each confidence are right, on rows and titles labelled by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import sqrt
from typing import NamedTuple

from tests.labelled import (
    EBAY,
    LANGUAGES,
    NEVER_READ,
    Row,
    language_titles,
    other_market,
    other_query,
    other_rows,
)
from watcher.core.comps import select
from watcher.core.confidence import Confidence
from watcher.core.listing import Condition, Listing
from watcher.core.marketplaces import languages_of
from watcher.core.money import Money
from watcher.core.titles.verdict import Reason

_Z = 1.96  # standard deviations of a 95 % interval


class Judged(NamedTuple):
    """A labelled row as the selection judges it; `right`: whether the verdict agrees with the label."""

    kept: bool
    confidence: Confidence
    right: bool
    match: bool
    reason: str = ""


class Share(NamedTuple):
    """How many of how many."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        return self.part / self.whole if self.whole else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval by Wilson."""
        if not self.whole:
            return 0.0, 1.0
        n, p, z = self.whole, self.value, _Z
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.part:4} of {self.whole:4}  {self.value:6.1%}  ({low:.1%} to {high:.1%})"


def judge_rows(
    query: str, listings: Sequence[Listing], rows: dict[str, Row], **options: object
) -> list[Judged]:
    """Return each labelled row as the selection judges it; an auction that fits counts as kept."""
    chosen = select(query, Condition.ANY, listings, currency="USD", **options)  # type: ignore[arg-type]
    kept = {x.item_id for x in (*chosen.kept, *chosen.auctions)}
    reasons = {d.listing.item_id: str(d.reason) for d in chosen.dropped}
    return [
        Judged(
            item in kept,
            chosen.confidence_of(item),
            row.ambiguous or row.match == (item in kept),
            row.match,
            "" if item in kept else reasons[item],
        )
        for item, row in rows.items()
    ]


def judge_titles(titles: Iterable[tuple[str, str, Row]], **options: object) -> list[Judged]:
    """Judge titles without structure: those of one query are a market in which everything costs the same."""
    of_query: defaultdict[str, list[tuple[str, Row]]] = defaultdict(list)
    for query, title, row in titles:
        of_query[query].append((title, row))
    judged = []
    for query, labelled in of_query.items():
        price, shipping = Money(10_000, "USD"), Money(0, "USD")
        listings = [Listing(str(i), title, price, shipping) for i, (title, _) in enumerate(labelled)]
        judged += judge_rows(query, listings, {str(i): row for i, (_, row) in enumerate(labelled)}, **options)
    return judged


def judge_language(language: str, part: str) -> list[Judged]:
    """Judge labelled titles of a language, each in the languages of its marketplace."""
    of_site: defaultdict[str, list[tuple[str, str, Row]]] = defaultdict(list)
    for marketplace, query, title, row in language_titles(language, part):
        of_site[marketplace].append((query, title, row))
    return [
        judged
        for marketplace, titles in of_site.items()
        for judged in judge_titles(titles, languages=languages_of(marketplace))
    ]


def never_read() -> Iterator[tuple[str, list[Judged]]]:
    """Yield the rows and titles that were never read, judged: real searches, then languages."""
    if EBAY.is_dir():
        yield (
            "real searches",
            [
                judged
                for name in NEVER_READ
                for judged in judge_rows(other_query(name), other_market(name), other_rows(name))
            ],
        )
    yield (
        "languages",
        [judged for language in LANGUAGES for judged in judge_language(language, "unread")],
    )


class Calibration(NamedTuple):
    """Of kept rows, how many are sure; of each confidence, how many verdicts are right."""

    coverage: Share
    sure: Share
    likely: Share
    doubted: Share
    asked: Share


def calibrate(rows: Sequence[Judged]) -> Calibration:
    """Return how often verdicts of each confidence are right.

    `doubted`: of rows dropped for doubt alone, those that are not the item. `asked`: rows that are not sure.
    """
    kept = [r for r in rows if r.kept]
    sure = [r for r in kept if r.confidence is Confidence.SURE]
    likely = [r for r in kept if r.confidence is not Confidence.SURE]
    doubted = [r for r in rows if r.reason == Reason.DOUBT]
    return Calibration(
        Share(len(sure), len(kept)),
        Share(sum(r.right for r in sure), len(sure)),
        Share(sum(r.right for r in likely), len(likely)),
        Share(sum(r.right for r in doubted), len(doubted)),
        Share(sum(r.confidence is Confidence.DOUBTFUL for r in rows), len(rows)),
    )


def print_calibration(heading: str, rows: Sequence[Judged]) -> None:
    """Print how sure verdicts are and how often right, with targets."""
    found = calibrate(rows)
    print(f"\nConfidence on {heading}: share and 95 % interval (Wilson)\n")
    print(f"{'sure, of kept':26}{found.coverage}   (target: 60 %)")
    print(f"{'right, of sure':26}{found.sure}   (target: 98 %)")
    print(f"{'right, of likely':26}{found.likely}   (target: 90 %)")
    print(f"{'right, of dropped in doubt':26}{found.doubted}   (target: 50 %)")
    print(f"{'doubtful, of all':26}{found.asked}   (target: at most 40 %)")
