"""The writer thread: group commit, isolation of bad items, and results that mean durable writes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from tests.waiting import let_tasks_run
from watcher.core.errors import Code, WatcherError
from watcher.core.times import Seconds
from watcher.db.database import Database
from watcher.db.engine import open_engine
from watcher.db.writer import MAX_JOBS_PER_COMMIT


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = open_engine(database_url)
    with made.begin() as conn:
        conn.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
    yield made
    made.dispose()


@pytest.fixture
def database(engine: Engine, database_url: str) -> Iterator[Database]:
    del engine  # it created the table
    made = Database(database_url)
    yield made
    made.close()


batches: list[int] = []


def insert(conn: Connection, items: Sequence[int]) -> Sequence[int]:
    batches.append(len(items))
    conn.execute(text("INSERT INTO t VALUES (:n)"), [{"n": n} for n in items])
    return [n * 10 for n in items]


def rows(engine: Engine) -> list[int]:
    with engine.connect() as other:
        return list(other.scalars(text("SELECT n FROM t ORDER BY n")))


async def test_a_result_means_that_another_process_can_read_the_write(
    database: Database, engine: Engine
) -> None:
    assert await database.write_batched(insert, 1) == 10
    assert rows(engine) == [1]


async def test_writes_that_arrive_during_a_commit_share_the_next(database: Database) -> None:
    batches.clear()
    await asyncio.gather(*(database.write_batched(insert, n) for n in range(500)))
    assert sum(batches) == 500
    assert len(batches) < 50


async def test_urgent_writes_overtake_and_share_a_commit_only_with_each_other(database: Database) -> None:
    has_begun, may_go_on = threading.Event(), threading.Event()
    order = list[list[int]]()

    def write(_conn: Connection, items: Sequence[int]) -> Sequence[None]:
        order.append(list(items))
        has_begun.set()
        may_go_on.wait(60)
        return [None] * len(items)

    first = database.write_batched(write, 1)
    await asyncio.to_thread(has_begun.wait, 60)
    patient = database.write_batched(write, 2, Seconds(60.0))
    others = [database.write_batched(write, 4, is_urgent=True), database.write_batched(write, 3)]
    others += [database.write_batched(write, 5, is_urgent=True), first, patient]
    may_go_on.set()
    await asyncio.gather(*others)
    assert order == [[1], [4, 5], [2, 3]]


async def test_one_bad_item_fails_alone(database: Database, engine: Engine) -> None:
    results = await asyncio.gather(
        *(database.write_batched(insert, n) for n in (1, 2, 1, 3)), return_exceptions=True
    )
    assert [r for r in results if not isinstance(r, Exception)] == [10, 20, 30]
    (bad,) = [r for r in results if isinstance(r, Exception)]
    assert isinstance(bad, WatcherError)
    assert bad.code is Code.DATABASE_QUERY_FAILED
    assert rows(engine) == [1, 2, 3]


async def test_a_failed_write_is_rolled_back(database: Database, engine: Engine) -> None:
    def two(conn: Connection, items: Sequence[int]) -> Sequence[None]:
        insert(conn, items)
        raise IntegrityError("second half", None, ValueError())

    with pytest.raises(WatcherError):
        await database.write_batched(two, 7)
    assert rows(engine) == []


async def test_a_write_waits_for_a_locked_database(database: Database, engine: Engine) -> None:
    with engine.connect() as other:
        with other.begin():  # an embedded database is locked by that
            if engine.dialect.name == "postgresql":
                other.execute(text("LOCK TABLE t"))
            waiting = database.write_batched(insert, 1)
            await asyncio.sleep(0.15)
            assert not waiting.done()
        assert await waiting == 10


async def test_cancelling_one_waiter_does_not_affect_the_others(database: Database, engine: Engine) -> None:
    gone = database.write_batched(insert, 1)
    gone.cancel()
    assert await database.write_batched(insert, 2) == 20
    assert rows(engine) == [1, 2]


async def test_closing_finishes_the_queued_writes(engine: Engine, database_url: str) -> None:
    closing = Database(database_url)
    writes = [closing.write_batched(insert, n) for n in range(50)]
    await asyncio.to_thread(closing.close)
    await asyncio.gather(*writes)
    assert len(rows(engine)) == 50


async def test_patient_writes_share_a_commit_even_if_none_is_under_way(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches.clear()
    loop, timers = asyncio.get_running_loop(), list[tuple[float, Callable[[], None]]]()
    later = loop.call_later

    def call_later(seconds: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        timers.append((seconds, call))
        return later(3600.0, call)  # this test decides when the time has passed

    with monkeypatch.context() as patched:
        patched.setattr(loop, "call_later", call_later)
        first = database.write_batched(insert, 1, Seconds(0.02))
        await let_tasks_run()
        second = database.write_batched(insert, 2, Seconds(0.02))
    [(seconds, flush)] = timers
    assert (seconds, batches) == (0.02, [])
    flush()
    assert await asyncio.gather(first, second) == [10, 20]
    assert batches == [2]


async def test_an_urgent_write_takes_the_patient_ones_along_in_order(database: Database) -> None:
    batches.clear()
    patient = database.write_batched(insert, 1, Seconds(60.0))
    assert await database.write_batched(insert, 2) == 20
    assert await patient == 10
    assert batches == [2]


async def test_a_full_batch_of_patient_writes_starts_at_once(database: Database, engine: Engine) -> None:
    await asyncio.gather(
        *(database.write_batched(insert, n, Seconds(60.0)) for n in range(MAX_JOBS_PER_COMMIT))
    )
    assert len(rows(engine)) == MAX_JOBS_PER_COMMIT


async def test_closing_writes_the_patient_writes_too(engine: Engine, database_url: str) -> None:
    closing = Database(database_url)
    patient = closing.write_batched(insert, 1, Seconds(60.0))
    closing.close()
    assert await patient == 10
    assert rows(engine) == [1]
