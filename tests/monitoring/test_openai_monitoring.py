"""OpenAI is monitored as eBay is: its health, incidents, gauges and quota."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.busy import configured, market_of, opened
from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.server import MarketServer
from watcher.core.errors import Api, CallFailed, Code
from watcher.core.monitoring.api_status import ApiHealth, ApiStatus
from watcher.core.times import DAY, MINUTE
from watcher.demo.pictures import draw_picture
from watcher.demo.vision import OPENAI_ROOT
from watcher.runtime import App
from watcher.runtime.jobs import judge_health, send_gauges
from watcher.runtime.serving import render_metrics


class Desk:
    """An app whose model is asked, and what its health monitor makes of it."""

    def __init__(self, app: App, market: MarketServer, clock: FakeClock) -> None:
        self.app, self.market, self.clock = app, market, clock

    async def ask(self, times: int = 1, every: float = MINUTE) -> None:
        """Ask about pictures at intervals; failures are what the test is about."""
        assert self.app.openai is not None
        for _ in range(times):
            with suppress(CallFailed):
                await self.app.openai.identify(draw_picture("camera-1", 32))
            await judge_health(self.app, self.clock.now())
            self.clock.move(every)

    def health(self) -> ApiHealth:
        return self.app.health.snapshot(self.clock.now())[Api.OPENAI]

    async def headlines(self) -> list[str]:
        """Deliver what is due; return what Slack has received about OpenAI."""
        await self.app.dispatcher.drain(self.clock.now())
        texts = [str(message.body["text"]) for message in self.market.messages]
        return [text for text in texts if "OpenAI:" in text]


@pytest.fixture
async def desk(tmp_path: Path, sqlite_url: str, clock: FakeClock) -> AsyncIterator[Desk]:
    market, _ = market_of(clock)
    async with market, opened(configured(tmp_path, market.url, sqlite_url), clock) as app:
        yield Desk(app, market, clock)


async def test_a_model_that_is_never_asked_has_no_data(desk: Desk) -> None:
    await judge_health(desk.app, desk.clock.now())
    assert desk.health().status is ApiStatus.NO_DATA
    openai = desk.app.status.read(desk.clock.now())["apis"]["openai"]
    assert (openai["status"], openai["breaker"]) == ("no_data", "closed")
    await send_gauges(desk.app, desk.clock.now())
    assert 'watcher_breaker_state{service="openai"} 0' in render_metrics(desk.app).decode()


async def test_an_outage_of_the_model_is_reported_at_its_start_and_end(desk: Desk) -> None:
    await desk.ask()
    desk.market.faults = [Fault(FaultKind.STATUS, OPENAI_ROOT, status=500)]
    await desk.ask(8)
    assert (desk.health().status, desk.health().last_error) == (ApiStatus.DOWN, Code.OPENAI_UNAVAILABLE)
    [begun] = await desk.headlines()
    assert "no successful call for" in begun
    desk.market.faults = []
    desk.clock.move(5 * MINUTE)
    await desk.ask(2)
    assert desk.health().status is not ApiStatus.DOWN
    assert "the outage is over" in (await desk.headlines())[-1]


async def test_a_refused_picture_leaves_the_model_healthy(desk: Desk) -> None:
    desk.market.faults = [Fault(FaultKind.REFUSAL, OPENAI_ROOT)]
    await desk.ask(6)
    assert (desk.health().status, desk.health().failure_count) == (ApiStatus.HEALTHY, 0)


@pytest.mark.parametrize("fault", [Fault(FaultKind.STATUS, OPENAI_ROOT, status=401), Fault(FaultKind.QUOTA)])
async def test_a_wrong_key_or_no_credit_is_a_plain_sentence(desk: Desk, fault: Fault) -> None:
    desk.market.faults = [fault]
    await desk.ask(2, every=2 * MINUTE)
    status = desk.app.status.read(desk.clock.now())
    sentence = "OpenAI refuses the credentials; check api_key in [openai] and the credit of its account"
    assert sentence in status["troubles"]
    assert status["quota"]["openai"]["used"] == 2, "the day's calls are not used up by it"


async def test_an_account_without_credit_is_left_alone_for_a_minute(desk: Desk) -> None:
    desk.market.faults = [Fault(FaultKind.QUOTA)]
    await desk.ask(6, every=20.0)
    assert desk.market.calls[f"{OPENAI_ROOT}/responses"] == 2
    desk.market.faults = []
    desk.clock.move(MINUTE)
    await desk.ask()
    assert desk.health().success_count == 1


async def test_the_days_calls_end_at_midnight_utc(desk: Desk) -> None:
    blocks = desk.app.quota_blocks[Api.OPENAI]
    blocks.configured = 3
    await desk.ask(5, every=1.0)
    assert desk.market.calls[f"{OPENAI_ROOT}/responses"] == 3
    assert desk.app.openai is not None
    with pytest.raises(CallFailed) as caught:
        await desk.app.openai.identify(draw_picture("camera-1", 32))
    assert caught.value.code is Code.OPENAI_RATE_LIMIT
    assert caught.value.retry_after == DAY - desk.clock.now() % DAY
    await send_gauges(desk.app, desk.clock.now())
    page = render_metrics(desk.app).decode()
    assert 'watcher_quota_remaining{service="openai"} 0' in page
    assert 'watcher_breaker_state{service="openai"} 0' in page
    assert 'api_calls_total{service="openai"} 3' in page
    desk.clock.move(caught.value.retry_after + 1)
    await desk.ask()
    assert desk.market.calls[f"{OPENAI_ROOT}/responses"] == 4
