"""The AI reader: what it asks, what it remembers, and what is left to the grammar when it is out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from tests.fakes import NOON, FakeClock, RecordingMeter, inquiry_of
from watcher.core.ai_answers import AiAnswerUnusable, TokenPrices, TokenUsage
from watcher.core.background import Background
from watcher.core.categories import TTLS
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent, WatcherError
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.readings import Reader, Reading, ReadingAnswer, ReadingRequest
from watcher.core.resilience.quota import quota_window
from watcher.core.specifics import Specifics
from watcher.core.times import DAY, Seconds
from watcher.core.watch import Inquiry
from watcher.db.api_usage import Usage
from watcher.db.readings import ReadingStore
from watcher.db.stores import Stores
from watcher.polling.ai_reader import READER, READING_SECONDS, TOO_MANY, AiReader, FoundReadings
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.polling.second_look import LookCandidate, LookRequest
from watcher.polling.second_look_quota import SecondLookQuota

SAME, DIFFERENT, UNSURE = Reading.SAME, Reading.DIFFERENT, Reading.UNSURE
QUESTION = inquiry_of("zenitar 16mm", Condition.ANY, "electronics", "EBAY_US")
SPENT = TokenUsage(1_000, 200)
UNUSABLE = AiAnswerUnusable(Kind.MALFORMED, "cut short", SPENT)


def listings(n: int, title: str = "Zenitar 16mm number") -> tuple[Listing, ...]:
    return tuple(Listing(f"v1|{i}|0", f"{title} {i}", Money(9_900, "USD"), None) for i in range(n))


def looking_at(rows: Sequence[Listing]) -> LookRequest:
    """Return a look at rows of which the first two are about to alert, and all but the first are not sure."""
    candidates = tuple(LookCandidate(x, alerts=i < 2, doubted=i > 0) for i, x in enumerate(rows))
    return LookRequest(QUESTION, candidates, NOON)


class Model:
    """Answers by title: caps are different, "?" is unsure. Raises `failures` first."""

    def __init__(self) -> None:
        self.asked: list[ReadingRequest] = []
        self.within: list[Seconds] = []
        self.failures: list[WatcherError] = []

    async def read(self, asked: ReadingRequest, *, within: Seconds) -> ReadingAnswer:
        self.asked.append(asked)
        self.within.append(within)
        if self.failures:
            raise self.failures.pop(0)
        return ReadingAnswer(tuple(map(self._verdict, (row.title for row in asked.rows))), SPENT)

    @staticmethod
    def _verdict(title: str) -> Reading:
        return DIFFERENT if "cap" in title else UNSURE if "?" in title else SAME

    @property
    def sizes(self) -> list[int]:
        return [len(asked.rows) for asked in self.asked]


class Harness:
    """A reader over a database, a model, and what they count."""

    def __init__(self, stores: Stores, clock: FakeClock) -> None:
        self.stores, self.clock, self.meter, self.model = stores, clock, RecordingMeter(), Model()
        self.blocks = QuotaBlocks(Api.OPENAI, 20, stores.quota_ledger)
        self.reader = AiReader(
            Reader.BOTH,
            SecondLookQuota(self.blocks, 0.5),
            stores,
            self.model.read,
            categories=TTLS,
            prices=TokenPrices(Decimal(1), Decimal(2)),
            clock=clock,
            meter=self.meter,
        )

    async def read(self, rows: Sequence[Listing], inquiry: Inquiry = QUESTION) -> FoundReadings:
        return await self.reader.read(inquiry, rows, {}, within=Seconds(20.0))

    @property
    def usage(self) -> Usage:
        start = quota_window(Api.OPENAI, self.clock.now()).start
        return self.stores.api_usage.of_user(READER, Api.OPENAI, start)


@pytest.fixture
def harness(stores: Stores, clock: FakeClock) -> Harness:
    return Harness(stores, clock)


ROWS = (*listings(2), *listings(1, "Zenitar lens cap"), *listings(1, "Zenitar ?"))
ROWS = tuple(row._replace(item_id=f"v1|{i}|0") for i, row in enumerate(ROWS))


async def test_readings_are_by_item_and_kept(harness: Harness) -> None:
    found = await harness.read(ROWS)
    assert [found.readings[x.item_id] for x in ROWS] == [SAME, SAME, DIFFERENT, UNSURE]
    assert not found.unread
    assert harness.reader.recall(QUESTION.question, ROWS, Background()).readings == found.readings
    assert harness.usage == Usage(1, 1_400)
    assert harness.meter.counts == {"reading.read": 4, "reading.cost": 1_400}


async def test_listings_are_read_once_also_if_the_reading_is_unsure(harness: Harness) -> None:
    first = await harness.read(ROWS)
    assert await harness.read(ROWS) == first
    assert harness.model.sizes == [4]
    assert harness.meter.counts["reading.known"] == 4


async def test_only_what_is_unread_is_asked(harness: Harness) -> None:
    await harness.read(ROWS[:3])
    await harness.read(ROWS)
    assert harness.model.sizes == [3, 1]


async def test_equal_listings_are_asked_once(harness: Harness) -> None:
    twins = [row._replace(title="Zenitar 16mm", price=Money(100 * i, "USD")) for i, row in enumerate(ROWS)]
    assert set((await harness.read(twins)).readings) == {x.item_id for x in ROWS}
    assert harness.model.sizes == [1]


async def test_a_listing_that_changes_is_read_again(harness: Harness) -> None:
    await harness.read(ROWS[:1])
    changed = (ROWS[0]._replace(title="Zenitar 16mm lens cap"),)
    assert harness.reader.recall(QUESTION.question, changed, background := Background()) is background
    assert (await harness.read(changed)).readings == {ROWS[0].item_id: DIFFERENT}


async def test_specifics_are_read_where_the_title_left_it_open(harness: Harness) -> None:
    await harness.read(ROWS)
    specifics = {x.item_id: Specifics((("Mount", "M42"),)) for x in ROWS}
    found = await harness.reader.read(QUESTION, ROWS, specifics, within=Seconds(20.0))
    assert harness.model.sizes == [4, 1]
    (row,) = harness.model.asked[-1].rows
    assert (row.title, row.aspects) == ("Zenitar ? 0", (("Mount", "M42"),))
    again = harness.reader.recall(QUESTION.question, ROWS, Background(specifics=specifics))
    assert again.readings == found.readings


async def test_one_call_reads_fifty_listings_within_fifteen_seconds(harness: Harness) -> None:
    found = await harness.read(rows := listings(70))
    assert (harness.model.sizes, harness.model.within) == ([50], [READING_SECONDS])
    assert set(found.readings) == {x.item_id for x in rows[:50]}
    assert found.unread == dict.fromkeys((x.item_id for x in rows[50:]), TOO_MANY)
    assert not (await harness.read(rows)).unread


async def test_no_words_of_one_user_shape_what_all_share(harness: Harness) -> None:
    await harness.read(ROWS, inquiry_of("zenitar", Condition.NEW, "Electronics", "EBAY_US"))
    await harness.read(ROWS, inquiry_of("zenitar", Condition.ANY, "everything is the same", "EBAY_US"))
    assert [asked.category for asked in harness.model.asked] == ["electronics", ""]


# When it is out


@pytest.mark.parametrize(
    ("failure", "code", "calls"),
    [
        (CallFailed(Api.OPENAI, Kind.CREDENTIALS, "401"), Code.OPENAI_UNAVAILABLE, 1),
        (CallFailed(Api.OPENAI, Kind.RATE_LIMIT, "429"), Code.OPENAI_RATE_LIMIT, 1),
        (CallFailed(Api.OPENAI, Kind.TIMEOUT, "slow"), Code.OPENAI_TIMEOUT, 1),
        (UNUSABLE, Code.OPENAI_UNAVAILABLE, 1),
        (
            AiAnswerUnusable(Kind.REFUSED, "no", SPENT, caller_caused=True, sentence="It declines."),
            Code.OPENAI_UNAVAILABLE,
            1,
        ),
        (NotSent(Api.OPENAI, Kind.QUOTA, "the day's calls are used"), Code.OPENAI_RATE_LIMIT, 0),
        (WatcherError(Code.DATABASE_CONNECTION_FAILED), Code.DATABASE_CONNECTION_FAILED, 0),
    ],
    ids=lambda value: getattr(value, "detail", None),
)
async def test_a_failure_leaves_its_listings_unread_with_its_code(
    harness: Harness, failure: WatcherError, code: Code, calls: int
) -> None:
    harness.model.failures = [failure]
    found = await harness.read(rows := listings(20))
    assert found == FoundReadings({}, dict.fromkeys((x.item_id for x in rows), code))
    assert harness.usage == Usage(calls, 1_400 if isinstance(failure, AiAnswerUnusable) else 0)
    assert (await harness.read(rows)).readings, "the next poll asks again"


@pytest.mark.parametrize("failure", [UNUSABLE, CallFailed(Api.OPENAI, Kind.TIMEOUT, "slow")])
async def test_batches_shrink_after_a_slow_or_cut_answer_and_grow_again(
    harness: Harness, failure: CallFailed
) -> None:
    harness.model.failures = [failure, failure]
    for _ in range(5):
        await harness.read(listings(60))
    assert harness.model.sizes == [50, 25, 13, 26, 21]


async def test_listings_without_a_usable_answer_are_left_alone_for_a_day(harness: Harness) -> None:
    harness.model.failures = [UNUSABLE] * 9
    for _ in range(9):
        found = await harness.read(ROWS)
        assert set(found.unread.values()) == {Code.OPENAI_UNAVAILABLE}
    assert harness.model.sizes == [4, 4]
    harness.clock.move(DAY)
    harness.model.failures.clear()
    assert len((await harness.read(ROWS)).readings) == len(ROWS)


async def test_an_answer_that_cannot_be_stored_counts_for_this_poll(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise WatcherError(Code.DATABASE_QUERY_FAILED)

    monkeypatch.setattr(ReadingStore, "put", fail)
    assert len((await harness.read(ROWS)).readings) == len(ROWS)
    assert "readings could not be stored" in caplog.text


# As a second look


@pytest.mark.parametrize(
    ("use", "read"),
    [(Reader.BOTH, [0, 1, 2, 3]), (Reader.ALERTS, [0, 1]), (Reader.DOUBTFUL, [1, 2, 3]), (Reader.OFF, [])],
)
async def test_a_look_reads_those_that_the_configuration_names(
    harness: Harness, use: Reader, read: list[int]
) -> None:
    harness.reader.use = use
    found = await harness.reader.look(looking_at(ROWS), Background(), Seconds(9.0))
    assert set(found.readings) == {ROWS[i].item_id for i in read}
    assert harness.model.within == [Seconds(8.5)] * bool(read)


@pytest.mark.parametrize(
    ("use", "used", "read"),
    [(Reader.BOTH, 4, [2, 3]), (Reader.BOTH, 5, []), (Reader.DOUBTFUL, 9, [2, 3])],
)
async def test_listings_that_are_only_doubtful_leave_half_of_the_calls_to_alerts(
    harness: Harness, use: Reader, used: int, read: list[int]
) -> None:
    harness.reader.use = use
    for _ in range(used):
        assert await harness.blocks.book_second_look(NOON, 10)
    request = looking_at(ROWS)
    doubtful = request._replace(candidates=request.candidates[2:])
    found = await harness.reader.look(doubtful, Background(), Seconds(9.0))
    assert set(found.readings) == {ROWS[i].item_id for i in read}
    if use is Reader.BOTH:
        found = await harness.reader.look(request, Background(), Seconds(9.0))
        assert len(found.readings) == len(ROWS), "they cost an alert's call nothing"


async def test_a_look_adds_to_what_is_known(harness: Harness) -> None:
    before = Background(readings={ROWS[0].item_id: DIFFERENT, "v1|9|0": SAME}, reader_out={"v1|9|0": "x"})
    found = await harness.reader.look(looking_at(ROWS), before, Seconds(9.0))
    assert found.readings == {
        "v1|9|0": SAME,
        **dict(zip((x.item_id for x in ROWS), (DIFFERENT, SAME, DIFFERENT, UNSURE), strict=True)),
    }
    assert found.reader_out == before.reader_out
    assert await harness.reader.look(looking_at(ROWS), found, Seconds(9.0)) is found


async def test_an_unread_alert_says_why_and_a_doubtful_listing_needs_not(harness: Harness) -> None:
    harness.model.failures = [CallFailed(Api.OPENAI, Kind.TIMEOUT, "slow")]
    found = await harness.reader.look(looking_at(ROWS), Background(), Seconds(9.0))
    assert not found.readings
    assert found.reader_out == dict.fromkeys((x.item_id for x in ROWS[:2]), Code.OPENAI_TIMEOUT)
