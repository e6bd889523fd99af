"""The pages on which a watch is written: what they try, what they suggest, and what they save."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import httpx
import pytest

from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.clients import cookie, session_of
from tests.web.pages import Element, read_page
from watcher.demo.browse import SEARCH
from watcher.runtime import App
from watcher.web.access.csrf import form_token

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
NEW = "/watches/new"


async def page(client: httpx.AsyncClient, address: str, status: int = 200, **query: str) -> Element:
    answer = await client.get(f"{address}?{urlencode(query)}" if query else address, headers=HTML)
    assert answer.status_code == status, answer.text
    return read_page(answer.text)


async def post(client: httpx.AsyncClient, address: str, fields: Mapping[str, str]) -> httpx.Response:
    return await client.post(address, data=dict(fields), headers=HTML)


def typed(form: Element) -> dict[str, str]:
    """Return what a browser would send of a form."""
    fields = {e.attributes["name"]: e.attributes.get("value", "") for e in form.all("input")}
    for select in form.all("select"):
        chosen = [o for o in select.all("option") if "selected" in o.attributes] or list(select.all("option"))
        fields[select.attributes["name"]] = chosen[0].attributes["value"]
    return fields


def buttons(document: Element, name: str) -> list[str]:
    return [b.attributes["value"] for b in document.all("button", name=name)]


async def test_preview_says_what_is_kept_and_what_would_alert(client: httpx.AsyncClient) -> None:
    tried = await page(client, NEW, query="zenitar mk2", value="42")
    preview = tried.one(id="preview").text
    assert "5 of 5 listings are the item." in preview
    assert "2 of them satisfy the watch already, the best at $41.00" in preview
    assert "$43 Median of 5 asks" in preview
    assert preview.count("alerts") >= 3
    assert typed(tried.one(id="watch"))["value"] == "42"


async def test_preview_counts_what_is_only_likely(client: httpx.AsyncClient, goods: Scripted) -> None:
    goods.put("zenitar mk2", summary("91", "Zenitar mk2 camera 91", "20.00"))
    tried = await page(client, NEW, query="zenitar mk2", value="42")
    assert "6 of 6 listings are the item, 1 of them only likely." in tried.one(id="preview").text


async def test_preview_shows_the_same_as_the_api(client: httpx.AsyncClient) -> None:
    query = {"query": "zenitar mk2", "below": "42", "exclude": "strap"}
    shown = (await client.post("/api/watches/preview", json=query)).json()
    preview = (await page(client, NEW, **query)).one(id="preview").text
    assert shown["outlook"] in preview
    assert shown["backtest"]["sentence"] in preview
    assert all(row["title"] in preview for row in shown["comps"]["kept"])


async def test_dropped_listings_are_shown_with_their_reasons(
    client: httpx.AsyncClient, goods: Scripted
) -> None:
    goods.put(
        "acme 900", summary("1", "Acme 900 camera", "50.00"), summary("2", "Strap for Acme 900", "5.00")
    )
    preview = (await page(client, NEW, query="acme 900")).one(id="preview")
    (group,) = [d for d in preview.all("details") if d.attributes["id"].startswith("dropped")]
    assert group.one("summary").text == "1 accessory"
    assert 'not the item itself: "strap for"' in group.text


async def test_without_an_amount_the_market_is_shown_and_nothing_is_saved(
    client: httpx.AsyncClient, app: App
) -> None:
    tried = await page(client, NEW, query="zenitar mk2", value="")
    assert "satisf" not in tried.one(id="preview").text
    refused = await post(client, NEW, typed(tried.one(id="watch")))
    assert refused.status_code == 400
    form = read_page(refused.text).one(id="watch")
    assert form.one("span", id="value-error").text.startswith("Say when to alert")
    assert typed(form)["query"] == "zenitar mk2"
    assert not app.stores.watches.page("local").rows


async def test_suggested_target_fills_the_form(client: httpx.AsyncClient) -> None:
    tried = await page(client, NEW, query="zenitar mk2", label="mine")
    rules = buttons(tried, "use_rule")
    assert rules == ["below 41.00 USD", "below 30.00 USD", "deal 70%"]
    used = await page(client, NEW, **typed(tried.one(id="watch")) | {"use_rule": rules[-1]})
    fields = typed(used.one(id="watch"))
    assert (fields["kind"], fields["value"], fields["label"]) == ("deal", "70%", "mine")


async def test_suggested_words_are_added_to_those_that_were_typed(
    client: httpx.AsyncClient, goods: Scripted
) -> None:
    cameras = [summary(str(n), f"Acme 900 camera {n}", "500.00") for n in range(1, 9)]
    odd = [summary(str(n), f"Acme 900 gizmo {n}", "150.00") for n in range(10, 12)]
    goods.put("acme 900", *cameras, *odd)
    tried = await page(client, NEW, query="acme 900", exclude="strap")
    assert buttons(tried, "add_exclude") == ["gizmo"]
    used = await page(client, NEW, **typed(tried.one(id="watch")) | {"add_exclude": "gizmo"})
    assert typed(used.one(id="watch"))["exclude"] == "strap, gizmo"
    assert "8 of 10 listings are the item." in used.one(id="preview").text
    again = await page(client, NEW, **typed(used.one(id="watch")) | {"add_exclude": "gizmo"})
    assert typed(again.one(id="watch"))["exclude"] == "strap, gizmo"


async def test_several_items_are_offered_one_by_one(client: httpx.AsyncClient, goods: Scripted) -> None:
    raw = [summary(str(n), f"Acme 900 {n}", f"{50 + n}.00") for n in range(1, 11)]
    graded = [summary(str(n), f"Acme 900 psa {n}", f"{400 + n}.00") for n in range(11, 21)]
    goods.put("acme 900", *raw, *graded)
    preview = (await page(client, NEW, query="acme 900")).one(id="preview")
    assert "Which of these do you mean?" in preview.text
    assert buttons(preview, "use_query") == ["acme 900 psa"]
    assert "psa" in buttons(preview, "add_exclude")


async def test_saved_watch_is_the_one_that_was_tried(client: httpx.AsyncClient) -> None:
    fields = {"query": "zenitar mk2", "kind": "deal", "value": "70%", "exclude": "box only,"}
    fields |= {"certainty": "sure", "every": "15m"}
    saved = await post(client, NEW, fields)
    assert (saved.status_code, saved.headers["location"]) == (303, "../watches/1?done=added")
    watch = (await client.get("/api/watches/1")).json()
    assert (watch["rule"], watch["exclude"]) == ("deal 70%", ["box only"])
    assert (watch["certainty"], watch["every"]) == ("sure", "15m")
    after = await page(client, "/watches/1", done="added")
    assert after.one(id="message").text == "Saved: the first poll is due."
    document = await page(client, "/watches/1/edit")
    assert document.one(id="more").one("summary").text == "More choices sure, 15m"
    edit = typed(document.one(id="watch"))
    assert {name: edit[name] for name in fields} == fields


async def test_every_field_at_fault_is_marked_with_its_own_sentence(client: httpx.AsyncClient) -> None:
    fields = {"query": "zenitar mk2", "value": "5x", "every": "soon", "from_country": "Atlantis"}
    form = (await page(client, NEW, 400, **fields)).one(id="watch")
    errors = {e.attributes["id"]: e.text for e in form.all("span") if "id" in e.attributes}
    assert set(errors) == {"value-error", "every-error", "from_country-error"}
    assert errors["value-error"].startswith('"5x" is not an amount of money')
    marked = [e.attributes["name"] for e in form.all("input") if "aria-invalid" in e.attributes]
    assert sorted(marked) == ["every", "from_country", "value"]
    assert form.one("details").attributes.keys() >= {"open"}
    assert fields.items() <= typed(form).items()


async def test_market_that_fails_leaves_the_form_and_says_when_to_try_again(
    client: httpx.AsyncClient, market: MarketServer
) -> None:
    market.faults.append(Fault(FaultKind.STATUS, path=SEARCH))
    failed = await page(client, NEW, 503, query="zenitar mk2", value="42", label="mine")
    trouble = failed.one(id="preview")
    assert "eBay is temporarily busy" in trouble.text
    assert trouble.one("p", **{"aria-live": "off"}).attributes["data-retry"] == "30"
    assert typed(failed.one(id="watch"))["label"] == "mine"


async def test_edit_keeps_what_the_form_does_not_change(client: httpx.AsyncClient) -> None:
    body = {
        "query": "zenitar mk2",
        "below": 42,
        "label": "camera",
        "minFeedback": 50,
        "exclude": ["box only"],
        "priority": "high",
        "sellers": ["cards-4u", "Other.Seller"],
    }
    await client.post("/api/watches", json=body)
    before = (await client.get("/api/watches/1")).json()
    form = (await page(client, "/watches/1/edit")).one(id="watch")
    assert form.attributes["action"].endswith("watches/1/edit")
    saved = await post(client, "/watches/1/edit", typed(form) | {"label": "lens"})
    assert saved.status_code == 303
    after = (await client.get("/api/watches/1")).json()
    assert after == before | {"label": "lens", "revision": 2}


async def test_edit_of_a_watch_that_was_changed_meanwhile_saves_nothing(client: httpx.AsyncClient) -> None:
    await client.post("/api/watches", json={"query": "zenitar mk2", "below": 42})
    fields = typed((await page(client, "/watches/1/edit")).one(id="watch"))
    await client.patch("/api/watches/1", json={"tag": "other"})
    refused = await post(client, "/watches/1/edit", fields | {"label": "mine"})
    assert refused.status_code == 412
    form = read_page(refused.text)
    assert "was changed in another window" in form.one(id="message").text
    assert typed(form.one(id="watch"))["label"] == "mine"
    assert (await client.get("/api/watches/1")).json()["tag"] == "other"
    assert (await post(client, "/watches/1/edit", typed(form.one(id="watch")))).status_code == 303
    watch = (await client.get("/api/watches/1")).json()
    assert (watch["label"], watch["tag"]) == ("mine", "")


async def test_preview_of_an_edit_leaves_rejected_items_out(client: httpx.AsyncClient, app: App) -> None:
    await client.post("/api/watches", json={"query": "zenitar mk2", "below": 42})
    await app.registry.reject(app.registry.watch_id(1), ["v1|1|0"], "", app.clock.now())
    tried = await page(client, "/watches/1/edit", query="zenitar mk2", value="45")
    assert "4 of 5 listings are the item." in tried.one(id="preview").text


async def test_shared_listing_opens_a_filled_form(client: httpx.AsyncClient) -> None:
    shared = {"title": "Zenitar MK2 | eBay", "text": "", "url": "https://www.ebay.com/itm/1?x=y"}
    filled = await page(client, NEW, **shared)
    assert typed(filled.one(id="watch"))["query"] == "Zenitar MK2"
    assert "5 of 5 listings are the item." in filled.one(id="preview").text


async def test_address_of_an_item_becomes_the_title_that_polls_saw(
    client: httpx.AsyncClient, app: App, clock: FakeClock
) -> None:
    address = "https://www.ebay.com/itm/3"
    unknown = await page(client, NEW, query=address)
    assert "does not know the item" in unknown.one(id="message").text
    await client.post("/api/watches", json={"query": "zenitar mk2", "below": 1})
    await app.poller.tick(clock.now())
    await app.poller.settle()
    known = await page(client, NEW, query=address)
    assert typed(known.one(id="watch"))["query"] == "Zenitar mk2 camera 3"
    assert "The address was read as Zenitar mk2 camera 3 ." in known.one(id="preview").text


async def test_hostile_text_is_shown_and_not_run(client: httpx.AsyncClient, goods: Scripted) -> None:
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    goods.put("acme 900", summary("1", f"Acme 900 {attack}", "50.00"))
    answer = await client.get(f"{NEW}?{urlencode({'query': 'acme 900', 'label': attack})}", headers=HTML)
    document = read_page(answer.text)
    assert attack in document.one(id="preview").text
    assert typed(document.one(id="watch"))["label"] == attack
    assert not [e for e in document.all() if any(name.startswith("on") for name in e.attributes)]
    assert not [e for e in document.all("script") if "src" not in e.attributes]


async def test_unknown_and_repeated_fields_are_refused(client: httpx.AsyncClient) -> None:
    mistyped = await page(client, NEW, 400, colour="red", query="zenitar")
    assert 'There is no field "colour".' in mistyped.one("p", role="alert").text
    assert typed(mistyped.one(id="watch"))["query"] == "zenitar"
    assert (await client.get(f"{NEW}?query=a&query=b", headers=HTML)).status_code == 400
    assert (await post(client, NEW, {"query": "a", "colour": "red"})).status_code == 400
    assert (await client.post(NEW, json={"query": "a"}, headers=HTML)).status_code == 415


async def test_allowance_is_shown_to_signed_in_people(client: httpx.AsyncClient, app: App) -> None:
    assert "You may try" not in (await page(client, NEW, query="zenitar mk2")).text
    session, secret = await session_of(app)
    assert session.user == "collector"
    answer = await client.get(f"{NEW}?query=other+camera", headers=HTML | cookie(secret))
    assert "You may try 59 of 60 new searches within this minute." in read_page(answer.text).text
    assert form_token(secret) in answer.text


async def test_old_browser_saves_with_the_token_of_the_button(client: httpx.AsyncClient, app: App) -> None:
    _, secret = await session_of(app)
    fields = {"query": "zenitar mk2", "kind": "new", "value": ""}
    headers = {"Accept": "text/html"} | cookie(secret)
    assert (await client.post(NEW, data=fields, headers=headers)).status_code == 403
    token = {"form_token": form_token(secret)}
    assert (await client.post(NEW, data=fields | token, headers=headers)).status_code == 303


@pytest.mark.parametrize("kind", ["below", "new", "deal", "low", "drop", "median-below", "ending"])
async def test_every_rule_can_be_written(client: httpx.AsyncClient, kind: str) -> None:
    values = {"below": "50", "new": "", "low": "90d", "median-below": "50", "ending": "15m 50"}
    fields = {"query": "zenitar mk2", "kind": kind, "value": values.get(kind, "70%")}
    assert (await post(client, NEW, fields)).status_code == 303
    assert (await client.get("/api/watches/1")).json()["rule"].startswith(kind)


async def test_form_that_is_sent_twice_makes_one_watch(
    client: httpx.AsyncClient, app: App, clock: FakeClock
) -> None:
    fields = {"query": "zenitar mk2", "kind": "below", "value": "42"}
    first, second = await post(client, NEW, fields), await post(client, NEW, fields)
    assert first.headers["location"] == second.headers["location"]
    named = await post(client, NEW, {**fields, "label": "Another"})
    assert named.headers["location"] != first.headers["location"]
    clock.move(61)
    third = await post(client, NEW, fields)
    assert third.headers["location"] != first.headers["location"]
    assert len(app.stores.watches.page("local").rows) == 3


async def test_link_on_a_foreign_page_costs_no_call(
    client: httpx.AsyncClient, app: App, market: MarketServer
) -> None:
    _, secret = await session_of(app)
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    headers = {"Accept": "text/html", **link, **cookie(secret)}
    answer = await client.get(f"{NEW}?query=zenitar+mk2", headers=headers)
    document = read_page(answer.text)
    assert answer.status_code == 200
    assert typed(document.one(id="watch"))["query"] == "zenitar mk2"
    assert "See what it finds before you save it" in document.one(id="preview").text
    assert not market.calls[SEARCH]


async def test_preview_of_an_edit_knows_whether_the_watch_restarts(
    client: httpx.AsyncClient, app: App, clock: FakeClock
) -> None:
    await client.post("/api/watches", json={"query": "zenitar mk2", "below": 42})
    await app.poller.tick(clock.now())
    await app.poller.settle()
    same = (await page(client, "/watches/1/edit")).one(id="preview").text
    assert "2 of them satisfy the watch now." in same
    assert "first poll" not in same
    restarted = (await page(client, "/watches/1/edit", value="43")).one(id="preview").text
    assert (
        "3 of them satisfy the watch already, the best at $41.00: the first poll alerts at once" in restarted
    )
