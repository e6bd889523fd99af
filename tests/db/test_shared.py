"""Several daemons on one Postgres server, and a server that is unreachable for a while."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import OperationalError

from tests.conftest import AGES
from tests.fakes import NOON
from tests.outbox_rows import message_states
from tests.postgres import Cluster
from tests.waiting import PATIENCE
from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import Delivery
from watcher.core.errors import Code, WatcherError
from watcher.core.plan_limits import LimitReached
from watcher.core.plans import Plan, Plans
from watcher.core.polls import PollResult, Sighting
from watcher.core.times import MINUTE, Instant
from watcher.core.watch import Watch, WatchId
from watcher.core.watch_input import Defaults, watch_from
from watcher.db.codec import write_notification
from watcher.db.database import FIRST_RETRY_SECONDS, MAX_RETRY_SECONDS, Database
from watcher.db.outbox import message_row
from watcher.db.schema import outbox, sightings
from watcher.db.stores import Stores
from watcher.db.watches import _add

LATER = Instant(NOON + 10)
Opener = Callable[[], Stores]


@pytest.fixture
def opener(postgres_url: str) -> Iterator[Opener]:
    """Return a function that opens the database once more, as another daemon does."""
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
    """End every other session, as a restart of the server does."""
    cluster.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )


# --- searches -------------------------------------------------------------------------------------------


async def test_daemons_that_claim_at_once_share_the_due_searches(opener: Opener) -> None:
    daemons = [opener() for _ in range(4)]
    await daemons[0].watches.add(watches(*(f"camera {n}" for n in range(20))), NOON)
    claims = await asyncio.gather(
        *(d.searches.claim_due(NOON, 3, f"d{n}", MINUTE) for n, d in enumerate(daemons) for _ in range(3))
    )
    claimed = [search.id for claim in claims for search in claim]
    assert len(claimed) == len(set(claimed)) == 20


async def test_an_expired_claim_is_taken_over_and_its_result_refused(opener: Opener) -> None:
    dead, other = opener(), opener()
    await dead.watches.add(watches("camera"), NOON)
    (search,) = await dead.searches.claim_due(NOON, 5, "dead", MINUTE)
    assert not await other.searches.claim_due(Instant(NOON + 59), 5, "other", MINUTE)
    (again,) = await other.searches.claim_due(Instant(NOON + 60), 5, "other", MINUTE)
    assert again.id == search.id
    late = PollResult(search.id, search.lease, search.due_at, LATER, LATER)
    assert not (await dead.searches.record(late)).kept
    assert (await other.searches.record(replace(late, lease=again.lease))).kept


async def test_a_removal_sees_a_watch_that_was_added_just_before(
    opener: Opener,
) -> None:
    one, other = opener(), opener()
    (first,) = await one.watches.add(watches("camera"), NOON)
    added, go = threading.Event(), threading.Event()

    def add_slowly(conn: Connection) -> Sequence[WatchId]:
        made = _add(conn, watches("camera"), NOON, lambda _: NOON, Plans())
        added.set()
        go.wait(PATIENCE)
        return made

    adding = one.database.write(add_slowly)
    await asyncio.to_thread(added.wait, PATIENCE)
    removing = asyncio.ensure_future(other.watches.remove(first, NOON))
    await asyncio.sleep(0.1)
    go.set()
    await asyncio.gather(adding, removing)
    assert one.searches.next_due() is not None


async def test_nul_characters_are_removed_from_titles(opener: Opener) -> None:
    stores = opener()
    await stores.watches.add(watches("camera"), NOON)
    (search,) = await stores.searches.claim_due(NOON, 1, "us", MINUTE)
    seen = Sighting("v1|1|0", NOON, None, None, "Zenitar\0 Mk2")
    polled = PollResult(search.id, "us", search.due_at, NOON, LATER, sightings=(seen,))
    assert (await stores.searches.record(polled)).kept
    assert stores.database.value(select(sightings.c.title)) == "Zenitar Mk2"


# --- deliveries -----------------------------------------------------------------------------------------


async def post(stores: Stores, *letters: tuple[str, str]) -> None:
    """Queue messages, given by name and destination, in this order."""
    rows = [message_row("ops", name, to, write_notification(_notice(name)), NOON) for name, to in letters]

    def put(conn: Connection) -> None:
        conn.execute(outbox.insert(), rows)

    await stores.database.write(put)


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
    while len(leased) < 30:  # only one daemon gets messages in each round
        rounds = await asyncio.gather(*(lease(d, NOON, f"d{n}") for n, d in enumerate(daemons)))
        assert any(rounds)
        leased += [name for found in rounds for name in names(found)]
    assert len(set(leased)) == 30


async def test_daemons_send_to_a_destination_one_at_a_time_a_second_apart(opener: Opener) -> None:
    one, other = opener(), opener()
    await post(one, ("first", "slack"), ("second", "slack"), ("third", "ops"))
    first, third = await lease(one, NOON)
    assert (names([first, third]), await lease(other, NOON + 5)) == (["first", "third"], [])
    await one.outbox.mark_sent(first, Instant(NOON + 5))
    assert not await lease(other, NOON + 5.9)
    assert names(await lease(other, NOON + 6)) == ["second"]


async def test_all_daemons_respect_a_wait_that_was_requested_from_one(opener: Opener) -> None:
    one, other = opener(), opener()
    await post(one, ("first", "slack"), ("second", "slack"))
    (first,) = await lease(one, NOON)
    await one.outbox.postpone(first, Instant(NOON + 30), "SLACK_RATE_LIMIT", "asked to wait")
    assert not await lease(other, NOON + 29)
    assert names(await lease(other, NOON + 30)) == ["first"]


async def test_an_expired_message_lease_is_taken_over_and_fenced(
    opener: Opener,
) -> None:
    frozen, other = opener(), opener()
    await post(frozen, ("first", "slack"))
    (mine,) = await lease(frozen, NOON, "frozen")
    (again,) = await lease(other, NOON + 60, "other")
    await frozen.outbox.postpone(mine, Instant(NOON + 999), "SLACK_TIMEOUT", "late")
    assert message_states(other) == {"pending": 1}
    await frozen.outbox.mark_sent(mine, LATER)  # a fact, whichever daemon holds the lease
    assert (message_states(other), other.outbox.is_leased(again)) == ({"sent": 1}, False)
    await other.outbox.postpone(again, Instant(NOON + 999), "SLACK_TIMEOUT", "late")
    assert message_states(other) == {"sent": 1}


# --- exclusive tasks --------------------------------------------------------------------------------------


async def test_housekeeping_runs_on_one_daemon_and_survives_its_death(opener: Opener) -> None:
    one, other = opener(), opener()
    async with one.database.try_alone("tidying") as first, other.database.try_alone("tidying") as second:
        assert (first, second) == (True, False)
    async with other.database.try_alone("tidying") as second:
        assert second
    await one.database.try_alone("tidying").__aenter__()
    one.close()
    async with asyncio.timeout(PATIENCE):
        while True:  # the server takes a moment to notice the lost connection
            async with other.database.try_alone("tidying") as second:
                if second:
                    break


# --- work signals -----------------------------------------------------------------------------


class SignalRecorder:
    """Collects work signals."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[str] = asyncio.Queue()

    def on_connect(self) -> None:
        self.received.put_nowait("connected")

    async def next(self) -> str:
        async with asyncio.timeout(PATIENCE):
            return await self.received.get()


async def test_work_signals_arrive_also_after_a_lost_connection(opener: Opener, cluster: Cluster) -> None:
    one, other, signals = opener(), opener(), SignalRecorder()
    listening = asyncio.create_task(one.database.listen(signals.received.put_nowait, signals.on_connect))
    assert await signals.next() == "connected"
    await other.watches.add(watches("camera"), NOON)
    assert [await signals.next() for _ in range(2)] == ["poll", "events"]
    break_connections(cluster)
    assert await signals.next() == "connected"
    await other.watches.add(watches("lens"), NOON)
    assert await signals.next() == "poll"
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


# --- an unreachable server ----------------------------------------------------------------------------


async def test_reads_and_writes_survive_a_server_restart(opener: Opener, cluster: Cluster) -> None:
    stores = opener()
    await stores.watches.add(watches("camera"), NOON)
    assert stores.watches.count() == 1
    break_connections(cluster)
    assert stores.watches.count() == 1
    break_connections(cluster)
    await stores.watches.add(watches("lens"), NOON)
    assert stores.watches.count() == 2


async def test_a_write_that_lost_its_connection_before_commit_is_repeated(opener: Opener) -> None:
    stores = opener()
    runs = []

    def twice(conn: Connection, user: str) -> str:
        runs.append(user)
        conn.execute(text("INSERT INTO users VALUES (:id, 0)"), {"id": user})
        if len(runs) == 1:
            conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return user

    assert await stores.database.write(twice, "ann") == "ann"
    assert runs == ["ann", "ann"]
    assert stores.database.value(text("SELECT count(*) FROM users")) == 1


async def test_a_deadlock_is_retried(opener: Opener) -> None:
    one, other = opener(), opener()
    await one.watches.add(watches("one", "two"), NOON)
    met = threading.Barrier(2, timeout=PATIENCE)
    tries: list[int] = []

    def crossing(first: int, then: int) -> Callable[[Connection], None]:
        def run(conn: Connection) -> None:
            conn.execute(text("UPDATE searches SET error = 'x' WHERE id = :id"), {"id": first})
            tries.append(first)
            if tries.count(first) == 1:
                met.wait()
            conn.execute(text("UPDATE searches SET error = 'x' WHERE id = :id"), {"id": then})

        return run

    await asyncio.gather(one.database.write(crossing(1, 2)), other.database.write(crossing(2, 1)))
    assert len(tries) > 2, "one of the two was rolled back and repeated"


@pytest.mark.slow  # seven seconds of CPU: it stops and starts the server
async def test_an_unreachable_server_is_reported_and_comes_back_by_itself(
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
    said = [r.message for r in caplog.records if r.name.endswith(".database")]
    assert [m.partition(":")[0].partition(" after")[0] for m in said] == [
        "the database is out of reach",
        "the database is back",
    ]


def test_connection_attempts_become_rarer_while_all_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    line, now, tried = Database("postgresql+psycopg://nobody@127.0.0.1:1/none"), 1000.0, []
    monkeypatch.setattr("watcher.db.database.time", SimpleNamespace(monotonic=lambda: now))
    for _ in range(400):
        try:
            line.connect()
        except OperationalError:
            tried.append(now)
        except WatcherError:
            now += 0.05
    waits = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert waits[:4] == pytest.approx([FIRST_RETRY_SECONDS * 2**n for n in range(4)], abs=0.06)
    assert waits[-1] == pytest.approx(MAX_RETRY_SECONDS, abs=0.06)


async def test_two_daemons_that_add_the_last_watch_of_a_plan_add_one(postgres_url: str) -> None:
    plans = Plans((Plan("free", watches=3),))
    daemons = [Stores.opened(postgres_url, AGES, plans) for _ in range(2)]
    await daemons[0].watches.add(watches("camera", "lens", user="collector"), NOON)
    tries = [daemons[n % 2].watches.add(watches(f"bag {n}", user="collector"), NOON) for n in range(8)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, LimitReached) for one in results) == 7
    assert daemons[0].watches.count() == 3
    for number in (1, 2):
        await daemons[0].watches.change(replace(required(daemons[0], number), paused=True), NOON)
    resumed = [
        daemons[n].watches.change(replace(required(daemons[n], n + 1), paused=False), NOON) for n in range(2)
    ]
    added = daemons[0].watches.add(watches("tripod", user="collector"), NOON)
    results = await asyncio.gather(*resumed, added, return_exceptions=True)
    assert sum(isinstance(one, LimitReached) for one in results) == 1
    assert daemons[0].watches.count() == 3
    for one in daemons:
        one.close()


def required(stores: Stores, number: int) -> Watch:
    found = stores.watches.get(WatchId(number))
    assert found
    return found
