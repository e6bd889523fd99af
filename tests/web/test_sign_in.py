"""Signing in by a link, from the page to the cookie, and out again."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.fakes import FakeClock
from tests.web.clients import bearer, client_of, cookie, opened_app, session_of
from watcher.accounts.sign_in import make_sign_in_link
from watcher.core.resilience.token_buckets import TokenBuckets
from watcher.core.times import HOUR
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web.access.csrf import form_token
from watcher.web.api import build_api
from watcher.web.pages.rendering import PAGE_POLICY

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OURS = {**HTML, "Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}


async def link(app: App, user: str = "collector") -> str:
    await app.stores.people.add(user, app.clock.now())
    return f"/sign-in/{await make_sign_in_link(app.stores, user, app.clock.now())}"


def session_id_in(answer: httpx.Response) -> str:
    found = re.match(r"(?:__Host-)?watcher=(watcher_[\w-]{43});", answer.headers["set-cookie"])
    assert found
    return found[1]


async def test_a_link_signs_its_person_in_once(app: App, client: httpx.AsyncClient) -> None:
    path = await link(app)
    assert (await client.get("/", headers=HTML)).status_code == 401
    page = await client.get(path, headers=HTML)
    assert page.status_code == 200
    assert '<form method="post"><button' in page.text
    used = await client.post(path, headers=OURS)
    assert (used.status_code, used.headers["location"]) == (303, "/")
    home = await client.get("/", headers=HTML)  # with the cookie that the client keeps
    assert home.status_code == 200
    assert "collector" in home.text
    assert "this browser" in (await client.get("/settings", headers=HTML)).text
    assert (await client.post(path, headers=OURS)).status_code == 404


async def test_fetching_a_link_neither_uses_it_nor_tells_whether_it_is_valid(
    app: App, client: httpx.AsyncClient
) -> None:
    """Messengers fetch the links that they show."""
    path = await link(app)
    answers = [await client.get(p) for p in (path, "/sign-in/" + "a" * 43, "/sign-in/x", "/sign-in/%00")]
    assert {(a.status_code, a.text.replace("../../", "../")) for a in answers} == {(200, answers[0].text)}
    head = await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == answers[0].headers
    assert not [a for a in (*answers, head) if "set-cookie" in a.headers]
    assert (await client.post(path)).status_code == 303


async def test_one_of_many_concurrent_posts_signs_in(app: App, client: httpx.AsyncClient) -> None:
    path = await link(app)
    answers = await asyncio.gather(*(client.post(path, headers=OURS) for _ in range(20)))
    assert sorted(a.status_code for a in answers) == [303] + [404] * 19
    assert len(app.stores.sign_in.listed("collector", app.clock.now())) == 1


async def test_a_link_that_does_not_work_says_how_to_get_a_new_one(
    app: App, client: httpx.AsyncClient, clock: FakeClock
) -> None:
    expired = await link(app)
    clock.move(HOUR)
    refusals = []
    for path in (expired, "/sign-in/" + "a" * 43, "/sign-in/short", "/sign-in/" + "x" * 5_000):
        page = await client.post(path, headers=OURS)
        view = (await client.post(path)).json()
        assert (page.status_code, view["code"], view["statusCode"]) == (404, "ITEM_NOT_FOUND", 404)
        assert "watcher user link NAME" in view["userMessage"]["action"]
        assert page.headers["content-security-policy"] == PAGE_POLICY
        for shown in ("ITEM_NOT_FOUND", "404", view["userMessage"]["title"], "watcher user link NAME"):
            assert shown in page.text
        refusals.append(page.text)
    assert len(set(refusals)) == 1


async def test_the_session_id_is_new_whatever_cookie_came_along(app: App, client: httpx.AsyncClient) -> None:
    """Session fixation: the id of an attacker's cookie is never used, and a valid one ends."""
    planted = "watcher_" + "a" * 43
    first = await client.post(await link(app), headers=OURS | cookie(planted))
    second = await client.post(await link(app), headers=OURS | cookie(session_id_in(first)))
    ids = [planted, session_id_in(first), session_id_in(second)]
    assert len(set(ids)) == 3
    client.cookies.clear()
    answers = [await client.get("/api/watches", headers=cookie(i)) for i in ids]
    assert [a.status_code for a in answers] == [401, 401, 200]


async def test_a_foreign_page_cannot_sign_a_browser_in(app: App, client: httpx.AsyncClient) -> None:
    """Otherwise it could make a person work under the attacker's name."""
    path = await link(app)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"},
    ):
        assert (await client.post(path, headers=headers)).status_code == 403
    assert (await client.post(path, headers=OURS)).status_code == 303


async def test_no_parameter_names_the_page_after_signing_in(app: App, client: httpx.AsyncClient) -> None:
    """An open redirect."""
    path = await link(app)
    for name in ("next", "url", "return_to"):
        assert (await client.get(path, params={name: "//evil.example"})).status_code == 400
        assert (await client.post(path, params={name: "//evil.example"}, headers=OURS)).status_code == 400
        assert (await client.post(path, data={name: "//evil.example"}, headers=OURS)).status_code == 400
    assert (await client.post(path, headers=OURS)).headers["location"] == "/"


async def test_nothing_in_an_answer_comes_from_the_host(app: App, client: httpx.AsyncClient) -> None:
    """Cache poisoning, and links that lead elsewhere."""
    names = ("X-Forwarded-Host", "X-Forwarded-Prefix", "X-Original-URL", "Forwarded", "X-Host")
    sent = {**dict.fromkeys(names, "evil.example"), **OURS}
    for host in ("localhost:8080", "evil.example"):
        for path in (await link(app), "/", "/nowhere", "/static/app.css"):
            for method in ("GET", "POST"):
                answer = await client.request(method, path, headers={**sent, "Host": host})
                assert "evil" not in answer.text + str(answer.headers)
    who = cookie((await session_of(app))[1])
    page = await client.get("/", headers={**sent, **who, "Host": "localhost:8080"})
    assert page.status_code == 200
    assert "evil" not in page.text + str(page.headers)


COOKIES = {
    "": ("watcher", "; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax"),
    '[http]\npublic_url = "http://watcher.example"\n': (
        "watcher",
        "; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax",
    ),
    '[http]\npublic_url = "https://watcher.example"\n': (
        "__Host-watcher",
        "; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax; Secure",
    ),
    '[http]\nhost = "0.0.0.0"\n': (
        "__Host-watcher",
        "; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax; Secure",
    ),
}


@pytest.mark.parametrize(("config", "expected"), COOKIES.items())
async def test_the_cookie_is_as_safe_as_its_address_allows(
    configured: Callable[[str], Path], clock: FakeClock, config: str, expected: tuple[str, str]
) -> None:
    async with opened_app(configured(config), clock) as app, client_of(app) as client:
        used = await client.post(await link(app), headers={"Sec-Fetch-Site": "same-origin"})
        name, attributes = expected
        assert used.headers["set-cookie"] == f"{name}={session_id_in(used)}{attributes}"
        who = cookie(session_id_in(used), name)
        other = cookie(session_id_in(used), "watcher" if name != "watcher" else "__Host-watcher")
        answers = [await client.get("/api/watches", headers=headers) for headers in (who, other)]
        assert [a.status_code for a in answers] == [200, 401]


async def test_over_plain_http_the_page_says_what_to_set(
    configured: Callable[[str], Path], clock: FakeClock
) -> None:
    """The browser would drop the cookie, and the person would be asked to sign in again."""
    async with opened_app(configured('[http]\nhost = "0.0.0.0"\n'), clock) as app, client_of(app) as client:
        path = await link(app)
        plain = {**HTML, "Host": "192.0.2.7:8080", "Origin": "http://192.0.2.7:8080"}
        for answer in (await client.get(path, headers=plain), await client.post(path, headers=plain)):
            assert "set <code>[http] public_url</code>" in answer.text
        encrypted = plain | {"Origin": "https://192.0.2.7:8080"}
        assert "public_url" not in (await client.get(path, headers=encrypted)).text
        assert (await client.post(path, headers=encrypted)).status_code == 303


@pytest.mark.parametrize(
    ("url", "warnings"),
    {"http://watcher.example": 1, "HTTPS://my_host": 0, "http://localhost:8080": 0}.items(),
)
async def test_the_page_warns_of_a_network_that_others_read(
    configured: Callable[[str], Path], clock: FakeClock, url: str, warnings: int
) -> None:
    async with (
        opened_app(configured(f'[http]\npublic_url = "{url}"\n'), clock) as app,
        client_of(app) as client,
    ):
        host = {"Host": url.partition("://")[2]}
        page = await client.get("/sign-in/x", headers=host)
        assert (page.text.count("not encrypted"), page.text.count("public_url")) == (warnings, 0)
        used = await client.post(await link(app), headers=host)
        assert used.headers["set-cookie"].startswith("__Host-") == url.startswith("HTTPS")


async def test_a_link_opened_at_another_address_is_not_used_up(
    configured: Callable[[str], Path], clock: FakeClock
) -> None:
    config = configured('[http]\npublic_url = "https://watcher.example/prices"\n')
    async with opened_app(config, clock) as app, client_of(app) as client:
        path = await link(app)
        refused = await client.post(path, headers={"Host": "other.example"})
        assert refused.status_code == 403
        assert "https://watcher.example/prices" in refused.json()["message"]
        used = await client.post(path, headers={"Host": "watcher.example"})
        assert (used.status_code, used.headers["location"]) == (303, "../")


def checked_headers(answer: httpx.Response) -> None:
    wanted: Mapping[str, str] = {
        "content-security-policy": PAGE_POLICY,
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
        "content-type": "text/html; charset=utf-8",
    }
    assert {name: answer.headers.get(name) for name in wanted} == wanted
    assert "frame-ancestors 'none'" in PAGE_POLICY
    assert not re.search(
        r"<script(?! type=\"module\" src=)|<style| style=| on\w+=|(?:src|action)=.https?:", answer.text
    )


async def test_every_page_refuses_frames_and_foreign_content(app: App, client: httpx.AsyncClient) -> None:
    checked_headers(await client.get("/", headers=HTML))  # without a token or session, at first
    checked_headers(await client.get(await link(app), headers=HTML))
    for path, status in {
        "/": 401,
        "/nowhere": 404,
        "/healthz/": 404,
        "/?a=b": 401,
        "/sign-in/x?a=b": 400,
    }.items():
        answer = await client.get(path, headers=HTML)
        assert answer.status_code == status
        checked_headers(answer)
    checked_headers(await client.get("/", headers=HTML | cookie((await session_of(app))[1])))


async def test_a_failure_is_a_page_only_for_a_browser(app: App, client: httpx.AsyncClient) -> None:
    await bearer(app)
    for accept in ("application/json", "*/*", "", "text/html;q=0", "text/plain"):
        assert (await client.get("/", headers={"Accept": accept})).json()["code"] == "UNAUTHORIZED"
    assert (await client.get("/api/watches", headers=HTML)).json()["code"] == "UNAUTHORIZED"
    page = await client.get("/", headers=HTML)
    assert (page.status_code, page.headers["www-authenticate"]) == (401, "Bearer")
    assert "Sign in by a link from <code>watcher user link NAME</code>, or send a token" in page.text


async def test_a_person_signs_out(app: App, client: httpx.AsyncClient) -> None:
    _, secret = await session_of(app)
    answer = await client.post("/sign-out", headers=OURS | cookie(secret))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["set-cookie"].startswith('watcher=""; HttpOnly; Max-Age=0; Path=/')
    assert (await client.get("/", headers=cookie(secret))).status_code == 401


async def test_a_person_ends_own_sessions_from_the_page(app: App, client: httpx.AsyncClient) -> None:
    foreign, _ = await session_of(app, "operator")
    other, _ = await session_of(app)
    own, secret = await session_of(app)
    who = cookie(secret)
    for number, status in ((foreign.id, 404), (999, 404), (other.id, 303), (other.id, 404), (own.id, 303)):
        answer = await client.post(f"/sessions/{number}/end", headers=OURS | who)
        assert (number, answer.status_code) == (number, status)
        assert ("set-cookie" in answer.headers) == ((number, status) == (own.id, 303))
    assert app.stores.sign_in.listed("operator", app.clock.now()) == [foreign]


async def test_an_old_browsers_form_carries_its_token(app: App, client: httpx.AsyncClient) -> None:
    session, secret = await session_of(app)
    _, foreign = await session_of(app, "operator")
    end, who = f"/sessions/{session.id}/end", cookie(secret)
    page = (await client.get("/settings", headers=HTML | who)).text
    assert page.count(f'name="form_token" value="{form_token(secret)}"') >= 3
    good = form_token(secret)
    for data in (
        {},
        {"form_token": ""},
        {"form_token": form_token(foreign)},
        {"token": good},
        {"form_token": "é"},
    ):
        assert (await client.post(end, data=data, headers=who)).status_code == (
            400 if "token" in data else 403
        )
    twice = f"form_token={good}&form_token={good}"
    form = who | {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await client.post(end, content=twice, headers=form)).status_code == 400
    evil = who | {"Origin": "https://evil.example"}
    assert (await client.post(end, data={"form_token": good}, headers=evil)).status_code == 403
    assert (await client.post(end, data={"form_token": good}, headers=who)).status_code == 303


async def test_forms_are_small_and_only_for_pages(app: App, client: httpx.AsyncClient) -> None:
    who = cookie((await session_of(app))[1]) | OURS
    assert (await client.post("/api/watches", data={"query": "x"}, headers=who)).status_code == 415
    assert (await client.post("/sign-out", data={"form_token": "x" * 9_000}, headers=who)).status_code == 413
    plain = who | {"Content-Type": "text/plain"}
    assert (await client.post("/sign-out", content=b"a=b", headers=plain)).status_code == 415
    assert (await client.post("/sign-out", files={"a": b"b"}, headers=who)).status_code == 415
    assert (await client.post("/sign-out", json={"a": "b"}, headers=who)).status_code == 415


async def test_guesses_are_bounded_and_valid_links_still_work(app: App) -> None:
    web = replace(web_dependencies(app, lambda: ""), requests=TokenBuckets(2))
    transport = httpx.ASGITransport(app=build_api(web), client=("192.0.2.7", 40_000))
    path = await link(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        answers = [await client.post("/sign-in/wrong") for _ in range(3)]
        assert [a.status_code for a in answers] == [404, 404, 429]
        assert answers[-1].json()["shouldRetry"]
        assert (await client.post(path)).status_code == 303


async def test_codes_and_session_ids_are_not_logged(
    app: App, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level(logging.DEBUG):
        path = await link(app)
        used = await client.post(path, headers=OURS)
        _, secret = await session_of(app)
        await client.get("/", headers=cookie(secret))
        monkeypatch.setattr(app.stores.sign_in, "has_link", None)  # a fault of ours
        failed = await client.post(path, headers=OURS)
    assert (used.status_code, failed.status_code) == (303, 500)
    code = path.removeprefix("/sign-in/")
    logged = "\n".join(f"{r.getMessage()} {vars(r)}" for r in caplog.records if r.name.startswith("watcher"))
    assert "/sign-in/***" in logged
    for hidden in (code, secret, session_id_in(used)):
        assert hidden not in logged + failed.text


async def test_static_files_are_kept_under_their_version(client: httpx.AsyncClient) -> None:
    page = (await client.get("/", headers=HTML)).text
    paths = sorted(set(re.findall(r'(?:href|src)="(?:\./)?(static/[^"#]+)', page)))
    assert [p.partition("?")[0] for p in paths] == [
        "static/app.css",
        "static/app.js",
        "static/icon.svg",
        "static/icons.svg",
    ]
    for path in paths:
        answer = await client.get(f"/{path}")
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
        other = await client.get(f"/{path}0")
        assert (other.content, other.headers["cache-control"]) == (answer.content, "no-cache")
        again = await client.get(f"/{path}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    for name in ("app.py", "..%2fpages.py", "%2e%2e/pages.py", "", "app.css/"):
        assert (await client.get(f"/static/{name}")).status_code == 404
