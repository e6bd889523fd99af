"""One daemon per database file, under whatever name it is opened."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from watcher.db.backups import restore_backup
from watcher.db.clients import lock_out_daemons
from watcher.db.lock_file import AlreadyRunning, LockFile
from watcher.db.sqlite import lock_path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the namespace of this lock")


@pytest.fixture
def names(tmp_path: Path, empty_database: Path) -> tuple[Path, Path]:
    """Return the two names of one database, in different directories."""
    first, second = tmp_path / "a" / "watcher.db", tmp_path / "b" / "other.db"
    for path in (first, second):
        path.parent.mkdir()
    first.write_bytes(empty_database.read_bytes())
    os.link(first, second)
    return first, second


def test_a_hard_link_to_a_database_in_use_is_refused(names: tuple[Path, Path]) -> None:
    first, second = names
    daemon, other = (LockFile(lock_path(f"sqlite:///{path}")) for path in names)
    daemon.acquire()
    daemon.hold(first)
    other.acquire()
    with pytest.raises(AlreadyRunning, match=r"under another name \(a hard link\); stop it first"):
        other.hold(second)
    daemon.release()
    other.acquire()
    other.hold(second)
    other.release()


def test_a_refused_lock_leaves_nothing_locked(names: tuple[Path, Path]) -> None:
    first, second = names
    daemon, other = (LockFile(lock_path(f"sqlite:///{path}")) for path in names)
    daemon.acquire()
    daemon.hold(first)
    daemon.hold(first)
    other.acquire()
    with pytest.raises(AlreadyRunning):
        other.hold(second)
    again = LockFile(lock_path(f"sqlite:///{second}"))
    again.acquire()
    again.release()
    daemon.release()


def test_a_restore_over_a_hard_link_in_use_is_refused(names: tuple[Path, Path], empty_database: Path) -> None:
    first, second = names
    with lock_out_daemons(f"sqlite:///{first}"), pytest.raises(AlreadyRunning):
        restore_backup(f"sqlite:///{second}", empty_database, second.parent)


def test_a_copy_of_a_database_is_another_database(names: tuple[Path, Path], tmp_path: Path) -> None:
    first, _ = names
    copy = tmp_path / "copy.db"
    copy.write_bytes(first.read_bytes())
    with lock_out_daemons(f"sqlite:///{first}"), lock_out_daemons(f"sqlite:///{copy}"):
        pass
