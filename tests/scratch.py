"""Where the tests keep their files: in memory, where there is enough of it.

SQLite and the daemons sync their writes to the disk. On a disk the suite would wait for that as long as it
computes. No test cuts the power, so nothing that a test can see depends on it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ENOUGH = 2 * 1024**3  # bytes; a container's /dev/shm often has 64 MB


def keep_files_in_memory() -> None:
    """Make temporary files of this process and its children files in memory, unless TMPDIR is set."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return
    free = os.statvfs(_MEMORY)
    if free.f_bavail * free.f_frsize >= _ENOUGH:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # look again
