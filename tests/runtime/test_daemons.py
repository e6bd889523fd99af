"""Several daemons on one Postgres, left alone and disturbed: none lost, none twice, the quota kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import daemons, postgres
from tests.postgres import Cluster, NoPostgres
from watcher.core.resilience.quota import usable_calls
from watcher.db.migrate import bring_up

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[Cluster]:
    """A Postgres of its own, which writes to the disk as in earnest."""
    try:
        with postgres.cluster(safe=True) as made:
            yield made
    except NoPostgres as error:
        pytest.skip(str(error))


@pytest.fixture
def database(server: Cluster) -> str:
    url = server.url(server.create())
    bring_up(url)
    return url


def passes(verdict: daemons.Verdict) -> None:
    assert verdict.lost == []
    assert verdict.told_twice == [], "an item was told in two alerts"
    assert verdict.unexcused == [], "a duplicate outside the window"
    assert verdict.polls <= verdict.used, "a call that the ledger does not know"


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("count", [2, 4])
async def test_daemons_on_one_postgres_poll_five_thousand_searches_once(
    server: Cluster, database: str, tmp_path: Path, count: int
) -> None:
    found = await daemons.share(tmp_path, server, database, daemons=count, searches=5000, alerting=200)
    print(f"\n{count} daemons: {found}")
    assert found.polled_twice == []
    assert found.told_twice == 0
    assert all(found.shares)


@pytest.mark.timeout(600)
async def test_daemons_on_one_postgres_that_are_killed_and_frozen_for_half_a_minute_lose_nothing(
    server: Cluster, database: str, tmp_path: Path
) -> None:
    verdict = await daemons.run(tmp_path, server, database, daemons=2, seed=1, seconds=30)
    print(f"\n{verdict}")
    passes(verdict)


@pytest.mark.timeout(600)
async def test_daemons_on_one_postgres_that_are_killed_ask_no_more_than_their_common_quota(
    server: Cluster, database: str, tmp_path: Path
) -> None:
    asked, used = await daemons.exhaust(tmp_path, server, database, daemons=4, quota=400)
    print(f"\nasked {asked}, booked {used}")
    assert 200 < asked <= used == usable_calls(400, interactive=False)


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("count", [2, 4])
async def test_daemons_on_one_postgres_that_goes_away_for_a_minute_in_five_lose_nothing(
    server: Cluster, database: str, tmp_path: Path, count: int
) -> None:
    verdict = await daemons.run(tmp_path, server, database, daemons=count, seed=count, seconds=300, cut=60)
    print(f"\n{verdict}")
    passes(verdict)


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("part", range(4))
async def test_a_quarter_of_two_hundred_kills_on_postgres_loses_nothing(
    server: Cluster, database: str, tmp_path: Path, part: int
) -> None:
    verdict = await daemons.run(
        tmp_path, server, database, daemons=1, seed=part, seconds=0, kills=50, freezes=0.0
    )
    print(f"\n{verdict}")
    passes(verdict)


@pytest.mark.timeout(300)
async def test_a_daemon_on_postgres_that_was_frozen_with_a_lease_does_not_send_what_another_has_sent(
    server: Cluster, database: str, tmp_path: Path
) -> None:
    early, took, said = await daemons.freeze_with_a_lease(tmp_path, server, database)
    assert early == 0, "it was frozen too late to show anything"
    assert took == 1
    assert "a message is given up" in said
