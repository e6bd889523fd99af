"""Readings: the verdicts of an AI reader on listings, what it is shown, and how its answer counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

from watcher.core.ai_answers import TokenUsage
from watcher.core.condition_names import NAMES_BY_CONDITION_ID
from watcher.core.listing import MAX_CONDITION_LENGTH, MAX_TITLE_LENGTH, Condition, Listing
from watcher.core.plain_text import clean_text
from watcher.core.specifics import Specifics

MAX_ROWS_PER_READING = 50  # per call
READER_SHARE = 0.5  # of the day's calls, which the reader may spend; scans keep the others
# Raise it when the rules change by which listings are read: then what was read before is read again.
_RULES_VERSION = 1
_DIGEST_SIZE = 20  # bytes
# Bounds of what is sent of a listing's specifics: they cost more than all other fields together.
_MAX_ASPECTS = 15
_MAX_NAME_LENGTH, _MAX_VALUE_LENGTH, _MAX_CATEGORY_LENGTH = 40, 65, 60  # characters
_MAX_QUERY_LENGTH = 200  # characters


class Reader(StrEnum):
    """Which listings the AI reader reads: none, doubtful ones, those about to alert, or both of these."""

    OFF = "off"
    DOUBTFUL = "doubtful"
    ALERTS = "alerts"
    BOTH = "both"

    @property
    def reads_doubtful(self) -> bool:
        """Whether doubtful listings are read."""
        return self in (Reader.DOUBTFUL, Reader.BOTH)

    @property
    def reads_alerts(self) -> bool:
        """Whether listings are read before they alert."""
        return self in (Reader.ALERTS, Reader.BOTH)


class Reading(StrEnum):
    """Whether a listing is the item of a query, according to the reader."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


_BY_VERDICT = {str(reading): reading for reading in Reading}


_WORDS = {Reading.SAME: "it is the item", Reading.DIFFERENT: "it is something else", Reading.UNSURE: "unsure"}


def reading_in_words(reading: Reading | None, reader_out: str = "") -> str:
    """Return the verdict for a person, or why there is none; empty if neither is known."""
    if reading is not None:
        return f"read by the AI reader: {_WORDS[reading]}"
    return f"not read by the AI reader: {reader_out}" if reader_out else ""


class ReadingRow(NamedTuple):
    """What the reader is shown of a listing, as short lines of visible text; empty is unknown.

    `category`: the id of its leaf category. `aspects`: pairs of name and value.
    """

    title: str
    condition: str = ""
    category: str = ""
    price: str = ""
    aspects: tuple[tuple[str, str], ...] = ()


class ReadingRequest(NamedTuple):
    """One question to the reader: which of at most MAX_ROWS_PER_READING listings are the item of a query."""

    query: str
    category: str
    condition: Condition
    rows: tuple[ReadingRow, ...]


class ReadingAnswer(NamedTuple):
    """The reading of each row of a request, in its order, and the tokens that they cost."""

    readings: tuple[Reading, ...]
    usage: TokenUsage = TokenUsage()


def reading_row(listing: Listing, specifics: Specifics | None = None) -> ReadingRow:
    """Return what the reader is shown of a listing."""
    words = listing.condition or NAMES_BY_CONDITION_ID.get(listing.condition_id or 0, "")
    price = listing.price or listing.bid
    pairs = specifics.pairs[:_MAX_ASPECTS] if specifics else ()
    return ReadingRow(
        clean_text(listing.title, MAX_TITLE_LENGTH),
        clean_text(words, MAX_CONDITION_LENGTH),
        clean_text(listing.categories[0], _MAX_CATEGORY_LENGTH) if listing.categories else "",
        f"{price.amount} {price.currency}" if price else "",
        tuple((clean_text(n, _MAX_NAME_LENGTH), clean_text(v, _MAX_VALUE_LENGTH)) for n, v in pairs),
    )


def reading_request(
    query: str, category: str, condition: Condition, rows: Sequence[ReadingRow]
) -> ReadingRequest:
    """Return the question about some rows; a query that came from a page is bounded here."""
    asked = clean_text(query, _MAX_QUERY_LENGTH), clean_text(category, _MAX_CATEGORY_LENGTH)
    return ReadingRequest(*asked, condition, tuple(rows[:MAX_ROWS_PER_READING]))


def reading_digest(query: str, condition: Condition, row: ReadingRow) -> str:
    """Return a hash of everything that decides a reading.

    The price is shown to the reader, but it does not make a listing another item, and it changes often.
    """
    # Clean texts contain no line breaks, so that no two different readings have the same lines.
    asked = (str(_RULES_VERSION), clean_text(query, _MAX_QUERY_LENGTH), condition)
    lines = (*asked, row.title, row.condition, row.category, *(text for pair in row.aspects for text in pair))
    return blake2b("\n".join(lines).encode(), digest_size=_DIGEST_SIZE).hexdigest()


class ReadableRow(NamedTuple):
    """A listing as the reader is shown it, and the hash of that; `bare` is the hash without specifics."""

    item_id: str
    row: ReadingRow
    digest: str
    bare: str

    def reading_in(self, known: Mapping[str, Reading]) -> Reading | None:
        """Return the listing's reading among those known by hash.

        One that decided before the specifics were known stays; only an unsure one is read again with them.
        """
        if reading := known.get(self.digest):
            return reading
        reading = known.get(self.bare)
        return None if reading is Reading.UNSURE else reading


def readable_rows(
    query: str, condition: Condition, listings: Iterable[Listing], specifics: Mapping[str, Specifics]
) -> list[ReadableRow]:
    """Return listings as the reader is shown them; `specifics` are by item id."""
    found = []
    for x in listings:
        row = reading_row(x, specifics.get(x.item_id))
        digest = bare = reading_digest(query, condition, row)
        if row.aspects:
            bare = reading_digest(query, condition, row._replace(aspects=()))
        found.append(ReadableRow(x.item_id, row, digest, bare))
    return found


def readings_of(verdicts: Iterable[tuple[int, str]], rows: int) -> tuple[Reading, ...]:
    """Return the reading of each of `rows` rows from pairs of a row's number, from 1 on, and a verdict.

    A row without exactly one verdict is unsure, and so is one whose verdict is unknown.
    """
    found: dict[int, Reading] = {}
    for n, verdict in verdicts:
        found[n] = Reading.UNSURE if n in found else _BY_VERDICT.get(verdict, Reading.UNSURE)
    return tuple(found.get(n, Reading.UNSURE) for n in range(1, rows + 1))
