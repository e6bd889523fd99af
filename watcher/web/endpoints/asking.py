"""Requests whose answer may cost calls of the market: bounds per user, and an end when the client is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.types import Receive

from watcher.core.errors import InvalidInput, RequestRefused
from watcher.core.resilience.user_rates import UserRates
from watcher.core.tokens import Caller
from watcher.core.watch import Inquiry
from watcher.web.dependencies import WebDependencies

T = TypeVar("T")

# Watches of one user without an admin token. The command line belongs to the operator and has no bound.
MAX_WATCHES_PER_USER = 1_000


async def ask_for(
    web: WebDependencies, caller: Caller, request: Request, inquiry: Inquiry, work: Coroutine[Any, Any, T]
) -> T:
    """Return the result of `work`, which answers `inquiry`; give it up if the client disconnects.

    Raises RequestRefused if the user asked too often for answers that are not in the cache.
    """
    try:
        _require_rate(web, caller, inquiry)
    except RequestRefused:
        work.close()
        raise
    return await while_connected(request, work)


@asynccontextmanager
async def room_for_watches(web: WebDependencies, caller: Caller, number: int = 1) -> AsyncIterator[None]:
    """Let the block add watches, once those that other requests of the user are adding count.

    Raises InvalidInput if the user may not have that many more.
    """
    if caller.admin:
        yield
        return
    async with one_at_a_time(web, ("watches", caller.user)):
        room = room_of(web, caller)
        if room is not None and number > room:
            raise InvalidInput(
                f"You have {MAX_WATCHES_PER_USER} watches, the most that one user may have; remove one first."
                if room == 0
                else f"You may have {room} more watches, not {number}; remove some first."
            )
        yield


@asynccontextmanager
async def one_at_a_time(web: WebDependencies, what: tuple[str, object]) -> AsyncIterator[None]:
    """Run the block alone among those for `what`, so that it counts what earlier ones have added."""
    lock = web.locks.setdefault(what, asyncio.Lock())
    async with lock:
        yield


def room_of(web: WebDependencies, caller: Caller) -> int | None:
    """Return how many more watches the user may have; None without a bound."""
    if caller.admin:
        return None
    return max(0, MAX_WATCHES_PER_USER - web.stores.watches.count_of(caller.user))


def _require_rate(web: WebDependencies, caller: Caller, inquiry: Inquiry) -> None:
    if not web.cache.can_answer(inquiry):
        require_rate(web.misses, caller, "answers")


def require_rate(rates: UserRates, caller: Caller, things: str) -> None:
    """Count one more of the `things` that a user may ask for per minute. Raises RequestRefused."""
    if caller.is_tokenless:
        return
    if wait := rates.admit(caller.user, asyncio.get_running_loop().time()):
        raise RequestRefused(
            429,
            f"You asked for more than {rates.most} new {things} within a minute.",
            retryable=True,
            retry_after=wait,
        )


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of `work`; cancel it and raise RequestRefused if the client disconnects."""
    working, gone = asyncio.ensure_future(work), asyncio.ensure_future(wait_for_disconnect(request.receive))
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise RequestRefused(408, "The client has disconnected.")
        return working.result()
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass
