"""What pictures a user may scan: the vision model's calls of a day, and the scans of a month that a plan has.

Both are booked before the work, so that scans at the same time do not exceed them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from watcher.core.errors import Api, Kind, NotSent
from watcher.core.plan_limits import LimitReached, scans_refusal
from watcher.core.plans import SCANS, UNLIMITED
from watcher.core.resilience.quota import month_of, quota_window
from watcher.core.times import Instant
from watcher.db.api_usage import ApiUsageStore
from watcher.db.plan_limits import PlanLimitStore

_UNCOUNTED = 10**9  # scans of a plan without a limit, which are counted all the same
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


class ScanAllowance:
    """The pictures that a user may scan a month (UTC), by the plan that the user has."""

    def __init__(self, limits: PlanLimitStore, usage: ApiUsageStore) -> None:
        self._limits, self._usage = limits, usage

    def booking(self, user: str, now: Instant) -> ScanBooking:
        """Return the booking of one picture, which is not made yet."""
        return ScanBooking(self._limits, self._usage, user, now)


class ScanBooking:
    """One picture of a user. Without plans, and for users without limits, nothing is counted."""

    def __init__(self, limits: PlanLimitStore, usage: ApiUsageStore, user: str, now: Instant) -> None:
        self._limits, self._usage, self._user = limits, usage, user
        self._month = month_of(now)
        self._is_made = False

    async def make(self) -> None:
        """Count the picture, once. Raises LimitReached if the plan allows no other this month."""
        plans = self._limits.plans
        if self._is_made or not plans.all or (plan := self._limits.holder(self._user).plan) == UNLIMITED:
            return
        limit = _UNCOUNTED if plan.scans is None else plan.scans
        if not await self._usage.book(self._user, SCANS, self._month.start, limit):
            used = self._usage.of_user(self._user, SCANS, self._month.start).calls
            raise LimitReached(scans_refusal(plans, plan, self._user, used, self._month.end))
        self._is_made = True

    async def give_back(self) -> None:
        """Count the picture no longer: it was not answered, or from memory."""
        if self._is_made:
            self._is_made = False
            await self._usage.give_back(self._user, SCANS, self._month.start)
