"""Answers about comps as encoded JSON; those that come from the cache are kept for a moment."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from watcher.core.times import Seconds
from watcher.core.watch import Inquiry
from watcher.watches.queries import WatchQueries

MAX_ANSWERS = 200  # of about 60 KB
_MAX_INQUIRIES, _MAX_INQUIRY_BYTES = 1_000, 1_000


class _Kept(NamedTuple):
    """An encoded answer. `stamp`: the stored answers that it was made from, and the second."""

    stamp: tuple[object, int]
    until: float
    body: bytes


class CompsAnswers:
    """Encodes answers, and serves the bytes again while the stored answers are the same.

    `keep`: the longest time in seconds, because the observed prices may change without the stored answers.
    """

    def __init__(
        self, queries: WatchQueries, keep: Seconds, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._queries, self._keep, self._monotonic = queries, keep, monotonic
        self._kept: OrderedDict[Inquiry, _Kept] = OrderedDict()
        self._inquiries: OrderedDict[bytes, Inquiry] = OrderedDict()

    def inquiry_of(self, query_string: bytes) -> Inquiry | None:
        """Return the inquiry that a query string was read as before."""
        return self._inquiries.get(query_string)

    def note_inquiry(self, query_string: bytes, inquiry: Inquiry) -> None:
        """Remember what a query string asks, so that it need not be read again."""
        if len(query_string) <= _MAX_INQUIRY_BYTES:
            self._inquiries[query_string] = inquiry
            if len(self._inquiries) > _MAX_INQUIRIES:
                self._inquiries.popitem(last=False)

    def kept(self, inquiry: Inquiry) -> bytes | None:
        """Return the JSON that `body` made before, if nothing has changed since."""
        kept = self._kept.get(inquiry)
        if kept and self._monotonic() < kept.until and kept.stamp == self._stamp(inquiry):
            self._queries.count_cache_hit()
            return kept.body
        return None

    async def body(self, inquiry: Inquiry) -> bytes:
        """Return the JSON of `WatchQueries.comps_view`. Raises CallFailed."""
        if (kept := self.kept(inquiry)) is not None:
            return kept
        queries, began, stamp = self._queries, self._monotonic(), self._stamp(inquiry)
        answer, comps = await queries.comps(inquiry)
        view = queries.comps_view(inquiry, answer, comps, queries.observed(inquiry.question))
        body = json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        if answer.source == "cached" and not answer.stale and answer.error is None:
            self._kept[inquiry] = _Kept(stamp, began + self._keep, body)
            self._kept.move_to_end(inquiry)
            if len(self._kept) > MAX_ANSWERS:
                self._kept.popitem(last=False)
        return body

    def _stamp(self, inquiry: Inquiry) -> tuple[object, int]:
        # Without the second, the age in the answer would stand still.
        return self._queries.cache.versions(inquiry.question), int(self._queries.clock.now())
