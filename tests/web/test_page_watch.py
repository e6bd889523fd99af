"""The page of one watch: its figures, history and listings, and what is done to it."""

from __future__ import annotations

import re
from datetime import datetime

import httpx
import pytest

from tests.fakes import FakeClock
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.web.browsing import PERSON, message_of, open_page, press, sign_in_browser, submit
from tests.web.pages import Element, read_page
from watcher.core.times import DAY, HOUR, iso
from watcher.runtime import App


@pytest.fixture
async def browser(app: App, client: httpx.AsyncClient) -> httpx.AsyncClient:
    return await sign_in_browser(app, client)


@pytest.fixture
async def number(app: App, goods: Scripted, clock: FakeClock) -> int:
    """A watch that was polled once and has alerted."""
    goods.put(
        "zenitar mk2",
        *(summary(str(n), f"Zenitar mk2 camera {n}", f"{40 + n}.00") for n in range(1, 8)),
        summary("90", "Strap for Zenitar mk2", "9.00"),
    )
    draft = {"query": "zenitar mk2", "below": "42", "user": PERSON, "label": "Zenitar"}
    made = await app.registry.add(draft, clock.now())
    await app.poller.tick(clock.now())
    await app.poller.settle()
    return made.id


def form_to(page: Element, end: str) -> Element:
    found = [f for f in page.all("form") if f.attributes.get("action", "").endswith(end)]
    assert len(found) == 1
    return found[0]


async def test_a_watch_shows_what_it_is_worth(browser: httpx.AsyncClient, number: int) -> None:
    page = await open_page(browser, f"/watches/{number}")
    assert page.one("h1").text == "Zenitar"
    figures = page.one("section", **{"aria-label": "Now"}).text
    assert "$41.00 best total, 7 % under $44.00 median of 7 asks" in figures
    assert "$42.50 to $45.50 middle half" in figures
    facts = page.one("section", **{"aria-labelledby": "facts"}).text
    assert "Rule below 42.00 USD" in facts
    assert "Looks every" in facts


async def test_a_listing_that_is_only_likely_is_marked_with_the_reason(
    app: App, browser: httpx.AsyncClient, goods: Scripted, clock: FakeClock, number: int
) -> None:
    goods.put("zenitar mk2", summary("91", "Zenitar mk2 camera 91", "20.00"), at=clock.now())
    clock.move(DAY)
    await app.poller.tick(clock.now())
    await app.poller.settle()
    page = await open_page(browser, f"/watches/{number}")
    first, second = list(page.one("section", **{"aria-labelledby": "kept"}).all("li"))[:2]
    mark = first.one("span", **{"class": "state "})
    assert mark.text == "likely the item: it costs 45% of what others ask"
    assert mark.one("use").attributes["href"].endswith("#about")
    assert "likely" not in second.text
    (alert,) = [r.alert for r in app.stores.alerts.latest(10) if r.alert.items[0].doubt]
    page = await open_page(browser, f"/alerts/{alert.id}")
    assert mark.text in page.one("li", id="item-1").text
    assert mark.text in next(page.all("table")).text


async def test_its_history_has_a_target_and_its_alerts(
    app: App, browser: httpx.AsyncClient, clock: FakeClock, number: int
) -> None:
    clock.move(3 * DAY)
    await app.poller.tick(clock.now())
    await app.poller.settle()
    page = await open_page(browser, f"/watches/{number}?days=7")
    chart = page.one("svg", role="img")
    assert chart.attributes["aria-label"] == "3 days: median $44 to $44, now $44, target $42, 1 alert"
    assert [dot.text for dot in chart.all("circle")] == ["Alert: $41 Zenitar mk2 camera 1"]
    assert "$44.00" in page.one("details", id="figures").one("tbody").text
    assert page.one("a", **{"aria-current": "true"}).text == "7 days"


async def test_a_history_of_less_than_a_day_is_a_sentence(browser: httpx.AsyncClient, number: int) -> None:
    page = await open_page(browser, f"/watches/{number}")
    assert "The median is $44 today. The line of prices starts tomorrow." in page.text
    assert not list(page.all("svg", role="img"))


async def test_the_best_listings_come_first_and_the_others_are_folded(
    app: App, browser: httpx.AsyncClient, goods: Scripted, clock: FakeClock
) -> None:
    goods.put("zenit 3", *(summary(str(n), f"Zenit 3 camera {n}", f"{40 + n}.00") for n in range(1, 21)))
    made = await app.registry.add({"query": "zenit 3", "user": PERSON}, clock.now())
    await app.poller.tick(clock.now())
    await app.poller.settle()
    kept = (await open_page(browser, f"/watches/{made.id}")).one("section", **{"aria-labelledby": "kept"})
    folded = kept.one("details", id="more-kept")
    assert folded.one("summary").text == "8 more"
    first = [link.text for link in kept.one("ul", **{"data-rows": ""}).all("a", target="_blank")]
    assert first == [f"Zenit 3 camera {n}" for n in range(1, 13)]


async def test_listings_are_kept_or_dropped_with_a_reason(browser: httpx.AsyncClient, number: int) -> None:
    page = await open_page(browser, f"/watches/{number}")
    kept = list(page.one("section", **{"aria-labelledby": "kept"}).all("li"))
    assert len(kept) == 7
    assert kept[0].text.startswith("Zenitar mk2 camera 1")
    assert "$41.00 free shipping" in kept[0].text
    (dropped,) = page.one("details", id="dropped-listings").all("li")
    assert dropped.text.startswith("Strap for Zenitar mk2")
    assert dropped.one("small").text


async def test_its_alerts_lead_to_their_receipts(app: App, browser: httpx.AsyncClient, number: int) -> None:
    page = await open_page(browser, f"/watches/{number}")
    (row,) = page.one("section", **{"aria-labelledby": "alerts"}).all("li")
    (alert,) = app.stores.alerts.latest(9, watch=number)
    assert row.one("a").attributes["href"].endswith(f"alerts/{alert.alert.id}")
    assert "0 of 2 alerted items rejected" in page.text


async def test_a_watch_that_was_not_polled_says_so(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    made = await app.registry.add({"query": "zenitar mk2", "user": PERSON}, clock.now())
    text = (await open_page(browser, f"/watches/{made.id}")).text
    for said in ("First look to come", "No price is stored", "No alert yet", "there was none yet"):
        assert said in text
    assert "$0" not in text


async def test_a_watch_is_paused_and_resumed(app: App, browser: httpx.AsyncClient, number: int) -> None:
    page = await press(browser, form_to(await open_page(browser, f"/watches/{number}"), "/pause"))
    assert message_of(page) == "Paused: nothing is looked for until you resume it."
    assert app.registry.get(app.registry.watch_id(number)).paused
    page = await press(browser, form_to(page, "/resume"))
    assert message_of(page) == "Resumed: the next look is due."
    assert not app.registry.get(number).paused


async def test_a_watch_is_snoozed_for_a_while(
    app: App, browser: httpx.AsyncClient, clock: FakeClock, number: int
) -> None:
    page = await submit(browser, f"/watches/{number}/snooze", **{"for": "8h"})
    assert "Snoozed, ends" in page.text
    (silence,) = app.stores.incidents.silences(clock.now())
    assert silence.ends_at == clock.now() + 8 * HOUR
    page = await press(browser, form_to(page, "/wake"))
    assert message_of(page) == "Its alerts are sent again."
    assert not app.stores.incidents.silences(clock.now())


async def test_a_watch_is_snoozed_until_a_time(
    app: App, browser: httpx.AsyncClient, clock: FakeClock, number: int
) -> None:
    ends = clock.now() + 30 * HOUR
    await submit(browser, f"/watches/{number}/snooze", until=iso(ends))
    local = datetime.fromtimestamp(ends).strftime("%Y-%m-%dT%H:%M")  # noqa: DTZ006 - as a form without script sends it
    await submit(browser, f"/watches/{number}/snooze", until=local)
    assert {s.ends_at - ends for s in app.stores.incidents.silences(clock.now())} <= {0, -(ends % 60)}


@pytest.mark.parametrize("until", ["tomorrow", "2000-01-01T00:00", "2999-01-01T00:00", "0001-01-01T00:00"])
async def test_a_snooze_ends_within_a_year(browser: httpx.AsyncClient, number: int, until: str) -> None:
    assert (await browser.post(f"/watches/{number}/snooze", data={"until": until})).status_code == 400


@pytest.mark.parametrize("length", ["", "2h", "-1h", "x"])
async def test_a_snooze_has_one_of_the_offered_lengths(
    browser: httpx.AsyncClient, number: int, length: str
) -> None:
    assert (await browser.post(f"/watches/{number}/snooze", data={"for": length})).status_code == 400


async def test_a_deleted_watch_can_come_back(app: App, browser: httpx.AsyncClient, number: int) -> None:
    page = await press(browser, form_to(await open_page(browser, f"/watches/{number}"), "/remove"))
    assert message_of(page).startswith("1 watch deleted.")
    assert (await browser.get(f"/watches/{number}")).status_code == 404
    await press(browser, page.one("div", id="message").one("form"))
    assert app.registry.get(number).label == "Zenitar"


async def test_a_wrong_listing_is_rejected_after_a_preview(
    app: App, browser: httpx.AsyncClient, number: int
) -> None:
    page = await open_page(browser, f"/watches/{number}")
    link = next(a for a in page.all("a") if a.text == "Not the item")
    doubt = (await open_page(browser, f"/watches/{number}{link.attributes['href']}")).one("form", id="doubt")
    assert "No other comp would go. 6 comps would remain." in doubt.text
    words = await open_page(browser, f"/watches/{number}?item=v1%7C1%7C0&words=camera+2")
    assert "Zenitar mk2 camera 2" in words.one("form", id="doubt").text
    assert not app.registry.get(number).rejected
    doubt = (await press(browser, doubt, "See what the words drop")).one("form", id="doubt")
    page = await press(browser, doubt, "Reject it")
    assert message_of(page).startswith("Rejected: the watch drops this listing from now on.")
    assert len(app.registry.get(number).rejected) == 1
    assert "you rejected this item" in page.one("details", id="dropped-listings").text
    page = await press(browser, page.one("div", id="message").one("form"))
    assert message_of(page).startswith("The rejection is withdrawn.")
    assert not app.registry.get(number).rejected


async def test_a_refused_rejection_comes_back_with_its_words(browser: httpx.AsyncClient, number: int) -> None:
    answer = await browser.post(f"/watches/{number}/reject", data={"item": "nonsense", "words": "strap"})
    assert answer.status_code == 400
    assert "nonsense" in read_page(answer.text).one("form", id="doubt").one("span").text
    assert re.search(r'name="words"[^>]*value="strap"', answer.text)


async def test_a_foreign_watch_is_as_missing_as_none(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    foreign = await app.registry.add({"query": "zenitar", "user": "other"}, clock.now())
    for address in (f"/watches/{foreign.id}", "/watches/999999"):
        assert (await browser.get(address)).status_code == 404
    for action in ("pause", "resume", "wake", "remove", "reject", "snooze"):
        assert (await browser.post(f"/watches/{foreign.id}/{action}")).status_code == 404
    after = app.registry.get(foreign.id)
    assert (after.revision, after.paused, after.rejected) == (1, False, ())


async def test_hostile_titles_stay_text(
    app: App, browser: httpx.AsyncClient, goods: Scripted, clock: FakeClock, number: int
) -> None:
    hostile = 'Zenitar mk2 <script>alert(1)</script> " onload=x'
    goods.put("zenitar mk2", summary("1", hostile, "30.00"))
    clock.move(2 * DAY)
    await app.poller.tick(clock.now())
    await app.poller.settle()
    page = await open_page(browser, f"/watches/{number}")
    assert [s.attributes for s in page.all("script") if "src" not in s.attributes] == []
    assert hostile in page.text


async def test_a_part_for_another_page_has_the_addresses_of_that_page(
    browser: httpx.AsyncClient, number: int
) -> None:
    answer = await browser.get(f"/watches/{number}/edit", headers={"X-Root": "../"})
    form = read_page(answer.text).one("form", id="watch")
    assert form.attributes["action"] == f"../watches/{number}/edit"
    for hostile in ("//evil.example/", "/", "..", "../x"):
        answer = await browser.get(f"/watches/{number}/edit", headers={"X-Root": hostile})
        assert (
            read_page(answer.text).one("form", id="watch").attributes["action"].startswith("../../watches/")
        )


async def test_a_rejection_lists_only_the_first_titles_that_would_go(
    app: App, browser: httpx.AsyncClient, goods: Scripted, clock: FakeClock
) -> None:
    goods.put("zenit 3", *(summary(str(n), f"Zenit 3 camera {n}", f"{40 + n}.00") for n in range(1, 21)))
    made = await app.registry.add({"query": "zenit 3", "user": PERSON}, clock.now())
    await app.poller.tick(clock.now())
    await app.poller.settle()
    doubt = (await open_page(browser, f"/watches/{made.id}?item=v1%7C1%7C0&words=camera")).one(
        "form", id="doubt"
    )
    assert [li.text for li in doubt.all("li")][9:] == ["Zenit 3 camera 11", "and 9 more"]
    assert doubt.one("strong").text == "Zenit 3 camera 1"


async def test_deleting_a_watch_twice_offers_the_same_undo(
    app: App, browser: httpx.AsyncClient, number: int
) -> None:
    await submit(browser, f"/watches/{number}/remove")
    page = await submit(browser, f"/watches/{number}/remove")
    await press(browser, page.one("div", id="message").one("form"))
    assert app.registry.get(number).id == number
    await open_page(browser, f"/watches/{number}")


async def unsure(app: App, goods: Scripted, clock: FakeClock, number: int) -> None:
    """Add listings that may or may not be the item to the stored answer."""
    plain = (summary(str(n), f"Zenitar mk2 camera {n}", f"{40 + n % 9}.00") for n in range(100, 160))
    odd = (summary(str(n), "Zenitar mk2 camera lomo gravita", "43.00") for n in (201, 202))
    goods.put("zenitar mk2", *plain, *odd)
    clock.move(DAY)
    await app.poller.tick(clock.now())
    await app.poller.settle()


async def test_a_watch_asks_learns_and_takes_it_back(
    app: App, browser: httpx.AsyncClient, goods: Scripted, clock: FakeClock, number: int
) -> None:
    await unsure(app, goods, clock, number)
    page = await open_page(browser, f"/watches/{number}")
    asked = page.one("section", **{"aria-labelledby": "asked"})
    assert "Zenitar mk2 camera lomo gravita" in asked.text
    assert "kept now: hardly any other title says" in asked.text
    form = next(f for f in asked.all("form") if "Something else" in f.text)
    page = await press(browser, form)
    assert message_of(page).startswith("Learned: your answer counts for similar listings")
    assert "“gravita”, “lomo”" in page.one("details", id="learned").text
    assert [a.same for a in app.registry.get(number).taught] == [False]
    assert "like what you called something else" in page.one("details", id="dropped-listings").text
    taken = next(f for f in page.one("details", id="learned").all("form"))
    page = await press(browser, taken)
    assert message_of(page) == "Taken back."
    assert app.registry.get(number).taught == ()


async def test_an_answer_on_the_page_can_be_undone_and_wrong_ones_are_refused(
    app: App, browser: httpx.AsyncClient, goods: Scripted, clock: FakeClock, number: int
) -> None:
    await unsure(app, goods, clock, number)
    page = await submit(browser, f"/watches/{number}/teach", item="v1|201|0", answer="same")
    undo = next(f for f in page.all("form") if f.text.strip() == "Undo")
    await press(browser, undo)
    assert app.registry.get(number).taught == ()
    for wrong in ({"item": "201", "answer": "perhaps"}, {"item": "999", "answer": "same"}):
        refused = await browser.post(f"/watches/{number}/teach", data=wrong)
        assert (refused.status_code, "Zenitar" in refused.text) == (400, True)


async def test_another_query_says_that_the_answers_are_taken_back(
    app: App, browser: httpx.AsyncClient, goods: Scripted, clock: FakeClock, number: int
) -> None:
    await unsure(app, goods, clock, number)
    await submit(browser, f"/watches/{number}/teach", item="v1|201|0", answer="same")
    form = (await open_page(browser, f"/watches/{number}/edit")).one("form", id="watch")
    fields = {
        f.attributes["name"]: f.attributes.get("value", "")
        for f in form.all("input")
        if "name" in f.attributes
    }
    done = await browser.post(
        f"/watches/{number}/edit", data=fields | {"query": "zenitar mk3", "kind": "new"}
    )
    assert done.headers["location"].endswith("done=unlearned"), done.text
