"""The writer thread: group commit, one bad item harms no other, answers mean it is on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from watcher.core.errors import Code, WatcherError
from watcher.core.times import Seconds
from watcher.db.connector import Connector
from watcher.db.engine import connect
from watcher.db.writer import MAX_JOBS_PER_COMMIT, Writer


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = connect(database_url)
    with made.begin() as conn:
        conn.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
    yield made
    made.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    made = Writer(Connector(engine))
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


async def test_an_answer_means_that_another_process_can_read_it(writer: Writer, engine: Engine) -> None:
    assert await writer.submit(insert, 1) == 10
    assert rows(engine) == [1]


async def test_what_arrives_during_a_commit_shares_the_next(writer: Writer) -> None:
    batches.clear()
    await asyncio.gather(*(writer.submit(insert, n) for n in range(500)))
    assert sum(batches) == 500
    assert len(batches) < 50


async def test_one_bad_item_fails_alone(writer: Writer, engine: Engine) -> None:
    results = await asyncio.gather(*(writer.submit(insert, n) for n in (1, 2, 1, 3)), return_exceptions=True)
    assert [r for r in results if not isinstance(r, Exception)] == [10, 20, 30]
    (bad,) = [r for r in results if isinstance(r, Exception)]
    assert isinstance(bad, WatcherError)
    assert bad.code is Code.DATABASE_QUERY_FAILED
    assert rows(engine) == [1, 2, 3]


async def test_a_failed_write_leaves_nothing_half_done(writer: Writer, engine: Engine) -> None:
    def two(conn: Connection, items: Sequence[int]) -> Sequence[None]:
        insert(conn, items)
        raise IntegrityError("second half", None, ValueError())

    with pytest.raises(WatcherError):
        await writer.submit(two, 7)
    assert rows(engine) == []


async def test_a_locked_database_is_waited_for(writer: Writer, engine: Engine) -> None:
    with engine.connect() as other:
        with other.begin():  # which locks an embedded database
            if engine.dialect.name == "postgresql":
                other.execute(text("LOCK TABLE t"))
            waiting = writer.submit(insert, 1)
            await asyncio.sleep(0.15)
            assert not waiting.done()
        assert await waiting == 10


async def test_a_waiter_that_left_stops_nobody(writer: Writer, engine: Engine) -> None:
    gone = writer.submit(insert, 1)
    gone.cancel()
    assert await writer.submit(insert, 2) == 20
    assert rows(engine) == [1, 2]


async def test_closing_finishes_what_was_submitted(engine: Engine) -> None:
    closing = Writer(Connector(engine))
    writes = [closing.submit(insert, n) for n in range(50)]
    await asyncio.to_thread(closing.close)
    await asyncio.gather(*writes)
    assert len(rows(engine)) == 50


async def test_patient_writes_share_a_commit_though_none_is_under_way(writer: Writer) -> None:
    batches.clear()
    first = writer.submit(insert, 1, Seconds(0.02))
    await asyncio.sleep(0)
    await asyncio.gather(first, writer.submit(insert, 2, Seconds(0.02)))
    assert batches == [2]


async def test_what_cannot_wait_takes_the_patient_along_in_their_order(writer: Writer) -> None:
    batches.clear()
    patient = writer.submit(insert, 1, Seconds(60.0))
    assert await writer.submit(insert, 2) == 20
    assert await patient == 10
    assert batches == [2]


async def test_so_many_patient_writes_wait_no_longer(writer: Writer, engine: Engine) -> None:
    await asyncio.gather(*(writer.submit(insert, n, Seconds(60.0)) for n in range(MAX_JOBS_PER_COMMIT)))
    assert len(rows(engine)) == MAX_JOBS_PER_COMMIT


async def test_closing_writes_what_still_waits_for_company(engine: Engine) -> None:
    closing = Writer(Connector(engine))
    patient = closing.submit(insert, 1, Seconds(60.0))
    closing.close()
    assert await patient == 10
    assert rows(engine) == [1]
