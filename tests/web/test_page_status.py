"""The page of the status: what admins see of the daemon, and what they do about it."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, update

from tests.fakes import FakeClock
from tests.web.api_world import ApiWorld, make_world
from tests.web.clients import client_of
from watcher.core.errors import Api, Code
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import HOUR, MINUTE, Instant, Seconds
from watcher.db.schema import incidents
from watcher.runtime import App
from watcher.web.pages.views.status import quota_row
from watcher.web.pages.views.troubles import details_of, troubles_of

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
    for expected in (
        "4 problems",
        "eBay does not answer",
        "The daemon is not running Effect No watch is polled, and no alert is sent. To do Start it",
        "eBay healthy 2 0 (0.0 %)",  # a search, and the item that alerted
        "of 5,000 calls used today",
        "zenitar mk2 EBAY_US",
        f"of {status['disk']['totalGigabytes']} GB free",
        "Cache 1 answer",
        "channel_not_found",
        "messages about ebay",
        "maintenance",
        "not polled, because no daemon runs",
    ):
        assert expected in words, words


async def test_calls_and_failures_are_drawn_over_time(
    app: App, client: httpx.AsyncClient, browser: dict[str, str], clock: FakeClock
) -> None:
    now = clock.now()
    calls = [
        Attempt(Api.EBAY, Instant(now - minutes * MINUTE), Seconds(0.2), code)
        for minutes, code in ((1, None), (2, Code.EBAY_TIMEOUT), (100, None), (10_000, None))
    ]
    await app.stores.incidents.log_attempts(calls, "another")
    page = await status_of_daemon(client, browser)
    assert 'aria-label="eBay. The last 4 h: 3 calls, 1 failed, at most 200 ms on average' in page
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
    for expected in ("acknowledged by operator", "messages about ebay latency", "operator: moved",
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
    assert app.stores.outbox.count_unsent().get("dead") is None
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


def broken(status: dict[str, Any]) -> dict[str, Any]:
    """Return a status in which everything that it can report is wrong."""
    daemon = {"host": "shop", "unseenSeconds": None, "reloadRefused": None}
    refused = "[polling] concurrency: must be a whole number"
    status["configuration"]["problems"] = ["[ebay] client_id is empty"]
    status["daemon"]["running"] = True
    status["daemons"] = [
        daemon | {"configuration": "changed"},
        daemon | {"host": "attic", "configuration": "broken", "reloadRefused": refused, "unseenSeconds": 900},
    ]
    status["apis"]["ebay"] |= {"refusesCredentials": True}
    status["apis"]["slack"] |= {"status": "down"}
    status["quota"]["ebay"] |= {"remaining": 0}
    status["watches"] |= {"overdue": 1}
    status["overdue"] = [{"query": "lamp", "lateSeconds": 600}]
    status["cadence"] |= {"shortage": "The watches need too much.", "stretch": 2.0}
    status["searches"] = [
        {"query": "lamp", "error": "EBAY_TIMEOUT", "unrecorded": 0, "unreadable": 2},
        {"query": "vase", "error": None, "unrecorded": 3, "unreadable": 0},
    ]
    status["doubted"] = [{"query": "cup", "why": "2 instead of 60"}]
    status["damaged"] = [{"watch": 9, "message": "Watch 9 cannot be read."}]
    status["outbox"] |= {"oldestPendingSeconds": 600, "lastFailure": {"to": "slack", "why": "no_service"}}
    return status


async def test_every_trouble_says_what_it_means_and_what_to_do(
    client: httpx.AsyncClient, browser: dict[str, str]
) -> None:
    status = broken((await client.get("/api/status", headers=browser)).json())
    found = troubles_of(status, ())
    assert all(one.means for one in found)
    whats = " | ".join(one.what for one in found)
    for expected in (
        "configuration is refused", "shop runs with an older", "attic has shown no", "attic would be refused",
        "eBay refuses the keys", "Slack is down", "eBay's quota is used up", "1 search overdue",
        "1 watch cannot be read", "2.0 times", "of 1 search could not be recorded", "poll of 1 search failed",
        "2 listings could not be read", "1 suspicious answer", "waited for 10 min",
    ):  # fmt: skip
        assert expected in whats
    kinds = [one.kind for one in found]
    assert kinds == sorted(kinds)  # bad before warn
    assert ("lamp: by 10 min",) in [one.details for one in found]


async def test_every_period_of_a_quota_has_words_and_a_model_is_not_polled(
    client: httpx.AsyncClient, browser: dict[str, str]
) -> None:
    status = (await client.get("/api/status", headers=browser)).json()
    one = status["quota"]["ebay"] | {"used": 500, "limit": 500, "remaining": 0, "configured": 500}
    for api in (api for api in Api if api.facts.quota_period):
        assert quota_row(api, one, status["cadence"]).period in ("today", "this month")
    gone = next(t for t in troubles_of(status | {"quota": {"openai": one}}, ()) if "OpenAI" in t.what)
    assert gone.what == "OpenAI's quota is used up"
    assert "Pictures" in gone.means
    assert "daily_calls in [openai]" in gone.todo


async def test_an_incident_replaces_the_trouble_that_it_is_about(
    client: httpx.AsyncClient, browser: dict[str, str]
) -> None:
    status = broken((await client.get("/api/status", headers=browser)).json())
    subjects = {("slack", "outage"), ("watcher", "watch-overdue"), ("watcher", "outbox-stuck"),
                ("ebay", "quota"), ("watcher", "polls-unrecorded")}  # fmt: skip
    whats = " | ".join(one.what for one in troubles_of(status, subjects))
    for other in ("is down", "overdue", "waited for", "quota", "recorded"):
        assert other not in whats
    assert details_of(status, "watch-overdue") == ("lamp: by 10 min",)
    assert details_of(status, "polls-unrecorded") == ("vase: the last 3 polls",)


async def test_an_incident_shows_its_last_message(
    app: App, client: httpx.AsyncClient, browser: dict[str, str], clock: FakeClock
) -> None:
    now = clock.now()
    for n in range(40):
        app.health.observe(Attempt(Api.SLACK, Instant(now - 600 + n), Seconds(0.2), Code.SLACK_TIMEOUT))
    await app.stores.database.write(lambda conn: conn.execute(delete(incidents)))
    await app.health.evaluate(now)
    words = words_of(await status_of_daemon(client, browser))
    assert "State firing Since" in words
    assert f"Effect {Api.SLACK.facts.outage_effect}" in words
    assert "To do Run watcher status : the most frequent error" in words


async def test_a_young_installation_sees_the_calls_of_an_hour(
    app: App, client: httpx.AsyncClient, browser: dict[str, str], clock: FakeClock
) -> None:
    call = Attempt(Api.EBAY, Instant(clock.now() - 600), Seconds(0.2), None)
    await app.stores.incidents.log_attempts([call], "another")
    assert "The last 1 h: 1 call" in await status_of_daemon(client, browser)
    await app.stores.incidents.log_attempts([call._replace(at=Instant(clock.now() - 3 * HOUR))], "another")
    assert "The last 4 h: 2 calls" in await status_of_daemon(client, browser)
