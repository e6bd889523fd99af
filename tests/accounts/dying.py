"""A process that does one thing of billing and is killed at a moment of it: a statement, a commit or a call.

`python -m tests.accounts.dying URL STRIPE NOW MOMENT ACTION [EVENTS]`: it exits with 0 if there is no such
moment.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event

from tests.accounts.shop import PLANS, USER, billing_client, deliver_to
from tests.conftest import AGES
from tests.fakes import FakeClock, shortest_wait
from watcher.accounts.billing import Billing
from watcher.adapters.outbound.http import HttpClient
from watcher.core.billing import BillingTruth, Checkout, StripeSession
from watcher.core.times import Instant
from watcher.db.stores import Stores
from watcher.ports import Payments

T = TypeVar("T")


class Moments:
    """Counts what happens, and kills this process just before the last one."""

    def __init__(self, left: int) -> None:
        self.left = left

    def note(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingPayments:
    """Passes calls on; the moments before a call and after its answer count."""

    def __init__(self, payments: Payments, moments: Moments) -> None:
        self._payments, self._moments = payments, moments

    async def _around(self, call: Awaitable[T]) -> T:
        self._moments.note()
        answer = await call
        self._moments.note()
        return answer

    async def create_customer(self, checkout: Checkout, owner: str) -> str:
        return await self._around(self._payments.create_customer(checkout, owner))

    async def find_customers(self, owner: str, *, patient: bool = False) -> Sequence[str]:
        return await self._around(self._payments.find_customers(owner, patient=patient))

    async def has_customer(self, customer: str) -> bool:
        return await self._around(self._payments.has_customer(customer))

    async def create_session(
        self, checkout: Checkout, customer: str, owner: str, return_url: str
    ) -> StripeSession:
        return await self._around(self._payments.create_session(checkout, customer, owner, return_url))

    async def open_sessions(self, customer: str, *, patient: bool = False) -> Sequence[StripeSession]:
        return await self._around(self._payments.open_sessions(customer, patient=patient))

    async def fetch_session(self, session: str, *, patient: bool = False) -> StripeSession:
        return await self._around(self._payments.fetch_session(session, patient=patient))

    async def find_session(self, customer: str, key: str, *, patient: bool = False) -> StripeSession | None:
        return await self._around(self._payments.find_session(customer, key, patient=patient))

    async def expire_session(self, session: str) -> StripeSession:
        return await self._around(self._payments.expire_session(session))

    async def create_portal(self, customer: str, return_url: str, key: str) -> str:
        return await self._around(self._payments.create_portal(customer, return_url, key))

    async def fetch_truth(self, customer: str, asked_at: Instant, *, patient: bool = False) -> BillingTruth:
        return await self._around(self._payments.fetch_truth(customer, asked_at, patient=patient))


async def act(url: str, stripe: str, now: float, moment: int, action: str, *files: str) -> None:
    """Do `action`: the name of a plan to click on, `events` to receive, or `job`."""
    clock, moments, http = FakeClock(now), Moments(moment), HttpClient(concurrency=4)
    stores = Stores.opened(url, AGES, PLANS)
    for name in ("before_cursor_execute", "commit"):
        event.listen(stores.database.engine, name, moments.note)
    payments = DyingPayments(billing_client(stripe, clock, http), moments)
    billing = Billing(stores, payments, PLANS, page_url="https://watcher.example.com", jitter=shortest_wait)
    if action == "job":
        await billing.check_due(clock.now())
    elif action == "events":
        events: list[Any] = json.loads(Path(files[0]).read_text())
        for body, header in events:
            await deliver_to(billing, body, header, clock.now())
    else:
        print(await billing.checkout(USER, action, clock.now()), flush=True)
        moments.note()
    await http.aclose()
    stores.close()


if __name__ == "__main__":
    asyncio.run(act(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:]))
