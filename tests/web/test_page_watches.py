"""The list of watches: what it shows of each, how it is narrowed, and what is done to many at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text, update

from tests.fakes import FakeClock
from tests.web.browsing import PERSON, message_of, open_page, press, sign_in_browser, submit
from tests.web.clients import cookie, session_of
from tests.web.pages import Element
from watcher.core.times import DAY, HOUR, in_zone
from watcher.core.watch import WatchId
from watcher.db.schema import item_states, searches, watches
from watcher.monitoring.incident_queries import add_silence
from watcher.runtime import App


@pytest.fixture
async def browser(app: App, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client that is signed in."""
    return await sign_in_browser(app, client)


async def add(app: App, clock: FakeClock, user: str = PERSON, **fields: Any) -> int:
    draft = {"query": "zenitar mk2", "below": "42", "user": user, **fields}
    return (await app.registry.add(draft, clock.now())).id


async def poll(app: App, clock: FakeClock) -> None:
    await app.poller.tick(clock.now())
    await app.poller.settle()


def rows(page: Element) -> list[Element]:
    return list(page.one("tbody").all("tr"))


def row_of(page: Element, number: int) -> Element:
    return next(row for row in rows(page) if list(row.all("input", name=f"w{number}")))


def names(page: Element) -> list[str]:
    return [row.one("label").text for table in page.all("tbody") for row in table.all("tr")]


async def undo(browser: httpx.AsyncClient, page: Element) -> Element:
    return await press(browser, page.one("div", id="message").one("form"))


async def test_an_empty_list_explains_itself_in_three_steps(browser: httpx.AsyncClient) -> None:
    page = await open_page(browser)
    assert len(list(page.one("ol").all("li"))) == 3
    assert "[slack] watch_webhook_url" in page.text


async def test_a_watch_shows_its_prices_looks_and_alert(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    number = await add(app, clock, label="Zenitar", tag="cameras")
    assert "First look to come" in row_of(await open_page(browser), number).text
    await poll(app, clock)
    row = row_of(await open_page(browser), number)
    what, state, looks, best, median, trend = [cell.text for cell in row.all("td")]
    assert what == "Zenitar cameras at most $42.00"
    assert best == "$41.00 5 % under"
    assert median == "$43.00 5 asks"
    assert trend == "no trend yet"
    assert "next" in looks
    assert state.startswith("Alert waiting")
    assert row.one("label").text == "Zenitar"  # what the box ticks
    assert row.one("img").attributes["src"] == f"./img/w{number}"


async def test_a_month_of_medians_is_a_sparkline(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    number = await add(app, clock, every="1d")
    for _ in range(3):
        await poll(app, clock)
        clock.move(DAY)
        await app.stores.database.write(lambda c: c.execute(update(searches).values(due_at=0.0)))
    row = row_of(await open_page(browser), number)
    assert row.one("path").attributes["d"] == "M26 2h0h2"
    assert "steady" in row.text


async def test_an_unknown_amount_is_a_dash_with_the_reason(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    await add(app, clock, query="nothing like it")
    await poll(app, clock)
    (row,) = rows(await open_page(browser))
    assert [c.text for c in row.all("td")][3] == "— no listing with a known total"
    assert "$0" not in row.text


async def test_a_state_says_what_hinders_a_watch(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    paused, silent, failing = [await add(app, clock, query=f"zenitar mk{n}") for n in (1, 2, 3)]
    await app.registry.set_paused(WatchId(paused), clock.now(), paused=True)
    draft = {"length": "2h", "reason": "x", "author": PERSON, "watch": str(silent)}
    await add_silence(app.stores, draft, clock.now())
    broken = update(searches).where(searches.c.query == "zenitar mk3").values(error="EBAY_UNAVAILABLE")
    await app.stores.database.write(lambda c: c.execute(broken))
    page = await open_page(browser)
    states = [list(row_of(page, n).all("td"))[1].text for n in (paused, silent, failing)]
    assert states[0] == "Paused"
    assert states[1].startswith("Snoozed, ends")
    assert states[2] == "eBay is temporarily busy"


async def test_the_list_has_only_the_callers_watches(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    await add(app, clock, label="own")
    await add(app, clock, label="foreign", user="other")
    assert names(await open_page(browser)) == ["own"]
    assert names(await open_page(browser, "/?q=foreign")) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=LENS", ["b lens"]),
        ("q=mk2+a", ["a", "a lens sale"]),
        ("q=%25", []),
        ("tag=t1", ["a"]),
        ("state=paused", ["b lens"]),
        ("state=active&sort=name", ["a", "a lens sale"]),
        ("sort=name", ["a", "a lens sale", "b lens"]),
        ("sort=newest", ["a lens sale", "b lens", "a"]),
        ("state=failing", []),
        ("state=alerted", []),
    ],
)
async def test_the_list_is_searched_filtered_and_sorted(
    app: App, browser: httpx.AsyncClient, clock: FakeClock, query: str, found: list[str]
) -> None:
    await add(app, clock, label="a", tag="t1")
    paused = await add(app, clock, query="zenitar", label="b lens")
    await add(app, clock, label="a lens sale" if "LENS" not in query else "a sale")
    await app.registry.set_paused(WatchId(paused), clock.now(), paused=True)
    assert sorted(names(await open_page(browser, f"/?{query}"))) == sorted(found)
    if "sort" in query:
        assert names(await open_page(browser, f"/?{query}")) == found


@pytest.mark.parametrize("order", ["best", "median", "deal"])
async def test_prices_sort_watches_and_unknown_ones_come_last(
    app: App, browser: httpx.AsyncClient, clock: FakeClock, order: str
) -> None:
    await add(app, clock, query="nothing like it", label="unknown")
    await add(app, clock, label="known")
    await poll(app, clock)
    assert names(await open_page(browser, f"/?sort={order}")) == ["known", "unknown"]


async def test_long_lists_have_pages(app: App, browser: httpx.AsyncClient, clock: FakeClock) -> None:
    drafts = [{"query": "zenitar", "label": f"n{n}", "user": PERSON} for n in range(51)]
    await app.registry.add_all([app.registry.parse(d) for d in drafts], clock.now())
    page = await open_page(browser)
    assert len(rows(page)) == 50
    following = page.one("a", rel="next").attributes["href"].removeprefix(".")
    assert names(await open_page(browser, following)) == ["n0"]
    assert len(rows(await open_page(browser, "/?rows=200"))) == 51


async def test_many_watches_are_paused_and_that_is_undone(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    numbers = [await add(app, clock, label=f"n{n}") for n in range(3)]
    boxes = {f"w{n}": "on" for n in numbers[:2]}
    page = await submit(browser, "/watches/bulk", do="pause", **boxes)
    assert message_of(page).startswith("2 watches paused.")
    assert [r.watch.paused for r in app.stores.watches.listed(PERSON)] == [True, True, False]
    page = await undo(browser, page)
    assert message_of(page) == "2 watches as before."
    assert [r.watch.paused for r in app.stores.watches.listed(PERSON)] == [False] * 3


async def test_many_watches_get_a_tag_and_that_is_undone(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    first, second = await add(app, clock, tag="old"), await add(app, clock)
    boxes = {f"w{n}": "on" for n in (first, second)}
    page = await submit(browser, "/watches/bulk", do="tag", tag="new", **boxes)
    assert [r.watch.tag for r in app.stores.watches.listed(PERSON)] == ["new", "new"]
    await undo(browser, page)
    assert [r.watch.tag for r in app.stores.watches.listed(PERSON)] == ["old", ""]


async def test_deleted_watches_come_back_as_they_were(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    number = await add(app, clock, label="Zenitar")
    await poll(app, clock)
    before, told = app.registry.get(number), await _item_states(app)
    page = await submit(browser, "/watches/bulk", do="remove", **{f"w{number}": "on"})
    assert message_of(page).startswith("1 watch deleted.")
    assert app.stores.watches.count_of(PERSON) == 0
    await undo(browser, page)
    after = app.registry.get(number)
    assert after == before.__class__(**{**_fields(before), "revision": before.revision + 2})
    assert told == await _item_states(app) != []
    await poll(app, clock)
    assert len(app.stores.alerts.latest(9, watch=number)) == 1  # it does not alert again


async def _item_states(app: App) -> list[Any]:
    return await app.stores.database.write(lambda c: list(c.execute(item_states.select()).all()))


def _fields(watch: Any) -> dict[str, Any]:
    return {name: getattr(watch, name) for name in watch.__dataclass_fields__}


async def test_an_undo_works_once_for_its_user_and_half_an_hour(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    number = await add(app, clock)
    page = await submit(browser, "/watches/bulk", do="remove", **{f"w{number}": "on"})
    form = page.one("div", id="message").one("form")
    code = next(e for e in form.all("input", name="undo")).attributes["value"]
    _, other = await session_of(app, "other")
    foreign = await browser.post("/watches/undo", data={"undo": code}, headers=cookie(other))
    assert foreign.status_code == 404
    assert message_of(page).endswith(in_zone(datetime.fromtimestamp(clock.now() + HOUR / 2).astimezone()))
    await undo(browser, page)
    assert (await browser.post("/watches/undo", data={"undo": code})).status_code == 404
    page = await open_page(browser, f"/?done=removed&n=1&undo={code}")
    assert message_of(page) == "1 watch deleted. Past alerts stay."
    page = await submit(browser, "/watches/bulk", do="remove", **{f"w{number}": "on"})
    clock.move(HOUR)
    code = next(e for e in page.all("input", name="undo")).attributes["value"]
    assert (await browser.post("/watches/undo", data={"undo": code})).status_code == 404


async def test_foreign_and_missing_watches_are_not_changed(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    foreign = await add(app, clock, user="other")
    for do in ("pause", "tag", "remove"):
        page = await submit(browser, "/watches/bulk", do=do, tag="x", **{f"w{foreign}": "on", "w999": "on"})
        assert message_of(page).startswith("0 watches")
    assert app.registry.get(foreign).paused is False
    assert app.registry.get(foreign).tag == ""


async def test_an_action_returns_to_the_list_that_it_came_from(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    number = await add(app, clock, label="Zenitar")
    fields = {f"w{number}": "on", "back": "?q=zen&sort=name&evil=//x"}
    answer = await browser.post("/watches/bulk", data={"do": "pause", **fields})
    assert answer.headers["location"].startswith("../?q=zen&sort=name&n=1&undo=")
    assert "evil" not in answer.headers["location"]
    assert (await browser.post("/watches/bulk", data={"do": "pause"})).headers["location"] == "../?done=none"


@pytest.mark.parametrize("fields", [{"do": "explode", "w1": "on"}, {"do": "pause", "x": "1", "w1": "on"}])
async def test_an_unknown_action_or_field_is_refused(
    browser: httpx.AsyncClient, fields: dict[str, str]
) -> None:
    assert (await browser.post("/watches/bulk", data=fields)).status_code == 400


async def test_hostile_names_stay_text(app: App, browser: httpx.AsyncClient, clock: FakeClock) -> None:
    hostile = "<script>alert(1)</script> \" onload=x '"
    await add(app, clock, label=hostile, tag="<b>&\"'")
    page = await open_page(browser)
    assert names(page) == [" ".join(hostile.split())]
    assert not list(page.one("main").all("b"))


async def test_a_damaged_watch_is_named_and_hinders_no_other(
    app: App, browser: httpx.AsyncClient, clock: FakeClock
) -> None:
    bad, good = await add(app, clock), await add(app, clock, label="good")
    spoil = update(watches).where(watches.c.id == bad).values(rule="nonsense")
    await app.stores.database.write(lambda c: c.execute(spoil))
    page = await open_page(browser)
    assert "Cannot be read" in row_of(page, bad).text
    assert "Cannot be read" not in row_of(page, good).text
    if app.stores.database.shared:
        return  # Postgres stores no value of another type
    spoil_type = text(f"UPDATE watches SET revision = 'x' WHERE id = {bad}")
    await app.stores.database.write(lambda c: c.execute(spoil_type))
    page = await open_page(browser)
    assert rows(page) == [row_of(page, good)]
    assert f"Watch {bad} cannot be read" in page.text


async def test_the_page_after_the_last_is_the_last_one(
    browser: httpx.AsyncClient, app: App, clock: FakeClock
) -> None:
    await add(app, clock, label="Kept")
    page = await open_page(browser, "/?page=2")  # whose watches were all removed just now
    assert names(page) == ["Kept"]
    assert "Nothing is watched yet" not in page.text


async def test_a_second_click_on_delete_keeps_the_undo(
    browser: httpx.AsyncClient, app: App, clock: FakeClock
) -> None:
    numbers = [await add(app, clock, label=name) for name in ("Left", "Right")]
    ticked = {f"w{number}": "on" for number in numbers} | {"do": "remove"}
    await submit(browser, "/watches/bulk", **ticked)
    page = await submit(browser, "/watches/bulk", **ticked)
    assert message_of(page).startswith("2 watches deleted.")
    assert names(await undo(browser, page)) == ["Right", "Left"]
    page = await submit(browser, "/watches/bulk", **ticked)  # once more, and that is undone, too
    assert names(await undo(browser, page)) == ["Right", "Left"]


async def test_a_search_keeps_the_length_of_the_page(
    browser: httpx.AsyncClient, app: App, clock: FakeClock
) -> None:
    await add(app, clock)
    page = await open_page(browser, "/?rows=200")
    assert page.one("form", role="search").one("input", name="rows").attributes["value"] == "200"
