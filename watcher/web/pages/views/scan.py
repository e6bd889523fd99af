"""What the page of a scan shows: its form, and a row for each picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from watcher.core.ai_answers import dollar_text
from watcher.core.categories import TTLS
from watcher.core.comps import Basis
from watcher.core.errors import WatcherError, public_error, status_of
from watcher.core.identification import Identification, Way
from watcher.core.listing import Condition
from watcher.core.plain_text import clean_text
from watcher.core.plurals import count_of
from watcher.core.times import Instant
from watcher.core.watch import Inquiry
from watcher.scans.appraiser import Appraisal
from watcher.scans.sessions import Candidate
from watcher.web.pages.histogram import Histogram, draw_histogram
from watcher.web.pages.views.watch_form import Choices, condition_choices
from watcher.web.pages.views.watch_preview import PreviewFailure, failure_of, source_of

SCAN_FIELDS = ("category", "condition", "price")
_MAX_NAME = 60  # characters of a file's name
_WAYS = {
    Way.BARCODE: "by its barcode",
    Way.LIBRARY: "as a picture seen before",
    Way.EBAY: "by eBay's search by picture",
    Way.OPENAI: "by the vision model",
}
_PRICES = {Basis.ASK: "ask", Basis.SOLD: "sale", Basis.SOLD_PRICE: "sale without shipping"}


@dataclass(frozen=True, slots=True)
class ScanForm:
    """The form with what was typed. `values` and `errors` have every field; an error may be empty."""

    values: Mapping[str, str]
    errors: Mapping[str, str]

    @property
    def conditions(self) -> Choices:
        """The conditions; the default is the empty value."""
        return condition_choices()

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories that are known by name."""
        return tuple(sorted(TTLS))


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """Something that a picture may show, how that was found out, and the fields that choose it."""

    title: str
    how: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRow:
    """One picture: what it shows and what that is worth, or why that is unknown.

    `kind` is that of the state `verdict`. `watch` is the address of the form of a watch, filled in. `fields`
    are those of the form that corrects what it shows, empty if nothing was recognised; `query` and `error`
    are a correction that was refused.
    `status` is that of the page if it shows this picture alone.
    """

    number: int
    name: str
    title: str = ""
    how: str = ""
    verdict: str
    kind: str = ""
    limit: str = ""
    median: str | None = None
    basis: str = ""
    why: str = ""
    interval: str = ""
    source: str = ""
    warnings: tuple[str, ...] = ()
    histogram: Histogram | None = None
    watch: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    candidates: tuple[CandidateRow, ...] = ()
    query: str = ""
    error: str = ""
    failure: PreviewFailure | None = None
    can_retry: bool = False
    is_confirmed: bool = False
    is_unfolded: bool = True
    status: int = 200


@dataclass(frozen=True, slots=True)
class RowOrigin:
    """The origin of a row: its number on the page, the picture's name, and the price as it was typed.

    `session` is the one in which the picture can be confirmed, empty if nothing was recognised.
    """

    number: int
    name: str
    price: str = ""
    session: str = ""
    candidates: Sequence[Candidate] = ()

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the forms that confirm the picture."""
        if not self.session:
            return {}
        return {"session": self.session, "row": f"scan-{self.number}", "price": self.price, "name": self.name}

    @property
    def rows(self) -> tuple[CandidateRow, ...]:
        """The candidates as they are shown."""
        items = ((one.id, one.identification) for one in self.candidates)
        return tuple(
            CandidateRow(i.title, how_found(i), self.fields | {"candidate": id_}) for id_, i in items
        )


def tally_of(rows: Sequence[ScanRow]) -> str:
    """Return how many of several pictures have a result and how many failed."""
    failed = sum(row.failure is not None for row in rows)
    done = len(rows) - failed
    return f"{done} of {len(rows)} pictures have a result, {failed} failed." if len(rows) > 1 else ""


def name_of(typed: str) -> str:
    """Return the name of a picture's file as it is shown."""
    return clean_text(typed.replace("\\", "/").rpartition("/")[2], _MAX_NAME) or "Picture"


def failed_row(origin: RowOrigin, error: WatcherError, item: Identification | None = None) -> ScanRow:
    """Return the row of a picture that could not be identified, or whose `item` could not be appraised."""
    return ScanRow(
        number=origin.number,
        name=origin.name,
        title=item.title if item else "",
        how=how_found(item) if item else "",
        verdict="Failed",
        kind="bad",
        fields=origin.fields,
        candidates=origin.rows,
        failure=failure_of(error),
        can_retry=public_error(error).retryable,
        status=status_of(public_error(error)),
    )


def unconfirmed_row(origin: RowOrigin, query: str, error: str) -> ScanRow:
    """Return the row of a picture whose correction cannot be read."""
    return ScanRow(
        number=origin.number,
        name=origin.name,
        verdict="Not confirmed",
        kind="warn",
        fields=origin.fields,
        candidates=origin.rows,
        query=query,
        error=error,
    )


def scanned_row(origin: RowOrigin, scan: Appraisal, now: Instant) -> ScanRow:
    """Return the row of a picture that was identified and appraised."""
    verdict, stats, item = scan.verdict, scan.comps.statistics, scan.found.identification
    word, kind = _verdict_of(scan)
    interval = verdict.interval if verdict else None
    return ScanRow(
        number=origin.number,
        name=origin.name,
        title=item.title,
        how=how_found(item),
        verdict=word,
        kind=kind,
        limit=str(verdict.max_price) if verdict and verdict.buy is not None else "",
        median=str(stats.median) if stats.median else None,
        basis=count_of(stats.n, _PRICES.get(stats.basis, "last price")) if stats.median else "",
        why=verdict.why if verdict else "",
        interval=f"{interval[0]} to {interval[1]}" if interval else "",
        source=source_of(scan.answer, now),
        warnings=scan.warnings,
        histogram=draw_histogram(
            [t for x in scan.comps.selection.kept if (t := x.total)], verdict.max_price if verdict else None
        ),
        watch=_watch_address(scan.inquiry, scan),
        fields=origin.fields,
        candidates=origin.rows,
    )


def how_found(item: Identification) -> str:
    """Return by which way an item was recognised, how sure that is, and what it cost."""
    cost = f", for ${dollar_text(item.cost)}" if item.cost else ""
    return f"{round(item.confidence * 100)} % sure, recognised {_WAYS[item.way]}{cost}"


def _verdict_of(scan: Appraisal) -> tuple[str, str]:
    if scan.verdict is None:
        return "No verdict", ""
    if scan.verdict.buy is None:
        return f"Pay at most {scan.verdict.max_price}", ""
    return ("Buy", "good") if scan.verdict.buy else ("Skip", "bad")


def _watch_address(inquiry: Inquiry, scan: Appraisal) -> str:
    question = inquiry.question
    typed = {
        "query": question.query,
        "category": inquiry.category,
        "condition": "" if question.condition is Condition.ANY else str(question.condition),
    }
    if scan.verdict and scan.verdict.max_price.minor:
        limit = scan.verdict.max_price
        typed["rule"] = f"below {limit.amount} {limit.currency}"
    return "watches/new?" + urlencode({name: text for name, text in typed.items() if text})
