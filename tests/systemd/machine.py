"""A real Debian with a real systemd in its own container, with watcher installed.

It is built once, and each run gets a writable layer on top; its only network is its own loopback.
"""

from __future__ import annotations

import base64
import io
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
from typing import Any

import pytest
from PIL import Image

from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.recognition import SAMPLE

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = Path(os.environ.get("WATCHER_SCRATCH", "/var/tmp/watcher-tests"))
NEEDED = ("systemd-nspawn", "debootstrap", "nsenter")
# libnss-systemd lets the Postgres server resolve the name of a dynamic user.
_PACKAGES = "systemd,systemd-sysv,dbus,libnss-systemd,python3-venv,make,ca-certificates,postgresql"
# The Python packages to install; the second list adds the Postgres driver to the first.
_LOCK_FILES = ("run.txt", "postgres.txt")


def why_unavailable() -> str:
    """Return why no machine can be built here, empty if it can."""
    if os.geteuid():
        return "a machine can only be started by root"
    absent = [name for name in NEEDED if not shutil.which(name)]
    return f"not installed: {', '.join(absent)} (make system-packages)" if absent else ""


ON_A_MACHINE = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(why_unavailable()), reason=why_unavailable() or "available"),
]


def _run(*words: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, words)), text=True, check=True, **more)  # type: ignore[call-overload, no-any-return]


def _find_mirror() -> tuple[str, str]:
    """Return the package mirror of this Debian and its release name."""
    listing = _run(
        *("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)"),
        "Created-By: Packages",
        capture_output=True,
    ).stdout
    rows = [line.split() for line in listing.splitlines()]
    return next((r[0], r[1]) for r in rows if len(r) == 3 and r[2] == "main" and "-" not in r[1])


def build_debian() -> Path:
    """Return a plain Debian; debootstrap builds it at the first call with these packages."""
    base = SCRATCH / f"debian-{sha256(_PACKAGES.encode()).hexdigest()[:12]}"
    if not base.is_dir():
        mirror, name = _find_mirror()
        partial = base.with_name(base.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        SCRATCH.mkdir(parents=True, exist_ok=True)
        _run("debootstrap", "--variant=minbase", f"--include={_PACKAGES}", name, partial, mirror)
        partial.rename(base)
    return base


def download_wheels() -> Path:
    """Return the wheels of all locked requirements, because the machine has no package index."""
    locks = [ROOT / "requirements" / name for name in _LOCK_FILES]
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


def copy_checkout(place: Path) -> None:
    """Copy the files of the repository as they are now."""
    names = _run("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT, capture_output=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)


OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
PYTHON = "/opt/watcher/current/bin/python"
CHECKOUT = Path("root", "watcher")  # below the root of the machine
SINK = "/srv/sink.jsonl"


class Machine:
    """A booted container: `root` is its file system, `leader` the process id of its init."""

    def __init__(self, root: Path, leader: int) -> None:
        self.root, self._leader = root, leader

    def run(self, *words: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the machine and return its result with the output."""
        done = subprocess.run(
            self.command(*words, **env), text=True, capture_output=True, check=False, timeout=300
        )
        assert not check or done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def command(self, *words: str, **env: str) -> list[str]:
        """Return the command line that runs a command in the machine."""
        inside = {"PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", **env}
        settings = [f"{name}={value}" for name, value in inside.items()]
        # Signals that the tests ignore (because of nohup) are not ignored in the machine.
        signals = "--default-signal=HUP,INT,QUIT,TERM"
        return [
            *("nsenter", "-t", str(self._leader), "-m", "-u", "-i", "-n", "-p", "-C", "--"),
            *("env", "-i", signals, "--chdir=/root", *settings, *words),
        ]

    def journal(self, unit: str = "watcher") -> str:
        """Return the journal of a unit."""
        return self.run("journalctl", "-u", unit, "-o", "cat", "--no-pager").stdout

    def property(self, name: str, unit: str = "watcher") -> str:
        """Return a property of a unit."""
        return self.run("systemctl", "show", "-P", name, unit).stdout.strip()

    def until(self, what: str, found: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until `found()` is true, in real time. Raises AssertionError after `seconds`."""
        end = time.monotonic() + seconds
        while not found():
            assert time.monotonic() < end, f"not within {seconds:g} s: {what}\n{self.journal()[-4000:]}"
            time.sleep(0.2)


@contextmanager
def boot_machine(*, postgres: bool = False) -> Iterator[Machine]:
    """Run a machine with a checkout in root's home and the wheels in /wheels until the block ends."""
    base, wheelhouse = build_debian(), download_wheels()
    # Machine names must not contain "_", which names of tempfile may.
    home = SCRATCH / f"machine-{token_hex(4)}"
    home.mkdir()
    root, layers = home / "root", [home / "upper", home / "work"]
    for place in (root, *layers):
        place.mkdir()
    # An overlay on the plain Debian: a complete copy would take longer.
    _run("mount", "-t", "overlay", "overlay", "-o", _overlay(base, *layers), root)
    try:
        copy_checkout(root / CHECKOUT)
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
        # It has entered its own file system when it is systemd.
        if found and Path(f"/proc/{found[0]}/comm").read_text().strip() == "systemd":
            return int(found[0])
        time.sleep(0.05)
    raise AssertionError(f"systemd-nspawn did not start: {console.read_text()[-500:]}")


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the init process, which ends everything in the machine."""
    if child.poll() is None:
        for leader in Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split():
            os.kill(int(leader), signal.SIGKILL)
    child.wait(20)


# --- the installed program --------------------------------------------------------------------------


@contextmanager
def serve_market(machine: Machine) -> Iterator[str]:
    """Run the simulated eBay and Slack on the machine, from the checkout; yield their address."""
    options = ("--quota", "1000000", "--sink-log", SINK)
    words = machine.command(
        *(PYTHON, "-B", "-m", "tests.market", *options), PYTHONPATH=f"/{CHECKOUT}", PYTHONSAFEPATH="1"
    )
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            yield child.stdout.readline().strip()
        finally:
            child.terminate()


def write_config(machine: Machine, market: str, more: str = "") -> None:
    """Write a configuration with the market's address."""
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


def write_secrets(machine: Machine, market: str) -> None:
    """Write the credentials for eBay and Slack."""
    write_secret(machine, "ebay/client_secret", CLIENT_SECRET)
    write_secret(machine, "slack/watch_webhook_url", f"{market}/slack/services/watches")
    write_secret(machine, "slack/ops_webhook_url", f"{market}/slack/services/ops")


def write_secret(machine: Machine, name: str, value: str) -> None:
    """Write the file of one credential."""
    file = machine.root / "etc" / "watcher" / "credentials" / name
    file.touch(0o600)
    file.write_text(value)


def slack_messages(machine: Machine) -> list[str]:
    """Return the destinations of the messages that Slack accepted."""
    sink = machine.root / SINK.lstrip("/")
    return [json.loads(line)["to"] for line in sink.read_text().splitlines()] if sink.exists() else []


def wait_for_polls(machine: Machine) -> None:
    """Wait for at least one more poll."""
    seen = count_polls(machine)
    machine.until("it polls again", lambda: count_polls(machine) > seen)


def count_polls(machine: Machine) -> int:
    return machine.journal().count("polled")


def is_active(machine: Machine) -> bool:
    return machine.property("ActiveState") == "active"


def main_pid(machine: Machine) -> str:
    return machine.property("MainPID")


def peak_memory(machine: Machine) -> int:
    """Return the most bytes that the daemon and its worker have had in memory, shared ones twice."""
    pid = main_pid(machine)
    children = machine.run("cat", f"/proc/{pid}/task/{pid}/children").stdout.split()
    assert children, "the worker is not running"
    statuses = [machine.run("cat", f"/proc/{number}/status").stdout for number in (pid, *children)]
    return sum(int(kb) * 1024 for status in statuses for kb in re.findall(r"VmHWM:\s+(\d+) kB", status))


def count_restarts(machine: Machine) -> int:
    return int(machine.property("NRestarts"))


def edit_release(machine: Machine, name: str, old: str, new: str) -> None:
    """Turn the checkout into another release by changing one line."""
    file = machine.root / CHECKOUT / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


MIGRATION = '''"""A schema of a release that does not start."""

from alembic import op

revision = "{name}"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade():
    op.execute("CREATE TABLE {name} (id INTEGER)")


def downgrade():
    {downgrade}
'''


def add_migration(machine: Machine, name: str, downgrade: str = "") -> None:
    """Add a migration to the checkout; `downgrade` is the statement that undoes it."""
    file = machine.root / CHECKOUT / "watcher/db/schema.py"
    head = re.search(r'^HEAD = "(.*)"', file.read_text(), re.MULTILINE)
    assert head
    edit_release(machine, "watcher/db/schema.py", head[0], f'HEAD = "{name}"')
    undo = downgrade or f'op.execute("DROP TABLE {name}")'
    (machine.root / CHECKOUT / "migrations/versions" / f"{name}.py").write_text(
        MIGRATION.format(name=name, head=head[1], downgrade=undo)
    )


def set_version(machine: Machine, version: str) -> None:
    """Set the version of the checkout."""
    text = (machine.root / CHECKOUT / "pyproject.toml").read_text()
    now = re.search(r'^version = ".*"', text, re.MULTILINE)
    assert now
    edit_release(machine, "pyproject.toml", now[0], f'version = "{version}"')


def break_program(machine: Machine, statement: str) -> None:
    """Replace the daemon in the checkout by a single statement."""
    edit_release(
        machine,
        "watcher/runtime/lifecycle.py",
        "async def serve(",
        f"async def serve(*_, **__): {statement}\nasync def unused(",
    )


def restore_program(machine: Machine) -> None:
    """Restore the checkout from the repository."""
    shutil.rmtree(machine.root / CHECKOUT)
    copy_checkout(machine.root / CHECKOUT)


def read_schema(machine: Machine) -> str:
    """Return the schema of the database."""
    return str(json.loads(machine.run("watcher", "db", "status", "--json").stdout)["schema"])


_POST = """
import sys, urllib.error, urllib.request
with open(sys.argv[2], "rb") as file:
    asked = urllib.request.Request("http://127.0.0.1:8080" + sys.argv[1], file.read())
asked.add_header("Content-Type", "application/json")
try:
    print(urllib.request.urlopen(asked, timeout=240).read().decode())
except urllib.error.HTTPError as refused:
    print(refused.read().decode())
"""


def post_json(machine: Machine, path: str, body: object) -> Any:
    """Send JSON to the daemon of a machine; return the JSON of its answer."""
    (machine.root / "srv/body.json").write_text(json.dumps(body))
    return json.loads(machine.run(PYTHON, "-c", _POST, path, "/srv/body.json").stdout)


def photo_like_the_sample(seed: int) -> str:
    """Return a picture of 12 megapixels that shows what the demo's sample does, another one for each seed."""
    with Image.open(SAMPLE) as sample:
        large = sample.convert("RGB").resize((4_000, 3_000))
    large.paste((12 * seed, 0, 255 - 12 * seed), (0, 0, 64, 64))
    written = io.BytesIO()
    large.save(written, "JPEG", quality=60)
    return f"data:image/jpeg;base64,{base64.b64encode(written.getvalue()).decode()}"
