"""One daemon per embedded database."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class AlreadyRunning(Exception):
    """Another daemon holds the lock; the sentence says which."""


class Lockfile:
    """A lock that the operating system frees when its holder dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Raises AlreadyRunning, OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 20).decode(errors="replace").strip()
            os.close(file)
            raise AlreadyRunning(
                f"Another watcher (process {holder or 'unknown'}) works on this database; stop it first."
            ) from None
        self._file = file
        try:
            os.ftruncate(file, 0)
            os.write(file, str(os.getpid()).encode())
        except OSError:  # a full disk; what raises holds nothing
            self.free()
            raise

    def holder(self) -> int | None:
        """The process that holds it now, surely; None where none does. Raises OSError."""
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return holder_of(self._path)
        finally:
            os.close(file)
        return None

    def free(self) -> None:
        """Let another daemon have it. The file stays: removing it would race with the next holder."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def holder_of(path: Path) -> int | None:
    """The process that holds the lock, as far as its number tells; None where none does. Changes nothing.

    After a crash the number may be another process's by now; only trying the lock would tell, and trying is
    in the way of a daemon that starts at that moment.
    """
    try:
        number = int(path.read_text(encoding="ascii"))
        if number < 1:  # to the system these mean whole groups of processes
            return None
        os.kill(number, 0)
    except PermissionError:  # it lives, and is another user's
        return number
    except (OSError, ValueError, OverflowError):
        return None
    return number
