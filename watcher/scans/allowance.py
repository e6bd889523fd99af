"""How many calls of the vision model a user may cause a day, booked before a call and settled after it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from watcher.core.errors import Api, Kind, NotSent
from watcher.core.resilience.quota import quota_window
from watcher.core.times import Instant
from watcher.db.api_usage import ApiUsageStore

Settle = Callable[[int], None]


class AiAllowance:
    """The calls to OpenAI that one user may cause a day; those of all users are the API's quota."""

    def __init__(self, store: ApiUsageStore, per_user: int) -> None:
        self._store, self.per_user = store, per_user

    def used(self, user: str, now: Instant) -> int:
        """Return the calls that a user has caused today, booked ones included."""
        return self._store.of_user(user, Api.OPENAI, quota_window(Api.OPENAI, now).start).calls

    @asynccontextmanager
    async def booked(self, user: str, now: Instant) -> AsyncIterator[Settle]:
        """Book one call; the block makes it, and passes its cost in millionths of a US dollar to `settle`.

        A call that was not sent is given back. Raises NotSent (QUOTA) if the user has used up the day's.
        """
        window = quota_window(Api.OPENAI, now)
        if not await self._store.book(user, Api.OPENAI, window.start, self.per_user):
            detail = f"{user} has used the {self.per_user} calls of a day"
            raise NotSent(Api.OPENAI, Kind.QUOTA, detail, retry_after=window.end - now)
        costs: list[int] = []
        try:
            yield costs.append
        except NotSent:
            await self._store.give_back(user, Api.OPENAI, window.start)
            raise
        finally:  # an answer that is of no use is charged, too
            if cost := sum(costs):
                await self._store.settle(user, Api.OPENAI, window.start, cost)
