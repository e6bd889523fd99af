"""The same machine with Postgres: the server restarts, stops or starts late; upgrades and rollbacks."""

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
    add_migration,
    boot_machine,
    break_program,
    count_restarts,
    is_active,
    main_pid,
    read_schema,
    restore_program,
    serve_market,
    set_version,
    slack_messages,
    wait_for_polls,
    write_config,
    write_secret,
    write_secrets,
)

pytestmark = ON_A_MACHINE
PASSWORD = "not a real one"


@pytest.fixture(scope="module")
def bare() -> Iterator[Machine]:
    """A machine with a Postgres server; the tests of this file run on it one after another."""
    with boot_machine(postgres=True) as machine:
        machine.until("the server answers", lambda: run_sql(machine, "SELECT 1").returncode == 0)
        yield machine


@pytest.fixture(scope="module")
def market(bare: Machine) -> Iterator[str]:
    made = bare.run("make", "-C", "watcher", "install", "WITH=postgres", **OFFLINE)
    assert "does not run yet" in made.stdout
    with serve_market(bare) as url:
        yield url


@pytest.fixture(scope="module")
def machine(bare: Machine, market: str) -> Machine:
    """The machine set up as described in docs/postgres.md."""
    as_postgres = ("runuser", "-u", "postgres", "--")
    bare.run(*as_postgres, "createuser", "watcher")
    run_sql(bare, f"ALTER ROLE watcher PASSWORD '{PASSWORD}'")
    create_database(bare, "watcher")
    write_config(bare, market)
    write_secrets(bare, market)
    write_secret(bare, "database/url", database_url("watcher"))
    bare.run("watcher", "db", "upgrade")
    bare.run("watcher", "watch", "add", "nintendo switch oled", "--category", "gaming", "--below", "1000")
    bare.run("systemctl", "start", "watcher")
    return bare


def create_database(machine: Machine, name: str) -> None:
    machine.run(
        *("runuser", "-u", "postgres", "--", "createdb", "--owner", "watcher"),
        *("--encoding", "UTF8", "--template", "template0", name),
    )


def database_url(name: str) -> str:
    return f"postgresql://watcher:{PASSWORD.replace(' ', '%20')}@localhost/{name}"


def run_sql(machine: Machine, statement: str) -> subprocess.CompletedProcess[str]:
    words = ("runuser", "-u", "postgres", "--", "psql", "-AtXc", statement, "postgres")
    return machine.run(*words, check=False)


@contextmanager
def connect_as_another_daemon(machine: Machine) -> Iterator[None]:
    """Open a connection that the server takes for another machine's daemon."""
    words = ("psql", "-Xc", "SELECT pg_sleep(600)", database_url("watcher"))
    with subprocess.Popen(machine.command(*words, PGAPPNAME="watcher 7@web2")) as child:
        try:
            machine.until(
                "it is connected", lambda: "7@web2" in machine.run("watcher", "db", "status").stdout
            )
            yield
        finally:
            others = "FROM pg_stat_activity WHERE application_name ~ '@web2'"
            run_sql(machine, f"SELECT pg_terminate_backend(pid) {others}")
            child.wait(20)


def current_release(machine: Machine) -> Path:
    return (machine.root / "opt/watcher/current").readlink()


def test_the_installed_unit_is_active_polls_and_posts_to_slack(machine: Machine) -> None:
    machine.until("the daemon is active", lambda: is_active(machine))
    machine.until("a price alert has reached Slack", lambda: "watches" in slack_messages(machine))
    assert not (machine.root / "var/lib/private/watcher/watcher.db").exists()
    assert PASSWORD not in machine.journal()


def test_a_local_server_needs_no_password(machine: Machine) -> None:
    write_secret(machine, "database/url", "postgresql:///watcher?host=/var/run/postgresql")
    try:
        machine.run("systemctl", "restart", "watcher")
        wait_for_polls(machine)
        assert len(json.loads(machine.run("watcher", "db", "status", "--json").stdout)["clients"]) == 1
    finally:
        write_secret(machine, "database/url", database_url("watcher"))
        machine.run("systemctl", "restart", "watcher")


def test_the_daemon_survives_a_restart_of_the_server(machine: Machine) -> None:
    before, had = main_pid(machine), count_restarts(machine)
    machine.run("systemctl", "restart", "postgresql")
    wait_for_polls(machine)
    assert (main_pid(machine), count_restarts(machine)) == (before, had)


def test_the_daemon_waits_for_a_server_that_stops_for_half_a_minute(machine: Machine) -> None:
    before, had = main_pid(machine), count_restarts(machine)
    machine.run("systemctl", "stop", "postgresql")
    time.sleep(30)  # the machine runs in real time
    machine.run("systemctl", "start", "postgresql")
    wait_for_polls(machine)
    assert (main_pid(machine), count_restarts(machine)) == (before, had)


def test_the_daemon_waits_for_a_server_that_starts_later(machine: Machine) -> None:
    machine.run("systemctl", "stop", "postgresql")
    machine.run("systemctl", "restart", "watcher")
    before, had = main_pid(machine), count_restarts(machine)
    machine.until("it waits", lambda: "waiting for the database" in machine.journal())
    assert is_active(machine)
    machine.run("systemctl", "start", "postgresql")
    wait_for_polls(machine)
    assert (main_pid(machine), count_restarts(machine)) == (before, had)


def test_the_nightly_backup_is_a_checked_copy(machine: Machine) -> None:
    machine.run("systemctl", "start", "watcher-backup.service")
    assert len(list((machine.root / "var/lib/private/watcher/backups").glob("watcher-*.db"))) == 1
    assert "checked." in machine.journal("watcher-backup")


def test_an_upgrade_without_a_new_schema_works_beside_other_daemons(
    machine: Machine,
) -> None:
    set_version(machine, "99.0.0")
    with connect_as_another_daemon(machine):
        made = machine.run("make", "-C", "watcher", "upgrade", **OFFLINE)
    assert "99.0.0" in made.stdout
    assert is_active(machine)
    wait_for_polls(machine)


def test_a_new_schema_is_refused_while_other_daemons_run(machine: Machine) -> None:
    before, had = main_pid(machine), read_schema(machine)
    set_version(machine, "100.0.0")
    add_migration(machine, "never")
    break_program(machine, "raise SystemExit(3)")
    with connect_as_another_daemon(machine):
        made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert made.returncode != 0
    assert "other daemons are on the database, and its schema changes: 7@web2" in made.stderr
    assert "nothing was changed" in made.stderr
    assert (main_pid(machine), is_active(machine), read_schema(machine)) == (before, True, had)


def test_an_upgrade_that_does_not_get_ready_is_rolled_back(machine: Machine) -> None:
    running, had = current_release(machine), read_schema(machine)
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert made.returncode != 0
    assert f"Took the database back from schema never to {had}" in made.stdout
    assert "the upgrade failed; the previous release runs again, with its database" in made.stderr
    assert (current_release(machine), read_schema(machine), is_active(machine)) == (running, had, True)
    wait_for_polls(machine)
    assert "99.0.0" in machine.run("watcher", "--version").stdout


def test_an_interrupted_upgrade_is_rolled_back(machine: Machine) -> None:
    """SIGINT arrives while the new release starts, after its migration."""
    running, had = current_release(machine), read_schema(machine)
    restore_program(machine)
    add_migration(machine, "never")
    break_program(machine, "import asyncio; await asyncio.sleep(3600)")
    with subprocess.Popen(
        machine.command("make", "-C", "watcher", "upgrade", **OFFLINE),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        machine.until("it starts", lambda: machine.property("ActiveState") == "activating", 300)
        assert read_schema(machine) == "never"
        os.killpg(child.pid, signal.SIGINT)
        output = child.communicate(timeout=120)[1]
    assert "stopped in the middle" in output
    assert "the upgrade failed; the previous release runs again, with its database" in output
    assert (current_release(machine), read_schema(machine), is_active(machine)) == (running, had, True)
    wait_for_polls(machine)


def test_the_advice_after_a_migration_that_cannot_be_undone_works(machine: Machine) -> None:
    running = current_release(machine)
    restore_program(machine)
    add_migration(machine, "oneway", "raise RuntimeError")
    break_program(machine, "raise SystemExit(3)")
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert (
        "the previous release is back, but the database could not be taken back to its schema" in made.stderr
    )
    assert current_release(machine) == running
    backup = max((machine.root / "var/lib/private/watcher/backups").glob("before-*.db")).name
    assert f"watcher db restore /var/lib/watcher/backups/{backup}" in made.stderr
    create_database(machine, "another")
    write_secret(machine, "database/url", database_url("another"))
    machine.run("watcher", "db", "restore", f"/var/lib/watcher/backups/{backup}")
    machine.run("systemctl", "restart", "watcher")
    assert is_active(machine)
    wait_for_polls(machine)
