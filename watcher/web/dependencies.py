"""What the HTTP door needs of the program behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from watcher.core.alerts import Alert
from watcher.core.backtest import Point
from watcher.core.comps import Comps, Filters
from watcher.core.delistings import Observed
from watcher.core.errors import Api
from watcher.core.explanation import Explanation
from watcher.core.preview import Preview
from watcher.core.times import Instant, Seconds
from watcher.core.tokens import Token
from watcher.core.watch import Question, SearchId, Watch, WatchId
from watcher.monitoring.api_health import ApiHealth
from watcher.polling.comps_cache import Answer
from watcher.watches.registry import Registry


class TokenStore(Protocol):
    """The tokens that open the door."""

    def find(self, digest: str) -> Token | None:
        """The token of that hash, unless it is revoked."""
        ...

    def ever(self) -> bool:
        """Whether there has ever been one."""
        ...


class CacheDesk(Protocol):
    """What may be asked of the cache."""

    def stats(self) -> dict[str, float]:
        """How many answers are kept, and how many of them have expired."""
        ...

    async def forget(self, key: str) -> int:
        """Forget one answer; how many there were."""
        ...

    async def delete(self, question: Question) -> int:
        """Forget every answer to a question; how many there were."""
        ...

    async def clear(self) -> int:
        """Forget every answer; how many there were."""
        ...


class WatchRow(Protocol):
    """A listed watch."""

    @property
    def watch(self) -> Watch:
        """The watch itself."""
        ...


class WatchList(Protocol):
    """The watches of a user."""

    def listed(
        self, user: str | None = ..., tag: str = ..., *, after: int = ..., limit: int | None = ...
    ) -> Sequence[WatchRow]:
        """Watches in the order of their numbers."""
        ...


class AlertRow(Protocol):
    """An alert and the fate of its message."""

    @property
    def alert(self) -> Alert:
        """The alert."""
        ...

    @property
    def state(self) -> str:
        """`pending`, `sent` or `dead`."""
        ...

    @property
    def sent_at(self) -> Instant | None:
        """When Slack took it."""
        ...

    @property
    def error(self) -> str:
        """Why it is not sent."""
        ...


class AlertList(Protocol):
    """The alerts that were made."""

    def latest(self, limit: int, *, watch: int | None = None, user: str | None = None) -> Sequence[AlertRow]:
        """The newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """The program as the HTTP door sees it.

    `hosts`: names, beside the loopback's, that a request without a token may come under. `open_hands`:
    whether nobody needs a token until there is one, which is so on the loopback alone. `not_ready`: why
    the daemon cannot work now, empty when it can; it may raise WatcherError. `exposition`: the metrics, as
    Prometheus reads them. `doubts`: what is valid and probably not meant.
    """

    now: Callable[[], Instant]
    question: Callable[[Mapping[str, str]], Question]
    comps: Callable[[Question], Awaitable[tuple[Answer, Comps]]]
    cadence: Callable[[Watch], Seconds]
    categories: Mapping[str, Seconds]
    doubts: Callable[[Watch], Sequence[str]]
    watch_id: Callable[[int], WatchId]
    health: Callable[[Instant], Mapping[Api, ApiHealth]]
    not_ready: Callable[[], str]
    exposition: Callable[[], bytes]
    asks: Callable[[Question, Filters], Awaitable[tuple[Answer, Comps]]]
    preview: Callable[[Watch, Answer, Comps], Preview]
    points: Callable[[SearchId, str, Instant], Sequence[Point]]
    observed: Callable[[Question], Observed | None]
    explain: Callable[[Watch, str, Instant], Explanation]
    registry: Registry
    watches: WatchList
    alerts: AlertList
    cache: CacheDesk
    tokens: TokenStore
    hosts: frozenset[str]
    open_hands: bool
