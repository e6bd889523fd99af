"""The pages of alerts: the feed with its filters, and one alert with its receipt, as HTML without scripts."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from tests.fakes import FakeClock
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.web.api_world import OWNER, ApiWorld, make_world
from watcher.core.alerts import Alert
from watcher.core.receipts import erased_alert
from watcher.core.times import Instant, iso
from watcher.db.codec import write_notification
from watcher.db.schema import alerts, outbox
from watcher.runtime import App
from watcher.web.pages.views.alerts import AlertCard, alert_card

HTML = {"Accept": "text/html"}
CARD: dict[str, Any] = {
    "id": "a", "watch": 1, "name": "lamp", "rule": "below", "target": "", "madeAt": iso(1e9 + 91),
    "market": "", "more": 0, "searchUrl": "", "warnings": [], "ackedBy": None, "erasedAt": None,
    "comps": {"n": 0, "basis": "ask", "currency": "USD", "low": None, "median": None, "high": None,
              "interval": None, "dropped": {}},
    "delivery": {"state": "pending", "to": "slack", "sentAt": None, "error": None},
}  # fmt: skip


@pytest.fixture
async def world(app: App, clock: FakeClock) -> ApiWorld:
    return await make_world(app, clock, watches=2)


@pytest.fixture
def browser(world: ApiWorld) -> dict[str, str]:
    """The headers of the owner's browser, with a session."""
    return world.callers["session"] | HTML


@pytest.fixture
def own(app: App, world: ApiWorld) -> list[str]:
    """The ids of the owner's alerts."""
    return [row.alert.id for row in app.stores.alerts.latest(100, user=OWNER)]


def text_of(answer: httpx.Response) -> str:
    """Return the words of a page, without its tags."""
    words = re.sub(r"<[^>]*>", " ", answer.text)
    return " ".join(html.unescape(words).split())


def shown(answer: httpx.Response) -> list[str]:
    """Return the ids of the alerts in a feed."""
    return re.findall(r'<tr id="alert-(\w+)"', answer.text)


async def set_state(app: App, state: str) -> None:
    """Set the state of every message."""
    await app.stores.database.write(lambda conn: conn.execute(update(outbox).values(state=state)))


async def page(client: httpx.AsyncClient, address: str, headers: dict[str, str]) -> httpx.Response:
    answer = await client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    assert "style=" not in answer.text
    return answer


async def put_alert(app: App, change: Alert) -> None:
    """Store another alert's content in place of the one with its id."""
    written = update(alerts).where(alerts.c.id == change.id).values(receipt=write_notification(change))
    await app.stores.database.write(lambda conn: conn.execute(written))


async def test_a_waiting_message_is_followed_until_it_is_sent(
    client: httpx.AsyncClient, browser: dict[str, str], app: App, own: list[str]
) -> None:
    """An alert has one event; that its message is sent has none, so the next poll shows it."""
    for address, before, after in (
        ("/alerts?state=", 'data-live="alert poll"', 'data-live="alert"'),
        (f"/alerts/{own[0]}", 'data-live="poll"', '<div id="alert">'),
    ):
        await set_state(app, "pending")
        assert before in (await page(client, address, browser)).text
        await set_state(app, "sent")
        assert after in (await page(client, address, browser)).text


async def test_the_feed_shows_own_alerts_with_figures_and_delivery(
    client: httpx.AsyncClient, browser: dict[str, str], own: list[str]
) -> None:
    feed = await page(client, "/alerts", browser)
    assert sorted(shown(feed)) == sorted(own)
    words = text_of(feed)
    for expected in ("Zenitar mk2 camera 1", "$41.00", "$41.00, free", "at most $41.00", "$43.00",
                     "5 asking prices", "waiting to slack", "camera 0"):  # fmt: skip
        assert expected in words, words
    assert 'src="./img/v1%7C1%7C0"' in feed.text
    assert 'aria-current="page">Alerts' in feed.text


async def test_the_feed_is_filtered_and_paged_by_links(
    app: App,
    client: httpx.AsyncClient,
    browser: dict[str, str],
    own: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert shown(await page(client, "/alerts?state=sent", browser)) == []
    assert "No alert fits" in text_of(await page(client, "/alerts?state=sent", browser))
    watch = app.stores.alerts.latest(1, user=OWNER)[0].alert.watch_id
    one = await page(client, f"/alerts?watch={watch}&state=&seen=", browser)
    assert (len(shown(one)), "All watches" in text_of(one)) == (1, True)
    monkeypatch.setattr("watcher.web.pages.alerts._PAGE", 1)
    first = await page(client, "/alerts?seen=no", browser)
    (link,) = re.findall(r'rel="next" href="\./([^"]+)"', first.text)
    second = await page(client, "/" + html.unescape(link), browser)
    assert sorted(shown(first) + shown(second)) == sorted(own)
    for wrong in ("state=lost", "watch=x", "colour=red"):
        assert (await client.get(f"/alerts?{wrong}", headers=browser)).status_code == 400


async def test_a_feed_without_alerts_explains_itself(client: httpx.AsyncClient) -> None:
    assert "No alerts yet" in text_of(await page(client, "/alerts", HTML))


async def test_an_alert_is_marked_as_seen_and_the_filters_stay(
    client: httpx.AsyncClient, browser: dict[str, str], own: list[str]
) -> None:
    done = await client.post(f"/alerts/{own[0]}/ack", data={"seen": "no", "watch": ""}, headers=browser)
    assert (done.status_code, done.headers["location"]) == (303, "../../alerts?seen=no&done=seen")
    feed = await page(client, "/alerts?seen=no&done=seen", browser)
    assert own[0] not in shown(feed)
    assert "Marked as seen." in text_of(feed)
    assert "seen by owner" in text_of(await page(client, f"/alerts/{own[0]}", browser))


async def test_an_alert_shows_its_reason_times_and_receipt(
    client: httpx.AsyncClient, browser: dict[str, str], own: list[str]
) -> None:
    answer = await page(client, f"/alerts/{own[-1]}", browser)
    assert 'Listed <time datetime="2025-01-01T00:00:00Z">' in answer.text
    words = text_of(answer)
    for expected in ("in total is at most your", "from this receipt: the same",
                     "Kept as comps: 5", "Dropped: 0", "answer of eBay", "median $43.00"):  # fmt: skip
        assert expected in words, words


@pytest.mark.parametrize("address", ["", "/ack", "/reject"])
async def test_a_foreign_alert_is_as_missing_as_none(
    app: App, client: httpx.AsyncClient, browser: dict[str, str], address: str
) -> None:
    foreign = app.stores.alerts.latest(1, user="other")[0].alert.id
    for name in (foreign, "zz"):
        method = "POST" if address else "GET"
        answer = await client.request(method, f"/alerts/{name}{address}", headers=browser)
        assert (answer.status_code, "You have no alert" in answer.text) == (404, True)


async def test_a_rejection_shows_what_it_would_do_before_it_is_done(
    app: App, client: httpx.AsyncClient, browser: dict[str, str], own: list[str]
) -> None:
    alert = app.stores.alerts.get(own[-1])
    assert alert is not None
    asked = await page(client, f"/alerts/{own[-1]}?item=1&words=3", browser)
    assert "These comps would go, too: Zenitar mk2 camera 3" in text_of(asked)
    assert app.registry.get(alert.alert.watch_id).rejected == ()
    done = await client.post(f"/alerts/{own[-1]}/reject", data={"item": "1", "words": "3"}, headers=browser)
    assert (done.status_code, done.headers["location"]) == (303, f"../../alerts/{own[-1]}?done=rejected")
    watch = app.registry.get(alert.alert.watch_id)
    assert (len(watch.rejected), watch.filters.exclude) == (1, ("3",))
    assert "not the item" in text_of(await page(client, f"/alerts/{own[-1]}?done=rejected", browser))
    undone = await client.post(
        f"/alerts/{own[-1]}/reject", data={"item": "1", "undo": "yes"}, headers=browser
    )
    assert undone.status_code == 303
    assert app.registry.get(alert.alert.watch_id).rejected == ()


async def test_a_refused_rejection_keeps_what_was_typed(
    client: httpx.AsyncClient, browser: dict[str, str], own: list[str]
) -> None:
    typed = {"item": "camera", "words": "strap & box"}
    refused = await client.post(f"/alerts/{own[-1]}/reject", data=typed, headers=browser)
    assert refused.status_code == 400
    assert 'value="strap &amp; box"' in refused.text
    assert "is not an item" in text_of(refused)
    unknown = await client.post(f"/alerts/{own[-1]}/reject", data={"colour": "red"}, headers=browser)
    assert unknown.status_code == 400


async def test_erased_median_and_unreceipted_alerts_are_shown(
    app: App, client: httpx.AsyncClient, browser: dict[str, str], own: list[str]
) -> None:
    row = app.stores.alerts.get(own[0])
    assert row is not None
    await put_alert(app, erased_alert(row.alert))
    gone = update(alerts).where(alerts.c.id == own[0]).values(erased_at=app.clock.now(), evidence=None)
    await app.stores.database.write(lambda conn: conn.execute(gone))
    words = text_of(await page(client, f"/alerts/{own[0]}", browser))
    assert "were erased on" in words
    assert "It was not kept, so the alert cannot be recomputed." in words
    about_median = replace(row.alert, items=(), market="the median fell below", n=0, median=None)
    await put_alert(app, about_median)
    assert "What the market did" in text_of(await page(client, f"/alerts/{own[0]}", browser))
    assert "the median fell below" in text_of(await page(client, "/alerts", browser))


async def test_hostile_titles_are_words_on_both_pages(
    app: App, client: httpx.AsyncClient, goods: Scripted, clock: FakeClock
) -> None:
    hostile = 'Zenitar mk2 camera <script>alert(1)</script> " onload=x {{ 7*7 }}'
    goods.put("zenitar mk2", summary("9", hostile, "20.00", itemWebUrl="javascript:alert(1)"))
    await app.registry.add({"query": "zenitar mk2", "below": "30", "label": "<b>label"}, clock.now())
    await app.poller.tick(Instant(clock.now()))
    await app.poller.settle()
    (row,) = app.stores.alerts.latest(9)
    for address in ("/alerts", f"/alerts/{row.alert.id}", f"/alerts/{row.alert.id}?item=9&words=%3Cb%3E"):
        answer = await page(client, address, HTML)
        assert "<script>alert" not in answer.text
        assert "<b>label" not in answer.text
        assert 'href="javascript' not in answer.text
        assert "49" not in re.findall(r"onload=x ([^ <]*)", answer.text)


async def test_the_specifics_that_decided_are_words_on_the_page(
    app: App, client: httpx.AsyncClient, goods: Scripted, clock: FakeClock
) -> None:
    aspects = [{"name": "Storage Capacity", "value": "128 GB"}, {"name": "<b>Set", "value": "<i>128gb"}]
    tablets = (summary(str(300 + n), "Apple iPad Mini 4 128GB tablet", f"{150 + n}.00") for n in range(6))
    nameless = summary("310", "Apple iPad Mini 4 tablet", "120.00", localizedAspects=aspects)
    goods.put("ipad mini 4 128gb", *tablets, nameless)
    await app.registry.add({"query": "ipad mini 4 128gb", "below": "130"}, clock.now())
    await app.poller.tick(Instant(clock.now()))
    await app.poller.settle()
    (row,) = app.stores.alerts.latest(9)
    answer = await page(client, f"/alerts/{row.alert.id}", HTML)
    assert "Decided by its specifics: " in text_of(answer)
    assert "Decided by its specifics: " not in text_of(answer).partition("Receipt")[2]
    assert "Decided by " in text_of(answer).partition("Receipt")[2]
    assert "<b>Set" not in answer.text
    assert "<i>128gb" not in answer.text


async def test_unseen_alerts_are_counted_on_every_page_until_seen(
    app: App, client: httpx.AsyncClient, browser: dict[str, str], own: list[str], clock: FakeClock
) -> None:
    made = Instant(clock.now())
    first = await page(client, "/settings", browser)
    assert f"<title>({len(own)}) Settings" in first.text
    assert f'data-live="alert">{len(own)}</span>' in first.text
    clock.move(60)
    form = {"until": iso(made), "seen": "no"}
    done = await client.post("/alerts/seen", data=form, headers=browser)
    assert (done.status_code, done.headers["location"]) == (303, "../alerts?seen=no&done=all")
    after = await page(client, "/alerts?seen=no&done=all", browser)
    assert "<title>Alerts" in after.text
    assert "All alerts are marked as seen." in text_of(after)
    assert "Mark all as seen" not in after.text
    assert not shown(after)
    others = app.stores.alerts.latest(100, user="other")
    assert [row.acked_by for row in others] == [""] * len(others)


async def test_an_alert_after_the_page_was_made_stays_unseen(
    app: App, client: httpx.AsyncClient, browser: dict[str, str], own: list[str], clock: FakeClock
) -> None:
    late = update(alerts).where(alerts.c.id == own[0]).values(made_at=clock.now() + 30)
    await app.stores.database.write(lambda conn: conn.execute(late))
    await client.post("/alerts/seen", data={"until": iso(clock.now())}, headers=browser)
    clock.move(60)
    assert "<title>(1) Alerts" in (await page(client, "/alerts", browser)).text


def stepped(late: dict[str, Any] | None, **fields: Any) -> AlertCard:
    """Return the card of an alert that was made 90 s and sent 95 s after its item was listed."""
    item = {"itemId": "v1|1|0", "title": "lamp", "url": "", "image": "", "currency": "USD", "total": "5.00"}
    item |= {"price": "5.00", "shipping": "0.00", "assumed": None, "condition": "", "why": ""}
    item |= {"listedAt": iso(1e9), "seenAt": iso(1e9 + 90), "confidence": "sure"}
    item |= {"doubt": "", "specifics": "", "reading": "", "lateness": late}
    sent = {"madeAt": iso(1e9 + 90), "delivery": CARD["delivery"] | {"sentAt": iso(1e9 + 95)}}
    return alert_card(CARD | {"items": [item | fields]} | sent)


def late_by(onset: str, since: float | None) -> dict[str, Any]:
    """Return the parts of an item's lateness that a card reads."""
    return {"onset": onset, "since": since and iso(since), "secondsToSeen": since and 90, "wasThere": None}


@pytest.mark.parametrize("late", [None, late_by("listed", 1e9)])
def test_the_steps_of_an_alert_say_how_late_each_was(late: dict[str, Any] | None) -> None:
    card = stepped(late)
    assert [(s.name, s.later) for s in card.steps] == [
        ("listed", ""), ("seen", "1 min later"), ("sent", "5 s later"),
    ]  # fmt: skip
    assert card.speed == "1 min after listing"


def test_the_steps_of_a_price_cut_begin_with_the_old_price() -> None:
    card = stepped(late_by("price-cut", 1e9 + 30), listedAt=iso(1e8))
    assert [(s.name, s.at - 1e9, s.later) for s in card.steps] == [
        ("old price", 30, ""), ("seen", 90, "1 min later"), ("sent", 95, "5 s later"),
    ]  # fmt: skip
    assert card.speed == "1 min after the price cut"


def test_the_steps_of_what_was_on_offer_before_say_no_lateness() -> None:
    card = stepped(late_by("earlier", None), listedAt=iso(1e8))
    assert [(s.name, s.later) for s in card.steps] == [("listed", ""), ("alerted", ""), ("sent", "5 s later")]
    assert card.speed == ""
    unknown = stepped(late_by("unknown", None), listedAt=None)
    assert [s.name for s in unknown.steps] == ["alerted", "sent"]
