"""Changes of many watches of one user at once, and taking them back."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from watcher.core.aging_cache import AgingCache
from watcher.core.errors import NotFound, WatcherError
from watcher.core.plan_limits import LimitReached
from watcher.core.times import MINUTE, Instant
from watcher.core.watch import Watch
from watcher.db.removed_watches import RemovedWatch
from watcher.db.stores import Stores
from watcher.watches.registry import Admit, Registry

UNDO_SECONDS = 30 * MINUTE
_MAX_UNDONE = 20_000  # watches of all changes that can be taken back


class Done(NamedTuple):
    """How many watches are as was asked, and the code that takes it back; empty if none was changed."""

    watches: int
    undo: str = ""


class _Change(NamedTuple):
    """What takes a change back, of one user, and until when."""

    user: str
    until: Instant
    paused: Sequence[tuple[int, bool]] = ()
    tags: Sequence[tuple[int, str]] = ()
    removed: Sequence[RemovedWatch] = ()


_Update = tuple[int, dict[str, str], bool | None]  # a watch, its new fields, and whether to pause it


def _last(now: Instant) -> Instant:
    return Instant(now + UNDO_SECONDS)


def _removal_code(user: str, numbers: Sequence[int]) -> str:
    """Return the code of a removal, the same for the same watches. Only its user can use it."""
    return hashlib.sha256(f"{user} {sorted(set(numbers))}".encode()).hexdigest()[:16]


def _weigh(change: _Change) -> int:
    return 1 + len(change.paused) + len(change.tags) + len(change.removed)


@dataclass(frozen=True, slots=True)
class BulkChanges:
    """Changes the watches of a user that still exist and ignores all others.

    What takes a change back is in memory alone, for half an hour: a restart forgets it.
    """

    stores: Stores
    registry: Registry
    _changes: AgingCache[str, _Change] = field(default_factory=lambda: AgingCache(_MAX_UNDONE, _weigh))

    async def set_paused(self, user: str, numbers: Sequence[int], now: Instant, *, paused: bool) -> Done:
        """Pause or resume these watches. Raises LimitReached, and resumes none, if the plan allows fewer."""
        before = self._read(user, numbers)
        changed = [w for w in before if w.paused != paused or w.over_plan]
        if self.stores.plan_limits.plans.all and not paused:
            ids = [w.id for w in changed]
            await self.registry.set_all_paused(ids, now, paused=False, admit=_admit(user))
        else:
            await self._update([(w.id, {}, paused) for w in changed], user, now)
        return self._done(_Change(user, _last(now), paused=[(w.id, w.paused) for w in changed]), len(before))

    async def set_tag(self, user: str, numbers: Sequence[int], tag: str, now: Instant) -> Done:
        """Give these watches a tag, or none if it is empty. Raises InvalidInput."""
        tag = self.registry.parse({"query": "x", "tag": tag}).tag
        before = self._read(user, numbers)
        changed = [w for w in before if w.tag != tag]
        await self._update([(w.id, {"tag": tag}, None) for w in changed], user, now)
        return self._done(_Change(user, _last(now), tags=[(w.id, w.tag) for w in changed]), len(before))

    async def remove(self, user: str, numbers: Sequence[int], now: Instant) -> Done:
        """Remove these watches; their alerts stay.

        The same request again, as a second click sends it, is answered as the first: it can be taken back.
        """
        owned, code = sorted(self.stores.watches.owned(user, numbers)), _removal_code(user, numbers)
        removed = await self.stores.removed_watches.remove(owned, user, now)
        earlier = self._changes.get(code, now)
        if earlier and not removed:
            return Done(len(earlier.removed), code)
        return self._done(_Change(user, _last(now), removed=removed), len(owned), code)

    def undone_until(self, user: str, code: str, now: Instant) -> Instant | None:
        """Return until when a change can be taken back; None if it no longer can."""
        change = self._changes.get(code, now)
        return change.until if change is not None and change.user == user else None

    async def undo(self, user: str, code: str, now: Instant) -> int:
        """Take a change back, once; return how many watches are as before. Raises NotFound.

        Those that the plan no longer allows stay paused.
        """
        change = self._changes.get(code, now)
        if change is None or change.user != user:
            raise NotFound(
                "This can no longer be undone: it was undone already, was more than half an hour ago, or the "
                "daemon has been restarted since."
            )
        self._changes.put(code, change, now)  # which is over
        changes: list[_Update] = [(number, {}, paused) for number, paused in change.paused]
        changes += [(number, {"tag": tag}, None) for number, tag in change.tags]
        count = await self._update(changes, user, now)
        return count + await self.stores.removed_watches.restore(change.removed, now)

    def _done(self, change: _Change, count: int, code: str = "") -> Done:
        if _weigh(change) == 1:
            return Done(count)
        code = code or secrets.token_hex(8)
        self._changes.put(code, change, change.until)
        return Done(count, code)

    def _read(self, user: str, numbers: Sequence[int]) -> list[Watch]:
        """Return those of these watches that are the user's and can be read."""
        found = []
        for number in sorted(self.stores.watches.owned(user, numbers)):
            try:
                found.append(self.registry.get(number))
            except WatcherError:  # removed since, or damaged
                continue
        return found

    async def _update(self, changes: Sequence[_Update], user: str, now: Instant) -> int:
        """Change these watches, all in few commits; return how many were the user's and could be changed."""
        admit = _admit(user)
        results = await asyncio.gather(
            *(
                self.registry.update(self.registry.watch_id(number), fields, now, paused=paused, admit=admit)
                for number, fields, paused in changes
            ),
            return_exceptions=True,
        )
        for failure in results:
            if isinstance(failure, BaseException) and not isinstance(failure, NotFound | LimitReached):
                raise failure
        return sum(isinstance(one, Watch) for one in results)


def _admit(user: str) -> Admit:
    def admit(watch: Watch) -> None:
        if watch.user != user:
            raise NotFound("This watch belongs to someone else now.")

    return admit
