"""The page of the settings: tests of destinations, tokens, sessions and people."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.fakes import FakeClock
from tests.web.clients import bearer, client_of, cookie, opened_app, session_of
from watcher.accounts.tokens import MAX_OWN_TOKENS, make_token
from watcher.core.errors import Api, CallFailed, Kind
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies

HTML = {"Accept": "text/html"}
OURS = {**HTML, "Sec-Fetch-Site": "same-origin"}
SLACK = '[slack]\nwatch_webhook_url = "https://hooks.slack.com/services/T0/B0/secretsecret"\n'


@pytest.fixture
async def admin(app: App) -> dict[str, str]:
    return OURS | cookie((await session_of(app, "owner", admin=True))[1])


@pytest.fixture
async def user(app: App) -> dict[str, str]:
    return OURS | cookie((await session_of(app))[1])


async def page_of(client: httpx.AsyncClient, who: dict[str, str]) -> str:
    answer = await client.get("/settings", headers=who)
    assert answer.status_code == 200
    return answer.text


async def test_a_user_sees_neither_people_nor_destinations(
    client: httpx.AsyncClient, user: dict[str, str]
) -> None:
    page = await page_of(client, user)
    assert "People" not in page
    assert "Destinations" not in page
    assert "this browser" in page


async def test_a_token_is_shown_once_and_works_until_it_is_revoked(
    client: httpx.AsyncClient, user: dict[str, str]
) -> None:
    made = await client.post("/settings/tokens", headers=user)
    secret = re.search(r"watcher_[\w-]{43}", made.text)
    assert made.status_code == 200
    assert secret
    who = {"Authorization": f"Bearer {secret[0]}"}
    assert (await client.get("/api/me", headers=who)).json()["user"] == "collector"
    page = await page_of(client, user)
    assert "Token 1" in page
    assert secret[0] not in page
    revoked = await client.post("/settings/tokens/1/revoke", headers=user)
    assert (revoked.status_code, revoked.headers["location"]) == (303, "../../../settings?done=revoked")
    assert (await client.get("/api/me", headers=who)).status_code == 401


async def test_a_user_makes_no_admin_token(client: httpx.AsyncClient, user: dict[str, str], app: App) -> None:
    refused = await client.post("/settings/tokens", headers=user, data={"admin": "on"})
    assert refused.status_code in (400, 403)
    assert not app.stores.tokens.listed()


async def test_a_token_makes_and_revokes_no_token(client: httpx.AsyncClient, app: App) -> None:
    """What leaked would outlive its revocation."""
    who = HTML | await bearer(app, "collector")
    assert (await client.post("/settings/tokens", headers=who)).status_code == 403
    assert (await client.post("/settings/tokens/1/revoke", headers=who)).status_code == 403
    assert "Make a token" not in await page_of(client, who)


async def test_a_person_has_a_bounded_number_of_tokens(
    client: httpx.AsyncClient, user: dict[str, str], app: App
) -> None:
    for _ in range(MAX_OWN_TOKENS):
        await make_token(app.stores, "collector", app.clock.now(), admin=False)
    assert (await client.post("/settings/tokens", headers=user)).status_code == 400


async def test_a_foreign_token_is_as_missing_as_none(
    client: httpx.AsyncClient, user: dict[str, str], admin: dict[str, str], app: App
) -> None:
    await make_token(app.stores, "owner", app.clock.now(), admin=True)
    answers = [await client.post(f"/settings/tokens/{n}/revoke", headers=user) for n in (1, 9, 0, 10**30)]
    assert [a.status_code for a in answers] == [404] * 4
    assert answers[0].text.replace(" 1.", " 9.") == answers[1].text
    assert app.stores.tokens.count_valid() == 1


async def test_the_first_person_is_an_admin_and_gets_a_link(client: httpx.AsyncClient) -> None:
    """Otherwise no person could add others on the page."""
    refused = await client.post("/settings/people", headers=OURS, data={"name": "owner"})
    assert refused.status_code == 400
    assert 'value="owner"' in refused.text
    added = await client.post("/settings/people", headers=OURS, data={"name": "owner", "admin": "on"})
    link = re.search(r"http://localhost:8080(/sign-in/[\w-]{43})", added.text)
    assert link
    assert "data-events" not in added.text  # everything asks for a sign-in from now on
    assert (await client.get("/settings", headers=HTML)).status_code == 401
    assert (await client.post(link[1], headers=OURS)).status_code == 303
    assert "owner · admin" in await page_of(client, HTML)


async def test_a_refused_name_is_kept_with_its_error(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    answer = await client.post("/settings/people", headers=admin, data={"name": "\u043ewner", "admin": "on"})
    assert answer.status_code == 400
    assert 'value="\u043ewner"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "looks like the user" in answer.text
    assert 'name="admin" value="on" checked' in answer.text


async def test_an_admin_changes_the_rights_of_others_alone(
    client: httpx.AsyncClient, admin: dict[str, str], user: dict[str, str], app: App
) -> None:
    for name, status in {"collector": 303, "owner": 400, "nobody": 404}.items():
        answer = await client.post(
            "/settings/people/rights", headers=admin, data={"name": name, "admin": "on"}
        )
        assert answer.status_code == status
    found = app.stores.people.find("collector")
    assert found
    assert found.admin


async def test_a_user_is_removed_after_a_decision_about_its_watches(
    client: httpx.AsyncClient, admin: dict[str, str], user: dict[str, str], app: App
) -> None:
    await app.registry.add({"query": "zenitar mk2", "user": "collector"}, app.clock.now())
    sent = {"name": "collector", "to": "owner"}
    for what, status in {"": 400, "move": 303}.items():
        answer = await client.post("/settings/people/remove", headers=admin, data={**sent, "what": what})
        assert answer.status_code == status
    assert app.stores.people.find("collector") is None
    assert app.stores.watches.count_of("owner") == 1
    assert (await client.get("/settings", headers=user)).status_code == 401


async def test_another_browser_is_signed_out(client: httpx.AsyncClient, app: App) -> None:
    session, _ = await session_of(app)
    _, secret = await session_of(app)
    ended = await client.post(f"/sessions/{session.id}/end", headers=OURS | cookie(secret))
    assert (ended.status_code, ended.headers["location"]) == (303, "../../settings?done=ended")
    assert (
        "That browser is signed out."
        in (await client.get("/settings?done=ended", headers=OURS | cookie(secret))).text
    )


async def test_a_message_is_one_of_a_fixed_set(client: httpx.AsyncClient, user: dict[str, str]) -> None:
    page = await client.get("/settings", params={"done": "<b>hello"}, headers=user)
    assert (page.status_code, "hello" in page.text) == (200, False)


async def test_hostile_names_are_shown_as_text(
    client: httpx.AsyncClient, admin: dict[str, str], app: App
) -> None:
    name = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    await app.stores.people.add(name, app.clock.now())
    page = await page_of(client, admin)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_a_test_message_says_whether_it_was_accepted(
    configured: Callable[[str], Path], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = iter([None, CallFailed(Api.SLACK, Kind.UNAVAILABLE, "no_service")])

    async def send(*_: object) -> str:
        if error := next(refusals):
            raise error
        return ""

    async with opened_app(configured(SLACK), clock) as app, client_of(app) as client:
        monkeypatch.setattr(web_dependencies(app, lambda: "").router.channel_for("slack"), "send", send)
        page = await page_of(client, HTML)
        assert "secretsecret" not in page
        accepted, refused, unknown = [
            await client.post("/settings/test", headers=OURS, data={"name": name})
            for name in ("slack", "slack", "https://hooks.slack.com/services/T0/B0/x")
        ]
        assert (accepted.status_code, refused.status_code, unknown.status_code) == (303, 502, 404)
        assert "no_service" in refused.text


async def test_every_other_browser_is_signed_out_at_once(client: httpx.AsyncClient, app: App) -> None:
    who = OURS | cookie((await session_of(app))[1])
    assert "Sign out everywhere else" not in await page_of(client, who)
    others = [cookie((await session_of(app))[1]) for _ in range(2)]
    stranger = OURS | cookie((await session_of(app, "other"))[1])
    assert "Sign out everywhere else" in await page_of(client, who)
    done = await client.post("/sessions/others/end", headers=who)
    assert (done.status_code, done.headers["location"]) == (303, "../../settings?done=others")
    for other in others:
        assert (await client.get("/settings", headers=OURS | other)).status_code == 401
    assert "this browser" in await page_of(client, who)
    assert "this browser" in await page_of(client, stranger)


async def test_the_settings_show_why_a_change_was_refused(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    for path, form, said in (
        ("people/rights", {"name": "owner", "admin": ""}, "You cannot take your own rights"),
        ("people/remove", {"name": "nobody", "what": "delete"}, "nobody"),
    ):
        refused = await client.post(f"/settings/{path}", headers=admin, data=form)
        assert refused.status_code in (400, 404)
        assert '<div class="note bad">' in refused.text
        assert said in refused.text
        assert "Where you are signed in" in refused.text
