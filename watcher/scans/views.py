"""Scans as JSON: the answers of the API, of `watcher scan --json`, and what the page shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from watcher.core.ai_answers import dollar_text
from watcher.core.errors import WatcherError, error_view
from watcher.core.identification import Identification
from watcher.core.money import amount_or_none
from watcher.core.resale import ResaleVerdict
from watcher.core.times import iso
from watcher.scans.appraiser import Appraisal
from watcher.scans.sessions import OpenedSession
from watcher.watches.queries import WatchQueries


def identification_view(item: Identification) -> dict[str, Any]:
    """Return an identification; an unknown text is null, and the cost is in US dollars."""
    return {
        "title": item.title,
        "category": item.category or None,
        "brand": item.brand or None,
        "model": item.model or None,
        "condition": item.condition or None,
        "grade": item.grade or None,
        "gtin": item.gtin or None,
        "query": item.query,
        "confidence": item.confidence,
        "way": item.way,
        "cost": None if item.cost is None else dollar_text(item.cost),
    }


def scan_view(scan: Appraisal, queries: WatchQueries) -> dict[str, Any]:
    """Return an appraised picture, with comps as GET /api/comps gives them."""
    comps = queries.comps_view(scan.inquiry, scan.answer, scan.comps, queries.observed(scan.inquiry.question))
    return {
        "identification": identification_view(scan.found.identification),
        "verdict": _verdict_view(scan.verdict),
        **comps,
        "warnings": [*scan.warnings, *comps["warnings"]],
    }


def session_view(opened: OpenedSession) -> dict[str, Any]:
    """Return what a picture may show, to be chosen from."""
    candidates = [
        {
            "id": one.id,
            "title": one.identification.title,
            "query": one.identification.query,
            "category": one.identification.category or None,
            "confidence": one.identification.confidence,
            "way": one.identification.way,
        }
        for one in opened.candidates
    ]
    return {
        "sessionId": opened.id,
        "candidates": candidates,
        "expiresAt": iso(opened.expires_at),
        "warnings": list(opened.warnings),
    }


def batch_views(
    results: Sequence[Appraisal | WatcherError], queries: WatchQueries
) -> Iterator[dict[str, Any]]:
    """Yield each picture's scan or error, in the order of the pictures."""
    for n, one in enumerate(results):
        if isinstance(one, WatcherError):
            yield {"index": n, "error": error_view(one)}
        else:
            yield {"index": n, "scan": scan_view(one, queries)}


def batch_view(results: Sequence[Appraisal | WatcherError], queries: WatchQueries) -> dict[str, Any]:
    """Return each picture's scan or error with their counts, as the API answers a batch."""
    return {"results": list(batch_views(results, queries)), **batch_counts(results)}


def batch_counts(results: Sequence[Appraisal | WatcherError]) -> dict[str, int]:
    """Return how many pictures of a batch succeeded and failed."""
    failed = sum(isinstance(one, WatcherError) for one in results)
    return {"succeeded": len(results) - failed, "failed": failed}


def _verdict_view(verdict: ResaleVerdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "buy": verdict.buy,
        "expected": amount_or_none(verdict.expected),
        "maxPrice": amount_or_none(verdict.max_price),
        "currency": verdict.expected.currency,
        "basis": verdict.basis,
        "n": verdict.n,
        "interval": verdict.interval and [one.amount for one in verdict.interval],
        "why": verdict.why,
    }
