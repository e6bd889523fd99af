"""What the AI reader adds, and what it costs: a stand-in answers from the labels, by the product's own looks.

Tokens are estimated as UTF-8 bytes divided by four, of the requests that the product sends and of answers
with a reason of five words. A tokenizer of a real model needs fewer for English and more for other texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from tests.bench.calibration import Judged, judge_rows
from tests.bench.selection_sets import Averages, score_of
from tests.labelled import (
    HELD_OUT,
    LEARNED_FROM,
    NEVER_READ,
    SEEN,
    Row,
    market,
    other_market,
    other_query,
    other_rows,
    query_of,
    rows_of,
)
from watcher.adapters.openai.reading import encode_reading
from watcher.core.background import Background
from watcher.core.comps import select, summarize
from watcher.core.listing import Condition, Listing
from watcher.core.readings import MAX_ROWS_PER_READING, Reading, reading_request, reading_row
from watcher.polling.second_look import doubted_in

_BYTES_PER_TOKEN = 4
_NEW_SHARE = 0.05  # of the titles of a poll, once a search has been polled before
_ALERTS_BELOW = 0.75  # of the median: such listings are about to alert
_ANSWER = {"n": 25, "verdict": "different", "why": "another model of this maker"}


class LabelledSearch(NamedTuple):
    """A search with the labels of its listings by item id."""

    query: str
    listings: Sequence[Listing]
    rows: Mapping[str, Row]


class ReadSearch(NamedTuple):
    """A search as it is judged without and with readings; `asked`: the items that were read."""

    without: list[Judged]
    informed: list[Judged]
    asked: frozenset[str]
    listings: Sequence[Listing]
    query: str

    def tokens(self, items: frozenset[str]) -> int:
        """Return the estimated tokens of reading those of these items that are asked about."""
        rows = [reading_row(x) for x in self.listings if x.item_id in self.asked & items]
        total = 0
        for start in range(0, len(rows), MAX_ROWS_PER_READING):
            batch = rows[start : start + MAX_ROWS_PER_READING]
            asked = json.loads(
                encode_reading(reading_request(self.query, "", Condition.ANY, batch), model="model")
            )
            texts = [part["text"] for message in asked["input"] for part in message["content"]]
            schema = json.dumps(asked["text"]["format"]["schema"], separators=(",", ":"))
            answer = json.dumps({"verdicts": [_ANSWER] * len(batch)}, separators=(",", ":"))
            total += sum(len(text.encode()) for text in (*texts, schema, answer))
        return total // _BYTES_PER_TOKEN

    @property
    def new_items(self) -> frozenset[str]:
        """The items that are new at a later poll: a part of them chosen by hash."""
        return frozenset(
            x.item_id
            for x in self.listings
            if int(sha256(x.item_id.encode()).hexdigest(), 16) % 1000 < _NEW_SHARE * 1000
        )


class ReaderFigures(NamedTuple):
    """Of searches: how they are judged, the share of titles asked about, tokens per 1,000 titles."""

    without: list[list[Judged]]
    informed: list[list[Judged]]
    asked: float
    cold: float
    warm: float


def read_search(search: LabelledSearch) -> ReadSearch:
    """Look at a search until nothing in it deserves another look."""
    query, listings, rows = search
    readings: dict[str, Reading] = {}
    while open_items := _candidates(query, listings, readings) - readings.keys():
        readings |= {item: Reading.SAME if rows[item].match else Reading.DIFFERENT for item in open_items}
    return ReadSearch(
        judge_rows(query, listings, dict(rows)),
        judge_rows(query, listings, dict(rows), background=Background(readings=readings)),
        frozenset(readings),
        listings,
        query,
    )


def _candidates(query: str, listings: Sequence[Listing], readings: Mapping[str, Reading]) -> set[str]:
    """Return the items that `reader = "both"` reads: those in doubt and those about to alert."""
    known = Background(readings=readings)
    chosen = select(query, Condition.ANY, listings, currency="USD", background=known)
    median = summarize(chosen.kept, "USD").median
    alerting = {
        x.item_id for x in chosen.kept if median and x.total and x.total.minor <= _ALERTS_BELOW * median.minor
    }
    return doubted_in(chosen) | alerting


def _searches() -> Iterator[tuple[str, list[LabelledSearch]]]:
    for heading, names in (("never read", NEVER_READ), ("learned from", LEARNED_FROM)):
        yield heading, [LabelledSearch(other_query(n), other_market(n), other_rows(n)) for n in names]
    recorded = (*HELD_OUT, *SEEN)
    yield "graphics cards", [LabelledSearch(query_of(n), market(n), rows_of(n)) for n in recorded]


def measure_reader() -> dict[str, ReaderFigures]:
    """Return the figures of each set of real searches."""
    found = {}
    for heading, searches in _searches():
        read = [read_search(one) for one in searches]
        thousands = sum(len(one.listings) for one in read) / 1000
        everything = [frozenset(x.item_id for x in one.listings) for one in read]
        found[heading] = ReaderFigures(
            [one.without for one in read],
            [one.informed for one in read],
            sum(len(one.asked) for one in read) / (1000 * thousands),
            sum(one.tokens(items) for one, items in zip(read, everything, strict=True)) / thousands,
            sum(one.tokens(one.new_items) for one in read) / thousands,
        )
    return found


def print_reader(found: Mapping[str, ReaderFigures]) -> None:
    """Print the scores without and with the reader, and what it costs."""
    print('\nWith an AI reader ("both") that answers from the labels\n')
    for heading, of in found.items():
        for words, judged in (("", of.without), (", with the reader", of.informed)):
            scores = [score_of(rows) for rows in judged]
            print(f"{f'{heading}{words}, macro':44}{Averages.macro(scores)}")
        print(f"{'titles asked':44}{of.asked:.1%}")
        print(f"{'tokens per 1,000 titles, at first':44}{of.cold:,.0f}")
        print(f"{f'tokens per 1,000 titles, {_NEW_SHARE:.0%} new':44}{of.warm:,.0f}\n")
    print("target, never read: F1 0.95 with the reader, at most 40 % asked")
