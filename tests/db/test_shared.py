"""Several daemons on one Postgres, and a server that goes away."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import OperationalError

from tests.conftest import AGES
from tests.fakes import NOON
from tests.postgres import Cluster
from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import Delivery
from watcher.core.errors import Code, WatcherError
from watcher.core.polls import PollResult, Sighting
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.core.watch import Watch, WatchId
from watcher.core.watch_input import Defaults, watch_from
from watcher.db.codec import write_notification
from watcher.db.connector import MAX_RETRY_SECONDS, Connector
from watcher.db.engine import connect
from watcher.db.recording import outbox_row
from watcher.db.schema import outbox, sightings
from watcher.db.stores import Stores
from watcher.db.watches import _add, _New

LATER = Instant(NOON + 10)
Opener = Callable[[], Stores]


@pytest.fixture
def opener(postgres_url: str) -> Iterator[Opener]:
    """Open the database once more, as another daemon does."""
    made: list[Stores] = []

    def opened() -> Stores:
        made.append(Stores.opened(postgres_url, AGES))
        return made[-1]

    yield opened
    for stores in made:
        stores.close()


def watches(*queries: str, **draft: str) -> list[Watch]:
    return [watch_from({"query": q, **draft}, Defaults("EBAY_US")) for q in queries]


def break_connections(cluster: Cluster) -> None:
    """End every session but our own, as a restart of the server does."""
    cluster.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )


# --- searches -------------------------------------------------------------------------------------------


async def test_daemons_that_claim_at_once_share_what_is_due(opener: Opener) -> None:
    daemons = [opener() for _ in range(4)]
    await daemons[0].watches.add(watches(*(f"camera {n}" for n in range(20))), NOON)
    claims = await asyncio.gather(
        *(d.searches.claim(NOON, 3, f"d{n}", MINUTE) for n, d in enumerate(daemons) for _ in range(3))
    )
    claimed = [search.id for claim in claims for search in claim]
    assert len(claimed) == len(set(claimed)) == 20


async def test_what_a_dead_daemon_claimed_is_taken_over_and_its_late_result_refused(opener: Opener) -> None:
    dead, other = opener(), opener()
    await dead.watches.add(watches("camera"), NOON)
    (search,) = await dead.searches.claim(NOON, 5, "dead", MINUTE)
    assert not await other.searches.claim(Instant(NOON + 59), 5, "other", MINUTE)
    (again,) = await other.searches.claim(Instant(NOON + 60), 5, "other", MINUTE)
    assert again.id == search.id
    late = PollResult(search.id, search.lease, search.due_at, LATER, LATER)
    assert not (await dead.searches.record(late)).kept
    assert (await other.searches.record(replace(late, lease=again.lease))).kept


async def test_a_search_does_not_rest_whose_new_watch_was_committed_a_moment_before(
    opener: Opener,
) -> None:
    one, other = opener(), opener()
    (first,) = await one.watches.add(watches("camera"), NOON)
    added, go = threading.Event(), threading.Event()

    def add_slowly(conn: Connection, items: Sequence[_New]) -> Sequence[Sequence[WatchId]]:
        made = _add(conn, items)
        added.set()
        go.wait(10)
        return made

    adding = one.database.write(add_slowly, _New(watches("camera"), NOON, Seconds(0.0), 20))
    await asyncio.to_thread(added.wait, 10)
    removing = asyncio.ensure_future(other.watches.remove(first, NOON))
    await asyncio.sleep(0.1)
    go.set()
    await asyncio.gather(adding, removing)
    assert one.searches.next_due() is not None


async def test_what_postgres_cannot_keep_is_left_out_of_a_listings_title(opener: Opener) -> None:
    stores = opener()
    await stores.watches.add(watches("camera"), NOON)
    (search,) = await stores.searches.claim(NOON, 1, "us", MINUTE)
    seen = Sighting("v1|1|0", NOON, None, None, "Zenitar\0 Mk2")
    polled = PollResult(search.id, "us", search.due_at, NOON, LATER, sightings=(seen,))
    assert (await stores.searches.record(polled)).kept
    assert stores.database.value(select(sightings.c.title)) == "Zenitar Mk2"


# --- deliveries -----------------------------------------------------------------------------------------


async def post(stores: Stores, *letters: tuple[str, str]) -> None:
    """A message each, by its name and its destination, in this order."""
    rows = [outbox_row("ops", name, to, write_notification(_notice(name)), NOON) for name, to in letters]

    def put(conn: Connection, items: Sequence[None]) -> Sequence[None]:
        conn.execute(outbox.insert(), rows)
        return items

    await stores.database.write(put, None)


def _notice(name: str) -> OpsNotice:
    return OpsNotice(name, "firing", "ebay", "outage", NOON, NOON, "eBay: no answer")


async def lease(stores: Stores, at: float, name: str = "us") -> list[Delivery]:
    return list(await stores.outbox.lease_deliveries(Instant(at), 50, name, MINUTE, ()))


def names(deliveries: Sequence[Delivery]) -> list[str]:
    return [d.notification.incident_id for d in deliveries]  # type: ignore[union-attr]  # they are ops notices


async def test_a_message_is_leased_to_one_daemon(opener: Opener) -> None:
    daemons = [opener() for _ in range(4)]
    await post(daemons[0], *((f"m{n}", f"to{n}") for n in range(30)))
    leased: list[str] = []
    while len(leased) < 30:  # who is not first come gets nothing in this round
        rounds = await asyncio.gather(*(lease(d, NOON, f"d{n}") for n, d in enumerate(daemons)))
        assert any(rounds)
        leased += [name for found in rounds for name in names(found)]
    assert len(set(leased)) == 30


async def test_no_two_daemons_write_to_a_destination_at_once_or_within_a_second(opener: Opener) -> None:
    one, other = opener(), opener()
    await post(one, ("first", "slack"), ("second", "slack"), ("third", "ops"))
    first, third = await lease(one, NOON)
    assert (names([first, third]), await lease(other, NOON + 5)) == (["first", "third"], [])
    await one.outbox.delivered(first, Instant(NOON + 5))
    assert not await lease(other, NOON + 5.9)
    assert names(await lease(other, NOON + 6)) == ["second"]


async def test_a_destination_that_asked_one_daemon_to_wait_is_left_alone_by_all(opener: Opener) -> None:
    one, other = opener(), opener()
    await post(one, ("first", "slack"), ("second", "slack"))
    (first,) = await lease(one, NOON)
    await one.outbox.postpone(first, Instant(NOON + 30), "SLACK_RATE_LIMIT", "asked to wait")
    assert not await lease(other, NOON + 29)
    assert names(await lease(other, NOON + 30)) == ["first"]


async def test_a_dead_daemons_message_is_sent_by_another_and_its_late_word_counts_for_nothing(
    opener: Opener,
) -> None:
    frozen, other = opener(), opener()
    await post(frozen, ("first", "slack"))
    (mine,) = await lease(frozen, NOON, "frozen")
    (again,) = await lease(other, NOON + 60, "other")
    await frozen.outbox.postpone(mine, Instant(NOON + 999), "SLACK_TIMEOUT", "late")
    await frozen.outbox.delivered(mine, LATER)
    assert other.outbox.depth() == {"pending": 1}
    await other.outbox.delivered(again, Instant(NOON + 61))
    assert other.outbox.depth() == {"sent": 1}


# --- one at a time --------------------------------------------------------------------------------------


async def test_housekeeping_is_done_by_one_at_a_time_and_a_dead_ones_turn_ends(opener: Opener) -> None:
    one, other = opener(), opener()
    async with one.database.alone("tidying") as first, other.database.alone("tidying") as second:
        assert (first, second) == (True, False)
    async with other.database.alone("tidying") as second:
        assert second
    await one.database.alone("tidying").__aenter__()
    one.close()
    async with asyncio.timeout(5):
        while True:  # the server notices in its own time that a connection is gone
            async with other.database.alone("tidying") as second:
                if second:
                    break


# --- what others made to do -----------------------------------------------------------------------------


class Ears:
    """What was heard, and an event for each."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    def anew(self) -> None:
        self.heard.put_nowait("all of it")

    async def next(self) -> str:
        async with asyncio.timeout(10):
            return await self.heard.get()


async def test_a_watch_of_another_process_is_heard_of_also_after_a_break(
    opener: Opener, cluster: Cluster
) -> None:
    one, other, ears = opener(), opener(), Ears()
    listening = asyncio.create_task(one.database.listen(ears.heard.put_nowait, ears.anew))
    assert await ears.next() == "all of it"
    await other.watches.add(watches("camera"), NOON)
    assert await ears.next() == "poll"
    break_connections(cluster)
    assert await ears.next() == "all of it"
    await other.watches.add(watches("lens"), NOON)
    assert await ears.next() == "poll"
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


# --- a server that goes away ----------------------------------------------------------------------------


async def test_a_restart_of_the_server_is_not_noticed_by_who_reads_or_writes(
    opener: Opener, cluster: Cluster
) -> None:
    stores = opener()
    await stores.watches.add(watches("camera"), NOON)
    assert stores.watches.count() == 1
    break_connections(cluster)
    assert stores.watches.count() == 1
    break_connections(cluster)
    await stores.watches.add(watches("lens"), NOON)
    assert stores.watches.count() == 2


async def test_a_write_whose_connection_broke_before_its_commit_is_made_again_once(opener: Opener) -> None:
    stores = opener()
    runs = []

    def twice(conn: Connection, items: Sequence[str]) -> Sequence[str]:
        runs.append(len(items))
        conn.execute(text("INSERT INTO users VALUES (:id, 0)"), [{"id": i} for i in items])
        if len(runs) == 1:
            conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return items

    assert await stores.database.write(twice, "ann") == "ann"
    assert runs == [1, 1]
    assert stores.database.value(text("SELECT count(*) FROM users")) == 1


async def test_a_deadlock_is_tried_again(opener: Opener) -> None:
    one, other = opener(), opener()
    await one.watches.add(watches("one", "two"), NOON)
    met = threading.Barrier(2, timeout=20)

    def crossing(first: int, then: int) -> Callable[[Connection, Sequence[None]], Sequence[None]]:
        tries = []

        def run(conn: Connection, items: Sequence[None]) -> Sequence[None]:
            conn.execute(text("UPDATE searches SET error = 'x' WHERE id = :id"), {"id": first})
            tries.append(1)
            if len(tries) == 1:
                met.wait()
            conn.execute(text("UPDATE searches SET error = 'x' WHERE id = :id"), {"id": then})
            return items

        return run

    await asyncio.gather(one.database.write(crossing(1, 2), None), other.database.write(crossing(2, 1), None))


async def test_a_server_that_is_down_is_told_in_the_apis_words_and_is_back_without_a_restart_of_ours(
    opener: Opener, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    stores = opener()
    await stores.watches.add(watches("camera"), NOON)
    cluster.stop()
    try:
        for _ in range(20):
            with pytest.raises(WatcherError) as read:
                stores.watches.count()
            with pytest.raises(WatcherError) as written:
                await stores.watches.add(watches("lens"), NOON)
            assert {read.value.code, written.value.code} == {Code.DATABASE_CONNECTION_FAILED}
    finally:
        cluster.start()
    async with asyncio.timeout(MAX_RETRY_SECONDS + 5):
        while True:
            with suppress(WatcherError):
                await stores.watches.add(watches("lens"), NOON)
                break
            await asyncio.sleep(0.05)
    assert stores.watches.count() == 2
    said = [r.message for r in caplog.records if r.name.endswith(".connector")]
    assert [m.partition(":")[0].partition(" after")[0] for m in said] == [
        "the database is out of reach",
        "the database is back",
    ]


def test_the_longer_it_is_out_of_reach_the_rarer_it_is_tried() -> None:
    line = Connector(connect("postgresql+psycopg://nobody@127.0.0.1:1/none"))
    tried = refused = 0
    until = time.monotonic() + 1.2
    while time.monotonic() < until:
        try:
            line.connect()
        except OperationalError:
            tried += 1
        except WatcherError:
            refused += 1
            time.sleep(0.01)
    assert 2 <= tried <= 4
    assert refused > tried
