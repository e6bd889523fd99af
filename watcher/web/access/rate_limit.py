"""The bound on the requests of one token or session; answers from a cache are not counted."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from watcher.core.errors import RequestRefused
from watcher.core.times import Seconds
from watcher.core.tokens import Caller
from watcher.web.dependencies import WebDependencies

_TAKEN = "watcher.request_taken"  # in a request's scope: the wait that `take_request` found
_OWED = "watcher.refusal_owed"  # the refusal of a request unless a cache answers it
# What may be answered from a cache is served although the bucket is empty, if it is. Endpoints below these
# addresses call `count_answer`.
_CACHED = ("/api/comps", "/img/")


def take_request(web: WebDependencies, caller: Caller, scope: MutableMapping[str, Any]) -> None:
    """Count a request, once. Raises RequestRefused if its token or session has made too many."""
    if caller.is_tokenless or _TAKEN in scope:
        return
    wait = web.requests.take(caller.credential, asyncio.get_running_loop().time())
    scope[_TAKEN] = wait
    if not wait:
        return
    if not scope["path"].startswith(_CACHED):
        raise _too_many(web, wait)
    scope[_OWED] = _too_many(web, wait)


def count_answer(
    web: WebDependencies, caller: Caller, scope: MutableMapping[str, Any], *, cached: bool
) -> None:
    """Do not count a request whose answer comes from a cache; refuse another if the bucket was empty.

    Raises RequestRefused.
    """
    if _TAKEN not in scope:
        return
    refusal = owed_refusal(scope)
    scope.pop(_OWED, None)
    if not cached and refusal:
        raise refusal
    if cached and not refusal:
        web.requests.give_back(caller.credential)


def owed_refusal(scope: MutableMapping[str, Any]) -> RequestRefused | None:
    """Return the refusal that stands unless a cache answers: a request that failed was not answered so."""
    found: RequestRefused | None = scope.get(_OWED)
    return found


def _too_many(web: WebDependencies, wait: Seconds) -> RequestRefused:
    return RequestRefused(
        429,
        f"You made more than {web.requests.per_minute} requests within a minute.",
        retryable=True,
        retry_after=wait,
    )
