"""What the stages of the guard share: a call, an attempt, and how each stage passes them on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

from watcher.adapters.outbound.fair_timeout import FairTimeout
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.times import Seconds

T = TypeVar("T")


class Deadline(NamedTuple):
    """The end of a whole call: `ends_at` by the monotonic clock, `seconds` after it began."""

    timeout: FairTimeout
    seconds: Seconds
    ends_at: float
    interactive: bool


class CallContext(NamedTuple):
    """What an attempt must know about its call. `is_retry`: an earlier run of the call failed."""

    is_retry: bool = False
    deadline: Deadline | None = None


@dataclass(slots=True)
class PendingCall(Generic[T]):
    """A call: `steps` make any number of attempts. `within`: seconds left to the caller, if limited.

    `retries`: whether an interactive call may be repeated.
    """

    steps: Callable[[CallContext], Awaitable[T]]
    interactive: bool
    within: Seconds | None
    deadline: Deadline | None = None
    retries: bool = True


@dataclass(slots=True)
class PendingAttempt(Generic[T]):
    """One attempt. The last stage sets `started`, and `failure` if the API failed or refused."""

    send: Callable[[], Awaitable[T]]
    context: CallContext
    started: bool = False
    failure: CallFailed | None = None


class CallStage:
    """A stage that a whole call passes once."""

    next: CallStage

    async def run(self, call: PendingCall[T]) -> T:
        """Do this stage's part around the stages that follow."""
        raise NotImplementedError


class AttemptStage:
    """A stage that every attempt of a call passes."""

    next: AttemptStage

    async def run(self, attempt: PendingAttempt[T]) -> T:
        """Do this stage's part around the stages that follow."""
        raise NotImplementedError


S = TypeVar("S", CallStage, AttemptStage)


def link_stages(*stages: S | None) -> S:
    """Link each stage to the next one, leaving out those that are None, and return the first."""
    present = [stage for stage in stages if stage is not None]
    for stage, following in pairwise(present):
        stage.next = following
    return present[0]


def timed_out(api: Api, seconds: Seconds) -> CallFailed:
    """Return the failure of a call or an attempt that did not end within `seconds`."""
    return CallFailed(api, Kind.TIMEOUT, f"no answer within {seconds:g} s")
