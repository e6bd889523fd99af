"""What the AI reader is shown, by which hash its verdicts are kept, and how its answer counts."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.readings import (
    MAX_ROWS_PER_READING,
    Reading,
    ReadingRow,
    readable_rows,
    reading_digest,
    reading_in_words,
    reading_request,
    reading_row,
    readings_of,
)
from watcher.core.specifics import Specifics

SAME, DIFFERENT, UNSURE = Reading.SAME, Reading.DIFFERENT, Reading.UNSURE
LISTING = Listing(
    "v1|1|0",
    "Zenitar 16mm f2.8",
    Money(12_000, "USD"),
    None,
    condition_id=3000,
    categories=("3323", "625"),
)
SPECIFICS = Specifics((("Brand", "Zenitar"), ("Mount", "M42")))
ROW = reading_row(LISTING, SPECIFICS)


def digest(row: ReadingRow, query: str = "zenitar 16mm", condition: Condition = Condition.ANY) -> str:
    return reading_digest(query, condition, row)


def test_a_row_shows_what_decides() -> None:
    assert (
        ReadingRow(
            "Zenitar 16mm f2.8", "Used", "3323", "120.00 USD", (("Brand", "Zenitar"), ("Mount", "M42"))
        )
        == ROW
    )


def test_unknown_facts_are_empty() -> None:
    assert reading_row(Listing("v1|1|0", "Zenitar", None, None)) == ReadingRow("Zenitar")


def test_an_auction_shows_its_bid() -> None:
    assert reading_row(LISTING._replace(price=None, bid=Money(500, "EUR"))).price == "5.00 EUR"


def test_words_of_a_condition_precede_the_name_of_its_id() -> None:
    assert reading_row(LISTING._replace(condition="Pre-owned\u202e - Good")).condition == "Pre-owned - Good"


def test_texts_are_visible_single_lines_of_bounded_length() -> None:
    long = Specifics(tuple((f"Name {n}\n" * 9, "v" * 900) for n in range(90)))
    row = reading_row(LISTING._replace(title="Zenitar\r\n\u200b16mm " + "x" * 999), long)
    assert row.title.startswith("Zenitar 16mm xxx")
    assert len(row.title) == 250
    assert len(row.aspects) == 15
    assert max(len(text) for pair in row.aspects for text in pair) == 65
    assert not any("\n" in text for pair in row.aspects for text in pair)


@dataclass(frozen=True)
class Change:
    name: str
    row: ReadingRow
    query: str = "zenitar 16mm"
    condition: Condition = Condition.ANY


CHANGES = (
    Change("title", ROW._replace(title="Zenitar 16mm f2.8 lens cap")),
    Change("condition", ROW._replace(condition="New")),
    Change("category", ROW._replace(category="15200")),
    Change("aspects", ROW._replace(aspects=ROW.aspects[:1])),
    Change("query", ROW, query="zenitar 15mm"),
    Change("condition asked", ROW, condition=Condition.NEW),
    Change("boundary", ROW._replace(title="Zenitar 16mm f2.8 Used", condition="")),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_digest_changes_with_everything_that_decides(change: Change) -> None:
    assert digest(change.row, change.query, change.condition) != digest(ROW)


def test_a_price_and_its_currency_do_not_change_the_digest() -> None:
    assert digest(ROW._replace(price="9.00 EUR")) == digest(ROW)


def test_the_item_id_and_the_address_do_not_change_the_digest() -> None:
    again = LISTING._replace(item_id="v1|2|0", url="https://www.ebay.com/itm/2", feedback=7)
    assert digest(reading_row(again, SPECIFICS)) == digest(ROW)


def test_a_digest_stays_the_same_from_one_version_to_the_next() -> None:
    """A changed digest would cost every reading once more."""
    assert digest(ROW) == "b7c33d139124eef66d59cd9f49308576f1541e2e"


def test_a_request_has_at_most_fifty_rows() -> None:
    asked = reading_request("zenitar\n16mm", "", Condition.ANY, [ROW] * 99)
    assert (asked.query, len(asked.rows)) == ("zenitar 16mm", MAX_ROWS_PER_READING)


@pytest.mark.parametrize(
    ("verdicts", "readings"),
    [
        ([(1, "same"), (2, "different"), (3, "unsure")], (SAME, DIFFERENT, UNSURE)),
        ([(3, "same"), (1, "different")], (DIFFERENT, UNSURE, SAME)),
        ([(1, "same"), (1, "same"), (2, "same")], (UNSURE, SAME, UNSURE)),
        ([(1, "same"), (1, "different"), (1, "same")], (UNSURE, UNSURE, UNSURE)),
        ([(0, "same"), (4, "same"), (-1, "same"), (10**30, "same")], (UNSURE, UNSURE, UNSURE)),
        ([(1, "Same"), (2, "yes"), (3, "")], (UNSURE, UNSURE, UNSURE)),
        ([], (UNSURE, UNSURE, UNSURE)),
    ],
)
def test_a_row_without_exactly_one_known_verdict_is_unsure(
    verdicts: list[tuple[int, str]], readings: tuple[Reading, ...]
) -> None:
    assert readings_of(verdicts, 3) == readings


@pytest.mark.parametrize(
    ("reading", "reader_out", "words"),
    [
        (SAME, "", "read by the AI reader: it is the item"),
        (UNSURE, "OPENAI_TIMEOUT", "read by the AI reader: unsure"),
        (None, "OPENAI_TIMEOUT", "not read by the AI reader: OPENAI_TIMEOUT"),
        (None, "", ""),
    ],
)
def test_a_reading_or_its_absence_has_words(reading: Reading | None, reader_out: str, words: str) -> None:
    assert reading_in_words(reading, reader_out) == words


def test_a_reading_without_specifics_stays_unless_it_was_unsure() -> None:
    (row,) = readable_rows("zenitar 16mm", Condition.ANY, [LISTING], {LISTING.item_id: SPECIFICS})
    assert row.digest == digest(ROW)
    assert row.bare == digest(reading_row(LISTING))
    assert row.reading_in({row.bare: SAME}) is SAME
    assert row.reading_in({row.bare: SAME, row.digest: DIFFERENT}) is DIFFERENT
    assert row.reading_in({row.bare: UNSURE}) is None
    assert row.reading_in({}) is None
