"""The page of the status: what admins see of the daemon, and what they do about it."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from sqlalchemy import update

from tests.fakes import FakeClock
from tests.web.api_world import ApiWorld, make_world
from tests.web.clients import client_of
from watcher.core.errors import Api, Code
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.db.schema import incidents
from watcher.runtime import App

HTML = {"Accept": "text/html"}


@pytest.fixture
async def world(app: App, clock: FakeClock) -> ApiWorld:
    return await make_world(app, clock, watches=1)


@pytest.fixture
def browser(world: ApiWorld) -> dict[str, str]:
    """The headers of the operator's browser, with a session."""
    return world.callers["admin session"] | HTML


async def status_of_daemon(client: httpx.AsyncClient, browser: dict[str, str], query: str = "") -> str:
    """Return the page as HTML."""
    answer = await client.get(f"/status{query}", headers=browser)
    assert answer.status_code == 200, answer.text
    return answer.text


def words_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


async def test_the_status_page_shows_what_the_status_says(
    client: httpx.AsyncClient, browser: dict[str, str]
) -> None:
    status = (await client.get("/api/status", headers=browser)).json()
    words = words_of(await status_of_daemon(client, browser))
    for trouble in status["troubles"]:
        assert trouble in words
    for expected in (
        "Not all is well",
        "eBay does not answer",
        "eBay healthy 1 0 (0.0 %)",
        "5,000 calls used",
        "zenitar mk2 EBAY_US",
        f"of {status['disk']['totalGigabytes']} GB free",
        "Cache 1 answer",
        "channel_not_found",
        "messages about ebay",
        "maintenance",
        "none, because no daemon runs",
    ):
        assert expected in words, words


async def test_calls_and_failures_are_drawn_over_twelve_hours(
    app: App, client: httpx.AsyncClient, browser: dict[str, str], clock: FakeClock
) -> None:
    now = clock.now()
    calls = [
        Attempt(Api.EBAY, Instant(now - minutes * MINUTE), Seconds(0.2), code)
        for minutes, code in ((1, None), (2, Code.EBAY_TIMEOUT), (100, None), (10_000, None))
    ]
    await app.stores.incidents.log_attempts(calls, "another")
    page = await status_of_daemon(client, browser)
    assert 'aria-label="eBay. Twelve hours: 3 calls, 1 failed, at most 200 ms on average' in page
    assert "<title>2 calls, 1 failed, 200 ms on average</title>" in page
    assert page.count('class="column failed"') == 1


async def test_an_incident_is_acknowledged_and_silenced_from_the_page(
    app: App, client: httpx.AsyncClient, browser: dict[str, str]
) -> None:
    refused = await client.post(
        "/status/incidents/inc1/silence", data={"length": "8h", "reason": " "}, headers=browser
    )
    assert refused.status_code == 400
    assert '<option value="8h" selected>' in refused.text
    assert "A silence needs a reason" in words_of(refused.text)
    typed = {"length": "8h", "reason": "moved"}
    silenced = await client.post("/status/incidents/inc2/silence", data=typed, headers=browser)
    assert (silenced.status_code, silenced.headers["location"]) == (303, "../../../status?done=silenced")
    acked = await client.post("/status/incidents/inc1/ack", headers=browser)
    assert (acked.status_code, acked.headers["location"]) == (303, "../../../status?done=acked")
    words = words_of(await status_of_daemon(client, browser, "?done=acked"))
    for expected in ("acknowledged by operator", "messages about ebay latency", "by operator: moved",
                     "it sends no more reminders"):  # fmt: skip
        assert expected in words
    missing = await client.post("/status/incidents/inc9/ack", headers=browser)
    assert (missing.status_code, "There is no incident" in missing.text) == (404, True)


async def test_the_page_after_an_action_shows_its_effect(
    app: App, browser: dict[str, str], world: ApiWorld
) -> None:
    """Every reader gets a status of up to a second ago, except after an action of their own."""
    async with client_of(app, keep=Seconds(60.0)) as client:
        assert "acknowledged by" not in await status_of_daemon(client, browser)
        await client.post("/status/incidents/inc1/ack", headers=browser)
        assert "acknowledged by operator" in await status_of_daemon(client, browser)


async def test_a_silence_is_ended_and_a_dead_letter_sent_again(
    app: App, client: httpx.AsyncClient, browser: dict[str, str], world: ApiWorld
) -> None:
    ops, of_watch = world.known["silences"][:2]
    ended = await client.post(f"/status/silences/{ops}/end", headers=browser)
    assert (ended.status_code, ended.headers["location"]) == (303, "../../../status?done=ended")
    assert (await client.post(f"/status/silences/{of_watch}/end", headers=browser)).status_code == 404
    letter = world.known["dead-letters"][0]
    resent = await client.post(f"/status/dead-letters/{letter}/resend", headers=browser)
    assert (resent.status_code, resent.headers["location"]) == (303, "../../../status?done=no-destination")
    assert app.stores.outbox.count_by_state().get("dead") is None
    again = await client.post(f"/status/dead-letters/{letter}/resend", headers=browser)
    assert again.status_code == 409


async def test_the_status_is_for_admins_alone(client: httpx.AsyncClient, world: ApiWorld) -> None:
    user = world.callers["session"] | HTML
    assert (await client.get("/status", headers=user)).status_code == 403
    assert 'href="./status"' not in (await client.get("/alerts", headers=user)).text
    operator = world.callers["admin session"] | HTML
    assert 'href="./status"' in (await client.get("/alerts", headers=operator)).text


async def test_hostile_words_on_the_status_stay_words(
    app: App, client: httpx.AsyncClient, browser: dict[str, str]
) -> None:
    hostile = '<img src=x onerror=alert(1)> {{ 7*7 }} "'
    changed = update(incidents).values(headline=hostile)
    await app.stores.database.write(lambda conn: conn.execute(changed))
    await app.registry.add({"query": 'zenitar <b>mk2 "quote'}, app.clock.now())
    await app.poller.tick(app.clock.now())
    await app.poller.settle()
    page = await status_of_daemon(client, browser)
    assert "<img src=x" not in page
    assert "<b>mk2" not in page
    assert "{{ 7*7 }}" in words_of(page)
