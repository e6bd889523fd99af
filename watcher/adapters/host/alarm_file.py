"""Alarms that work without network and database: a log line, and a small file."""

from __future__ import annotations

import logging
from pathlib import Path

from watcher.adapters.host.atomic_file import replace_file
from watcher.core.times import iso
from watcher.ports import Clock

log = logging.getLogger(__name__)
ALARM_FILE_NAME = "alarms.txt"


class AlarmFile:
    """Implements `ports.Alarms`: the file has one line per alarm, and exists only while there is one.

    It starts empty, because a condition that outlasts a restart is detected again.
    """

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._path, self._clock = directory / ALARM_FILE_NAME, clock
        self._lines: dict[str, str] = {}
        self._write()

    def sound(self, name: str, sentence: str) -> None:
        """Log an alarm and write it to the file, once per name until it ends."""
        if name not in self._lines:
            log.critical(sentence)
            self._lines[name] = f"{iso(self._clock.now())} {sentence}\n"
            self._write()

    def end(self, name: str) -> None:
        """End an alarm."""
        if self._lines.pop(name, None) is not None:
            log.warning("alarm ended: %s", name)
            self._write()

    def _write(self) -> None:
        try:
            if self._lines:
                text = "".join(self._lines.values())
                # Not durable: when the disk fails, waiting for it would block the event loop.
                replace_file(self._path, text.encode(errors="backslashreplace"), durable=False)
            else:
                self._path.unlink(missing_ok=True)
        except OSError as error:  # the alarm itself is in the log
            log.error("%s cannot be written: %s", self._path, error.strerror)  # noqa: TRY400 - no traceback
