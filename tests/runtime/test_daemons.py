"""Several daemons on one Postgres: no alert is lost or repeated, whatever is done to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import daemons, postgres
from tests.postgres import Cluster, NoPostgres
from watcher.core.resilience.quota import poll_bound
from watcher.db.migrate import upgrade_schema

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[Cluster]:
    """Yield a Postgres server of its own, with durable writes as in production."""
    try:
        with postgres.cluster(safe=True) as made:
            yield made
    except NoPostgres as error:
        pytest.skip(str(error))


@pytest.fixture
def database(server: Cluster) -> str:
    url = server.url(server.create())
    upgrade_schema(url)
    return url


def check(verdict: daemons.Verdict) -> None:
    assert verdict.lost == []
    assert verdict.alerted_twice == [], "an item was in two alerts"
    assert verdict.unexcused == [], "a duplicate outside the window"
    assert verdict.polls <= verdict.used, "a call that is not in the ledger"


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("count", [2, 4])
async def test_daemons_on_one_postgres_poll_five_thousand_searches_once(
    server: Cluster, database: str, tmp_path: Path, count: int
) -> None:
    found = await daemons.share(tmp_path, server, database, daemons=count, searches=5000, alerting=200)
    print(f"\n{count} daemons: {found}")
    assert found.polled_twice == []
    assert found.alerted_twice == []
    assert all(found.shares)


@pytest.mark.timeout(600)
async def test_killed_and_frozen_daemons_on_one_postgres_lose_nothing(
    server: Cluster, database: str, tmp_path: Path
) -> None:
    verdict = await daemons.run(tmp_path, server, database, daemons=2, seed=1, seconds=30)
    print(f"\n{verdict}")
    check(verdict)


@pytest.mark.timeout(600)
async def test_killed_daemons_on_one_postgres_stay_within_their_quota(
    server: Cluster, database: str, tmp_path: Path
) -> None:
    calls, used = await daemons.exhaust(tmp_path, server, database, daemons=4, quota=40)
    print(f"\ncalls {calls}, in the ledger {used}")
    assert 20 < calls <= used
    assert poll_bound(40) - 2 <= used <= 40, "more is released through the day"


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("count", [2, 4])
async def test_daemons_lose_nothing_while_postgres_comes_and_goes(
    server: Cluster, database: str, tmp_path: Path, count: int
) -> None:
    verdict = await daemons.run(tmp_path, server, database, daemons=count, seed=count, seconds=300, cut=60)
    print(f"\n{verdict}")
    check(verdict)


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("part", range(4))
async def test_a_quarter_of_two_hundred_kills_on_postgres_loses_nothing(
    server: Cluster, database: str, tmp_path: Path, part: int
) -> None:
    verdict = await daemons.run(
        tmp_path, server, database, daemons=1, seed=part, seconds=0, kills=50, freezes=0.0
    )
    print(f"\n{verdict}")
    check(verdict)


@pytest.mark.timeout(300)
async def test_a_daemon_frozen_with_a_postgres_lease_sends_no_duplicate(
    server: Cluster, database: str, tmp_path: Path
) -> None:
    early, received, log = await daemons.freeze_with_a_lease(tmp_path, server, database)
    assert early == 0, "it was frozen too late"
    assert received == 1
    assert "gave up a message" in log


@pytest.mark.timeout(300)
async def test_a_daemon_frozen_before_slacks_answer_sends_no_duplicate(
    server: Cluster, database: str, tmp_path: Path
) -> None:
    received, states, log = await daemons.freeze_before_the_answer(
        # Longer than every timeout, shorter than a lease.
        tmp_path,
        server,
        database,
        seconds=90,
    )
    assert (received, states) == (1, "[('sent',)]")
    assert "not sent" not in log
