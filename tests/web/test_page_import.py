"""The page on which watches are imported and exported."""

from __future__ import annotations

import httpx

from tests.web.clients import cookie, session_of
from tests.web.pages import Element, read_page
from watcher.runtime import App
from watcher.web.access.csrf import form_token

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
IMPORT = "/watches/import"
CSV = "query,below\nzenitar mk2,42\nacme 900,50\n"


async def send(
    client: httpx.AsyncClient,
    rows: str = "",
    file: bytes = b"",
    headers: dict[str, str] = HTML,
    **fields: str,
) -> httpx.Response:
    """Send the form as a browser does: with an empty file if none is chosen."""
    files = {"file": ("watches.csv" if file else "", file, "text/csv")}
    return await client.post(IMPORT, data={"rows": rows, **fields}, files=files, headers=headers)


def listed(app: App, user: str = "local") -> list[str]:
    return [row.watch.question.query for row in app.stores.watches.page(user).rows]


def result(answer: httpx.Response) -> Element:
    return read_page(answer.text).one(id="draft")


async def test_file_is_imported_and_counted(client: httpx.AsyncClient, app: App) -> None:
    assert (await client.get(IMPORT, headers=HTML)).status_code == 200
    done = await send(client, file=CSV.encode(), do="import")
    assert done.status_code == 303
    assert listed(app) == ["zenitar mk2", "acme 900"]
    after = await client.get(f"/watches/{done.headers['location']}", headers=HTML)
    assert "2 watches were imported." in read_page(after.text).one(id="message").text


async def test_pasted_rows_are_checked_without_being_imported(client: httpx.AsyncClient, app: App) -> None:
    checked = await send(client, rows=CSV.replace("\n", "\r\n"), do="check")
    assert checked.status_code == 200
    assert result(checked).one(role="status").text == "2 watches are ready to import."
    assert "line 2 zenitar mk2: below 42.00 USD" in result(checked).text
    assert listed(app) == []
    rows = read_page(checked.text).one("textarea").text
    assert (await send(client, rows=CSV, do="import")).status_code == 303
    assert rows == " ".join(CSV.split())


async def test_one_bad_row_keeps_the_others_out_unless_it_may_be_left_out(
    client: httpx.AsyncClient, app: App
) -> None:
    refused = await send(client, rows=CSV + "nikon,much\n", do="import")
    assert refused.status_code == 400
    assert "1 row is bad. Nothing was imported." in result(refused).text
    assert 'line 4 "much" is not an amount of money' in result(refused).text
    assert listed(app) == []
    done = await send(client, rows=CSV + "nikon,much\n", do="import", keep_going="on")
    assert (done.status_code, len(listed(app))) == (303, 2)


async def test_unreadable_import_is_explained_in_the_form(client: httpx.AsyncClient) -> None:
    for sent in (await send(client, do="check"), await send(client, file=b"\xff\xfe\x00q", do="check")):
        assert sent.status_code == 400
    form = read_page((await send(client, rows="[1", do="check")).text).one(id="import")
    assert form.one("span", id="rows-error").text
    assert form.one("textarea").text == "[1"


async def test_hostile_rows_are_shown_and_not_run(client: httpx.AsyncClient) -> None:
    attack = "</textarea><script>alert(1)</script>"
    checked = await send(client, rows=f"query,label\ncamera,{attack}\n,{attack}\n", do="check")
    document = read_page(checked.text)
    assert attack in document.one("textarea").text
    assert not [e for e in document.all("script") if "src" not in e.attributes]


async def test_foreign_page_cannot_send_an_import(client: httpx.AsyncClient, app: App) -> None:
    assert (await send(client, rows=CSV, headers={"Accept": "text/html"})).status_code == 403
    foreign = HTML | {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert (await send(client, rows=CSV, headers=foreign)).status_code == 403
    _, secret = await session_of(app)
    old = {"Accept": "text/html"} | cookie(secret)
    assert (await send(client, rows=CSV, headers=old)).status_code == 403
    assert (await send(client, rows=CSV, headers=old, form_token=form_token(secret))).status_code == 303
    assert (listed(app), len(listed(app, "collector"))) == ([], 2)


async def test_large_file_unknown_field_and_other_body_are_refused(client: httpx.AsyncClient) -> None:
    assert (await send(client, file=b"q" * 1_100_000)).status_code == 413
    assert (await send(client, rows=CSV, colour="red")).status_code == 400
    assert (await client.post(IMPORT, data={"rows": CSV}, headers=HTML)).status_code == 415
    no_form = HTML | {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await client.post(IMPORT, content=b"no form", headers=no_form)).status_code == 400
    assert (await client.post("/sign-out", files={"file": b"x"}, headers=HTML)).status_code == 415
    assert (await client.get(f"{IMPORT}?colour=red", headers=HTML)).status_code == 400
