"""The quota ledger: its bound holds for any number of concurrent users."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.forks import Started
from tests.waiting import PATIENCE
from watcher.core.errors import Api, Code, WatcherError
from watcher.core.resilience.quota import MAX_BLOCK_CALLS
from watcher.core.times import DAY, Instant
from watcher.db.database import Database
from watcher.db.quota_ledger import QuotaLedger

TODAY = Instant(1_750_000_000.0)
YESTERDAY = Instant(TODAY - DAY)


@pytest.fixture
def ledger(database_url: str) -> Iterator[QuotaLedger]:
    database = Database(database_url)
    yield QuotaLedger(database)
    database.close()


async def test_an_unused_window_is_empty(ledger: QuotaLedger) -> None:
    assert ledger.used(Api.EBAY, TODAY) == 0


async def test_reserved_calls_count_as_used(ledger: QuotaLedger) -> None:
    assert await ledger.reserve(Api.EBAY, TODAY, 7, 100) == 7
    assert await ledger.reserve(Api.EBAY, TODAY, 5, 100) == 5
    assert ledger.used(Api.EBAY, TODAY) == 12


async def test_apis_and_windows_are_counted_separately(ledger: QuotaLedger) -> None:
    await ledger.reserve(Api.EBAY, TODAY, 3, 100)
    await ledger.reserve(Api.EBAY, YESTERDAY, 2, 100)
    await ledger.reserve(Api.SERPAPI, TODAY, 1, 100)
    found = [ledger.used(*of) for of in ((Api.EBAY, TODAY), (Api.EBAY, YESTERDAY), (Api.SERPAPI, TODAY))]
    assert found == [3, 2, 1]


async def test_a_single_call_is_reserved_if_the_block_does_not_fit(ledger: QuotaLedger) -> None:
    assert await ledger.reserve(Api.EBAY, TODAY, 9, 10) == 9
    assert await ledger.reserve(Api.EBAY, TODAY, 8, 10) == 1
    assert await ledger.reserve(Api.EBAY, TODAY, 8, 10) == 0
    assert ledger.used(Api.EBAY, TODAY) == 10


async def test_a_quota_of_zero_reserves_nothing(ledger: QuotaLedger) -> None:
    assert await ledger.reserve(Api.EBAY, TODAY, 1, 0) == 0


async def test_returned_calls_can_be_reserved_again(ledger: QuotaLedger) -> None:
    await ledger.reserve(Api.EBAY, TODAY, 10, 10)
    await ledger.give_back(Api.EBAY, TODAY, 4)
    assert ledger.used(Api.EBAY, TODAY) == 6
    assert await ledger.reserve(Api.EBAY, TODAY, 4, 10) == 4


async def test_a_count_never_falls_below_zero(ledger: QuotaLedger) -> None:
    await ledger.reserve(Api.EBAY, TODAY, 3, 10)
    await ledger.give_back(Api.EBAY, TODAY, 5)
    assert ledger.used(Api.EBAY, TODAY) == 0


@pytest.mark.parametrize(
    ("least", "most", "used"),
    [(20, None, 20), (5, None, 10), (0, 4, 4), (4, 4, 4), (0, 10, 10), (5, 30, 10), (20, 20, 20)],
)
async def test_a_count_is_kept_within_bounds(
    ledger: QuotaLedger, least: int, most: int | None, used: int
) -> None:
    await ledger.reserve(Api.EBAY, TODAY, 10, 100)
    await ledger.keep_within(Api.EBAY, TODAY, least, most)
    assert ledger.used(Api.EBAY, TODAY) == used


async def test_an_unused_window_can_be_corrected(ledger: QuotaLedger) -> None:
    await ledger.keep_within(Api.EBAY, TODAY, 50, None)
    assert ledger.used(Api.EBAY, TODAY) == 50


async def test_calls_reserved_by_another_daemon_are_not_freed(postgres_url: str) -> None:
    ours, theirs = Database(postgres_url), Database(f"{postgres_url}&application_name=watcher 7@elsewhere")
    assert await QuotaLedger(theirs).reserve(Api.EBAY, TODAY, MAX_BLOCK_CALLS, 1000) == MAX_BLOCK_CALLS
    await QuotaLedger(ours).keep_within(Api.EBAY, TODAY, 0, 5)
    assert QuotaLedger(ours).used(Api.EBAY, TODAY) == MAX_BLOCK_CALLS
    theirs.close()
    async with asyncio.timeout(PATIENCE):
        while (
            QuotaLedger(ours).used(Api.EBAY, TODAY) != 5
        ):  # the server takes a moment to notice that they have disconnected
            await QuotaLedger(ours).keep_within(Api.EBAY, TODAY, 0, 5)
    ours.close()


@pytest.fixture
def ruined(sqlite_url: str) -> Iterator[QuotaLedger]:
    Path(sqlite_url.removeprefix("sqlite:///")).write_bytes(b"not a database, but long enough" * 200)
    database = Database(sqlite_url)
    yield QuotaLedger(database)
    database.close()


async def test_an_unreachable_database_is_an_error_and_not_an_empty_quota(ruined: QuotaLedger) -> None:
    with pytest.raises(WatcherError) as failed:
        await ruined.reserve(Api.EBAY, TODAY, 1, 10)
    assert failed.value.code in {Code.DATABASE_QUERY_FAILED, Code.DATABASE_CONNECTION_FAILED}


def take_all(url: str, bound: int) -> int:
    """Reserve blocks until none is left, and return a call now and then; return the calls kept."""

    async def main() -> int:
        database = Database(url)
        ledger, kept, turn = QuotaLedger(database), 0, 0
        while granted := await ledger.reserve(Api.EBAY, TODAY, 1 + turn % 9, bound):
            turn += 1
            kept += granted
            if turn % 7 == 0:
                await ledger.give_back(Api.EBAY, TODAY, 1)
                kept -= 1
            await asyncio.sleep(0.001)  # give the others a turn
        database.close()
        return kept

    return asyncio.run(main())


def test_threads_sharing_a_quota_use_it_up_and_no_more(database_url: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        kept = sum(pool.map(lambda _: take_all(database_url, 300), range(3)))
    assert kept <= 300
    assert kept + take_all(database_url, 300) == 300


def test_processes_sharing_a_quota_use_it_up_and_no_more(database_url: str) -> None:
    script = (
        "from tests.db.test_quota_ledger import take_all; print('ready', flush=True); input();"
        f"print(take_all({database_url!r}, 900))"
    )
    with Started("-c", script) as one, Started("-c", script) as other:
        for process in (one, other):
            assert process.stdout.readline() == "ready\n"
        for process in (one, other):
            process.stdin.write("\n")
            process.stdin.flush()
        kept = [int(process.finish().stdout) for process in (one, other)]
    assert all(kept)
    assert sum(kept) <= 900
    assert sum(kept) + take_all(database_url, 900) == 900
