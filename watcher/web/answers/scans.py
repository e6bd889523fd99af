"""The answers about scans."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import WithJsonSchema

from watcher.core.comps import Basis
from watcher.core.errors import Code, WatcherError, error_view
from watcher.core.identification import Way
from watcher.web.answers.base import AnswerBody, MoneyText, Time, shown
from watcher.web.answers.comps import Bounds, CompsAnswerView
from watcher.web.answers.watches import WatchView

ErrorView = Annotated[
    Any,
    WithJsonSchema(
        {
            "allOf": [{"$ref": "#/components/schemas/Error"}],
            "examples": [error_view(WatcherError(Code.EBAY_UNAVAILABLE))],
        }
    ),
]
"""A failed request, as everywhere."""


class IdentificationView(AnswerBody):
    """What a picture shows."""

    title: str = shown("Omega Speedmaster Professional 3570.50")
    category: str | None = shown("watches")
    brand: str | None = shown("Omega")
    model: str | None = shown("3570.50")
    condition: str | None = shown("used", "As it looks; the comps are of the condition that was asked for.")
    grade: str | None = shown("PSA 9", "null if it is not graded.")
    gtin: str | None = shown("7612586034321", "The number of its barcode.")
    query: str = shown("omega speedmaster 3570.50", "What finds its comps.")
    confidence: float = shown(0.91, ge=0, le=1)
    way: Way = shown("openai", "How it was identified; library: the picture was seen before.")
    cost: MoneyText | None = shown(
        "0.003100", "In US dollars; null if it was free, or the model's prices are not configured."
    )


class VerdictView(AnswerBody):
    """Whether an item is worth its price."""

    buy: bool | None = shown(about="null: no price was given.")
    expected: MoneyText = shown("3150.00", "The median of the comps.")
    max_price: MoneyText = shown("2192.40", "Fee, shipping and margin of `[scan]` deducted.")
    currency: str = shown("USD")
    basis: Basis = shown("ask", "Prices asked, prices paid with shipping, or without.")
    n: int = shown(24, ge=1)
    interval: Bounds | None = shown(
        ["2950.00", "3420.00"], "Where the median lies with 95 % confidence; null if n < 6."
    )
    why: str = shown("Pay at most 2192.40 USD: the median of 24 asks is 3150.00 USD, less …")


class ScanView(CompsAnswerView):
    """What a picture shows, its comps, and a verdict."""

    identification: IdentificationView
    verdict: VerdictView | None = shown(about="null: there are no comps with a known total.")
    warnings: list[str] = shown([], "About the identification, the verdict and the comps.")


class ConfirmedScanView(ScanView):
    """A confirmed scan, and the watch that was registered."""

    watch: WatchView | None = shown(about="null if none was wanted.")


class CandidateView(AnswerBody):
    """Something that a picture may show."""

    id: str = shown("1")
    title: str = shown("Omega Speedmaster Professional 3570.50")
    query: str = shown("omega speedmaster 3570.50")
    category: str | None = shown("watches")
    confidence: float = shown(0.91, ge=0, le=1)
    way: Way


class ScanSessionView(AnswerBody):
    """What a picture may show, to be confirmed."""

    session_id: str = shown("uQ0d…", "A secret of the caller.")
    candidates: list[CandidateView] = shown(about="The most likely first.")
    expires_at: Time
    warnings: list[str] = shown([])


class ScannedView(AnswerBody):
    """A picture of a batch that was scanned."""

    index: int = shown(0, "Its place in the request.", ge=0)
    scan: ScanView


class FailedScanView(AnswerBody):
    """A picture of a batch that could not be scanned."""

    index: int = shown(1, "Its place in the request.", ge=0)
    error: ErrorView


class BatchView(AnswerBody):
    """The scan or the error of each picture, in their order."""

    results: list[ScannedView | FailedScanView]
    succeeded: int = shown(1, ge=0)
    failed: int = shown(0, ge=0)
