"""An upgrade that merges searches can be killed at any statement, and repeated."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.db.old_rows import BEFORE, answer, delisting, fill, point, search, sighting, state, watch
from tests.db.test_downgrade import content
from tests.db.test_every_schema import dying_at, steps
from tests.postgres import Cluster
from watcher.core.errors import WatcherError
from watcher.db import migrate
from watcher.db.engine import open_engine
from watcher.db.migrate import create_schema, upgrade_schema
from watcher.db.revisions import revision_at
from watcher.db.schema import (
    HEAD,
    cache_entries,
    delistings,
    item_states,
    price_points,
    searches,
    sightings,
    watches,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
NewCopy = Callable[[], str]
ROWS = {
    searches: [search(1), search(2, "cards", polled_at=200.0), search(3, "toys"), search(4, "cards", "lens")],
    watches: [watch(n, n) for n in (1, 2, 3, 4)],
    sightings: [sighting(of, item, 1.0, 2.0, 3.0) for of in (1, 2, 3, 4) for item in "abc"[: 4 - of // 2]],
    delistings: [delisting(of, item, 10.0 * of) for of in (1, 2, 3) for item in "xy"],
    price_points: [point(of, at, of) for of in (1, 2, 3, 4) for at in (1.0, 2.0 * of)],
    cache_entries: [answer(c, 9.0 - n) for n, c in enumerate(("", "cards", "toys"))],
    item_states: [state(1, "a"), state(2, "a")],
}


@pytest.fixture(params=["sqlite", "postgres"])
def new_copy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewCopy]:
    """Return a function that makes another database with these rows."""
    if request.param == "sqlite":
        template = tmp_path / "template.db"
        create_schema(f"sqlite:///{template}", BEFORE)
        fill(f"sqlite:///{template}", ROWS)
        numbers = iter(range(999))

        def copy() -> str:
            place = tmp_path / f"{next(numbers)}.db"
            shutil.copy(template, place)
            return f"sqlite:///{place}"

        yield copy
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    made = [cluster.create()]
    create_schema(cluster.url(made[0]), BEFORE)
    fill(cluster.url(made[0]), ROWS)

    def create() -> str:
        made.append(cluster.create(made[0]))
        return cluster.url(made[-1])

    yield create
    for name in made:
        cluster.drop(name)


def test_merging_can_be_killed_at_any_statement(new_copy: NewCopy) -> None:
    upgrade_schema(whole := new_copy())
    expected, killed = content(whole), 0
    for step in steps(few=False):
        url = new_copy()
        ended = dying_at(step, url)
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        killed += 1
        assert revision_at(url) == BEFORE
        upgrade_schema(url)
        assert content(url) == expected
    assert killed > 20


@pytest.mark.parametrize("new_copy", ["postgres"], indirect=True)
def test_merging_can_lose_its_server_process_at_any_statement(
    new_copy: NewCopy, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_schema(whole := new_copy())
    expected, left, killed = content(whole), 0, 0

    def counted(url: str) -> Any:
        engine = open_engine(url)

        @event.listens_for(engine, "before_cursor_execute")
        def _(_conn: object, cursor: Any, *_rest: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                cluster.execute(f"SELECT pg_terminate_backend({cursor.connection.info.backend_pid}, 5000)")

        return engine

    for step in steps(few=False):
        url, left = new_copy(), step
        monkeypatch.setattr(migrate, "open_engine", counted)
        try:
            upgrade_schema(url)
        except WatcherError:
            killed += 1
        monkeypatch.setattr(migrate, "open_engine", open_engine)
        if left > 0:
            break
        assert revision_at(url) == BEFORE
        upgrade_schema(url)
        assert revision_at(url) == HEAD
        assert content(url) == expected
    assert killed > 20
