"""What is told on this machine alone, when nothing else may work: the log, and a small file."""

from __future__ import annotations

import logging
from pathlib import Path

from watcher.adapters.host.atomic_file import replace_file
from watcher.core.times import iso
from watcher.ports import Clock

log = logging.getLogger(__name__)
ALARMS = "alarms.txt"


class AlarmFile:
    """Implements `ports.Alarms`: a line for each alarm; without any there is no file.

    It begins empty: what is still wrong after a restart is found again.
    """

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._path, self._clock = directory / ALARMS, clock
        self._lines: dict[str, str] = {}
        self._write()

    def sound(self, name: str, sentence: str) -> None:
        """Write it down, and say it loudly; once for each name until it ends."""
        if name not in self._lines:
            log.critical(sentence)
            self._lines[name] = f"{iso(self._clock.now())} {sentence}\n"
            self._write()

    def end(self, name: str) -> None:
        """It is wrong no more."""
        if self._lines.pop(name, None) is not None:
            log.warning("over: %s", name)
            self._write()

    def _write(self) -> None:
        try:
            if self._lines:
                text = "".join(self._lines.values())
                # Not durable: when the disk fails, waiting for it would block the event loop.
                replace_file(self._path, text.encode(errors="backslashreplace"), durable=False)
            else:
                self._path.unlink(missing_ok=True)
        except OSError as error:  # the log has it
            log.error("%s cannot be written: %s", self._path, error.strerror)  # noqa: TRY400 - no traceback
