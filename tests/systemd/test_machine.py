"""An administrator's year: installed, broken, upgraded, rolled back and taken off, under a real systemd."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.systemd.machine import (
    OFFLINE,
    ON_A_MACHINE,
    PYTHON,
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
    polls,
    release,
    restarts,
    schema,
    secrets,
    served,
    told,
)
from watcher.demo.oauth import CLIENT_SECRET

pytestmark = ON_A_MACHINE


@pytest.fixture(scope="module")
def bare() -> Iterator[Machine]:
    """A machine on which nothing is installed yet; the tests of this file follow one another on it."""
    with booted() as machine:
        yield machine


@pytest.fixture(scope="module")
def market(bare: Machine) -> Iterator[str]:
    """The simulated eBay and Slack on the machine, from the release that was installed."""
    # As somebody does whose files nobody else may read.
    made = bare.run("sh", "-c", "umask 077; make -C watcher install", **OFFLINE)
    assert "does not run yet" in made.stdout
    with served(bare) as url:
        yield url


@pytest.fixture(scope="module")
def machine(bare: Machine, market: str) -> Machine:
    """The machine with the daemon installed, configured and started as README says."""
    etc = bare.root / "etc" / "watcher"
    assert (etc / "credentials").stat().st_mode & 0o777 == 0o700
    configure(bare, market)
    secrets(bare, market)
    bare.run("watcher", "watch", "add", "nintendo switch oled", "--category", "gaming", "--below", "1000")
    bare.run("systemctl", "start", "watcher")
    return bare


def test_a_disk_that_is_full_leaves_nothing_installed(bare: Machine) -> None:
    (bare.root / "opt/watcher").mkdir()
    bare.run("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", "/opt/watcher")
    made = bare.run("make", "-C", "watcher", "install", check=False, **OFFLINE)
    assert "No space left on device" in made.stderr
    assert "the new release could not be built; nothing was changed" in made.stderr
    assert bare.run("find", "/opt/watcher", "/etc/watcher", check=False).stdout.split() == [
        *("/opt/watcher", "/opt/watcher/releases"),
    ]
    bare.run("umount", "/opt/watcher")


def test_the_installed_unit_is_active_polls_the_market_and_posts_to_slack(machine: Machine) -> None:
    machine.until("the daemon is active", lambda: active(machine))
    machine.until("a price alert has reached Slack", lambda: "watches" in told(machine))
    status = json.loads(machine.run("watcher", "status", "--json").stdout)
    assert status["watches"]["active"] == 1
    assert "active (running)" in machine.run("systemctl", "status", "watcher").stdout


def test_the_units_are_sound_and_the_sandbox_is_tight(machine: Machine) -> None:
    for unit in ("watcher.service", "watcher-backup.service", "watcher-backup.timer"):
        verified = machine.run("systemd-analyze", "verify", unit)
        assert (verified.stdout, verified.stderr) == ("", "")
    for unit in ("watcher.service", "watcher-backup.service"):
        file = f"/etc/systemd/system/{unit}"
        machine.run("systemd-analyze", "security", "--offline=true", "--threshold=15", file)


def test_nobody_but_the_service_reads_its_secrets_and_its_state(machine: Machine) -> None:
    owner, mode = machine.run("stat", "-c", "%u %a", "/var/lib/private/watcher").stdout.split()
    assert 61184 <= int(owner) <= 65519  # the range of systemd's dynamic users
    assert mode == "700"
    outsider = machine.run(
        *("systemd-run", "-q", "--pipe", "--wait", "-p", "User=nobody", "--"),
        *("cat", "/etc/watcher/credentials/ebay/client_secret"),
        check=False,
    )
    assert outsider.returncode != 0
    assert CLIENT_SECRET not in machine.journal()


def test_a_killed_daemon_is_back_and_goes_on(machine: Machine) -> None:
    before, had = pid(machine), restarts(machine)
    machine.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "watcher")
    machine.until("it was started again", lambda: restarts(machine) > had and active(machine), 30)
    assert pid(machine) != before
    goes_on(machine)


def test_a_blocked_event_loop_is_ended_by_the_watchdog_and_started_anew(machine: Machine) -> None:
    """The daemon of the unit itself, blocked by a signal that this test teaches it."""
    drop_in = machine.root / "etc/systemd/system/watcher.service.d/blocked.conf"
    drop_in.parent.mkdir()
    taught = (
        "import signal, sys, time; "
        "signal.signal(signal.SIGUSR1, lambda *_: time.sleep(3600)); "
        "sys.argv = ['watcher', '--config', '/etc/watcher/config.toml', 'run']; "
        "from watcher.__main__ import main; sys.exit(main())"
    )
    drop_in.write_text(
        f'[Service]\nWatchdogSec=6\nTimeoutAbortSec=2\nExecStart=\nExecStart={PYTHON} -c "{taught}"\n'
    )
    try:
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "restart", "watcher")
        seen, had = polls(machine), restarts(machine)
        machine.until("it polls", lambda: polls(machine) > seen)
        machine.run("systemctl", "kill", "--signal=USR1", "--kill-whom=main", "watcher")
        machine.until("the watchdog ended it", lambda: "Watchdog timeout" in machine.journal(), 30)
        machine.until("it was started again", lambda: restarts(machine) > had and active(machine), 40)
        goes_on(machine)
    finally:
        drop_in.unlink()
        drop_in.parent.rmdir()
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "restart", "watcher")


def test_a_refused_configuration_at_a_reload_changes_nothing(machine: Machine, market: str) -> None:
    before = pid(machine)
    configure(machine, market, "[polling.nonsense]\nx = 1")
    machine.run("systemctl", "reload", "watcher")
    machine.until("it says so", lambda: "the new configuration is refused" in machine.journal())
    seen = polls(machine)
    machine.until("it polls as before", lambda: polls(machine) > seen)
    assert (pid(machine), active(machine)) == (before, True)
    configure(machine, market, '[log]\nlevel = "info"')
    machine.run("systemctl", "reload", "watcher")
    machine.until("the good one is taken", lambda: "reloading" in machine.journal())
    assert pid(machine) == before


def test_the_nightly_backup_is_a_checked_copy_and_few_are_kept(machine: Machine) -> None:
    assert machine.property("ActiveState", "watcher-backup.timer") == "active"
    machine.run("systemctl", "start", "watcher-backup.service")
    backups = list((machine.root / "var/lib/private/watcher/backups").glob("watcher-*.db"))
    assert len(backups) == 1
    assert "checked." in machine.journal("watcher-backup")


def test_stopping_takes_less_than_five_seconds(machine: Machine) -> None:
    machine.run("timeout", "5", "systemctl", "stop", "watcher")
    assert machine.property("Result") == "success"
    machine.run("systemctl", "start", "watcher")


def test_an_upgrade_keeps_what_there_was_and_runs_the_new_release(machine: Machine) -> None:
    """What an administrator has changed stays, also a unit that was edited in place."""
    units = machine.root / "etc/systemd/system"
    drop_in = units / "watcher.service.d" / "override.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nMemoryMax=600M\n")
    timer = units / "watcher-backup.timer"
    timer.write_text(timer.read_text().replace("03:30:00", "04:45:00"))
    config = (machine.root / "etc/watcher/config.toml").read_text()
    (machine.root / "etc/watcher/credentials/stripe").rmdir()  # as before a release that had none of it
    later(machine, "99.0.0")
    made = machine.run("make", "-C", "watcher", "upgrade", **OFFLINE)
    assert "99.0.0" in made.stdout
    assert active(machine)
    assert len(json.loads(machine.run("watcher", "watch", "list", "--json").stdout)["watches"]) == 1
    assert list((machine.root / "var/lib/private/watcher/backups").glob("before-*.db"))
    assert (machine.root / "etc/watcher/config.toml").read_text() == config
    assert machine.property("MemoryMax") == str(600 * 2**20)
    assert "04:45:00" in timer.read_text()
    assert "watcher-backup.timer was edited and stays as it is" in made.stderr


def test_an_upgrade_that_does_not_get_ready_goes_back_by_itself(machine: Machine) -> None:
    """Its schema is newer and its daemon does not start: both the program and the database go back."""
    had = schema(machine)
    later(machine, "100.0.0")
    newer_schema(machine, "never")
    broken(machine, "raise SystemExit(3)")
    running = (machine.root / "opt/watcher/current").readlink()
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert made.returncode != 0
    assert f"Took the database back from schema never to {had}" in made.stdout
    assert "the upgrade failed; the release before runs again" in made.stderr
    assert (machine.root / "opt/watcher/current").readlink() == running
    assert active(machine)
    goes_on(machine)
    assert schema(machine) == had
    assert "99.0.0" in machine.run("watcher", "--version").stdout
    assert len(json.loads(machine.run("watcher", "watch", "list", "--json").stdout)["watches"]) == 1


def test_where_there_is_no_way_back_the_backup_is_restored(machine: Machine) -> None:
    had = schema(machine)
    newer_schema(machine, "oneway", "raise RuntimeError")
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert "Restored /var/lib/watcher/backups/before-" in made.stdout
    assert "the upgrade failed; the release before runs again, with its database" in made.stderr
    assert (schema(machine), active(machine)) == (had, True)
    goes_on(machine)


def test_a_stopped_daemon_is_stopped_again_where_its_upgrade_failed(machine: Machine) -> None:
    machine.run("systemctl", "stop", "watcher")
    had = schema(machine)
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert "the release before is back, and stopped as it was" in made.stderr
    assert (schema(machine), active(machine)) == (had, False)
    machine.run("systemctl", "start", "watcher")


def test_an_upgrade_whose_terminal_is_lost_goes_back_and_tells_the_journal(machine: Machine) -> None:
    running, had = (machine.root / "opt/watcher/current").readlink(), schema(machine)
    mended(machine)
    newer_schema(machine, "never")
    broken(machine, "import asyncio; await asyncio.sleep(3600)")
    with subprocess.Popen(
        machine.command("make", "-C", "watcher", "upgrade", **OFFLINE),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as child:
        machine.until("it starts", lambda: machine.property("ActiveState") == "activating", 300)
        assert child.stdout
        child.stdout.close()
        os.killpg(child.pid, signal.SIGHUP)

    def said() -> str:
        return machine.run("journalctl", "-t", "watcher", "-o", "cat", "--no-pager").stdout

    machine.until("it went back", lambda: "the release before runs again, with its database" in said())
    assert ((machine.root / "opt/watcher/current").readlink(), schema(machine)) == (running, had)
    goes_on(machine)


def test_a_release_that_cannot_be_built_touches_nothing(machine: Machine) -> None:
    before, had = pid(machine), releases(machine)
    release(machine, "requirements/run.txt", "==", "==999.")
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert "the new release could not be built; nothing was changed" in made.stderr
    assert (pid(machine), active(machine), releases(machine)) == (before, True, had)


def test_a_build_that_is_broken_off_leaves_nothing(machine: Machine) -> None:
    """What a machine that lost power left is cleared away by the next one, too."""
    before, had = pid(machine), releases(machine)
    half = machine.root / "opt/watcher/releases/20260101T000000Z"
    half.mkdir()
    half.with_name(half.name + ".partial").touch()
    with subprocess.Popen(
        machine.command("make", "-C", "watcher", "upgrade", **OFFLINE),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        machine.until("it builds", lambda: bool(releases(machine) - had) and not half.exists())
        os.killpg(child.pid, signal.SIGINT)
        told = child.communicate(timeout=120)[1]
    assert "stopped in the middle" in told
    assert "nothing was changed" in told
    assert (pid(machine), active(machine), releases(machine)) == (before, True, had)


def test_a_configuration_that_the_new_release_refuses_stops_nothing(machine: Machine, market: str) -> None:
    release(machine, "requirements/run.txt", "==999.", "==")
    before, had = pid(machine), releases(machine)
    configure(machine, market, "[polling.nonsense]\nx = 1")
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert "polling.nonsense" in made.stderr
    assert "nothing was changed" in made.stderr
    assert (pid(machine), active(machine), releases(machine)) == (before, True, had)


def releases(machine: Machine) -> set[str]:
    return {place.name for place in (machine.root / "opt/watcher/releases").iterdir()}


def test_uninstalled_it_leaves_configuration_and_database(machine: Machine) -> None:
    machine.run("make", "-C", "watcher", "uninstall")
    assert not (machine.root / "opt/watcher").exists()
    assert (machine.root / "etc/watcher/config.toml").exists()
    assert (machine.root / "var/lib/private/watcher/watcher.db").exists()
    machine.run("make", "-C", "watcher", "uninstall", PURGE="yes")
    assert not Path(machine.root / "etc/watcher").exists()
    assert not list((machine.root / "etc/systemd/system").glob("watcher*"))
