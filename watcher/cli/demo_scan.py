"""The scan in `watcher demo`: what the shipped sample picture shows, and what that is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.core.errors import WatcherError, user_sentence
from watcher.core.identification import Way
from watcher.demo.recognition import SAMPLE

if TYPE_CHECKING:
    from watcher.runtime.app import App
    from watcher.scans.appraiser import Appraisal

_LOCAL_USER = "local"
_WORDS = {
    Way.BARCODE: "a barcode",
    Way.LIBRARY: "an earlier picture",
    Way.EBAY: "eBay's search by picture",
    Way.OPENAI: "the AI",
}


async def scan_sample(app: App) -> str:
    """Identify the sample picture as any other, and return in a few sentences what it is worth."""
    appraiser = app.scanning.appraiser
    request = appraiser.read_request(_LOCAL_USER)
    try:
        found = await app.scanning.scanner.identify(SAMPLE.read_bytes(), request.asked)
        return _describe(await appraiser.appraise(found, request))
    except WatcherError as error:
        return f"The scan of the sample picture failed: {user_sentence(error)}"


def _describe(appraisal: Appraisal) -> str:
    seen, verdict = appraisal.found.identification, appraisal.verdict
    sure = f"{round(seen.confidence * 100)} % sure"
    what = f"Scanned {SAMPLE}: {seen.title or seen.query}, by {_WORDS[seen.way]} ({sure})."
    return " ".join((what, *([verdict.why] if verdict else []), *appraisal.warnings))
