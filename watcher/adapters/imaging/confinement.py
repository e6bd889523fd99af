"""What the worker process may use, set by itself before it opens a picture."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

PICTURE_MEMORY = 300 * 1024 * 1024  # bytes beyond what the process has once its libraries are loaded
CPU_SECONDS = 12  # per picture; 40 megapixels take 1 to 3
_OPEN_FILES = 16
_LAST_TO_RUN, _FIRST_TO_END = 10, 1_000  # niceness; out-of-memory score


def confine() -> None:
    """Give up what decoding does not need; whatever a picture makes of this process, it has no more.

    No more memory than a large picture takes, no file written, no process started, no core dumped. If
    memory is short, the kernel ends this process and not the daemon; it also gets the processor last.
    """
    memory = _address_space() + PICTURE_MEMORY
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))
    with contextlib.suppress(OSError):  # systemd's sandbox refuses it; the daemon's priority does then
        os.nice(_LAST_TO_RUN)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(f"{_FIRST_TO_END}\n", encoding="ascii")


def allow_cpu() -> None:
    """Allow `CPU_SECONDS` more; the kernel ends the process beyond that."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS, hard))


def _address_space() -> int:
    """Return the size of this process's address space, in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()
