"""What an empty installation shows: three steps, each with what is to be done next."""

from __future__ import annotations

import httpx
import pytest

from tests.fakes import FakeClock
from tests.web.browsing import open_page, sign_in_browser
from watcher.core.errors import Api, Code
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import Instant, Seconds
from watcher.runtime import App


@pytest.fixture
async def browser(app: App, client: httpx.AsyncClient) -> httpx.AsyncClient:
    return await sign_in_browser(app, client)


def call(clock: FakeClock, *, refused: bool = False) -> Attempt:
    code = Code.EBAY_UNAVAILABLE if refused else None
    return Attempt(Api.EBAY, Instant(clock.now()), Seconds(0.1), code, refused=refused)


async def test_the_first_page_says_how_to_get_an_alert_in_slack(browser: httpx.AsyncClient) -> None:
    words = (await open_page(browser)).text
    assert "The keys are set" in words
    assert 'watch_webhook_url = "https://hooks.slack.com/' in words
    assert "systemctl reload watcher" in words


async def test_the_first_page_says_that_ebay_answers(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    app.health.observe(call(clock))
    assert "eBay answers" in (await open_page(browser)).text


async def test_the_first_page_says_that_ebay_refuses_the_keys(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    app.health.observe(call(clock, refused=True))
    words = (await open_page(browser)).text
    assert "eBay refuses the keys" in words
    assert "Ask an admin" in words
    await app.stores.people.add("collector", clock.now(), admin=True)
    words = (await open_page(browser)).text
    assert "developer.ebay.com" in words
    assert 'client_secret = "Cert ID"' in words
