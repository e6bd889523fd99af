"""The same machine with a Postgres on it: restarted, away, late; upgraded, and back again by itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.systemd.machine import (
    OFFLINE,
    ON_A_MACHINE,
    Machine,
    active,
    booted,
    broken,
    configure,
    goes_on,
    later,
    mended,
    newer_schema,
    pid,
    restarts,
    schema,
    secret,
    secrets,
    served,
    told,
)

pytestmark = ON_A_MACHINE
PASSWORD = "not a real one"


@pytest.fixture(scope="module")
def bare() -> Iterator[Machine]:
    """A machine with a server; the tests of this file follow one another on it."""
    with booted(postgres=True) as machine:
        machine.until("the server answers", lambda: sql(machine, "SELECT 1").returncode == 0)
        yield machine


@pytest.fixture(scope="module")
def market(bare: Machine) -> Iterator[str]:
    made = bare.run("make", "-C", "watcher", "install", "WITH=postgres", **OFFLINE)
    assert "does not run yet" in made.stdout
    with served(bare) as url:
        yield url


@pytest.fixture(scope="module")
def machine(bare: Machine, market: str) -> Machine:
    """The machine as docs/postgres.md says."""
    as_postgres = ("runuser", "-u", "postgres", "--")
    bare.run(*as_postgres, "createuser", "watcher")
    sql(bare, f"ALTER ROLE watcher PASSWORD '{PASSWORD}'")
    database(bare, "watcher")
    configure(bare, market)
    secrets(bare, market)
    secret(bare, "database/url", address("watcher"))
    bare.run("watcher", "db", "upgrade")
    bare.run("watcher", "watch", "add", "nintendo switch oled", "--category", "gaming", "--below", "1000")
    bare.run("systemctl", "start", "watcher")
    return bare


def database(machine: Machine, name: str) -> None:
    machine.run(
        *("runuser", "-u", "postgres", "--", "createdb", "--owner", "watcher"),
        *("--encoding", "UTF8", "--template", "template0", name),
    )


def address(name: str) -> str:
    return f"postgresql://watcher:{PASSWORD.replace(' ', '%20')}@localhost/{name}"


def sql(machine: Machine, statement: str) -> subprocess.CompletedProcess[str]:
    words = ("runuser", "-u", "postgres", "--", "psql", "-AtXc", statement, "postgres")
    return machine.run(*words, check=False)


@contextmanager
def a_daemon_elsewhere(machine: Machine) -> Iterator[None]:
    """Another machine's daemon, as far as the server can tell."""
    words = ("psql", "-Xc", "SELECT pg_sleep(600)", address("watcher"))
    with subprocess.Popen(machine.command(*words, PGAPPNAME="watcher 7@web2")) as child:
        try:
            machine.until("it is there", lambda: "7@web2" in machine.run("watcher", "db", "status").stdout)
            yield
        finally:
            others = "FROM pg_stat_activity WHERE application_name ~ '@web2'"
            sql(machine, f"SELECT pg_terminate_backend(pid) {others}")
            child.wait(20)


def current(machine: Machine) -> Path:
    return (machine.root / "opt/watcher/current").readlink()


def test_the_installed_unit_is_active_polls_the_market_and_posts_to_slack(machine: Machine) -> None:
    machine.until("the daemon is active", lambda: active(machine))
    machine.until("a price alert has reached Slack", lambda: "watches" in told(machine))
    assert not (machine.root / "var/lib/private/watcher/watcher.db").exists()
    assert PASSWORD not in machine.journal()


def test_on_the_servers_own_machine_no_password_is_needed(machine: Machine) -> None:
    secret(machine, "database/url", "postgresql:///watcher?host=/var/run/postgresql")
    try:
        machine.run("systemctl", "restart", "watcher")
        goes_on(machine)
        assert len(json.loads(machine.run("watcher", "db", "status", "--json").stdout)["clients"]) == 1
    finally:
        secret(machine, "database/url", address("watcher"))
        machine.run("systemctl", "restart", "watcher")


def test_a_restart_of_the_server_is_survived(machine: Machine) -> None:
    before, had = pid(machine), restarts(machine)
    machine.run("systemctl", "restart", "postgresql")
    goes_on(machine)
    assert (pid(machine), restarts(machine)) == (before, had)


def test_a_server_that_is_away_for_half_a_minute_is_waited_for(machine: Machine) -> None:
    before, had = pid(machine), restarts(machine)
    machine.run("systemctl", "stop", "postgresql")
    time.sleep(30)  # the machine has a clock of its own
    machine.run("systemctl", "start", "postgresql")
    goes_on(machine)
    assert (pid(machine), restarts(machine)) == (before, had)


def test_a_server_that_starts_after_the_daemon_is_waited_for(machine: Machine) -> None:
    machine.run("systemctl", "stop", "postgresql")
    machine.run("systemctl", "restart", "watcher")
    before, had = pid(machine), restarts(machine)
    machine.until("it waits", lambda: "waiting for the database" in machine.journal())
    assert active(machine)
    machine.run("systemctl", "start", "postgresql")
    goes_on(machine)
    assert (pid(machine), restarts(machine)) == (before, had)


def test_the_nightly_backup_is_a_checked_copy(machine: Machine) -> None:
    machine.run("systemctl", "start", "watcher-backup.service")
    assert len(list((machine.root / "var/lib/private/watcher/backups").glob("watcher-*.db"))) == 1
    assert "checked." in machine.journal("watcher-backup")


def test_an_upgrade_keeps_the_driver_and_minds_no_daemon_elsewhere_at_the_same_schema(
    machine: Machine,
) -> None:
    later(machine, "99.0.0")
    with a_daemon_elsewhere(machine):
        made = machine.run("make", "-C", "watcher", "upgrade", **OFFLINE)
    assert "99.0.0" in made.stdout
    assert active(machine)
    goes_on(machine)


def test_a_new_schema_is_refused_while_a_daemon_works_elsewhere(machine: Machine) -> None:
    before, had = pid(machine), schema(machine)
    later(machine, "100.0.0")
    newer_schema(machine, "never")
    broken(machine, "raise SystemExit(3)")
    with a_daemon_elsewhere(machine):
        made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert made.returncode != 0
    assert "other daemons are on the database, and its schema changes: 7@web2" in made.stderr
    assert "nothing was changed" in made.stderr
    assert (pid(machine), active(machine), schema(machine)) == (before, True, had)


def test_an_upgrade_that_does_not_get_ready_goes_back_by_itself(machine: Machine) -> None:
    running, had = current(machine), schema(machine)
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert made.returncode != 0
    assert f"Took the database back from schema never to {had}" in made.stdout
    assert "the upgrade failed; the release before runs again, with its database" in made.stderr
    assert (current(machine), schema(machine), active(machine)) == (running, had, True)
    goes_on(machine)
    assert "99.0.0" in machine.run("watcher", "--version").stdout


def test_an_upgrade_that_is_broken_off_goes_back_by_itself(machine: Machine) -> None:
    """^C while the new release starts, its schema in place."""
    running, had = current(machine), schema(machine)
    mended(machine)
    newer_schema(machine, "never")
    broken(machine, "import asyncio; await asyncio.sleep(3600)")
    with subprocess.Popen(
        machine.command("make", "-C", "watcher", "upgrade", **OFFLINE),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        machine.until("it starts", lambda: machine.property("ActiveState") == "activating", 300)
        assert schema(machine) == "never"
        os.killpg(child.pid, signal.SIGINT)
        said = child.communicate(timeout=120)[1]
    assert "stopped in the middle" in said
    assert "the upgrade failed; the release before runs again, with its database" in said
    assert (current(machine), schema(machine), active(machine)) == (running, had, True)
    goes_on(machine)


def test_where_there_is_no_way_back_it_is_said_what_to_do_and_that_works(machine: Machine) -> None:
    running = current(machine)
    mended(machine)
    newer_schema(machine, "oneway", "raise RuntimeError")
    broken(machine, "raise SystemExit(3)")
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert "the release before is back, and the database could not be taken back to its schema" in made.stderr
    assert current(machine) == running
    backup = max((machine.root / "var/lib/private/watcher/backups").glob("before-*.db")).name
    assert f"watcher db restore /var/lib/watcher/backups/{backup}" in made.stderr
    database(machine, "another")
    secret(machine, "database/url", address("another"))
    machine.run("watcher", "db", "restore", f"/var/lib/watcher/backups/{backup}")
    machine.run("systemctl", "restart", "watcher")
    assert active(machine)
    goes_on(machine)
