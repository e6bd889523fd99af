"""An administrator's year: installed, broken, upgraded, rolled back and taken off, under a real systemd."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.systemd.machine import Machine, booted, missing
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(missing()), reason=missing() or "all is here"),
]
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
PYTHON = "/opt/watcher/current/bin/python"
SINK = "/srv/sink.jsonl"


@pytest.fixture(scope="module")
def bare() -> Iterator[Machine]:
    """A machine on which nothing is installed yet; the tests of this file follow one another on it."""
    with booted() as machine:
        yield machine


@pytest.fixture(scope="module")
def market(bare: Machine) -> Iterator[str]:
    """The simulated eBay and Slack on the machine, from the release that was installed."""
    made = bare.run("make", "-C", "watcher", "install", **OFFLINE)
    assert "does not run yet" in made.stdout
    with served(bare) as url:
        yield url


@contextmanager
def served(machine: Machine) -> Iterator[str]:
    words = machine.command(PYTHON, "-m", "watcher.demo", "--quota", "1000000", "--sink-log", SINK)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            yield child.stdout.readline().strip()
        finally:
            child.terminate()


@pytest.fixture(scope="module")
def machine(bare: Machine, market: str) -> Machine:
    """The machine with the daemon installed, configured and started as README says."""
    etc = bare.root / "etc" / "watcher"
    assert (etc / "credentials").stat().st_mode & 0o777 == 0o700
    configure(bare, market)
    secret(bare, "ebay/client_secret", CLIENT_SECRET)
    secret(bare, "slack/watch_webhook_url", f"{market}/slack/services/watches")
    secret(bare, "slack/ops_webhook_url", f"{market}/slack/services/ops")
    bare.run("watcher", "watch", "add", "nintendo switch oled", "--category", "gaming", "--below", "1000")
    bare.run("systemctl", "start", "watcher")
    return bare


def configure(machine: Machine, market: str, more: str = "") -> None:
    (machine.root / "etc" / "watcher" / "config.toml").write_text(
        f"""
[ebay]
base_url = "{market}"
client_id = "{CLIENT_ID}"
daily_quota = 1000000
[polling]
min_interval = "1s"
{more}
"""
    )


def secret(machine: Machine, name: str, value: str) -> None:
    file = machine.root / "etc" / "watcher" / "credentials" / name
    file.touch(0o600)
    file.write_text(value)


def told(machine: Machine) -> list[str]:
    """The destinations of the messages that Slack has taken."""
    sink = machine.root / SINK.lstrip("/")
    return [json.loads(line)["to"] for line in sink.read_text().splitlines()] if sink.exists() else []


def polls(machine: Machine) -> int:
    return machine.journal().count("polled")


def active(machine: Machine) -> bool:
    return machine.property("ActiveState") == "active"


def pid(machine: Machine) -> str:
    return machine.property("MainPID")


def restarts(machine: Machine) -> int:
    return int(machine.property("NRestarts"))


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
    seen = polls(machine)
    machine.until("it polls again", lambda: polls(machine) > seen)


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
        seen = polls(machine)
        machine.until("it polls again", lambda: polls(machine) > seen)
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


def release(machine: Machine, name: str, old: str, new: str) -> None:
    """Make the checkout a later release, in which one line reads otherwise."""
    file = machine.root / "root" / "watcher" / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_an_upgrade_keeps_what_there_was_and_runs_the_new_release(machine: Machine) -> None:
    version = re.search(
        r'^version = "(.*)"', (machine.root / "root/watcher/pyproject.toml").read_text(), re.MULTILINE
    )
    assert version
    release(machine, "pyproject.toml", version[0], 'version = "99.0.0"')
    made = machine.run("make", "-C", "watcher", "upgrade", **OFFLINE)
    assert "99.0.0" in made.stdout
    assert active(machine)
    assert len(json.loads(machine.run("watcher", "watch", "list", "--json").stdout)["watches"]) == 1
    assert list((machine.root / "var/lib/private/watcher/backups").glob("before-*.db"))


MIGRATION = '''"""A schema that is never used: its release does not run."""

from alembic import op

revision = "never"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade():
    op.execute("CREATE TABLE never (id INTEGER)")


def downgrade():
    op.execute("DROP TABLE never")
'''


def test_an_upgrade_that_does_not_get_ready_goes_back_by_itself(machine: Machine) -> None:
    """Its schema is newer and its daemon does not start: both the program and the database go back."""
    schema = (machine.root / "root/watcher/watcher/adapters/db/schema.py").read_text()
    head = re.search(r'^HEAD = "(.*)"', schema, re.MULTILINE)
    assert head
    release(machine, "pyproject.toml", '"99.0.0"', '"100.0.0"')
    release(machine, "watcher/adapters/db/schema.py", head[0], 'HEAD = "never"')
    never = machine.root / "root/watcher/migrations/versions/never.py"
    never.write_text(MIGRATION.format(head=head[1]))
    release(
        machine,
        "watcher/serve.py",
        "async def serve(",
        "async def serve(*_, **__): raise SystemExit(3)\nasync def unused(",
    )
    running = (machine.root / "opt/watcher/current").readlink()
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert made.returncode != 0
    assert "the upgrade failed; the release before runs again" in made.stderr
    assert (machine.root / "opt/watcher/current").readlink() == running
    assert active(machine)
    seen = polls(machine)
    machine.until("the release before polls", lambda: polls(machine) > seen)
    assert "99.0.0" in machine.run("watcher", "--version").stdout
    assert len(json.loads(machine.run("watcher", "watch", "list", "--json").stdout)["watches"]) == 1


def test_a_release_that_cannot_be_built_touches_nothing(machine: Machine) -> None:
    before = pid(machine)
    release(machine, "requirements/run.txt", "==", "==999.")
    made = machine.run("make", "-C", "watcher", "upgrade", check=False, **OFFLINE)
    assert "the new release could not be built; nothing was changed" in made.stderr
    assert (pid(machine), active(machine)) == (before, True)


def test_uninstalled_it_leaves_configuration_and_database(machine: Machine) -> None:
    machine.run("make", "-C", "watcher", "uninstall")
    assert not (machine.root / "opt/watcher").exists()
    assert (machine.root / "etc/watcher/config.toml").exists()
    assert (machine.root / "var/lib/private/watcher/watcher.db").exists()
    machine.run("make", "-C", "watcher", "uninstall", PURGE="yes")
    assert not Path(machine.root / "etc/watcher").exists()
