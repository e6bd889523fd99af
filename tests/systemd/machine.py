"""A real Debian with a real systemd in a container of its own, and watcher on it.

It is built once and copied for each run, and has a loopback of its own and no other network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

import pytest

from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = Path(os.environ.get("WATCHER_SCRATCH", "/var/tmp/watcher-tests"))
NEEDED = ("systemd-nspawn", "debootstrap", "nsenter")
# With libnss-systemd the server knows the name of a dynamic user.
_PACKAGES = "systemd,systemd-sysv,dbus,libnss-systemd,python3-venv,make,ca-certificates,postgresql"
# What is to be installed of Python's; the second list is the first and the driver.
_LOCKS = ("run.txt", "postgres.txt")


def missing() -> str:
    """Why no machine can be built here; empty where one can."""
    if os.geteuid():
        return "a machine can only be started by root"
    absent = [name for name in NEEDED if not shutil.which(name)]
    return f"not installed: {', '.join(absent)} (make system-packages)" if absent else ""


ON_A_MACHINE = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(missing()), reason=missing() or "all is here"),
]


def _run(*words: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, words)), text=True, check=True, **more)  # type: ignore[call-overload, no-any-return]


def _mirror() -> tuple[str, str]:
    """Where this Debian gets its packages from, and its name."""
    told = _run(
        *("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)"),
        "Created-By: Packages",
        capture_output=True,
    ).stdout
    rows = [line.split() for line in told.splitlines()]
    return next((r[0], r[1]) for r in rows if len(r) == 3 and r[2] == "main" and "-" not in r[1])


def debian() -> Path:
    """A plain Debian, built by debootstrap at the first call with these packages."""
    base = SCRATCH / f"debian-{sha256(_PACKAGES.encode()).hexdigest()[:12]}"
    if not base.is_dir():
        mirror, name = _mirror()
        partial = base.with_name(base.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        SCRATCH.mkdir(parents=True, exist_ok=True)
        _run("debootstrap", "--variant=minbase", f"--include={_PACKAGES}", name, partial, mirror)
        partial.rename(base)
    return base


def wheels() -> Path:
    """Everything that the requirements lock, for the machine's Python; the machine has no index."""
    locks = [ROOT / "requirements" / name for name in _LOCKS]
    digest = sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()[:12]
    place = SCRATCH / f"wheels-{digest}"
    if not place.is_dir():
        partial = place.with_name(place.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        for lock in locks:
            _run(
                *(sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--require-hashes"),
                *("-r", lock, "-d", partial),
            )
        partial.rename(place)
    return place


def checkout_to(place: Path) -> None:
    """What the repository holds, as it is now."""
    names = _run("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT, capture_output=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)


OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
PYTHON = "/opt/watcher/current/bin/python"
SINK = "/srv/sink.jsonl"


class Machine:
    """A booted container: `root` is its file system, `leader` its first process."""

    def __init__(self, root: Path, leader: int) -> None:
        self.root, self._leader = root, leader

    def run(self, *words: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the machine and wait for it; its output is kept."""
        done = subprocess.run(
            self.command(*words, **env), text=True, capture_output=True, check=False, timeout=300
        )
        assert not check or done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def command(self, *words: str, **env: str) -> list[str]:
        """The words that run a command in the machine from outside."""
        inside = {"PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", **env}
        settings = [f"{name}={value}" for name, value in inside.items()]
        # What the tests were started to ignore (by nohup) is not ignored in the machine.
        signals = "--default-signal=HUP,INT,QUIT,TERM"
        return [
            *("nsenter", "-t", str(self._leader), "-m", "-u", "-i", "-n", "-p", "-C", "--"),
            *("env", "-i", signals, "--chdir=/root", *settings, *words),
        ]

    def journal(self, unit: str = "watcher") -> str:
        """What a unit has said so far."""
        return self.run("journalctl", "-u", unit, "-o", "cat", "--no-pager").stdout

    def property(self, name: str, unit: str = "watcher") -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", "-P", name, unit).stdout.strip()

    def until(self, what: str, found: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until `found()` is true: the machine has a clock of its own."""
        end = time.monotonic() + seconds
        while not found():
            assert time.monotonic() < end, f"not within {seconds:g} s: {what}\n{self.journal()[-4000:]}"
            time.sleep(0.2)


@contextmanager
def booted(*, postgres: bool = False) -> Iterator[Machine]:
    """A machine with a checkout in root's home and the wheels in /wheels; it ends with the block."""
    base, wheelhouse = debian(), wheels()
    # The name of a machine has no "_" in it, and those of tempfile may.
    home = SCRATCH / f"machine-{token_hex(4)}"
    home.mkdir()
    root, layers = home / "root", [home / "upper", home / "work"]
    for place in (root, *layers):
        place.mkdir()
    # The plain Debian below, what this run writes above it: a copy of the whole would take longer.
    _run("mount", "-t", "overlay", "overlay", "-o", _overlay(base, *layers), root)
    try:
        checkout_to(root / "root" / "watcher")
        shutil.copytree(wheelhouse, root / "wheels")
        if not postgres:
            (root / "etc/systemd/system/postgresql.service").symlink_to("/dev/null")
        with (home / "console").open("wb") as console:
            child = subprocess.Popen(
                [
                    *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot"),
                    *("--console=read-only", "--private-network", f"--machine={home.name}"),
                    f"--directory={root}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )
        try:
            machine = Machine(root, _leader_of(child, home / "console"))
            machine.until(
                "systemd has booted",
                lambda: (
                    machine.run("systemctl", "is-system-running", check=False).stdout.strip()
                    in ("running", "degraded")
                ),
            )
            yield machine
        finally:
            _end(child)
    finally:
        _run("umount", root)
        shutil.rmtree(home)


def _overlay(lower: Path, upper: Path, work: Path) -> str:
    return f"lowerdir={lower},upperdir={upper},workdir={work}"


def _leader_of(child: subprocess.Popen[bytes], console: Path) -> int:
    end = time.monotonic() + 30
    while time.monotonic() < end and child.poll() is None:
        found = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        # Until it is systemd it has not entered its own file system.
        if found and Path(f"/proc/{found[0]}/comm").read_text().strip() == "systemd":
            return int(found[0])
        time.sleep(0.05)
    raise AssertionError(f"systemd-nspawn did not start: {console.read_text()[-500:]}")


def _end(child: subprocess.Popen[bytes]) -> None:
    """Pull the plug: with its first process everything in the machine ends."""
    if child.poll() is None:
        for leader in Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split():
            os.kill(int(leader), signal.SIGKILL)
    child.wait(20)


# --- what is installed on it ----------------------------------------------------------------------


@contextmanager
def served(machine: Machine) -> Iterator[str]:
    """Run the simulated eBay and Slack on the machine, from the checkout; yield their address."""
    options = ("--quota", "1000000", "--sink-log", SINK)
    words = machine.command(
        *(PYTHON, "-B", "-m", "tests.market", *options), PYTHONPATH="/root/watcher", PYTHONSAFEPATH="1"
    )
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            yield child.stdout.readline().strip()
        finally:
            child.terminate()


def configure(machine: Machine, market: str, more: str = "") -> None:
    """Write a configuration that leads to the market."""
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


def secrets(machine: Machine, market: str) -> None:
    """Put in place what eBay and Slack want to see."""
    secret(machine, "ebay/client_secret", CLIENT_SECRET)
    secret(machine, "slack/watch_webhook_url", f"{market}/slack/services/watches")
    secret(machine, "slack/ops_webhook_url", f"{market}/slack/services/ops")


def secret(machine: Machine, name: str, value: str) -> None:
    """Write a credential's file."""
    file = machine.root / "etc" / "watcher" / "credentials" / name
    file.touch(0o600)
    file.write_text(value)


def told(machine: Machine) -> list[str]:
    """The destinations of the messages that Slack has taken."""
    sink = machine.root / SINK.lstrip("/")
    return [json.loads(line)["to"] for line in sink.read_text().splitlines()] if sink.exists() else []


def goes_on(machine: Machine) -> None:
    """Wait until it polls once more."""
    seen = polls(machine)
    machine.until("it polls again", lambda: polls(machine) > seen)


def polls(machine: Machine) -> int:
    return machine.journal().count("polled")


def active(machine: Machine) -> bool:
    return machine.property("ActiveState") == "active"


def pid(machine: Machine) -> str:
    return machine.property("MainPID")


def restarts(machine: Machine) -> int:
    return int(machine.property("NRestarts"))


def release(machine: Machine, name: str, old: str, new: str) -> None:
    """Make the checkout a later release, in which one line reads otherwise."""
    file = machine.root / "root" / "watcher" / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


MIGRATION = '''"""A schema that is never used for long: its release does not run."""

from alembic import op

revision = "{name}"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade():
    op.execute("CREATE TABLE {name} (id INTEGER)")


def downgrade():
    {back}
'''


def newer_schema(machine: Machine, name: str, back: str = "") -> None:
    """Make the checkout a release with one schema more; `back` is how it goes away again."""
    file = machine.root / "root/watcher/watcher/adapters/db/schema.py"
    head = re.search(r'^HEAD = "(.*)"', file.read_text(), re.MULTILINE)
    assert head
    release(machine, "watcher/db/schema.py", head[0], f'HEAD = "{name}"')
    way = back or f'op.execute("DROP TABLE {name}")'
    (machine.root / "root/watcher/migrations/versions" / f"{name}.py").write_text(
        MIGRATION.format(name=name, head=head[1], back=way)
    )


def later(machine: Machine, version: str) -> None:
    """Give the checkout a later version."""
    text = (machine.root / "root/watcher/pyproject.toml").read_text()
    now = re.search(r'^version = ".*"', text, re.MULTILINE)
    assert now
    release(machine, "pyproject.toml", now[0], f'version = "{version}"')


def broken(machine: Machine, how: str) -> None:
    """Make the checkout a release whose daemon does only this."""
    release(
        machine,
        "watcher/runtime/lifecycle.py",
        "async def serve(",
        f"async def serve(*_, **__): {how}\nasync def unused(",
    )


def mended(machine: Machine) -> None:
    """Make the checkout what the repository holds again."""
    shutil.rmtree(machine.root / "root/watcher")
    checkout_to(machine.root / "root/watcher")


def schema(machine: Machine) -> str:
    """The schema that the database has."""
    return str(json.loads(machine.run("watcher", "db", "status", "--json").stdout)["schema"])
