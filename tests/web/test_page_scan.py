"""The page of a scan: from pictures to prices, corrections and watches, without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.clients import cookie, session_of
from tests.web.pages import Element, read_page
from tests.web.photos import ZENITAR, photo
from watcher.runtime import App
from watcher.web.access.csrf import form_token
from watcher.web.access.forms import FormFile
from watcher.web.pages.views.scan import name_of

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
SCAN, CONFIRM = "/scan", "/scan/confirm"
BAD = b"not a picture"
Parts = Sequence[tuple[str, tuple[str, bytes]]]


@pytest.fixture(autouse=True)
def shown(goods: Scripted) -> None:
    goods.shown = ZENITAR
    for query in ("zenitar mk2 camera", "zenitar"):
        goods.put(query, *(summary(str(n), f"Zenitar mk2 camera {n}", f"{40 + n}.00") for n in range(1, 7)))


def pictures(*contents: bytes) -> Parts:
    return [("picture", (f"IMG_{n}.jpg", content)) for n, content in enumerate(contents, 1)]


async def send(
    client: httpx.AsyncClient, parts: Parts, status: int = 200, headers: dict[str, str] = HTML, **fields: str
) -> Element:
    answer = await client.post(SCAN, data=fields, files=list(parts), headers=headers)
    assert answer.status_code == status, answer.text
    return read_page(answer.text)


def row(page: Element, number: int = 1) -> Element:
    return page.one("tbody", id=f"scan-{number}")


async def press(client: httpx.AsyncClient, form: Element, status: int = 200, **typed: str) -> Element:
    """Send a form of a row, with what was typed into it."""
    hidden = {e.attributes["name"]: e.attributes["value"] for e in form.all("input")}
    answer = await client.post(CONFIRM, data=hidden | typed, headers=HTML)
    assert answer.status_code == status, answer.text
    return read_page(answer.text)


async def test_one_picture_gets_title_verdict_figures_and_a_watch(client: httpx.AsyncClient) -> None:
    page = await send(client, pictures(photo()), price="30", condition="used")
    found = row(page)
    assert "Zenitar mk2 camera" in found.text
    assert "recognised by eBay's search by picture" in found.text
    assert "Buy pay at most $30.27" in found.text
    assert "$43.50 6 asks" in found.text
    assert "$30.00 is not more than $30.27: the median of 6 asks is $43.50" in found.text
    assert found.one("svg", role="img").attributes["aria-label"].startswith("6 listings")
    assert "open" in found.one("details", id="scan-1-more").attributes
    link = next(a for a in found.all("a") if a.text == "Watch this").attributes["href"]
    assert parse_qs(urlsplit(link).query) == {
        "query": ["zenitar mk2 camera"],
        "category": ["collectibles"],
        "condition": ["used"],
        "rule": ["below 30.27 USD"],
    }
    form = (await client.get(link.removeprefix("."), headers=HTML)).text
    assert 'value="30.27 USD"' in form
    assert "6 of 6 listings are the item." in form


async def test_the_price_decides_between_buy_and_skip(client: httpx.AsyncClient) -> None:
    dear = row(await send(client, pictures(photo()), price="40"))
    assert "Skip pay at most $30.27" in dear.text
    unpriced = row(await send(client, pictures(photo())))
    assert "Pay at most $30.27" in unpriced.text
    assert "Skip" not in unpriced.text


async def test_without_comps_there_is_no_verdict(client: httpx.AsyncClient, goods: Scripted) -> None:
    goods.shown = ZENITAR._replace(query="pentax lx")
    goods.put("pentax lx", *(summary(str(n), f"Pentax LX {n}", "40.00", None) for n in range(1, 7)))
    found = row(await send(client, pictures(photo()), price="40"))
    assert "No verdict" in found.text
    assert "there is no verdict" in found.text
    assert not [word for word in ("Buy", "Skip", "at most") if word in found.text]
    assert "Watch this" in found.text


async def test_a_confirmed_title_is_remembered(client: httpx.AsyncClient, market: MarketServer) -> None:
    first = row(await send(client, pictures(photo()), price="30"))
    forms = list(first.all("form"))
    assert forms[0].one("button").text == "This is it"
    confirmed = row(await press(client, forms[0]))
    assert "IMG_1.jpg, as you say" in confirmed.text
    assert "Buy" in confirmed.text
    assert "This is it" not in confirmed.text
    again = row(await send(client, pictures(photo())))
    assert "100 % sure, recognised as a picture seen before" in again.text


async def test_a_correction_gets_its_own_prices(client: httpx.AsyncClient, goods: Scripted) -> None:
    goods.put("leica m6", *(summary(str(n), f"Leica M6 camera {n}", "2000.00") for n in range(10, 16)))
    *_, correct = row(await send(client, pictures(photo()))).all("form")
    empty = await press(client, correct, 400, query=" ")
    assert "Type what it is." in row(empty).text
    *_, correct = row(empty).all("form")
    corrected = row(await press(client, correct, query="leica m6"))
    assert "$2,000.00 6 asks" in corrected.text
    assert "leica m6" in row(await send(client, pictures(photo()))).text


async def test_a_batch_shows_results_beside_failures(client: httpx.AsyncClient) -> None:
    page = await send(client, pictures(photo(1), BAD, photo(2)), price="30")
    assert page.one(id="tally").text == "2 of 3 pictures have a result, 1 failed."
    assert ["Buy" in row(page, n).text for n in (1, 2, 3)] == [True, False, True]
    failed = row(page, 2)
    assert failed.one("div", role="alert").text.startswith("Invalid request. The file is not a picture")
    assert "IMG_2.jpg" in failed.text
    assert "open" not in row(page, 1).one("details", id="scan-1-more").attributes


async def test_a_row_keeps_the_number_that_the_script_gave_it(client: httpx.AsyncClient) -> None:
    found = row(await send(client, pictures(photo()), row="scan-7", of="3"), 7)
    assert "open" not in found.one("details", id="scan-7-more").attributes
    assert {e.attributes["value"] for e in found.all("input", name="row")} == {"scan-7"}
    await send(client, pictures(photo()), 400, row="x")


async def test_an_outage_is_a_failure_with_a_wait_and_no_verdict(
    client: httpx.AsyncClient, app: App, market: MarketServer
) -> None:
    await send(client, pictures(photo()))
    await market.__aexit__(None, None, None)
    page = await send(client, pictures(photo(3)), 503)
    failed = row(page)
    assert "eBay" in failed.one("div", role="alert").text
    assert failed.one("span", **{"aria-live": "off"}).attributes["data-retry"].isdecimal()
    assert not [word for word in ("Buy", "Skip", "at most $") if word in failed.text]


async def test_a_refused_form_keeps_its_fields(client: httpx.AsyncClient) -> None:
    lines = ['Content-Disposition: form-data; name="picture"; filename=""', "", ""]
    lines += ["--x", 'Content-Disposition: form-data; name="price"', "", "25"]
    body = "\r\n".join(["--x", *lines, "--x--", ""]).encode()
    headers = HTML | {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await client.post(SCAN, content=body, headers=headers)  # as a browser sends it without a file
    assert answer.status_code == 400
    page = read_page(answer.text)
    assert page.one(id="picture-error").text == "Choose a picture."
    assert page.one("input", id="price").attributes["value"] == "25"
    page = await send(client, pictures(photo()), 400, price="much", category="cards", condition="odd")
    assert "cannot be read" in page.one(id="price-error").text
    assert page.one(id="condition-error").text
    assert not list(page.all(id="category-error"))
    many = await send(client, pictures(*[BAD] * 21), 400)
    assert many.one(id="picture-error").text == "Choose at most 20 pictures at once, not 21."


async def test_a_refused_form_answers_in_the_row_that_a_script_names(client: httpx.AsyncClient) -> None:
    page = await send(client, pictures(photo()), 400, price="much", row="scan-3")
    assert "cannot be read" in row(page, 3).text
    page = await send(client, pictures(photo()), 400, price="much")
    assert not list(page.all(id="scan-1"))


async def test_size_type_and_fields_of_a_form_are_bounded(client: httpx.AsyncClient) -> None:
    large = await send(client, pictures(b"x" * 10_000_001), 400)
    assert "The picture is larger than 10 MB." in row(large).text
    huge = await client.post(SCAN, files=list(pictures(b"x" * (33 << 20))), headers=HTML)
    assert huge.status_code == 413
    assert "larger than 32 MB" in huge.text
    await send(client, pictures(photo()), 400, colour="red")
    assert (await client.post(SCAN, files={"file": b"x"}, headers=HTML)).status_code == 400
    assert (await client.post(SCAN, data={"price": "1"}, headers=HTML)).status_code == 415
    assert (await client.get(f"{SCAN}?colour=red", headers=HTML)).status_code == 400


async def test_a_foreign_page_cannot_scan(client: httpx.AsyncClient, app: App) -> None:
    foreign = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    _, secret = await session_of(app)
    for headers in (foreign | cookie(secret), {"Accept": "text/html"} | cookie(secret)):
        answer = await client.post(SCAN, files=list(pictures(photo())), headers=headers)
        assert answer.status_code == 403
    old = {"Accept": "text/html"} | cookie(secret)
    page = await send(client, pictures(photo()), headers=old, form_token=form_token(secret))
    assert "Zenitar" in row(page).text


async def test_a_session_belongs_to_its_person(client: httpx.AsyncClient, app: App) -> None:
    _, owner = await session_of(app)
    _, other = await session_of(app, "owner")
    first = row(await send(client, pictures(photo()), headers=HTML | cookie(owner)))
    fields = {e.attributes["name"]: e.attributes["value"] for e in next(first.all("form")).all("input")}
    for secret, status in ((other, 404), (owner, 200)):
        answer = await client.post(CONFIRM, data=fields, headers=HTML | cookie(secret))
        assert answer.status_code == status
    assert (
        "older than an hour"
        in (await client.post(CONFIRM, data=fields | {"session": "x"}, headers=HTML | cookie(owner))).text
    )


async def test_hostile_titles_and_names_are_shown_as_text(client: httpx.AsyncClient, goods: Scripted) -> None:
    attack = '"><script>alert(1)</script>'
    goods.shown = ZENITAR._replace(title=f"Zenitar {attack}", query="zenitar")
    goods.put("zenitar", *(summary(str(n), f"Zenitar {attack} {n}", "43.00") for n in range(1, 7)))
    name = f"{attack}\u202egpj.exe"
    page = await send(client, [("picture", (name, photo(5)))], price="30")
    assert not [e for e in page.all("script") if "src" not in e.attributes]
    assert "\u202e" not in page.text
    assert attack in row(page).text


def test_a_name_is_short_and_without_its_folder() -> None:
    assert name_of("C:\\photos\\card.jpg") == "card.jpg"
    assert name_of("") == "Picture"
    assert len(name_of("x" * 300)) == 60
    assert not any(FormFile("", b""))


async def test_add_by_photo_is_one_key_and_one_button_away(client: httpx.AsyncClient) -> None:
    for path in ("/", "/alerts", "/watches/new"):
        links = read_page((await client.get(path, headers=HTML)).text).all("a")
        assert [a for a in links if a.attributes["href"].endswith("scan")], path
