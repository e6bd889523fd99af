"""The daemons that use a database: when each was last seen, and with which configuration it runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from watcher.core.times import Instant, Seconds

HEARTBEAT_SECONDS = Seconds(10.0)
# Seconds without a sign of life after which a daemon counts as ended; a slow disk can delay several.
ALIVE_SECONDS = Seconds(60.0)
MAX_ERROR_CHARS = 2_000


class DaemonRecord(NamedTuple):
    """A running daemon. Its `id` is `HOST:PROCESS:START`, as in the leases that it takes.

    `config_error`: why its last reload was refused; empty if it was not.
    """

    id: str
    started_at: Instant
    seen_at: Instant
    version: str
    config_path: str
    config_digest: str
    config_error: str = ""

    @property
    def host(self) -> str:
        """The machine's name."""
        return self.id.rsplit(":", 2)[0]

    @property
    def process(self) -> int | None:
        """The process id on that machine; None if the id has another form."""
        _, _, number = self.id.rpartition(":")[0].rpartition(":")
        return int(number) if number.isdecimal() else None

    def is_alive(self, now: Instant) -> bool:
        """Return whether it was seen recently; a time that is far ahead comes from a wrong clock."""
        return abs(now - self.seen_at) <= ALIVE_SECONDS

    def unseen_seconds(self, now: Instant) -> Seconds | None:
        """Return how long it has shown no sign of life; None if that is not unusual."""
        since = Seconds(now - self.seen_at)
        return since if since > ALIVE_SECONDS else None


class RunningDaemons(NamedTuple):
    """Whether a daemon runs, its process if there is exactly one, and what is recorded of those that run."""

    running: bool
    process: int | None
    records: tuple[DaemonRecord, ...]


def shared_daemons(records: Iterable[DaemonRecord], now: Instant) -> RunningDaemons:
    """Return the daemons of a database that several may share: those that were seen recently."""
    alive = tuple(d for d in records if d.is_alive(now))
    return RunningDaemons(bool(alive), alive[0].process if len(alive) == 1 else None, alive)


def embedded_daemon(records: Iterable[DaemonRecord], process: int | None) -> RunningDaemons:
    """Return the daemon of an embedded database: the `process` that its lock names."""
    if process is None:
        return RunningDaemons(False, None, ())
    return RunningDaemons(True, process, tuple(d for d in records if d.process == process)[:1])
