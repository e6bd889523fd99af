"""The AI reader: verdicts on listings from memory, else from a model, within the calls of a day."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from watcher.core.aging_cache import AgingCache
from watcher.core.ai_answers import AiAnswerUnusable, TokenPrices, TokenUsage
from watcher.core.background import Background
from watcher.core.categories import canonical_category
from watcher.core.errors import Api, CallFailed, Kind, NotSent, WatcherError
from watcher.core.listing import Condition, Listing
from watcher.core.plurals import count_of
from watcher.core.readings import (
    MAX_ROWS_PER_READING,
    Reader,
    Reading,
    ReadingAnswer,
    ReadingRequest,
    ReadingRow,
    readable_rows,
    reading_request,
)
from watcher.core.resilience.quota import quota_window
from watcher.core.specifics import Specifics
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import Inquiry, Question
from watcher.db.stores import Stores
from watcher.polling.second_look import LookRequest
from watcher.polling.second_look_quota import SecondLookQuota
from watcher.ports import Clock, Meter

log = logging.getLogger(__name__)
# The time of one call. Alerts wait for it.
READING_SECONDS = Seconds(15.0)
# The time that a look has left after its call, to say why nothing was read.
_SPARE_SECONDS = 0.5
# Share of the reader's calls that listings about to alert can rely on.
_KEPT_FOR_ALERTS = 0.5
# In the usage of the API, in place of a user: no user caused these calls.
READER = ""
# A batch that took too long, or whose answer was cut short, is asked about in smaller parts.
_MIN_ROWS = 6
# The time for which rows are left alone that the model does not answer about even in a small batch.
_MAX_USELESS = 2  # charged answers
_DECLINED_SECONDS, _MAX_DECLINED = Seconds(DAY), 10_000
TOO_MANY = "more listings than one poll has read"


class AskReader(Protocol):
    """Asks a model within the seconds that are left. Raises CallFailed, WatcherError."""

    async def __call__(self, asked: ReadingRequest, *, within: Seconds) -> ReadingAnswer:
        """Return the reading of each row."""


class FoundReadings(NamedTuple):
    """The readings of listings by item id; `unread` has the code, or the reason, for those without one."""

    readings: Mapping[str, Reading] = {}
    unread: Mapping[str, str] = {}


class AiReader:
    """Reads listings that deserve a second look, with one call per look.

    `use` says which ones. `ask` makes one call within the seconds that are left; `categories` are the known
    ones, which alone are sent.
    """

    def __init__(
        self,
        use: Reader,
        quota: SecondLookQuota,
        stores: Stores,
        ask: AskReader,
        *,
        categories: Collection[str],
        prices: TokenPrices,
        clock: Clock,
        meter: Meter,
    ) -> None:
        self.use, self._quota = use, quota
        self._store, self._usage, self._ask = stores.readings, stores.api_usage, ask
        self._categories, self._prices, self._clock, self._meter = categories, prices, clock, meter
        self._rows = MAX_ROWS_PER_READING  # per call
        # By digest: the codes of the answers of the last day that were of no use.
        self._useless: AgingCache[str, tuple[str, ...]] = AgingCache(_MAX_DECLINED)

    def recall(self, question: Question, listings: Sequence[Listing], background: Background) -> Background:
        """Return the background with the stored readings of listings. Raises WatcherError."""
        found = self._store.of(question, listings, background.specifics)
        return background._replace(readings={**background.readings, **found}) if found else background

    async def look(self, request: LookRequest, background: Background, within: Seconds) -> Background:
        """Return the background with readings of the candidates, asking about those without one.

        An alert whose listing stays unread says why. Raises WatcherError if readings cannot be looked up.
        """
        rows = self._choose(request, background)
        if not rows:
            return background
        found = await self.read(request.inquiry, rows, background.specifics, within=within)
        alerting = {c.listing.item_id for c in request.candidates if c.alerts}
        return background._replace(
            readings={**background.readings, **found.readings},
            reader_out={
                **background.reader_out,
                **{item: why for item, why in found.unread.items() if item in alerting},
            },
        )

    def _choose(self, request: LookRequest, background: Background) -> Sequence[Listing]:
        """Return the listings to read; doubtful ones alone leave half of the calls to alerts."""
        use, known = self.use, background.readings
        wanted = [
            c
            for c in request.candidates
            if c.listing.item_id not in known
            and ((c.alerts and use.reads_alerts) or (c.doubted and use.reads_doubtful))
        ]
        alerting = [c.listing for c in wanted if c.alerts]
        doubtful = [c.listing for c in wanted if not c.alerts]
        if doubtful and not alerting and use.reads_alerts:
            kept = round(self._quota.limit * _KEPT_FOR_ALERTS)
            doubtful = doubtful if self._quota.left(request.now) > kept else []
        return [*alerting, *doubtful]

    async def read(
        self,
        inquiry: Inquiry,
        listings: Sequence[Listing],
        specifics: Mapping[str, Specifics],
        *,
        within: Seconds,
    ) -> FoundReadings:
        """Return readings of listings; one call asks about the first ones of those without one.

        A failure leaves its listings unread, with its code. `within`: seconds that are left. Raises
        WatcherError if the readings that there are cannot be looked up.
        """
        question = inquiry.question
        rows = readable_rows(question.query, Condition(question.condition), listings, specifics)
        found, now = self._store.of_rows(rows), self._clock.now()
        if found:
            self._meter.count("reading.known", len(found))
        unread, batch = dict[str, str](), dict[str, ReadingRow]()
        for row in rows:
            if row.item_id in found or row.digest in batch:
                continue
            useless = self._useless.get(row.digest, now) or ()
            if len(useless) >= _MAX_USELESS:
                unread[row.digest] = useless[-1]
            elif len(batch) < self._rows:
                batch[row.digest] = row.row
            else:
                unread[row.digest] = TOO_MANY
        fresh: Mapping[str, Reading] = {}
        if batch:
            try:
                fresh = await self._read_batch(inquiry, batch, within)
            except WatcherError as failure:
                unread |= dict.fromkeys(batch, str(failure.code))
                await self._note_failure(failure, list(batch), now)
        found |= {row.item_id: fresh[row.digest] for row in rows if row.digest in fresh}
        return FoundReadings(
            found, {row.item_id: unread[row.digest] for row in rows if row.item_id not in found}
        )

    async def _read_batch(
        self, inquiry: Inquiry, rows: Mapping[str, ReadingRow], within: Seconds
    ) -> dict[str, Reading]:
        """Return the readings of rows by digest. Raises WatcherError."""
        question = inquiry.question
        condition = Condition(question.condition)
        # Readings are shared by all users, so no words of one user but the query itself may shape them.
        category = canonical_category(inquiry.category)
        category = category if category in self._categories else ""
        asked = reading_request(question.query, category, condition, list(rows.values()))
        now = self._clock.now()
        left = Seconds(max(0.0, min(within - _SPARE_SECONDS, READING_SECONDS)))
        answer = await self._ask(asked, within=left)
        self._rows = min(MAX_ROWS_PER_READING, 2 * self._rows)
        self._meter.count("reading.read", len(rows))
        readings = dict(zip(rows, answer.readings, strict=True))
        await self._remember(readings, answer.usage, now)
        return readings

    async def _note_failure(self, failure: WatcherError, digests: Sequence[str], now: Instant) -> None:
        """Ask about fewer rows at once if that may help, and count what the answer cost."""
        why = failure.detail if isinstance(failure, CallFailed) else failure
        n = count_of(len(digests), "listing")
        log.info("%s could not be read: %s", n, why, extra={"code": failure.code})
        self._meter.count("reading.failed", len(digests))
        if not isinstance(failure, CallFailed) or isinstance(failure, NotSent):
            return
        usage = TokenUsage()
        if isinstance(failure, AiAnswerUnusable):
            usage = failure.usage
            if len(digests) <= _MIN_ROWS:  # smaller parts would be charged one by one
                for digest in digests:
                    codes = (*(self._useless.get(digest, now) or ()), str(failure.code))
                    self._useless.put(digest, codes, now + _DECLINED_SECONDS)
        if isinstance(failure, AiAnswerUnusable) or failure.kind is Kind.TIMEOUT:
            self._rows = max(_MIN_ROWS, min(self._rows, (len(digests) + 1) // 2))
        await self._remember({}, usage, now)

    async def _remember(self, readings: Mapping[str, Reading], usage: TokenUsage, now: Instant) -> None:
        """Store what was read and what it cost. An answer that cannot be stored counts for this poll."""
        cost = self._prices.cost(usage) or 0
        if cost:
            self._meter.count("reading.cost", cost)
        try:
            await self._usage.record(READER, Api.OPENAI, quota_window(Api.OPENAI, now).start, cost)
            await self._store.put(readings, now)
        except WatcherError as failure:
            log.warning("readings could not be stored", extra={"code": failure.code})
