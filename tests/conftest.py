"""Fixtures: real databases, and registering, polling and recording over them."""

from __future__ import annotations

import gc
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from tests import postgres
from tests.compiled import share_compiled_statements
from tests.fakes import FakeClock
from tests.new_databases import copy_new_databases, migrated
from tests.postgres import Cluster, NoPostgres
from tests.precompiled import compile_changed
from tests.scratch import keep_files_in_memory
from tests.trips import Trip, trip_over
from watcher.adapters.host.logs import QUIET_LIBRARIES
from watcher.core.times import DAY, Seconds
from watcher.db import migrate, revisions, schema
from watcher.db.housekeeping import RetentionPeriods
from watcher.db.migrate import upgrade_schema
from watcher.db.stores import Stores

# Some machines forbid bytecode. Each process that a test starts would then compile the whole program, which
# doubles the time of its start. xdist's workers inherit this.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Collection builds objects that stay; collecting garbage meanwhile would take a tenth of its time.
gc.disable()

keep_files_in_memory()

# In UTC a mistake with local times is not noticed. `make test-zones` runs the suite in other zones.
os.environ.setdefault("TZ", "America/St_Johns")
time.tzset()

# No deadlines: the time of an example depends on the machine. `make test-slow` runs every property with many.
_PATIENT: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("few", max_examples=40, **_PATIENT)
settings.register_profile("many", max_examples=400, **_PATIENT)
settings.load_profile("few")

share_compiled_statements()
copy_new_databases()

# httpx looks for this module at each request to an app, in every directory of the path: half a millisecond.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]


# The longest files start first, so that no worker is left with one at the end.
FIRST = (
    "test_lifecycle.py",
    "test_incident_stories.py",
    "test_schemathesis.py",
    "test_access_table.py",
    "test_hostile_inputs.py",
    "test_transfer_rows.py",
    "test_demo_past.py",
    "test_crash.py",
    "test_nth_failure.py",
    "test_web_daemon.py",
    "test_fault_table.py",
    "test_process.py",
    "test_downgrade.py",
    "test_web_parameters.py",
    "test_one_door.py",
    "test_simulated_day.py",
    "test_web_errors.py",
)


# Tests that run on Postgres in the default suite, too, besides most of those in `db`.
ON_POSTGRES = {
    "test_trip.py": (
        "test_an_item_alerts_again_only_5_percent_lower",
        "test_a_drop_alerts_once_and_rearms_3_percent_above_its_threshold",
        "test_a_removed_watch_keeps_its_receipts_and_its_search_ends",
    ),
    "test_sharing.py": ("test_watches_that_differ_in_one_filter_get_different_alerts",),
    "test_rule_histories.py": ("test_low_does_not_see_the_history_of_others",),
    "test_restored_billing.py": ("test_a_first_payment_after_the_backup_is_found_again",),
    "test_retention.py": ("test_a_row_goes_when_it_is_past_its_age_and_not_before",),
    "test_message_rows.py": (
        "test_the_messages_about_one_incident_go_in_order",
        "test_the_longest_due_destinations_are_served_first",
        "test_a_dead_letter_keeps_its_error_and_its_attempts",
        "test_resending_takes_the_newest_dead_letter_of_each_destination",
    ),
    "test_watch_rows.py": ("test_the_most_overdue_searches_are_claimed_first",),
    "test_history_rows.py": ("test_past_listings_have_a_price_and_exclude_auctions",),
    "test_incident_rows.py": ("test_ending_a_silence_delivers_what_it_held_back",),
    "test_web_watches.py": ("test_a_watch_is_created_changed_and_removed",),
    "test_quick_comps.py": ("test_a_token_revoked_elsewhere_is_refused_within_its_second",),
    "test_repeated_requests.py": ("test_another_daemon_repeats_the_answer",),
    "test_paging.py": ("test_a_page_counts_the_watches_of_its_user_and_tag_alone",),
    "test_comps_cache.py": ("test_max_stale_counts_from_the_expiry",),
    "test_twins.py": ("test_merging_many_searches_follows_the_rules",),
    "test_dispatcher.py": (
        "test_a_destination_gets_one_message_a_second_in_order",
        "test_destinations_are_served_concurrently",
        "test_messages_about_an_incident_share_a_thread",
    ),
}


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "slow":
        settings.load_profile("many")
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        compile_changed(config)


@pytest.hookimpl(tryfirst=True)  # before the slow tests are deselected
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if config.option.markexpr == "slow" and is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.slow)
        if isinstance(item, pytest.Function) and item.originalname in ON_POSTGRES.get(item.path.name, ()):
            item.own_markers = [mark for mark in item.own_markers if mark.name != "slow"]
    order = {name: position for position, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path.name, len(FIRST)))


def pytest_collection_finish() -> None:
    """Exclude what is loaded by now from garbage collection, and collect less often.

    Collections would take a seventh of the CPU time, and with Python's thresholds still a twelfth.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated, empty SQLite file to copy, because a migration per test would take 0.5 s."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, empty_database: Path) -> str:
    path = tmp_path / "watcher.db"
    path.write_bytes(empty_database.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Yield a Postgres server that is fast because nothing is durable."""
    try:
        with postgres.cluster() as made:
            yield made
    except NoPostgres as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def postgres_template(cluster: Cluster) -> str:
    """Return a migrated, empty Postgres database to copy."""
    name = cluster.create()
    upgrade_schema(cluster.url(name))
    return name


@pytest.fixture
def postgres_url(cluster: Cluster, postgres_template: str) -> Iterator[str]:
    name = cluster.lend(postgres_template)
    yield cluster.url(name)
    cluster.take_back(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return a database with our schema: SQLite and, with `make test-slow PART=postgres`, also Postgres."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


_MONTH = Seconds(30 * DAY)
AGES = RetentionPeriods(_MONTH, Seconds(365 * DAY), _MONTH)


@pytest.fixture
def stores(database_url: str) -> Iterator[Stores]:
    opened = Stores.opened(database_url, AGES)
    yield opened
    opened.close()


@pytest.fixture
def restored_log() -> Iterator[None]:
    """Restore the process's logging configuration after the test."""
    root = logging.getLogger()
    level, before = root.level, list(root.handlers)
    quiet = {name: logging.getLogger(name).level for name in QUIET_LIBRARIES}
    yield
    logging.captureWarnings(False)
    root.setLevel(level)
    for handler in [h for h in root.handlers if h not in before]:
        root.removeHandler(handler)
    for name, was in quiet.items():
        logging.getLogger(name).setLevel(was)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def trip(stores: Stores, clock: FakeClock) -> Trip:
    return trip_over(stores, clock)


MIGRATIONS = Path(migrate.__file__).resolve().parents[2] / "migrations"
NEXT = '''"""The next schema."""

from alembic import op

revision = "next"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade():
    op.execute("CREATE TABLE notes (id INTEGER)")
    {then}


def downgrade():
    {back}
'''


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Add a schema version to the program; `then` is the last statement of its migration."""

    def publish(then: str = "pass", back: str = "pass") -> None:
        home = tmp_path / "program"
        versions = home / "migrations" / "versions"
        versions.mkdir(parents=True)
        for file in MIGRATIONS.rglob("*.py"):
            (home / "migrations" / file.relative_to(MIGRATIONS)).write_text(file.read_text())
        (versions / "next.py").write_text(NEXT.format(head=schema.HEAD, then=then, back=back))
        monkeypatch.setattr(revisions, "_PACKAGE", home / "watcher")
        for module in (migrate, schema):
            monkeypatch.setattr(module, "HEAD", "next")

    return publish
