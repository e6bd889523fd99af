"""What tests of pages do as a signed-in person: open pages, send forms, press buttons."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx

from tests.web.clients import cookie, session_of
from tests.web.pages import Element, read_page
from watcher.runtime import App

PERSON = "collector"


async def sign_in_browser(app: App, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Make a client a browser in which a person is signed in."""
    _, secret = await session_of(app, PERSON)
    client.headers.update(cookie(secret) | {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
    return client


async def open_page(browser: httpx.AsyncClient, address: str = "/", status: int = 200) -> Element:
    answer = await browser.get(address)
    assert answer.status_code == status, answer.text
    return read_page(answer.text)


async def submit(browser: httpx.AsyncClient, address: str, **fields: str) -> Element:
    """Send a form, and return the page that follows."""
    answer = await browser.post(address, data=fields)
    assert answer.status_code == 303, answer.text
    assert answer.next_request is not None
    return await open_page(browser, str(answer.next_request.url))


async def press(browser: httpx.AsyncClient, form: Element, label: str = "") -> Element:
    """Press a form's button of this label, or its first, and return the page that follows."""
    button = next(b for b in form.all("button") if label in b.text)
    given = [*(e for e in form.all("input") if e.attributes.get("type") != "checkbox"), button]
    fields = {e.attributes["name"]: e.attributes.get("value", "") for e in given if e.attributes.get("name")}
    path = button.attributes.get("formaction") or form.attributes["action"]
    address = "/" + path.lstrip("./").partition("#")[0]
    if (button.attributes.get("formmethod") or form.attributes.get("method")) == "post":
        return await submit(browser, address, **fields)
    return await open_page(browser, f"{address}?{urlencode(fields)}")


def message_of(page: Element) -> str:
    """Return what the page says about the last action."""
    return page.one("div", id="message").text
