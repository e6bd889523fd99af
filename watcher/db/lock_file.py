"""A lock file that allows one daemon per embedded database."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process uses the database; the message says which."""


class LockFile:
    """A lock that the operating system releases when its holder dies. The file holds the process id."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

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

    def release(self) -> None:
        """Release the lock. The file stays: removing it would race with the next holder."""
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
