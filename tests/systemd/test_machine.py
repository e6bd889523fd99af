"""Install, break, upgrade, roll back and uninstall the daemon under a real systemd."""

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
    add_migration,
    boot_machine,
    break_program,
    count_polls,
    count_restarts,
    edit_release,
    is_active,
    main_pid,
    peak_memory,
    photo_like_the_sample,
    post_json,
    read_schema,
    restore_program,
    serve_market,
    set_version,
    slack_messages,
    wait_for_polls,
    write_config,
    write_secrets,
)
from watcher.demo.oauth import CLIENT_SECRET

pytestmark = ON_A_MACHINE


@pytest.fixture(scope="module")
def bare() -> Iterator[Machine]:
    """A machine without watcher; the tests of this file run on it one after another."""
    with boot_machine() as machine:
        yield machine


@pytest.fixture(scope="module")
def market(bare: Machine) -> Iterator[str]:
    """Install watcher, and run the simulated eBay and Slack on the machine."""
    # With a umask that lets no other user read the files.
    made = bare.run("sh", "-c", "umask 077; make -C watcher install", **OFFLINE)
    assert "does not run yet" in made.stdout
    with serve_market(bare) as url:
        yield url


@pytest.fixture(scope="module")
def machine(bare: Machine, market: str) -> Machine:
    """The machine with the daemon installed, configured and started as described in README."""
    etc = bare.root / "etc" / "watcher"
    assert (etc / "credentials").stat().st_mode & 0o777 == 0o700
    write_config(bare, market)
    write_secrets(bare, market)
    bare.run("watcher", "watch", "add", "nintendo switch oled", "--category", "gaming", "--below", "1000")
    bare.run("systemctl", "start", "watcher")
    return bare


def test_a_full_disk_leaves_nothing_installed(bare: Machine) -> None:
    (bare.root / "opt/watcher").mkdir()
    bare.run("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", "/opt/watcher")
    made = bare.run("make", "-C", "watcher", "install", check=False, **OFFLINE)
    assert "No space left on device" in made.stderr
    assert "the new release could not be built; nothing was changed" in made.stderr
    assert bare.run("find", "/opt/watcher", "/etc/watcher", check=False).stdout.split() == [
        *("/opt/watcher", "/opt/watcher/releases"),
    ]
    bare.run("umount", "/opt/watcher")


def test_the_installed_unit_is_active_polls_and_posts_to_slack(machine: Machine) -> None:
    machine.until("the daemon is active", lambda: is_active(machine))
    machine.until("a price alert has reached Slack", lambda: "watches" in slack_messages(machine))
    status = json.loads(machine.run("watcher", "status", "--json").stdout)
    assert status["watches"]["active"] == 1
    assert "active (running)" in machine.run("systemctl", "status", "watcher").stdout


def test_the_units_are_valid_and_sandboxed(machine: Machine) -> None:
    for unit in ("watcher.service", "watcher-backup.service", "watcher-backup.timer"):
        verified = machine.run("systemd-analyze", "verify", unit)
        assert (verified.stdout, verified.stderr) == ("", "")
    for unit in ("watcher.service", "watcher-backup.service"):
        file = f"/etc/systemd/system/{unit}"
        machine.run("systemd-analyze", "security", "--offline=true", "--threshold=15", file)


# Posts a batch of 20 pictures, one of them with 40 megapixels, and prints what became of each.
_BATCH = """
import base64, io, json, urllib.request
from PIL import Image
import watcher.demo
small = Image.open(watcher.demo.__path__[0] + "/sample.jpg").convert("RGB")
large = small.resize((7300, 5470), Image.Resampling.NEAREST)
def uri(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=60)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
images = [uri(small.rotate(n * 18)) for n in range(19)] + [uri(large)]
body = json.dumps({"images": images}).encode()
request = urllib.request.Request(
    "http://127.0.0.1:8080/api/batch/scanAndAnalyze", body, {"Content-Type": "application/json"}
)
answer = json.load(urllib.request.urlopen(request, timeout=250))
print(json.dumps([result.get("error", {}).get("code", "scanned") for result in answer["results"]]))
"""
# Prints the greatest resident memory of the daemon and of each of its children, in kilobytes.
_PEAKS = """
for process in $MAIN $(cat /proc/$MAIN/task/*/children)
do sed -n 's/VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$process/status
done
"""


def test_a_batch_of_pictures_is_scanned_in_the_sandbox_within_its_memory(machine: Machine) -> None:
    machine.until("the daemon is active", lambda: is_active(machine))
    restarts = count_restarts(machine)
    outcomes = json.loads(machine.run(PYTHON, "-c", _BATCH).stdout)
    assert len(outcomes) == 20
    assert set(outcomes) <= {"scanned", "ITEM_NOT_FOUND"}, "a picture was not decoded"
    peaks = machine.run("sh", "-c", _PEAKS, MAIN=main_pid(machine)).stdout.split()
    assert len(peaks) == 2, "the daemon and its picture worker"
    assert sum(map(int, peaks)) * 1024 < int(machine.property("MemoryHigh")), peaks
    assert "picture worker" not in machine.journal()
    assert (is_active(machine), count_restarts(machine)) == (True, restarts)


def test_only_the_service_can_read_its_secrets_and_state(machine: Machine) -> None:
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


def test_pictures_are_scanned_within_the_memory_of_the_unit(machine: Machine) -> None:
    """One picture, then 20 of 12 megapixels: the worker runs in the sandbox, and nothing is killed."""
    had = count_restarts(machine)
    photos = [photo_like_the_sample(seed) for seed in range(20)]
    one = post_json(machine, "/api/ar-overlay/scan", {"image": photos[0], "price": "60"})
    assert one["verdict"]["buy"] is True, one
    batch = post_json(machine, "/api/batch/scanAndAnalyze", {"images": photos})
    errors = [found["error"]["message"] for found in batch["results"] if "error" in found]
    assert (batch["succeeded"], errors) == (20, [])
    assert peak_memory(machine) < int(machine.property("MemoryMax"))
    assert count_restarts(machine) == had
    assert is_active(machine)


def test_a_killed_daemon_is_restarted_and_polls(machine: Machine) -> None:
    before, had = main_pid(machine), count_restarts(machine)
    machine.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "watcher")
    machine.until("it was started again", lambda: was_restarted(machine, had), 30)
    assert main_pid(machine) != before
    wait_for_polls(machine)


def test_the_watchdog_restarts_a_daemon_with_a_blocked_event_loop(machine: Machine) -> None:
    """The unit's own daemon is blocked by a signal handler that this test installs."""
    drop_in = machine.root / "etc/systemd/system/watcher.service.d/blocked.conf"
    drop_in.parent.mkdir()
    program = (
        "import signal, sys, time; "
        "signal.signal(signal.SIGWINCH, lambda *_: time.sleep(3600)); "
        "sys.argv = ['watcher', '--config', '/etc/watcher/config.toml', 'run']; "
        "from watcher.__main__ import main; sys.exit(main())"
    )
    drop_in.write_text(
        f'[Service]\nWatchdogSec=6\nTimeoutAbortSec=2\nExecStart=\nExecStart={PYTHON} -c "{program}"\n'
    )
    try:
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "restart", "watcher")
        seen, had = count_polls(machine), count_restarts(machine)
        machine.until("it polls", lambda: count_polls(machine) > seen)
        machine.run("systemctl", "kill", "--signal=WINCH", "--kill-whom=main", "watcher")
        machine.until("the watchdog ended it", lambda: "Watchdog timeout" in machine.journal(), 30)
        machine.until(
            "it was started again", lambda: count_restarts(machine) > had and is_active(machine), 40
        )
        wait_for_polls(machine)
    finally:
        drop_in.unlink()
        drop_in.parent.rmdir()
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "restart", "watcher")


def test_a_reload_with_an_invalid_configuration_changes_nothing(machine: Machine, market: str) -> None:
    before = main_pid(machine)
    write_config(machine, market, "[polling.nonsense]\nx = 1")
    machine.run("systemctl", "reload", "watcher")
    machine.until("the refusal is logged", lambda: "the new configuration is refused" in machine.journal())
    seen = count_polls(machine)
    machine.until("it polls as before", lambda: count_polls(machine) > seen)
    assert (main_pid(machine), is_active(machine)) == (before, True)
    write_config(machine, market, '[log]\nlevel = "info"')
    machine.run("systemctl", "reload", "watcher")
    machine.until("the valid one is loaded", lambda: "reloading" in machine.journal())
    assert main_pid(machine) == before


def test_the_nightly_backup_is_a_checked_copy(machine: Machine) -> None:
    assert machine.property("ActiveState", "watcher-backup.timer") == "active"
    machine.run("systemctl", "start", "watcher-backup.service")
    backups = list((machine.root / "var/lib/private/watcher/backups").glob("watcher-*.db"))
    assert len(backups) == 1
    assert "checked." in machine.journal("watcher-backup")


def test_stopping_takes_less_than_five_seconds(machine: Machine) -> None:
    machine.run("timeout", "5", "systemctl", "stop", "watcher")
    assert machine.property("Result") == "success"
    machine.run("systemctl", "start", "watcher")


def test_an_upgrade_keeps_the_data_and_runs_the_new_release(machine: Machine) -> None:
    """Changes of an administrator stay, also a unit that was edited in place."""
    units = machine.root / "etc/systemd/system"
    drop_in = units / "watcher.service.d" / "override.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nMemoryMax=600M\n")
    timer = units / "watcher-backup.timer"
    timer.write_text(timer.read_text().replace("03:30:00", "04:45:00"))
    config = (machine.root / "etc/watcher/config.toml").read_text()
    (machine.root / "etc/watcher/credentials/stripe").rmdir()  # as with an older release without it
    set_version(machine, "99.0.0")
    made = machine.run("make", "-C", "watcher", "upgrade", **OFFLINE)
    assert "99.0.0" in made.stdout
    assert is_active(machine)
    assert len(json.loads(machine.run("watcher", "watch", "list", "--json").stdout)["watches"]) == 1
    assert list((machine.root / "var/lib/private/watcher/backups").glob("before-*.db"))
    assert (machine.root / "etc/watcher/config.toml").read_text() == config
    assert machine.property("MemoryMax") == str(600 * 2**20)
    assert "04:45:00" in timer.read_text()
    assert "watcher-backup.timer was edited and stays as it is" in made.stderr


def test_an_upgrade_that_does_not_get_ready_is_rolled_back(machine: Machine) -> None:
    """With a newer schema and a daemon that does not start, program and database are rolled back."""
    had = read_schema(machine)
    set_version(machine, "100.0.0")
    add_migration(machine, "never")
    break_program(machine, "raise SystemExit(3)")
    running = (machine.root / "opt/watcher/current").readlink()
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert made.returncode != 0
    assert f"Took the database back from schema never to {had}" in made.stdout
    assert "the upgrade failed; the previous release runs again" in made.stderr
    assert (machine.root / "opt/watcher/current").readlink() == running
    assert is_active(machine)
    wait_for_polls(machine)
    assert read_schema(machine) == had
    assert "99.0.0" in machine.run("watcher", "--version").stdout
    assert len(json.loads(machine.run("watcher", "watch", "list", "--json").stdout)["watches"]) == 1


def test_the_backup_is_restored_if_the_migration_cannot_be_undone(machine: Machine) -> None:
    had = read_schema(machine)
    add_migration(machine, "oneway", "raise RuntimeError")
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert "Restored /var/lib/watcher/backups/before-" in made.stdout
    assert "the upgrade failed; the previous release runs again, with its database" in made.stderr
    assert (read_schema(machine), is_active(machine)) == (had, True)
    wait_for_polls(machine)


def test_a_stopped_daemon_stays_stopped_after_a_failed_upgrade(machine: Machine) -> None:
    machine.run("systemctl", "stop", "watcher")
    had = read_schema(machine)
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert "the previous release is back, and stopped as it was" in made.stderr
    assert (read_schema(machine), is_active(machine)) == (had, False)
    machine.run("systemctl", "start", "watcher")


def test_an_upgrade_that_loses_its_terminal_is_rolled_back_and_logged(machine: Machine) -> None:
    running, had = (machine.root / "opt/watcher/current").readlink(), read_schema(machine)
    restore_program(machine)
    add_migration(machine, "never")
    break_program(machine, "import asyncio; await asyncio.sleep(3600)")
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

    def read_journal() -> str:
        return machine.run("journalctl", "-t", "watcher", "-o", "cat", "--no-pager").stdout

    machine.until(
        "it was rolled back", lambda: "the previous release runs again, with its database" in read_journal()
    )
    assert ((machine.root / "opt/watcher/current").readlink(), read_schema(machine)) == (running, had)
    wait_for_polls(machine)


def test_a_release_that_cannot_be_built_changes_nothing(machine: Machine) -> None:
    before, had = main_pid(machine), list_releases(machine)
    edit_release(machine, "requirements/run.txt", "==", "==999.")
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert "the new release could not be built; nothing was changed" in made.stderr
    assert (main_pid(machine), is_active(machine), list_releases(machine)) == (before, True, had)


def test_an_interrupted_build_leaves_nothing(machine: Machine) -> None:
    """The remains of a build that a power loss ended are removed by the next one, too."""
    before, had = main_pid(machine), list_releases(machine)
    half = machine.root / "opt/watcher/releases/20260101T000000Z"
    half.mkdir()
    half.with_name(half.name + ".partial").touch()
    with subprocess.Popen(
        machine.command("make", "-C", "watcher", "upgrade", **OFFLINE),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        machine.until("it builds", lambda: bool(list_releases(machine) - had) and not half.exists())
        os.killpg(child.pid, signal.SIGINT)
        output = child.communicate(timeout=120)[1]
    assert "stopped in the middle" in output
    assert "nothing was changed" in output
    assert (main_pid(machine), is_active(machine), list_releases(machine)) == (before, True, had)


def test_a_configuration_that_the_new_release_refuses_changes_nothing(machine: Machine, market: str) -> None:
    edit_release(machine, "requirements/run.txt", "==999.", "==")
    before, had = main_pid(machine), list_releases(machine)
    write_config(machine, market, "[polling.nonsense]\nx = 1")
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert "polling.nonsense" in made.stderr
    assert "nothing was changed" in made.stderr
    assert (main_pid(machine), is_active(machine), list_releases(machine)) == (before, True, had)


def was_restarted(machine: Machine, former: int) -> bool:
    return count_restarts(machine) > former and is_active(machine)


def list_releases(machine: Machine) -> set[str]:
    return {place.name for place in (machine.root / "opt/watcher/releases").iterdir()}


def test_uninstalling_leaves_configuration_and_database(machine: Machine) -> None:
    machine.run("make", "-C", "watcher", "uninstall")
    assert not (machine.root / "opt/watcher").exists()
    assert (machine.root / "etc/watcher/config.toml").exists()
    assert (machine.root / "var/lib/private/watcher/watcher.db").exists()
    machine.run("make", "-C", "watcher", "uninstall", PURGE="yes")
    assert not Path(machine.root / "etc/watcher").exists()
    assert not list((machine.root / "etc/systemd/system").glob("watcher*"))
