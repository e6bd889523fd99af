"""A lock file that allows one daemon per embedded database."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import sys
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process uses the database; the message says which."""


class LockFile:
    """A lock that the operating system releases when its holder dies. The file holds the process id.

    The lock file is found by the database's name, so a database with several names (hard links) has several.
    `hold` therefore also locks the database itself.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._held: dict[tuple[int, int], socket.socket] = {}

    def acquire(self) -> None:
        """Take the lock at once. Raises AlreadyRunning, OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 20).decode(errors="replace").strip()
            os.close(file)
            raise AlreadyRunning(
                f"Another watcher (process {holder or 'unknown'}) uses this database; stop it first."
            ) from None
        self._file = file
        try:
            os.ftruncate(file, 0)
            os.write(file, str(os.getpid()).encode())
        except OSError:  # a full disk; a caller that gets an error must not hold the lock
            self.release()
            raise

    def holder(self) -> int | None:
        """Return the process that holds the lock now, None if none does. Raises OSError."""
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return probable_holder(self._path)
        finally:
            os.close(file)
        return None

    def hold(self, database: Path) -> None:
        """Also lock the file of the database, under all of its names. Raises AlreadyRunning.

        Not by a lock on the file: closing it would end SQLite's own locks, and on NFS it would shut SQLite
        out. An address in Linux's abstract namespace is taken by one process of the machine at a time.
        """
        if sys.platform != "linux" or not database.exists():
            return
        found = database.stat()
        identity = (found.st_dev, found.st_ino)
        if identity in self._held:
            return
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.bind(f"\0watcher-database-{found.st_dev:x}-{found.st_ino:x}")
        except OSError as error:
            made.close()
            if error.errno != errno.EADDRINUSE:
                return  # a sandbox forbids such addresses
            self.release()
            raise AlreadyRunning(
                f"Another watcher uses {database} under another name (a hard link); stop it first."
            ) from None
        self._held[identity] = made

    def release(self) -> None:
        """Release the lock. The file stays: removing it would race with the next holder."""
        for held in self._held.values():
            held.close()
        self._held.clear()
        if self._file is not None:
            os.close(self._file)
            self._file = None


def probable_holder(path: Path) -> int | None:
    """Return the process whose id is in the lock file, None if no such process runs. Changes nothing.

    After a crash the id may belong to another process. Only an attempt to lock would tell, and that could
    stop a daemon that starts at that moment.
    """
    try:
        number = int(path.read_text(encoding="ascii"))
        if number < 1:  # to the system these mean whole groups of processes
            return None
        os.kill(number, 0)
    except PermissionError:  # it runs, as another user
        return number
    except (OSError, ValueError, OverflowError):
        return None
    return number
