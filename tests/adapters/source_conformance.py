"""What every price source must do: checks that run against a real client over a scripted server.

A test module opens its source with an `OpenSource` and runs every check of `CHECKS` on it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.fakes import NOON, RecordingMeter
from tests.waiting import PATIENCE
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Condition, Snapshot
from watcher.ports import ListingSource

ASK = Ask("zenitar mk2", Condition.ANY, "EBAY_US")
SECRET = "canary-0123456789"  # every source under test has it in its credentials
HTML = b"<html><body>Please sign in</body></html>"


@dataclass
class OpenedSource:
    """A source behind its guard. `two_listings` and `no_listings` are bodies that its API could send."""

    api: Api
    source: ListingSource
    server: ScriptedServer
    ledger: RecordingMeter
    two_listings: Any
    no_listings: Any

    async def search(self, *replies: Reply, interactive: bool = False) -> Snapshot:
        self.server.replies = list(replies)
        return await self.source.search(ASK, interactive=interactive)

    async def failure(self, *replies: Reply, interactive: bool = False) -> CallFailed:
        with pytest.raises(CallFailed) as caught:
            await self.search(*replies, interactive=interactive)
        assert caught.value.api is self.api
        return caught.value

    def codes(self) -> list[str | None]:
        return [attempt.code for attempt in self.ledger.attempts]


OpenSource = Callable[[float], AbstractAsyncContextManager[OpenedSource]]
"""Opens the source with an attempt timeout in seconds."""


async def answer_is_a_snapshot_of_listings(open_source: OpenSource) -> None:
    async with open_source(PATIENCE) as opened:
        snapshot = await opened.search(Reply(opened.two_listings))
        assert len({listing.item_id for listing in snapshot.listings}) == 2
        assert all(listing.title and listing.price is not None for listing in snapshot.listings)
        assert (snapshot.rows, snapshot.duplicates, snapshot.unreadable) == (2, 0, 0)
        assert snapshot.fetched_at == NOON
        assert opened.codes() == [None]


async def empty_market_is_an_answer(open_source: OpenSource) -> None:
    async with open_source(PATIENCE) as opened:
        snapshot = await opened.search(Reply(opened.no_listings))
        assert (snapshot.listings, snapshot.rows) == ((), 0)
        assert opened.codes() == [None]


async def status_429_is_a_rate_limit_with_its_wait(open_source: OpenSource) -> None:
    async with open_source(PATIENCE) as opened:
        failure = await opened.failure(Reply({}, 429, {"Retry-After": "17"}))
        assert (failure.kind, failure.retry_after) == (Kind.RATE_LIMIT, 17.0)
        assert opened.codes() == [opened.api.facts.code_of(Kind.RATE_LIMIT)]


async def server_error_is_unavailable(open_source: OpenSource) -> None:
    async with open_source(PATIENCE) as opened:
        for status in (500, 502, 503):
            assert (await opened.failure(Reply({}, status))).kind is Kind.UNAVAILABLE
        assert opened.codes() == [opened.api.facts.code_of(Kind.UNAVAILABLE)] * 3


async def garbage_is_malformed_and_not_an_empty_market(open_source: OpenSource) -> None:
    async with open_source(PATIENCE) as opened:
        whole = Reply(opened.two_listings).bytes()
        for body in (HTML, b"", b"null", b"[]", b"{}", whole[: len(whole) // 2]):
            assert (await opened.failure(Reply(body))).kind is Kind.MALFORMED, body


async def redirect_is_not_followed(open_source: OpenSource) -> None:
    async with open_source(PATIENCE) as opened:
        await opened.failure(Reply(b"", 302, {"Location": opened.server.base_url}))
        assert len(opened.server.requests) == 1


async def slow_server_is_a_timeout(open_source: OpenSource) -> None:
    async with open_source(0.2) as opened:
        failure = await opened.failure(Reply(opened.two_listings, hangs=True))
        assert failure.kind is Kind.TIMEOUT


async def refused_credentials_are_not_retried(open_source: OpenSource) -> None:
    async with open_source(PATIENCE) as opened:
        failure = await opened.failure(Reply({}, 401), interactive=True)
        assert (failure.kind, failure.transient) == (Kind.CREDENTIALS, False)
        assert [attempt.refused for attempt in opened.ledger.attempts] == [True]


async def question_that_is_refused_is_the_callers_fault(open_source: OpenSource) -> None:
    async with open_source(PATIENCE) as opened:
        failure = await opened.failure(Reply({}, 400))
        assert (failure.kind, failure.caller_caused) == (Kind.REFUSED, True)


async def poll_is_one_attempt_and_a_person_gets_a_retry(open_source: OpenSource) -> None:
    async with open_source(PATIENCE) as opened:
        await opened.failure(Reply({}, 503), Reply(opened.two_listings))
        await opened.search(Reply({}, 503), Reply(opened.two_listings), interactive=True)
        assert opened.ledger.counts["retry"] == 1


async def no_secret_is_shown(open_source: OpenSource, log: pytest.LogCaptureFixture) -> None:
    echo = {"error": SECRET, "search_metadata": {"status": SECRET}}
    replies = (
        Reply(echo, 401),
        Reply(echo, 500),
        Reply(echo),
        Reply(SECRET.encode()),
        Reply(echo, hangs=True),
    )
    async with open_source(0.3) as opened:
        shown = [repr(opened.source), str(opened.source)]
        for reply in replies:
            failure = await opened.failure(reply)
            shown += [str(failure), repr(failure), failure.detail, repr(failure.__cause__)]
        shown += [log.text, repr(opened.ledger.attempts)]
    assert not [text for text in shown if SECRET in text]


CHECKS: tuple[Callable[[OpenSource], Awaitable[None]], ...] = (
    answer_is_a_snapshot_of_listings,
    empty_market_is_an_answer,
    status_429_is_a_rate_limit_with_its_wait,
    server_error_is_unavailable,
    garbage_is_malformed_and_not_an_empty_market,
    redirect_is_not_followed,
    slow_server_is_a_timeout,
    refused_credentials_are_not_retried,
    question_that_is_refused_is_the_callers_fault,
    poll_is_one_attempt_and_a_person_gets_a_retry,
)
