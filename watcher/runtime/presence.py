"""How a daemon shows that it runs, with which configuration, and whether a reload was refused."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from watcher.adapters.host.private_key import read_or_make_private_key, read_private_key
from watcher.config import Settings
from watcher.config.digest import FileState, compare_file, config_digest
from watcher.core.errors import WatcherError
from watcher.core.monitoring.daemons import (
    MAX_ERROR_CHARS,
    DaemonRecord,
    RunningDaemons,
    embedded_daemon,
    shared_daemons,
)
from watcher.core.redaction import Redactor
from watcher.core.times import Instant, Seconds
from watcher.db.daemons import DaemonStore, read_daemons
from watcher.db.lock_file import probable_holder
from watcher.db.sqlite import lock_path

_LEAVE_WITHIN = Seconds(1.0)  # a stop must not wait for a database that does not answer


class Reloads:
    """The outcome of the last reload: `refusal` is why it was refused, or empty."""

    def __init__(self) -> None:
        self.refusal = ""
        self.on_change: Callable[[], None] = lambda: None

    def refuse(self, why: str) -> None:
        """Record that a reload was refused."""
        self.refusal = why
        self.on_change()

    def accept(self) -> None:
        """Record that a reload was accepted."""
        self.refusal = ""


class Presence:
    """Records this daemon in the database while it runs."""

    def __init__(
        self,
        store: DaemonStore,
        settings: Settings,
        name: str,
        reloads: Reloads,
        is_dead: Callable[[str], bool],
    ) -> None:
        self._store, self._name, self._reloads, self._is_dead = store, name, reloads, is_dead
        self._redact = Redactor(settings.secrets())
        file = settings.file
        key = read_or_make_private_key(settings.state_path) if file else None
        self._config_path = str(file or "")
        self._config_digest = config_digest(dict(settings.in_file), key) if file else ""
        self._started_at: Instant | None = None

    async def announce(self, now: Instant) -> None:
        """Record that the daemon has started. Raises WatcherError."""
        self._started_at = now
        await self._store.register(self._record(now), self._is_dead)

    async def beat(self, now: Instant) -> None:
        """Record that the daemon is alive. Raises WatcherError."""
        await self._store.see(self._record(now))

    async def leave(self) -> None:
        """Record that the daemon ends, if the database can record it."""
        with contextlib.suppress(WatcherError, TimeoutError):
            async with asyncio.timeout(_LEAVE_WITHIN):
                await self._store.remove(self._name)

    def _record(self, now: Instant) -> DaemonRecord:
        return DaemonRecord(
            self._name,
            now if self._started_at is None else self._started_at,
            now,
            version("watcher"),
            self._config_path,
            self._config_digest,
            self._redact(self._reloads.refusal)[:MAX_ERROR_CHARS],
        )


def find_daemons(settings: Settings, now: Instant) -> RunningDaemons:
    """Return the daemons that run on a database, read without a trace. Raises WatcherError."""
    url = settings.database_url
    if settings.has_embedded_database:
        return embedded_daemon(read_daemons(url), probable_holder(lock_path(url)))
    return shared_daemons(read_daemons(url), now)


def configuration_of(daemon: DaemonRecord, settings: Settings) -> FileState:
    """Return what a daemon's configuration file is now, compared with what the daemon read from it."""
    if not daemon.config_path or daemon.host != socket.gethostname():
        return FileState.UNKNOWN
    return compare_file(Path(daemon.config_path), daemon.config_digest, read_private_key(settings.state_path))
